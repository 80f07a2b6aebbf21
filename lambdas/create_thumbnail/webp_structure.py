"""A WebP's structure: the chunks of its picture, or of its animation's first frame.

The format: https://developers.google.com/speed/webp/docs/riff_container
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.source_colours import PROFILE_BYTES_LIMIT, SourceColours

RIFF_HEADER_LENGTH = 12
# An animation of an hour has some 36,000 frames.
FRAMES_LIMIT = 65_536
OTHER_CHUNKS_LIMIT = 2000
NOTHING = memoryview(b"")

ANIMATION, EXIF, ALPHA, PROFILE = 0x02, 0x08, 0x10, 0x20  # flags of VP8X
EXTENDED_HEADER_LENGTH = 10
ANIMATION_HEADER = bytes(6)  # the background colour and the number of loops

LOSSY_START = b"\x9d\x01\x2a"
LOSSLESS_START = b"\x2f"
SIDE_MASK = 2**14 - 1


class WebPStructure(NamedTuple):
    """A WebP without what decoding doesn't need.

    Attributes:
        width: In pixels, as stored.
        height: In pixels, as stored.
        file: A file of the picture alone, or of an animation's first frame.
        codings: The names of the chunks that its pixels are in.
        is_rebuilt: Whether that is another one than was uploaded.
        exif: The content of the EXIF chunk.
        colours: Its profile.
    """

    width: int
    height: int
    file: bytes
    codings: frozenset[bytes]
    is_rebuilt: bool
    exif: memoryview
    colours: SourceColours

    @property
    def name(self) -> str:
        """The format's name, as in Pillow."""
        return "WEBP"


def is_webp(data: bytes) -> bool:
    """Whether a file begins as a WebP does."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) > RIFF_HEADER_LENGTH


def webp_structure(data: bytes) -> WebPStructure:
    """Walk a WebP.

    Raises:
        ImageRefusedError: It has no whole picture, or more chunks than pictures have.
    """
    chunks = _chunks(data)
    name, header = next(chunks, (b"", memoryview(b"")))
    if name != b"VP8X":
        width, height = _size_of(name, header)
        return _structure(data, (width, height), [(name, header)], 0, {})
    if len(header) < EXTENDED_HEADER_LENGTH:
        raise ImageRefusedError("damaged picture: nothing states its size")
    width, height = (int.from_bytes(header[at : at + 3], "little") + 1 for at in (4, 7))
    flags = header[0]
    found: dict[bytes, memoryview] = {}
    for name, content in chunks:
        found.setdefault(name, content)
    kept_header = memoryview(
        bytes([flags & (ANIMATION | ALPHA)]) + header[1:EXTENDED_HEADER_LENGTH]
    )
    pieces = [(b"VP8X", kept_header), *_picture(found, is_animation=bool(flags & ANIMATION))]
    return _structure(data, (width, height), pieces, flags, found)


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Name and content of each chunk; a last one that the file cuts short is left out.

    Raises:
        ImageRefusedError: More chunks than a picture has.
    """
    view = memoryview(data)
    position = RIFF_HEADER_LENGTH
    frames = others = 0
    while position + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, position)
        content = view[position + 8 : position + 8 + length]
        if len(content) < length:
            return
        frames += name == b"ANMF"
        others += name != b"ANMF"
        if frames > FRAMES_LIMIT or others > OTHER_CHUNKS_LIMIT:
            raise ImageRefusedError("WebP of more chunks than a picture has")
        yield name, content
        position += 8 + length + length % 2


def _size_of(name: bytes, content: memoryview) -> tuple[int, int]:
    """The size in the bitstream's own header.

    Raises:
        ImageRefusedError: It is no whole picture.
    """
    width = height = 0
    if name == b"VP8 " and content[3:6] == LOSSY_START and len(content) >= 10:
        width, height = (side & SIDE_MASK for side in struct.unpack_from("<HH", content, 6))
    elif name == b"VP8L" and content[:1] == LOSSLESS_START and len(content) >= 5:
        bits = int.from_bytes(content[1:5], "little")
        width, height = (bits & SIDE_MASK) + 1, (bits >> 14 & SIDE_MASK) + 1
    if 0 in (width, height):
        raise ImageRefusedError("damaged picture: the file ends before its pixels")
    return width, height


def _picture(
    found: dict[bytes, memoryview], *, is_animation: bool
) -> list[tuple[bytes, memoryview]]:
    """The chunks of the pixels.

    Raises:
        ImageRefusedError: There are none.
    """
    names: tuple[bytes, ...]
    if is_animation:
        names = (b"ANIM", b"ANMF")
        found = {b"ANIM": memoryview(ANIMATION_HEADER), **found}
    elif b"VP8L" in found:
        names = (b"VP8L",)
    else:
        names = (b"ALPH", b"VP8 ") if b"ALPH" in found else (b"VP8 ",)
    if names[-1] not in found:
        raise ImageRefusedError("damaged picture: the file ends before its pixels")
    return [(name, found[name]) for name in names]


def _structure(
    data: bytes,
    size: tuple[int, int],
    pieces: list[tuple[bytes, memoryview]],
    flags: int,
    found: dict[bytes, memoryview],
) -> WebPStructure:
    length = sum(8 + len(content) + len(content) % 2 for _, content in pieces)
    header = struct.pack("<4sI4s", b"RIFF", 4 + length, b"WEBP")
    is_rebuilt = not data.startswith(header) or len(header) + length != len(data)
    profile = found.get(b"ICCP", b"") if flags & PROFILE else b""
    return WebPStructure(
        width=size[0],
        height=size[1],
        file=_file(header, pieces) if is_rebuilt else data,
        codings=_codings(pieces),
        is_rebuilt=is_rebuilt,
        exif=found.get(b"EXIF", NOTHING) if flags & EXIF else NOTHING,
        colours=SourceColours(icc=bytes(profile) if len(profile) <= PROFILE_BYTES_LIMIT else b""),
    )


def _codings(pieces: list[tuple[bytes, memoryview]]) -> frozenset[bytes]:
    """The names of the pixels' chunks: in a frame of an animation all that it may have."""
    names = frozenset(name for name, _ in pieces)
    return frozenset({b"ALPH", b"VP8 "}) if b"ANMF" in names else names


def _file(header: bytes, pieces: list[tuple[bytes, memoryview]]) -> bytes:
    written: list[bytes | memoryview] = [header]
    for name, content in pieces:
        written += [struct.pack("<4sI", name, len(content)), content, bytes(len(content) % 2)]
    return b"".join(written)
