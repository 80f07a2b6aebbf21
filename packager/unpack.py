"""Unpacking wheels: the files that a zip takes from them, and which of those are programs.

The layout is that of the wheel format 1.0:
https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from packager.errors import BuildError
from packager.limits import LAMBDA_UNZIPPED_BYTES, mebibytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from packager.contents import Contents
    from packager.locks import Pin

# Folders of `<name>.data` whose files lie at the top once installed. The others (scripts, headers,
# data) are no part of what Python imports.
AT_THE_TOP = {"purelib", "platlib"}


@dataclass(frozen=True)
class Unpacked:
    """A wheel's files by their place in a zip, and which of these places are of programs."""

    contents: Contents
    programs: frozenset[str]


def unpack(pin: Pin, wheel: bytes, folder: Path) -> Unpacked:
    """Write a wheel's files into a new folder.

    Programs are those that the wheel marks: the file system here may know of no modes.

    Raises:
        BuildError: the wheel is damaged, larger than Lambda takes, or has a file that would lie
            elsewhere.
    """
    contents: Contents = {}
    programs = set()
    try:
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            check_size(pin, archive)
            for name, member in installed_files(archive):
                check_name(pin, name, contents)
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(member))
                contents[name] = path
                if is_program(member):
                    programs.add(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BuildError(
            f"{pin.name}=={pin.version}: {refusal(f'is damaged ({error})')}"
        ) from error
    return Unpacked(contents, frozenset(programs))


def installed_files(archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Yield where each file lies once installed, with its entry."""
    for member in archive.infolist():
        if member.is_dir():
            continue
        top, _, rest = member.filename.partition("/")
        if top.endswith(".data"):
            kind, _, inner = rest.partition("/")
            if kind in AT_THE_TOP:
                yield inner, member
        else:
            yield member.filename, member


def is_program(member: zipfile.ZipInfo) -> bool:
    """Tell a file that the wheel marks as executable."""
    return bool((member.external_attr >> 16) & stat.S_IXUSR)


def check_size(pin: Pin, archive: zipfile.ZipFile) -> None:
    """Raise a BuildError for a wheel that unpacks to more than Lambda takes."""
    # zipfile reads no more of a file than its entry says.
    size = sum(member.file_size for member in archive.infolist())
    if size > LAMBDA_UNZIPPED_BYTES:
        raise BuildError(
            f"{pin.name}=={pin.version}: its wheel unpacks to {mebibytes(size)}, and Lambda takes "
            f"{mebibytes(LAMBDA_UNZIPPED_BYTES)}; lock a smaller package"
        )


def check_name(pin: Pin, name: str, contents: Contents) -> None:
    """Raise a BuildError for a name that leads elsewhere or comes twice."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or path.as_posix() != name:
        problem = f"has a file that would lie elsewhere: {name!a}"
    elif name in contents:
        problem = f"has {name!a} twice"
    else:
        return
    raise BuildError(f"{pin.name}=={pin.version}: {refusal(problem)}")


def refusal(problem: str) -> str:
    """Return the problem of a wheel, though its hash is the locked one, and the remedy."""
    return f"its wheel {problem}, though it is the locked one; lock another version"
