"""The engine's decisions: the file that local_cloud/engine/hooks/permissions.py writes."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision of the engine.

    Attributes:
        principal: the name of a role, or of a service such as "s3.amazonaws.com".
        action: such as "s3:GetObject".
        resource: an ARN.
        source: the source of a service's call; empty for a role's.
        allowed: the decision.
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
        """The current end of the file."""
        return self._path.stat().st_size

    def since(self, mark: int) -> list[Decision]:
        """The decisions since `mark`."""
        with self._path.open("rb") as file:
            file.seek(mark)
            lines = file.read().split(b"\n")
        # A last line without an end is still being written.
        return [Decision(**json.loads(line)) for line in lines[:-1]]
