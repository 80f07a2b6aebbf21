"""`make up`: start the local cloud and leave it running."""

from local_cloud import folders, running
from local_cloud.engine.process import ENGINE_PYTHON, ENGINE_VERSION, Engine
from local_cloud.packages import build_for_this_machine
from local_cloud.running import Running
from local_cloud.stack import Stack
from local_cloud.usage import describe_usage
from tooling import prerequisites, processes
from tooling.progress import Progress


def up() -> None:
    """Start the local cloud, apply Terraform to it, leave it running, and print how to use it.

    Raises:
        ToolingError: another `up` is running, something is missing, or a step failed.
    """
    with processes.only_one(folders.UP / "up.lock", "make up"):
        _up_alone()


def _up_alone() -> None:
    found = running.find(folders.UP)
    if found is not None:
        print(f"The local cloud is already up (process {found.process_id}).\n")
        print(describe_usage(found.endpoint_url, found.inbox_url, found.outputs))
        return
    progress = Progress()
    with progress.step("Checking what is needed"):
        prerequisites.check(ENGINE_PYTHON, ENGINE_VERSION)
    with progress.step("Building the packages for this machine"):
        build_for_this_machine(folders.BUILD)
    started = _start(progress)
    print("\nThe local cloud is up.\n")
    print(describe_usage(started.endpoint_url, started.inbox_url, started.outputs))


def _start(progress: Progress) -> Running:
    engine = Engine(folders.UP, outlive_this_process=True, inbox=True)
    try:
        with progress.step("Starting the local AWS engine"):
            engine.start()
        with progress.step("Applying Terraform to it"):
            outputs = Stack(
                engine, folders.UP / "terraform", folders.BUILD, report=progress.detail
            ).apply()
        started = Running(engine.process_id, engine.endpoint_url, engine.inbox_url, outputs)
        running.note(folders.UP, started)
    except BaseException:
        # A partly applied stack is useless, also after Ctrl-C.
        engine.stop()
        raise
    return started
