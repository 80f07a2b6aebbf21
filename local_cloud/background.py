"""`make up` and `make down`: the local cloud left running, and ended again."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local_cloud import paths, prerequisites, processes
from local_cloud.deployment import Deployment
from local_cloud.engine import ENGINE_VERSION, Engine
from local_cloud.errors import LocalCloudError
from local_cloud.packages import build_for_this_machine
from local_cloud.progress import Progress
from local_cloud.usage import describe_usage

_LOCK = "engine.lock"
_RUNNING = "running.json"


@dataclass(frozen=True)
class Running:
    """What one needs to know of the local cloud that `up` left running."""

    process_id: int
    endpoint_url: str
    inbox_url: str
    outputs: dict[str, Any]


def up() -> None:
    """Start the local cloud, apply Terraform to it and leave it running; say how to use it.

    Raises:
        LocalCloudError: another `up` is at work, something is missing, or a step failed.
    """
    with processes.only_one(paths.UP / "up.lock", "make up"):
        _up_alone()


def _up_alone() -> None:
    found = find_running(paths.UP)
    if found is not None:
        print(f"The local cloud is already up (process {found.process_id}).\n")
        print(describe_usage(found.endpoint_url, found.inbox_url, found.outputs))
        return
    progress = Progress()
    with progress.step("Checking what is needed"):
        prerequisites.check(paths.ENGINE_PYTHON, ENGINE_VERSION)
    with progress.step("Building the packages for this machine"):
        build_for_this_machine(paths.BUILD)
    running = _start(progress)
    print("\nThe local cloud is up.\n")
    print(describe_usage(running.endpoint_url, running.inbox_url, running.outputs))


def _start(progress: Progress) -> Running:
    engine = Engine(paths.UP, outlive_this_process=True, inbox=True)
    try:
        with progress.step("Starting the local AWS engine"):
            engine.start()
        with progress.step("Applying Terraform to it"):
            outputs = Deployment(
                engine, paths.UP / "terraform", paths.BUILD, report=progress.detail
            ).apply()
        running = Running(engine.process_id, engine.endpoint_url, engine.inbox_url, outputs)
        _write(paths.UP / _RUNNING, running)
    except BaseException:
        # Half a local cloud helps nobody, also not after Ctrl-C.
        engine.stop()
        raise
    return running


def down() -> None:
    """End the local cloud that `up` left running, and every function in it."""
    lock_file = paths.UP / _LOCK
    process_id = processes.lock_holder(lock_file)
    (paths.UP / _RUNNING).unlink(missing_ok=True)
    if process_id is None:
        print("The local cloud is not up.")
        return
    # The engine is the leader of its own process group.
    processes.end_group(process_id, lambda: processes.lock_holder(lock_file) is None)
    shutil.rmtree(paths.UP / "tmp", ignore_errors=True)
    print("The local cloud is down.")


def find_running(folder: Path) -> Running | None:
    """What runs in `folder`, or None.

    Raises:
        LocalCloudError: an engine runs there that no finished `up` has described.
    """
    process_id = processes.lock_holder(folder / _LOCK)
    if process_id is None:
        return None
    try:
        running = Running(**json.loads((folder / _RUNNING).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError) as error:
        raise LocalCloudError(
            f"an engine runs (process {process_id}), but the `make up` that started it did not "
            "finish: run `make down`"
        ) from error
    if running.process_id != process_id:
        raise LocalCloudError(f"{folder / _RUNNING} is of another engine: run `make down`")
    return running


def _write(file: Path, running: Running) -> None:
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(running), indent=2) + "\n", encoding="utf-8")
    partial.replace(file)
