"""Writes zips whose bytes depend on names and contents only, not on the machine's zlib.

The format is PKWARE's APPNOTE 6.3, as far as Lambda needs it: plain files with ASCII names,
deflated or stored, too small for zip64.
"""

from __future__ import annotations

import hashlib
import struct
import threading
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packager.errors import BuildError
from packager.native import ELF_MAGIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

COMPRESSION_LEVEL = 7

LOCAL_HEADER = struct.Struct("<4s5H3L2H")
CENTRAL_HEADER = struct.Struct("<4s6H3L5H2L")
END_RECORD = struct.Struct("<4s4H2LH")
# Deflate needs version 2.0; the upper byte says that the modes are those of Unix.
VERSION_NEEDED = 20
CREATED_ON_UNIX = 3 << 8
STORED, DEFLATED = 0, 8
# 1980-01-01 00:00, the earliest that a zip can hold: day 1, month 1, year 0.
DOS_TIME, DOS_DATE = 0, 1 << 5 | 1
REGULAR_FILE = 0o100000
MAX_FILES, MAX_BYTES = 0xFFFF, 0xFFFFFFFF


@dataclass(frozen=True)
class Member:
    """One file's content as it lies in a zip, with mode, CRC-32 and both sizes in bytes."""

    method: int
    mode: int
    crc: int
    size_bytes: int
    data: bytes


class Compressor:
    """Compresses each distinct content once, even if it is in several zips and paths.

    `scripts` are the executable files that are not native programs.
    """

    def __init__(self, scripts: AbstractSet[Path] = frozenset()) -> None:
        self._scripts = scripts
        self._members: dict[tuple[bytes, bool], Member] = {}
        self._by_path: dict[Path, Member] = {}
        # libdeflate holds the interpreter's lock: a second thread would gain nothing.
        self._lock = threading.Lock()

    def member(self, path: Path) -> Member:
        """Return the content of the file at `path`, compressed."""
        with self._lock:
            if path not in self._by_path:
                data = path.read_bytes()
                is_script = path in self._scripts
                key = (hashlib.sha256(data).digest(), is_script)
                if key not in self._members:
                    self._members[key] = compressed(data, is_script=is_script)
                self._by_path[path] = self._members[key]
            return self._by_path[path]


def compressor_name() -> str:
    """Return the compressor's name, version and level: the bytes of compressed data depend on them.

    Raises:
        BuildError: the compressor is not installed.
    """
    try:
        # Imported here to explain its absence, not to save its 0.4 ms.
        import deflate  # noqa: PLC0415
    except ImportError as error:
        raise BuildError(
            "deflate is missing in this Python environment; run `make setup` and build with "
            "`make build`"
        ) from error
    return f"deflate {deflate.__version__}, level {COMPRESSION_LEVEL}"


def compressed(data: bytes, *, is_script: bool = False) -> Member:
    """Return data deflated, or as it is if deflating doesn't make it smaller."""
    import deflate  # noqa: PLC0415 - see compressor_name

    packed = bytes(deflate.deflate_compress(data, COMPRESSION_LEVEL)) if data else b""
    deflated = len(packed) < len(data)
    # Lambda's user must be able to read every file. The content, the wheel and git decide what is
    # executable, never the builder's umask or file system.
    return Member(
        method=DEFLATED if deflated else STORED,
        mode=0o755 if is_script or data.startswith(ELF_MAGIC) else 0o644,
        crc=zlib.crc32(data),
        size_bytes=len(data),
        data=packed if deflated else data,
    )


def write_zip(path: Path, members: Mapping[str, Member]) -> None:
    """Write a zip of these files, sorted by name.

    Raises:
        BuildError: there are more files or bytes than a plain zip can hold, or a name is not ASCII.
    """
    central_directory = []
    offset = 0
    with path.open("wb") as file:
        for name in sorted(members):
            member = members[name]
            encoded = encoded_name(path, name)
            common = common_fields(path, member, encoded)
            check_bounds(path, [offset, member.size_bytes, len(member.data)], MAX_BYTES)
            header = LOCAL_HEADER.pack(b"PK\x03\x04", VERSION_NEEDED, *common) + encoded
            attributes = (REGULAR_FILE | member.mode) << 16
            central_directory.append(
                CENTRAL_HEADER.pack(
                    *(b"PK\x01\x02", CREATED_ON_UNIX | VERSION_NEEDED, VERSION_NEEDED, *common),
                    *(0, 0, 0, attributes, offset),
                )
                + encoded
            )
            file.write(header)
            file.write(member.data)
            offset += len(header) + len(member.data)
        directory = b"".join(central_directory)
        count = len(central_directory)
        check_bounds(path, [count], MAX_FILES)
        check_bounds(path, [offset, len(directory)], MAX_BYTES)
        file.write(directory)
        file.write(END_RECORD.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), offset, 0))


def encoded_name(path: Path, name: str) -> bytes:
    """Return a file's name as bytes for the zip."""
    if not name.isascii():
        raise BuildError(
            f"{path.name}: `{ascii(name)[1:-1]}` of a locked package is not an ASCII name; leave "
            "it out with `remove` in package.toml, or lock another version"
        )
    return name.encode("ascii")


def common_fields(path: Path, member: Member, name: bytes) -> tuple[int, ...]:
    """Return the fields that a file's local and central header share: flags to extra length."""
    check_bounds(path, [len(name)], MAX_FILES)
    sizes = (len(member.data), member.size_bytes)
    return (0, member.method, DOS_TIME, DOS_DATE, member.crc, *sizes, len(name), 0)


def check_bounds(path: Path, numbers: Iterable[int], limit: int) -> None:
    """Raise a BuildError for a number that its field in the zip cannot hold."""
    if any(number > limit for number in numbers):
        raise BuildError(f"{path.name}: has more files or bytes than a zip can hold; lock less")
