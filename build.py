"""Build the deployment packages: one zip for each function and each layer, and their manifest.

Same inputs give the same bytes, on any machine; docs/packaging.md says what the inputs are. Wheels
for AWS are fetched by pip without Docker, and the output folder changes only when every package
was built and checked. The work is done in packager/.
"""

from __future__ import annotations

import argparse
import errno
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from packager.build_steps import build
from packager.bytecode import find_interpreter
from packager.errors import BuildError
from packager.report import Progress, print_table, warn_without_bytecode
from packager.targets import aws_target, host_target
from packager.tools import Tools

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from types import FrameType

    from packager.locks import Pin
    from packager.targets import Target
    from packager.tools import WheelSource

PROJECT = Path(__file__).resolve().parent


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
        "--offline", action="store_true", help="take wheels from those that were fetched before"
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="build twice elsewhere and compare; leaves the output folder alone",
    )
    return parser.parse_args(argv)


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
    tools = Tools(wheels or stored_wheels(offline=arguments.offline), interpreter, progress)
    if arguments.verify:
        from packager.verify import verify  # noqa: PLC0415 - 10 ms that a build doesn't need

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


def stored_wheels(*, offline: bool) -> WheelSource:
    """Return the source of wheels, with an import that a build without changes doesn't need."""

    def source(pins: Collection[Pin], target: Target) -> Mapping[Pin, bytes]:
        # It imports what reads and fetches wheels: 60 ms.
        from packager.wheels import WheelStore, cache_folder  # noqa: PLC0415

        return WheelStore(cache_folder(), offline=offline)(pins, target)

    return source


def advice(error: OSError) -> str:
    """Return what to do about an error of the file system."""
    return {
        errno.ENOSPC: "the disk is full: free some space",
        errno.EDQUOT: "your disk quota is used up: free some space",
        errno.EROFS: "the file system is read-only: build into another folder by --output",
        errno.EACCES: "you may not write there: build into another folder by --output",
        errno.EPERM: "you may not write there: build into another folder by --output",
    }.get(error.errno or 0, "see that the file or folder is there and can be used")


class Terminated(BaseException):
    """A signal asked the build to end."""


def end_in_order(_number: int, _frame: FrameType | None) -> NoReturn:
    """Let every `finally` run, so that no staging folder stays."""
    raise Terminated


def main(
    argv: Sequence[str] | None = None, *, root: Path = PROJECT, wheels: WheelSource | None = None
) -> int:
    """Build the packages of `root`; return the exit code."""
    arguments = parse_arguments(argv)
    # A linked output folder stays a link: what it points to is replaced.
    output = (arguments.output or root / "build").resolve()
    progress = Progress()
    try:
        run(arguments, root, output, wheels, progress)
    except BuildError as error:
        message, exit_code = str(error), 1
    except OSError as error:
        message, exit_code = f"{error}; {advice(error)} ({output} is as it was)", 1
    except KeyboardInterrupt:
        message, exit_code = f"interrupted; nothing is half-written in {output}", 130
    except Terminated:
        message, exit_code = f"terminated; nothing is half-written in {output}", 143
    else:
        return 0
    progress.end()
    print(f"error: {message}", file=sys.stderr)
    return exit_code


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end_in_order)
    sys.exit(main())
