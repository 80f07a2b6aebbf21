"""Writes tables, verdicts and missing peers as Markdown, for the terminal and the docs."""

import datetime as dt
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

INTRODUCTION = (
    "For people who compare this with other tools, or change what is measured. Written by"
    " `make bench`, never by hand. Every peer is measured in the same run, in turn with ours. Times"
    " are medians. Ratios are medians of each turn's ratio, which a busy machine changes least;"
    " between machines they differ much less than times."
)


@dataclass(frozen=True)
class Table:
    """A table; the first column is text, the others are figures.

    Attributes:
        title: its heading.
        columns: the heads of the columns.
        rows: each with as many cells as there are columns.
        note: how to read it.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


@dataclass(frozen=True)
class Verdict:
    """A promise and its measured value.

    Attributes:
        claim: the promise, without the limit.
        value: the measured value, or None.
        limit: the promised limit.
        at_least: whether the value must be at least the limit, not at most.
    """

    claim: str
    value: float | None
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the promise is met; without a value it is not."""
        if self.value is None:
            return False
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def cells(self) -> tuple[str, ...]:
        """The row of the table of verdicts."""
        limit = f"{'at least' if self.at_least else 'at most'} {self.limit:g}"
        if self.value is None:
            return self.claim, limit, "-", "NOT MEASURED"
        return self.claim, limit, f"{self.value:.4g}", "met" if self.met else "NOT MET"


@dataclass
class Section:
    """One part of the benchmark.

    Attributes:
        title: its name.
        tables: the measurements.
        verdicts: the promises.
        missing: peers that are not available, each with the reason.
        versions: the version of each program or package.
    """

    title: str
    tables: list[Table] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Return the section as lines of Markdown."""
        lines = [f"## {self.title}", ""]
        for peer in self.missing:
            lines += [f"**MISSING: {peer}**", ""]
        for table in self.tables:
            lines += [f"### {table.title}", "", *table_lines(table.columns, table.rows), ""]
            lines += [table.note, ""] if table.note else []
        return [*lines, "Versions: " + versions_text(self.versions) + ".", ""]


def versions_text(versions: dict[str, str]) -> str:
    """Return names and versions, sorted."""
    return ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))


def table_lines(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a Markdown table, padded to be readable on a terminal too.

    Raises:
        ValueError: a row has more or fewer cells than there are columns.
    """
    widths = [max(len(cell) for cell in cells) for cells in zip(*([columns, *rows]), strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return [_line(row, widths) for row in (columns, rule, *rows)]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cells[0].ljust(widths[0])]
    padded += [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
    return f"| {' | '.join(padded)} |"


def verdict_lines(sections: Sequence[Section]) -> list[str]:
    """Return the table of all verdicts as lines of Markdown."""
    rows = [verdict.cells() for section in sections for verdict in section.verdicts]
    return ["## Verdicts", "", *table_lines(("promise", "limit", "measured", "verdict"), rows), ""]


def machine_line() -> str:
    """Return what the figures were measured on, without a name of the machine."""
    return (
        f"{os.cpu_count()} cores, {cpu_model()}, {platform.system()} on {platform.machine()}, "
        f"benchmark driven by Python {platform.python_version()}"
    )


def cpu_model() -> str:
    """Return the processor's name, if the system reports it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown processor")


def document(sections: Sequence[Section], runs: str) -> str:
    """Return the whole of docs/benchmarks.md."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    lines = [
        "# Benchmarks",
        "",
        INTRODUCTION,
        "",
        f"Measured on {today}: {machine_line()}. {runs}",
        "",
        *verdict_lines(sections),
    ]
    for section in sections:
        lines += section.lines()
    return "\n".join(lines).rstrip("\n") + "\n"


def updated(text: str, section: Section, runs: str) -> str:
    """Return docs/benchmarks.md with one part in place of its former self."""
    before, _, rest = text.partition(f"## {section.title}\n")
    _, heading, after = rest.partition("\n## ")
    today = dt.datetime.now(dt.UTC).date().isoformat()
    title, *lines = section.lines()
    measured = f"This part was measured on {today}: {machine_line()}. {runs}"
    part = "\n".join([title, "", measured, *lines]).rstrip("\n") + "\n"
    return _with_verdicts(before, section) + part + heading + after


def _with_verdicts(text: str, section: Section) -> str:
    """The text with the section's verdicts in place of the former ones."""
    before, title, rest = text.partition("## Verdicts\n\n")
    table, _, after = rest.partition("\n\n")
    columns, _, *rows = (
        [cell.strip() for cell in line.split("|")[1:-1]] for line in table.split("\n")
    )
    own = section.title.lower()
    place = next((at for at, row in enumerate(rows) if row[0].startswith(own)), len(rows))
    others = [row for row in rows if not row[0].startswith(own)]
    ours = [verdict.cells() for verdict in section.verdicts]
    lines = table_lines(columns, [*others[:place], *ours, *others[place:]])
    return before + title + "\n".join(lines) + "\n\n" + after
