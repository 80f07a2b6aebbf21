"""What a build tells: its progress, the table of sizes, and what it could not do."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from packager.limits import mebibytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packager.manifest import Package
    from packager.targets import Target

HASH_DIGITS = 12
CLEAR_LINE = "\r\x1b[2K"


class Progress:
    """Shows the step at work: one line that is rewritten on a terminal, a line each elsewhere."""

    def __init__(self) -> None:
        self._on_terminal = sys.stdout.isatty()

    def __call__(self, step: str) -> None:
        """Show the step that begins."""
        if self._on_terminal:
            print(f"{CLEAR_LINE}{step} …", end="", flush=True)
        else:
            print(step, flush=True)

    def end(self) -> None:
        """Make room for what comes next."""
        if self._on_terminal:
            print(CLEAR_LINE, end="", flush=True)


def warn_without_bytecode(target: Target) -> None:
    """Say on stderr that the zips will start slowly, and what to do."""
    version = target.python_version
    print(
        f"warning: no Python {version} on this machine, so the zips are built WITHOUT BYTECODE: "
        "functions start slower, and the hashes differ from a build with it. Install it "
        f"(`uv python install {version}`) or put python{version} on PATH, and build again",
        file=sys.stderr,
    )


def print_table(packages: Iterable[Package], made: Iterable[str]) -> None:
    """Print name, sizes and start of the hash of each package, and whether it was made now."""
    print(f"{'package':<34} {'zip':>10} {'unzipped':>11}  {'sha256':<{HASH_DIGITS}}")
    for package in packages:
        sizes = f"{mebibytes(package.size_bytes):>10} {mebibytes(package.unzipped_bytes):>11}"
        state = "" if package.name in made else "  unchanged"
        print(f"{package.file_name:<34} {sizes}  {package.sha256[:HASH_DIGITS]}{state}")
    for package in packages:
        for name in package.without_bytecode:
            print(f"{package.file_name}: no bytecode for {name}, which does not compile")
