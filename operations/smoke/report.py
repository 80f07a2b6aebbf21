"""What came of a run: a table for people, JSON for machines."""

import json
from collections.abc import Sequence

from operations.redrive.terminal import shown
from operations.smoke.run import Run
from operations.smoke.steps import Outcome, Result


def table(results: Sequence[Result], *, is_whole: bool) -> str:
    """A line for each step; what to read, and why, for each that is not ok.

    Args:
        results: What came of the steps.
        is_whole: Whether the run came to its end.
    """
    width = max((len(result.step.name) for result in results), default=0)
    lines = [
        f"  {result.step.name:<{width}}  {result.seconds:6.1f} s  {_said(result)}"
        for result in results
    ]
    end = [] if is_whole else ["INTERRUPTED: the other steps were not done"]
    return "\n".join([*lines, "", summary(results), *end])


def _said(result: Result) -> str:
    said = f"{result.outcome}: {shown(result.detail)}"
    return said if result.is_ok else f"{said}. Read {result.step.page}"


def summary(results: Sequence[Result]) -> str:
    """How many steps are ok, and loudly: what was not checked."""
    counts = {outcome: sum(one.outcome == outcome for one in results) for outcome in Outcome}
    said = [f"{count} {outcome}" for outcome, count in counts.items() if count]
    found = ", ".join(said) or "nothing was done"
    if not counts[Outcome.NOT_APPLICABLE]:
        return found
    return f"{found}\nNOT CHECKED, for the reasons above: " + ", ".join(
        one.step.name for one in results if one.outcome == Outcome.NOT_APPLICABLE
    )


def document(run: Run, results: Sequence[Result], *, is_whole: bool) -> str:
    """The same as JSON.

    Args:
        run: The run.
        results: What came of its steps.
        is_whole: Whether it came to its end.
    """
    return json.dumps(
        {
            "deployment": str(run.found),
            "user": run.username,
            "ok": is_whole and all(result.is_ok for result in results),
            "steps": [
                {
                    "name": result.step.name,
                    "outcome": result.outcome.lower(),
                    "seconds": round(result.seconds, 1),
                    "detail": result.detail,
                    "read": None if result.is_ok else result.step.page,
                }
                for result in results
            ],
        },
        indent=2,
    )
