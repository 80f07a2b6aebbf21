"""Unpacks a wheel, and checks each file against the wheel's RECORD.

The lock's sha256 has confirmed the wheel's bytes, and so its RECORD. The format is PyPA's "Binary
distribution format".
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import lzma
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from packager.errors import BuildError
from packager.limits import LAMBDA_UNZIPPED_BYTES, mebibytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from packager.tools import Wheel

# What zipfile and csv raise for a damaged file: bad structure, an unknown method, encryption, a
# truncated stream.
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, csv.Error),
    *(NotImplementedError, RuntimeError, EOFError, ValueError),
)

# The parts of a wheel's .data folder that are installed into site-packages. Scripts, headers and
# data go elsewhere, and have no place in a zip.
PACKAGE_SCHEMES = {"purelib", "platlib"}

# RECORD has no hash of itself and of its signatures.
UNRECORDED_NAMES = {"RECORD", "RECORD.jws", "RECORD.p7s"}
# The specification asks for sha256 or better.
RECORD_HASHES = {"sha256", "sha384", "sha512"}
EXECUTABLE_BITS = 0o111


@dataclass(frozen=True)
class Unpacked:
    """The files of wheels by their path below site-packages, and which are executable scripts."""

    contents: dict[str, Path]
    scripts: frozenset[Path]


def unpack(wheel: Wheel, folder: Path) -> Unpacked:
    """Write a wheel's files into a new folder, with numbers as names.

    Raises:
        BuildError: the wheel is damaged or differs from its RECORD.
    """
    folder.mkdir(parents=True)
    contents: dict[str, Path] = {}
    scripts = set()
    for name, data, is_executable in checked_files(wheel):
        path = contents[name] = folder / str(len(contents))
        path.write_bytes(data)
        if is_executable and data.startswith(b"#!"):
            scripts.add(path)
    return Unpacked(contents, frozenset(scripts))


def checked_files(wheel: Wheel) -> Iterator[tuple[str, bytes, bool]]:
    """Yield each file's path below site-packages, its content and its executable bit."""
    try:
        with zipfile.ZipFile(io.BytesIO(wheel.data)) as archive:
            members = checked_members(archive)
            record = record_of(archive, members)
            for path, name in installed_files(members).items():
                data = archive.read(members[name])
                check_recorded(name, data, record)
                yield path, data, bool(members[name].external_attr >> 16 & EXECUTABLE_BITS)
    except DAMAGE as error:
        raise refused(wheel, f"is a damaged zip ({error})") from error
    except WheelProblemError as error:
        raise refused(wheel, str(error)) from error


class WheelProblemError(Exception):
    """What is wrong with a wheel."""


def refused(wheel: Wheel, problem: str) -> BuildError:
    """Return the error for a wheel that was locked like this and can't be used."""
    return BuildError(
        f"{wheel.path}: {problem}; it is the file that was locked, so lock another version"
    )


def checked_members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the files of a wheel by name; refuse unsafe and repeated names and too many bytes."""
    members: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        name = member.filename
        if not is_safe(name.removesuffix("/")):
            raise WheelProblemError(f"has a file with the unsafe path `{ascii(name)[1:-1]}`")
        if name in members:
            raise WheelProblemError(f"has `{name}` twice")
        if not member.is_dir():
            members[name] = member
    size_bytes = sum(member.file_size for member in members.values())
    if size_bytes > LAMBDA_UNZIPPED_BYTES:
        raise WheelProblemError(
            f"unpacks to {mebibytes(size_bytes)}, and Lambda takes "
            f"{mebibytes(LAMBDA_UNZIPPED_BYTES)}"
        )
    return members


def is_safe(name: str) -> bool:
    """Return whether a relative path stays inside its folder on every system."""
    is_plain = "\\" not in name and ":" not in name.partition("/")[0]
    return is_plain and all(part not in {"", ".", ".."} for part in name.split("/"))


def record_of(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]
) -> dict[str, tuple[str, str]]:
    """Return the hash and the size of each file in RECORD, by name."""
    records = [
        name for name in members if name.endswith(".dist-info/RECORD") and name.count("/") == 1
    ]
    if len(records) != 1:
        raise WheelProblemError(f"has {len(records)} files `*.dist-info/RECORD` and needs one")
    rows = list(csv.reader(archive.read(records[0]).decode("utf-8").splitlines()))
    if any(len(row) != 3 for row in rows):
        raise WheelProblemError("has a RECORD with lines that are not path, hash and size")
    record = {path: (digest, size) for path, digest, size in rows}
    for path in sorted(record.keys() - members.keys()):
        raise WheelProblemError(f"lacks `{path}`, which its RECORD lists")
    return record


def check_recorded(name: str, data: bytes, record: dict[str, tuple[str, str]]) -> None:
    """Raise a WheelProblemError unless a file agrees with RECORD."""
    path = PurePosixPath(name)
    if path.name in UNRECORDED_NAMES and path.parent.suffix == ".dist-info":
        return
    if name not in record:
        raise WheelProblemError(f"holds `{name}`, which its RECORD does not list")
    recorded, size = record[name]
    algorithm, _, digest = recorded.partition("=")
    if algorithm not in RECORD_HASHES:
        raise WheelProblemError(f"has no usable hash of `{name}` in its RECORD")
    computed = base64.urlsafe_b64encode(hashlib.new(algorithm, data).digest()).rstrip(b"=")
    # The size may be left out.
    if computed.decode() != digest.rstrip("=") or size not in {"", str(len(data))}:
        raise WheelProblemError(f"holds `{name}` with another content than its RECORD says")


def installed_files(names: Iterable[str]) -> dict[str, str]:
    """Return each file's name in the wheel, by its installed path."""
    installed: dict[str, str] = {}
    for name in names:
        path = installed_name(name)
        if path in installed:
            raise WheelProblemError(f"has two files for `{path}`")
        if path:
            installed[path] = name
    return installed


def installed_name(name: str) -> str | None:
    """Return the installed path of a wheel's file; None if it is not for site-packages."""
    top, _, rest = name.partition("/")
    if not top.endswith(".data"):
        return name
    scheme, _, path = rest.partition("/")
    return path if scheme in PACKAGE_SCHEMES and path else None
