"""Build the deployment packages: one zip for each function and each layer, and their manifest.

Same inputs give the same bytes, on any machine; docs/packaging.md says what the inputs are. Wheels
for AWS are installed by uv without Docker, and the output folder changes only when every package
was built and checked. The work is done in packager/.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from packager.bytecode import find_interpreter
from packager.errors import BuildError
from packager.install import find_uv, install_with_uv, uv_version
from packager.pipeline import Tools, build
from packager.report import Progress, print_table, warn_without_bytecode
from packager.targets import aws_target, host_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packager.install import Installer

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
        "--offline", action="store_true", help="take packages from uv's cache, not from an index"
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
    install: Installer | None,
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

    def installer() -> Installer:
        return install or partial(install_with_uv, uv=find_uv(), offline=arguments.offline)

    tools = Tools(installer, uv_version(), interpreter, progress)
    if arguments.verify:
        from packager.verify import verify  # noqa: PLC0415 - not needed for a build

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


def main(
    argv: Sequence[str] | None = None, *, root: Path = PROJECT, install: Installer | None = None
) -> int:
    """Build the packages of `root`; return the exit code."""
    arguments = parse_arguments(argv)
    # A linked output folder stays a link: what it points to is replaced.
    output = (arguments.output or root / "build").resolve()
    progress = Progress()
    try:
        run(arguments, root, output, install, progress)
    except BuildError as error:
        message, exit_code = str(error), 1
    except OSError as error:
        message = f"{error}; check permissions and free space ({output} is as it was)"
        exit_code = 1
    except KeyboardInterrupt:
        message, exit_code = f"interrupted; nothing is half-written in {output}", 130
    else:
        return 0
    progress.end()
    print(f"error: {message}", file=sys.stderr)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
