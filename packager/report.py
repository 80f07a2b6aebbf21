"""Prints a build's progress, its table of sizes and its warnings."""

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
    """Shows the current step: on a terminal in one line, elsewhere a line for each step."""

    def __init__(self) -> None:
        self._on_terminal = sys.stdout.isatty()

    def __call__(self, step: str) -> None:
        """Show a step."""
        if self._on_terminal:
            print(f"{CLEAR_LINE}{step} …", end="", flush=True)
        else:
            print(step, flush=True)

    def end(self) -> None:
        """Remove the line on a terminal."""
        if self._on_terminal:
            print(CLEAR_LINE, end="", flush=True)


def warn_without_bytecode(target: Target) -> None:
    """Print on stderr that the functions will start slowly, and what to do."""
    version = target.python_version
    print(
        f"warning: no Python {version} on this machine, so the zips are built WITHOUT BYTECODE: "
        "functions start slower, and the hashes differ from a build with it. Install it "
        f"(`uv python install {version}`) or put python{version} on PATH, and build again",
        file=sys.stderr,
    )


def print_table(packages: Iterable[Package], made: Iterable[str]) -> None:
    """Print each package's name, sizes, the start of its hash, and whether it is unchanged."""
    print(f"{'package':<34} {'zip':>10} {'unzipped':>11}  {'sha256':<{HASH_DIGITS}}")
    for package in packages:
        sizes = f"{mebibytes(package.size_bytes):>10} {mebibytes(package.unzipped_bytes):>11}"
        state = "" if package.name in made else "  unchanged"
        print(f"{package.file_name:<34} {sizes}  {package.sha256[:HASH_DIGITS]}{state}")
    for package in packages:
        for name in package.without_bytecode:
            print(f"{package.file_name}: no bytecode for {name}, which does not compile")
