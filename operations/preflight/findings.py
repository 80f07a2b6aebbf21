"""What a check found, as one line of output."""

from dataclasses import dataclass
from enum import StrEnum

from operations.redrive.terminal import shown


class Status(StrEnum):
    """How a line begins."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One line of output.

    Attributes:
        status: Only FAIL makes the command exit with 1.
        subject: What was checked.
        found: What was found. It may hold text from AWS or from a variable.
        remedy: What to do.
    """

    status: Status
    subject: str
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{self.status:<4}  {shown(self.subject)}: {shown(self.found).rstrip('.')}"
        return f"{line}; {shown(self.remedy)}" if self.remedy else line


def ok(subject: str, found: str) -> Finding:
    """Nothing to do."""
    return Finding(Status.OK, subject, found)


def warn(subject: str, found: str, remedy: str) -> Finding:
    """It can be deployed, but part of it may not work as expected."""
    return Finding(Status.WARN, subject, found, remedy)


def fail(subject: str, found: str, remedy: str) -> Finding:
    """Plan, apply, or the deployment itself would fail."""
    return Finding(Status.FAIL, subject, found, remedy)
