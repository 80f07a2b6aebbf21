"""The result of a scan."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """The result of one scan.

    Attributes:
        findings: a text for each: what was found, where, and what to do. Empty: green.
        not_run: why the scan could not run, or None.
        looked_at: what was scanned, such as "60 files".
    """

    findings: list[str] = field(default_factory=list)
    not_run: str | None = None
    looked_at: str = ""
