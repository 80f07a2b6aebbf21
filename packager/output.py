"""The output folder: nothing of the user's is lost, and it is replaced as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packager.errors import BuildError
from packager.manifest import MANIFEST_NAME, read_manifest

if TYPE_CHECKING:
    from pathlib import Path


def check_output(output: Path) -> None:
    """Raise a BuildError if replacing the folder `output` would lose anything but an old build."""
    if not output.exists():
        return
    if not output.is_dir():
        raise BuildError(f"{output}: is not a folder; choose another --output")
    foreign = {path.name for path in output.iterdir()} - files_of_last_build(output)
    for name in sorted(foreign):
        raise BuildError(
            f"{output / name}: was not made by a build and would be lost; move it away or choose "
            "another --output"
        )


def files_of_last_build(output: Path) -> set[str]:
    """Return the names of the files that the manifest in `output` accounts for."""
    last_build = read_manifest(output)
    # Without a manifest of ours, nothing in the folder is known to be.
    return {MANIFEST_NAME, *last_build.files} if last_build else set()


def swap_in(finished: Path, output: Path, previous: Path) -> None:
    """Put the folder `finished` in the place of `output`, all of it or nothing."""
    if not output.exists():
        finished.rename(output)
        return
    output.rename(previous)
    try:
        finished.rename(output)
    except BaseException:  # an interruption too
        previous.rename(output)
        raise
