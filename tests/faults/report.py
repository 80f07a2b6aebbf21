"""The report at the end of the fault suite."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tests.faults.proxy import Ledger


def table(title: str, rows: Mapping[str, object]) -> str:
    """Two columns for a terminal."""
    width = max(len(name) for name in rows)
    lines = [f"{name:<{width}}  {value}" for name, value in rows.items()]
    return "\n".join([title, "-" * len(title), *lines])


def faults_by_operation(ledger: Ledger) -> Sequence[str]:
    """One line for each operation: how many calls, and how many of each fault."""
    by_operation: dict[str, Counter[str]] = {}
    for (operation, fault), count in ledger.faults.items():
        by_operation.setdefault(operation, Counter())[fault] += count
    return [
        f"{operation}: {ledger.calls[operation]} calls; "
        + (
            ", ".join(f"{count} {fault}" for fault, count in sorted(counts.items()))
            if (counts := by_operation.get(operation))
            else "no faults"
        )
        for operation in sorted(ledger.calls)
    ]
