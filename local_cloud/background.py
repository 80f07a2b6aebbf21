"""`make up`: start the local cloud and leave it running."""

from local_cloud import folders, running
from local_cloud.engine.process import ENGINE_PYTHON, ENGINE_VERSION, Engine
from local_cloud.packages import build_for_this_machine
from local_cloud.running import Running
from local_cloud.stack import Example, Stack, example_names
from local_cloud.usage import describe_usage
from tooling import prerequisites, processes
from tooling.errors import ToolingError
from tooling.progress import Progress


def up(example: str | None = None) -> None:
    """Start the local cloud, apply Terraform to it, leave it running, and print how to use it.

    Args:
        example: the name of a folder in terraform/examples, to apply in place of the whole stack.

    Raises:
        ToolingError: another `up` is running, something is missing, or a step failed.
    """
    if example is not None and example not in example_names():
        raise ToolingError(
            f"there is no terraform/examples/{example}; there are {', '.join(example_names())}"
        )
    with processes.only_one(folders.UP / "up.lock", "make up"):
        _up_alone(example)


def _up_alone(example: str | None) -> None:
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
    started = _start(progress, example)
    print("\nThe local cloud is up.\n")
    print(describe_usage(started.endpoint_url, started.inbox_url, started.outputs))


def _start(progress: Progress, example: str | None) -> Running:
    engine = Engine(folders.UP, outlive_this_process=True, inbox=True)
    try:
        with progress.step("Starting the local AWS engine"):
            engine.start()
        with progress.step("Applying Terraform to it"):
            outputs = _stack(engine, progress, example).apply()
        started = Running(engine.process_id, engine.endpoint_url, engine.inbox_url, outputs)
        running.note(folders.UP, started)
    except BaseException:
        # A partly applied stack is useless, also after Ctrl-C.
        engine.stop()
        raise
    return started


def _stack(engine: Engine, progress: Progress, example: str | None) -> Stack:
    copy = folders.UP / "terraform"
    if example is None:
        return Stack(engine, copy, folders.BUILD, report=progress.detail)
    return Example(example, engine, copy, folders.BUILD, report=progress.detail)
