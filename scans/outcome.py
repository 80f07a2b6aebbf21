"""What a scan says."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """The result of one scan.

    Attributes:
        findings: one text each, saying what was found, where, and what to do. None: green.
        not_run: why the scan could not look, where it could not.
        looked_at: what was scanned, such as "60 files".
    """

    findings: list[str] = field(default_factory=list)
    not_run: str | None = None
    looked_at: str = ""
