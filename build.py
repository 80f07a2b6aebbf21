"""Build the deployment packages: one zip for each function and each layer, and their manifest.

The same inputs give the same bytes on any machine; docs/packaging.md lists the inputs. Wheels are
exactly those of the locks, no Docker is needed, and the output folder changes only after every
package was built and checked. packager/ does the work.
"""

from __future__ import annotations

import argparse
import errno
import signal
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from packager.build_steps import build
from packager.bytecode import find_interpreter
from packager.errors import BuildError
from packager.report import Progress, print_table, warn_without_bytecode
from packager.targets import aws_target, host_target
from packager.tools import Tools

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

    from packager.locks import Pin
    from packager.targets import Target
    from packager.tools import Wheel, WheelSource

PROJECT = Path(__file__).resolve().parent

# At one of these signals, a build removes what it has begun, and ends. Ctrl-C sends SIGINT.
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

ADVICE = {
    errno.ENOSPC: "free some space on that disk",
    errno.EDQUOT: "free some space, your quota on that disk is used up",
    errno.EROFS: "that file system is read-only: choose another --output",
    errno.EACCES: "correct the permissions there, or choose another --output",
    errno.EPERM: "correct the permissions there, or choose another --output",
    errno.EEXIST: "a part of that path is a file: choose another --output",
    errno.ENOTDIR: "a part of that path is a file: choose another --output",
    errno.EMFILE: "allow more open files (`ulimit -n`)",
}


class Interrupted(BaseException):
    """A signal has asked the build to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return `target` (a name), `output` (a path or None), `offline` and `verify`."""
    parser = argparse.ArgumentParser(
        prog="build.py", description="Build a zip for each Lambda function and layer."
    )
    parser.add_argument(
        "--target",
        choices=["arm64", "x86_64", "host"],
        default="arm64",
        help="AWS Lambda's architecture, or host: this Python on this machine (default: arm64)",
    )
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="folder for the zips (default: build/)"
    )
    parser.add_argument(
        "--offline",
        action="store_true",
        help="take wheels from the wheel store alone, not from an index",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="build twice elsewhere and compare; leaves the output folder alone",
    )
    return parser.parse_args(argv)


def wheels_from_store(
    pins: Sequence[Pin], target: Target, scratch: Path, *, offline: bool, progress: Progress
) -> Mapping[Pin, Wheel]:
    """Return the locked wheels; see packager/wheels.py."""
    # 26 ms with `packaging` and `platformdirs`, a fifth of a build without changes.
    from packager.wheels import WheelStore  # noqa: PLC0415 - 40 ms

    return WheelStore(offline=offline, progress=progress)(pins, target, scratch)


def run(
    arguments: argparse.Namespace,
    root: Path,
    output: Path,
    wheels: WheelSource | None,
    progress: Progress,
) -> None:
    """Build or verify, and report.

    Raises:
        BuildError: something is wrong with the input or the machine.
        OSError: the disk or a permission.
    """
    target = host_target() if arguments.target == "host" else aws_target(arguments.target)
    interpreter = find_interpreter(target.python_version)
    if not interpreter:
        warn_without_bytecode(target)
    store = partial(wheels_from_store, offline=arguments.offline, progress=progress)
    tools = Tools(wheels or store, interpreter, progress)
    if arguments.verify:
        from packager.verify import verify  # noqa: PLC0415 - 6 ms, not needed for a build

        packages = verify(root, target, tools)
        progress.end()
        for package in packages:
            print(f"{package.sha256}  {package.file_name}")
        print(f"Built twice for {target.name}, with the same bytes")
        return
    result = build(root, output, target, tools)
    progress.end()
    print_table(result.packages, result.made)
    made = "Built" if result.made else "Nothing changed since the build"
    print(f"{made} for {target.name} ({target.runtime}, {target.architecture}) in {output}")


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise `Interrupted` at the first of the ending signals, and ignore further ones."""

    def interrupt(number: int, _frame: FrameType | None) -> NoReturn:
        for ending in previous:
            signal.signal(ending, signal.SIG_IGN)
        raise Interrupted(number)

    # An ignored signal, such as SIGHUP after `nohup`, stays ignored.
    handled = [one for one in ENDING_SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
    previous = {one: signal.signal(one, interrupt) for one in handled}
    try:
        yield
    finally:
        for one, handler in previous.items():
            signal.signal(one, handler)


def advice_for(error: OSError, output: Path) -> str:
    """Return an error of the system with advice."""
    advice = ADVICE.get(error.errno or 0)
    return (
        f"{error}; {advice} ({output} is as it was)"
        if advice
        else f"{error} ({output} is as it was)"
    )


def main(
    argv: Sequence[str] | None = None, *, root: Path = PROJECT, wheels: WheelSource | None = None
) -> int:
    """Build the packages of `root`; return the exit code."""
    arguments = parse_arguments(argv)
    # If the output folder is a link, its target is replaced.
    output = (arguments.output or root / "build").resolve()
    progress = Progress()
    try:
        with interruptible():
            run(arguments, root, output, wheels, progress)
    except BuildError as error:
        message, exit_code = str(error), 1
    except OSError as error:
        message, exit_code = advice_for(error, output), 1
    except Interrupted as interruption:
        message = f"interrupted by {interruption}; nothing is half-written in {output}"
        exit_code = 128 + interruption.number
    else:
        return 0
    progress.end()
    print(f"error: {message}", file=sys.stderr)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
