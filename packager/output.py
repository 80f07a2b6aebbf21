"""The output folder: nothing of the user's is lost, and it is replaced as a whole."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from packager.errors import BuildError
from packager.manifest import MANIFEST_NAME, read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def only_build(output: Path, progress: Callable[[str], None]) -> Iterator[None]:
    """Wait for another build of the folder `output`, and let no other begin meanwhile.

    The kernel drops the lock with this process, however it ends. Its file stays: one that is
    removed could be locked by two.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    path = output.parent / f".{output.name}.lock"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"waiting for another build of {output}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def staging_folder(output: Path) -> Iterator[Path]:
    """Make a folder to build in, and remove it at the end; also what a killed build has left.

    It lies beside the output, so that moving a file there is a rename. To be called while
    `only_build` is held.
    """
    # Here, as a build without changes makes none: importing it takes 10 ms.
    import tempfile  # noqa: PLC0415

    prefix = f".{output.name}-"
    for leftover in output.parent.glob(f"{prefix}*"):
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(
        dir=output.parent, prefix=prefix, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


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
