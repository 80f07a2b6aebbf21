"""What the engine decided: the file that local_cloud/engine/hooks/permissions.py writes."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether somebody was allowed something.

    Attributes:
        principal: The name of a role, or of a service such as "s3.amazonaws.com".
        action: Such as "s3:GetObject".
        resource: The ARN of what it was about.
        source: What a service's call was for; empty where a role asked.
        allowed: The decision.
    """

    principal: str
    action: str
    resource: str
    source: str
    allowed: bool


class Decisions:
    """All decisions so far."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch()

    def mark(self) -> int:
        """Where the file ends now."""
        return self._path.stat().st_size

    def since(self, mark: int) -> list[Decision]:
        """The decisions since `mark`."""
        with self._path.open("rb") as file:
            file.seek(mark)
            lines = file.read().split(b"\n")
        # What is behind the last line end is still being written.
        return [Decision(**json.loads(line)) for line in lines[:-1]]
