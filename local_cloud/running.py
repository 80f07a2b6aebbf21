"""Note in a file what `make up` left running; end it for `make down`."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local_cloud import folders
from tooling import processes
from tooling.errors import ToolingError

_LOCK = "engine.lock"
_RUNNING = "running.json"


@dataclass(frozen=True)
class Running:
    """The local cloud that `up` left running."""

    process_id: int
    endpoint_url: str
    inbox_url: str
    outputs: dict[str, Any]


def find(folder: Path) -> Running | None:
    """What runs in `folder`, or None.

    Raises:
        ToolingError: an engine runs there, but its `up` did not finish.
    """
    process_id = processes.lock_holder(lock_file(folder))
    if process_id is None:
        return None
    try:
        running = Running(**json.loads((folder / _RUNNING).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError) as error:
        raise ToolingError(
            f"an engine runs (process {process_id}), but the `make up` that started it did not "
            "finish: run `make down`"
        ) from error
    if running.process_id != process_id:
        raise ToolingError(f"{folder / _RUNNING} describes another engine: run `make down`")
    return running


def lock_file(folder: Path) -> Path:
    """The file that the engine in `folder` holds locked."""
    return folder / _LOCK


def note(folder: Path, running: Running) -> None:
    """Write down what runs in `folder`, whole or not at all."""
    file = folder / _RUNNING
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(running), indent=2) + "\n", encoding="utf-8")
    partial.replace(file)


def forget(folder: Path) -> None:
    """Remove the note."""
    (folder / _RUNNING).unlink(missing_ok=True)


def down() -> None:
    """End the local cloud that `up` left running, and every function in it."""
    file = lock_file(folders.UP)
    process_id = processes.lock_holder(file)
    forget(folders.UP)
    if process_id is None:
        print("The local cloud is not up.")
        return
    # The engine is the leader of its own process group.
    processes.end_group(process_id, lambda: processes.lock_holder(file) is None)
    shutil.rmtree(folders.UP / "tmp", ignore_errors=True)
    print("The local cloud is down.")
