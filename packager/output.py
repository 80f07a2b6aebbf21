"""The output folder: one build at a time, replaced as a whole, and no file of the user is lost."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from packager.errors import BuildError
from packager.manifest import MANIFEST_NAME, read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def locked(output: Path, progress: Callable[[str], None]) -> Iterator[None]:
    """Let one build at a time work on `output`; another one reports that it waits.

    The lock is a file beside the folder, which is removed at the end. If it can't be written, no
    build can change the folder either, so nothing is locked.
    """
    if not output.name:
        raise BuildError(f"{output}: cannot be replaced as a whole; choose another --output")
    path = output.with_name(f".{output.name}.lock")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        descriptor = lock_file(path, output, progress)
    except OSError as error:
        if error.errno not in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise
        yield
        return
    try:
        remove_leftovers(output)
        yield
    finally:
        # Before the release, so that a waiting build sees that it is gone.
        path.unlink(missing_ok=True)
        os.close(descriptor)


def lock_file(path: Path, output: Path, progress: Callable[[str], None]) -> int:
    """Return a descriptor of the file at `path`, locked by this process alone."""
    waits = False
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not waits:
                    progress(f"waiting for another build into {output}")
                waits = True
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if is_file_at(path, descriptor):
                return descriptor
        except BaseException:  # an interruption too
            os.close(descriptor)
            raise
        # Another build removed the file while this one waited.
        os.close(descriptor)


def is_file_at(path: Path, descriptor: int) -> bool:
    """Return whether an open file is still the one at `path`."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def staging_prefix(output: Path) -> str:
    """Return the prefix of the names of staging folders for `output`."""
    return f".{output.name}-staging-"


def remove_leftovers(output: Path) -> None:
    """Remove the staging folders of builds that were killed; `output` must be locked."""
    pattern = re.compile(re.escape(staging_prefix(output)) + "[a-z0-9_]{8}")
    leftovers = [path for path in output.parent.iterdir() if pattern.fullmatch(path.name)]
    if not leftovers:
        return
    import shutil  # noqa: PLC0415 - 2 ms, a fiftieth of a build without changes

    for leftover in leftovers:
        # A build was killed between the two renames of `swap_in`.
        if (leftover / "previous").is_dir() and not output.exists():
            (leftover / "previous").rename(output)
        shutil.rmtree(leftover, ignore_errors=True)


def check_output(output: Path) -> None:
    """Raise a BuildError if replacing the folder `output` would lose anything but an old build."""
    if not output.exists():
        return
    if not output.is_dir():
        raise BuildError(f"{output}: is not a folder; choose another --output")
    foreign = {path.name for path in output.iterdir()} - files_of_last_build(output)
    for name in sorted(foreign):
        raise BuildError(
            f"{output / name}: a build did not make it and would delete it; move it away or choose "
            "another --output"
        )


def files_of_last_build(output: Path) -> set[str]:
    """Return the names of the files that belong to the manifest in `output`."""
    last_build = read_manifest(output)
    return {MANIFEST_NAME, *last_build.files} if last_build else set()


def swap_in(finished: Path, output: Path, previous: Path) -> None:
    """Replace `output` with the folder `finished`, as a whole or not at all."""
    if not output.exists():
        finished.rename(output)
        return
    try:
        output.rename(previous)
        finished.rename(output)
    except BaseException:  # an interruption too, which is raised right after a rename
        if previous.exists() and not output.exists():
            previous.rename(output)
        raise
