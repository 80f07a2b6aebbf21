"""Command line: python -m local_cloud build|demo|up|down."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NoReturn

from local_cloud import running
from tooling.environment import isolate_this_process
from tooling.errors import ToolingError

_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m local_cloud", description=__doc__)
    commands = {
        "build": "build the packages for this machine, as demo and up do",
        "demo": "run both pipelines on this machine, show the results, stop",
        "up": "start the local cloud and leave it running",
        "down": "end the local cloud that `up` left running",
    }
    subparsers = parser.add_subparsers(dest="command", required=True)
    for name, text in commands.items():
        subparser = subparsers.add_parser(name, help=text)
        if name == "up":
            subparser.add_argument(
                "--example", metavar="NAME", help="apply terraform/examples/NAME alone"
            )
    options = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, _end_like_ctrl_c)
    isolate_this_process()
    try:
        _run(options)
    except ToolingError as error:
        print(f"\nerror: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; everything that was started has ended", file=sys.stderr)
        return _INTERRUPTED
    return 0


def _run(options: argparse.Namespace) -> None:
    if options.command == "down":
        # Needs no package: `make clean` ends the local cloud even if its environment is broken.
        running.down()
        return
    # Imported here, so that `--help` works without boto3 and Pillow, and a lack is explained.
    try:
        from local_cloud import background, demo, packages  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        raise ToolingError(
            f"this Python has no {error.name}: run `make setup`, then use `make {options.command}`"
        ) from error
    commands: dict[str, Callable[[], None]] = {
        "build": packages.build,
        "demo": demo.run_demo,
        "up": lambda: background.up(options.example),
    }
    commands[options.command]()


def _end_like_ctrl_c(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
