"""A PNG's structure: its chunks up to the end of the picture's data.

The format: https://www.w3.org/TR/png-3/. Chunks that pixels, colours and orientation don't need are
passed over, and what is wrong with them doesn't matter. Of the others, those that the decoder can
do without count only if they are whole, in their place and of the right length, as in libpng.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.region import Region
from create_thumbnail.source_colours import PROFILE_BYTES_LIMIT, SourceColours

SIGNATURE = b"\x89PNG\r\n\x1a\n"

# 64 MB in chunks of 8 kB, as libpng writes them, are 8192; an animation's frames are some more.
DATA_CHUNKS_LIMIT = 65_536
OTHER_CHUNKS_LIMIT = 2000
DATA_CHUNKS = frozenset({b"IDAT", b"fcTL", b"fdAT"})

GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
BIT_DEPTHS = {
    GREY: (1, 2, 4, 8, 16),
    RGB: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GREY_ALPHA: (8, 16),
    RGB_ALPHA: (8, 16),
}
PALETTE_LIMIT = 256
SAMPLES = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
# Left, top, and the steps across and down of Adam7's passes.
PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
NO_PASSES = ((0, 0, 1, 1),)
TRANSPARENT_COLOUR_LENGTH = {GREY: 2, RGB: 6}

# libpng's PNG_LIB_GAMMA_MIN and _MAX: exponents from 0.01 to 100.
GAMMAS = range(1000, 10_000_001)
PROFILE_HEADER_LENGTH = 128
PROFILE_NAME_LIMIT = 79


class PngStructure(NamedTuple):
    """A PNG without what decoding doesn't need.

    Attributes:
        width: In pixels.
        height: In pixels.
        bit_depth: The bits of a sample.
        colour_type: As in the header.
        is_interlaced: Whether the rows come in the seven passes of Adam7.
        palette: Three bytes a colour.
        transparency: The transparent colour, or an opacity for each colour of the palette.
        region: Where the data's pixels lie: everywhere, but for an animation's first frame.
        data: The compressed rows, in one or several pieces.
        exif: The content of the first eXIf chunk.
        colours: What the colour chunks say.
    """

    width: int
    height: int
    bit_depth: int
    colour_type: int
    is_interlaced: bool
    palette: bytes
    transparency: bytes
    region: Region
    data: tuple[memoryview, ...]
    exif: memoryview
    colours: SourceColours

    @property
    def name(self) -> str:
        """The format's name, as in Pillow."""
        return "PNG"

    def rows_length(self) -> int:
        """How many bytes all rows have, each with the byte that names its filter."""
        bits = SAMPLES[self.colour_type] * self.bit_depth
        length = 0
        for left, top, across, down in PASSES if self.is_interlaced else NO_PASSES:
            columns = len(range(left, self.region.width, across))
            rows = len(range(top, self.region.height, down))
            length += rows * (1 + -(-columns * bits // 8)) if columns else 0
        return length


class _Chunk(NamedTuple):
    name: bytes
    content: memoryview
    checksum: memoryview

    @property
    def is_whole(self) -> bool:
        return self.checksum == struct.pack(">I", zlib.crc32(self.content, zlib.crc32(self.name)))


def png_structure(data: bytes) -> PngStructure:
    """Walk a PNG.

    An animation whose default image isn't a frame counts as its first frame, as browsers show it.

    Raises:
        ImageRefusedError: Header, palette or data are missing or damaged, or there are more chunks
            than pictures have.
    """
    chunks = _chunks(data)
    width, height, bit_depth, colour_type, interlacing = _header(next(chunks, None))
    walk = _Walk(colour_type)
    walk.over(chunks)
    frame = walk.first_frame(width, height)
    pieces = frame[1] if frame else walk.default_image
    if not pieces:
        raise ImageRefusedError("damaged picture: the file ends before its pixels")
    if colour_type == PALETTE and b"PLTE" not in walk.notes:
        raise ImageRefusedError("damaged picture: its palette is missing")
    return PngStructure(
        width=width,
        height=height,
        bit_depth=bit_depth,
        colour_type=colour_type,
        is_interlaced=interlacing == 1,
        palette=bytes(walk.notes.get(b"PLTE", b"")),
        transparency=bytes(walk.notes.get(b"tRNS", b"")),
        region=frame[0] if frame else Region(0, 0, width, height),
        data=tuple(pieces),
        exif=walk.notes.get(b"eXIf", memoryview(b"")),
        colours=_colours(walk.notes, colour_type),
    )


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Each chunk; a last one that the file cuts short has what there is of it.

    Raises:
        ImageRefusedError: More chunks than a picture has.
    """
    view = memoryview(data)
    data_chunks = other_chunks = 0
    position = len(SIGNATURE)
    while position + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        start = position + 8
        position = start + length + 4
        if name in DATA_CHUNKS:
            data_chunks += 1
        else:
            other_chunks += 1
        if data_chunks > DATA_CHUNKS_LIMIT or other_chunks > OTHER_CHUNKS_LIMIT:
            raise ImageRefusedError("PNG of more chunks than a picture has")
        yield _Chunk(name, view[start : start + length], view[start + length : position])


def _header(chunk: _Chunk | None) -> tuple[int, int, int, int, int]:
    """Width, height, bits of a sample, type of colours, and whether it is interlaced.

    Raises:
        ImageRefusedError: It is none, damaged, or of a kind that there is not.
    """
    if chunk is None or chunk.name != b"IHDR" or len(chunk.content) != 13:
        raise ImageRefusedError("damaged picture: nothing states its size")
    if not chunk.is_whole:
        raise ImageRefusedError("damaged picture: its header's checksum is wrong")
    fields: tuple[int, ...] = struct.unpack(">IIBBBBB", chunk.content)
    width, height, bit_depth, colour_type, compression, filtering, interlacing = fields
    if 0 in (width, height) or bit_depth not in BIT_DEPTHS.get(colour_type, ()):
        raise ImageRefusedError("damaged picture: its size or its kind of colours can't be read")
    if (compression, filtering) != (0, 0) or interlacing > 1:
        raise ImageRefusedError("damaged picture: its pixels are stored in an unknown way")
    return width, height, bit_depth, colour_type, interlacing


class _Walk:
    """The walk over the chunks behind the header, and what it keeps."""

    def __init__(self, colour_type: int) -> None:
        self.notes: dict[bytes, memoryview] = {}
        self.default_image: list[memoryview] = []
        self._colour_type = colour_type
        self._is_behind_default_image = False
        self._frame_control: memoryview | None = None
        self._frame_data: list[memoryview] = []

    def over(self, chunks: Iterator[_Chunk]) -> None:
        """Note all chunks up to the end of the default image, or of the first frame."""
        for chunk in chunks:
            if chunk.name == b"IDAT" and not self._is_behind_default_image:
                self.default_image.append(chunk.content)
            elif not self.default_image:
                self._note(chunk)
            else:
                self._is_behind_default_image = True
                if not self._is_hidden or not self._is_in_first_frame(chunk):
                    return

    @property
    def _is_hidden(self) -> bool:
        """Whether the default image is no frame of the animation: no fcTL is in front of it."""
        return b"acTL" in self.notes and b"fcTL" not in self.notes

    def _note(self, chunk: _Chunk) -> None:
        """Keep a chunk if it is the first of its name, and whole.

        Raises:
            ImageRefusedError: The palette is damaged.
        """
        content = chunk.content
        if chunk.name not in USABLE or chunk.name in self.notes:
            return
        is_usable = USABLE[chunk.name](content, self._colour_type) and chunk.is_whole
        if chunk.name == b"PLTE" and self._colour_type == PALETTE and not is_usable:
            raise ImageRefusedError("damaged picture: its palette can't be read")
        if is_usable and not self._is_misplaced(chunk.name):
            self.notes[chunk.name] = content

    def _is_misplaced(self, name: bytes) -> bool:
        """Whether a chunk is on the wrong side of the palette, as far as browsers mind."""
        if name == b"tRNS":
            return self._colour_type == PALETTE and b"PLTE" not in self.notes
        return name == b"cICP" and b"PLTE" in self.notes

    def _is_in_first_frame(self, chunk: _Chunk) -> bool:
        """Whether the first frame goes on with this chunk, or begins behind it."""
        if chunk.name == b"fdAT" and self._frame_control is not None:
            self._frame_data.append(chunk.content[4:])  # behind the sequence number
            return True
        if chunk.name == b"fcTL" and self._frame_control is None and chunk.is_whole:
            self._frame_control = chunk.content
            return True
        return not self._frame_data and chunk.name != b"IEND"

    def first_frame(self, width: int, height: int) -> tuple[Region, list[memoryview]] | None:
        """The first frame of an animation that doesn't begin with its default image.

        None without one, and if it doesn't lie in the picture.
        """
        if not self._frame_data or self._frame_control is None or len(self._frame_control) != 26:
            return None
        frame_width, frame_height, left, top = struct.unpack_from(">4I", self._frame_control, 4)
        is_inside = left + frame_width <= width and top + frame_height <= height
        if not is_inside or 0 in (frame_width, frame_height):
            return None
        return Region(left, top, frame_width, frame_height), self._frame_data


def _is_palette(content: memoryview, _: int) -> bool:
    return 3 <= len(content) < 3 * (PALETTE_LIMIT + 1)  # what is over makes no colour


def _is_transparency(content: memoryview, colour_type: int) -> bool:
    if colour_type == PALETTE:
        return 1 <= len(content) <= 256
    return len(content) == TRANSPARENT_COLOUR_LENGTH.get(colour_type)


def _is_animation(content: memoryview, _: int) -> bool:
    if len(content) != 8:
        return False
    frames, plays = (int.from_bytes(content[at : at + 4], "big") for at in (0, 4))
    return 0 < frames < 2**31 and plays < 2**31


# What makes the content of a chunk usable, by its name. It may depend on the type of colours.
USABLE: dict[bytes, Callable[[memoryview, int], bool]] = {
    b"PLTE": _is_palette,
    b"tRNS": _is_transparency,
    b"eXIf": lambda content, _: len(content) > 0,
    b"acTL": _is_animation,
    b"fcTL": lambda content, _: len(content) == 26,
    b"cICP": lambda content, _: len(content) == 4,
    b"iCCP": lambda content, _: len(content) <= PROFILE_BYTES_LIMIT,
    b"sRGB": lambda content, _: len(content) == 1 and content[0] <= 3,
    b"gAMA": lambda content, _: len(content) == 4 and int.from_bytes(content, "big") in GAMMAS,
    b"cHRM": lambda content, _: len(content) == 32,
}


def _colours(notes: dict[bytes, memoryview], colour_type: int) -> SourceColours:
    chromaticities = notes.get(b"cHRM", b"")
    return SourceColours(
        is_grey=colour_type in (GREY, GREY_ALPHA),
        cicp=bytes(notes.get(b"cICP", b"")),
        icc=_profile(bytes(notes.get(b"iCCP", b""))),
        is_srgb=b"sRGB" in notes,
        gamma=int.from_bytes(notes.get(b"gAMA", b""), "big"),
        chromaticities=tuple(value for (value,) in struct.iter_unpack(">I", chromaticities)),
    )


def _profile(content: bytes) -> bytes:
    """The profile of an iCCP chunk; nothing if it can't be read or is too long.

    What follows the length that the profile states is dropped.
    """
    name_length = content[: PROFILE_NAME_LIMIT + 1].find(b"\0")
    if name_length < 1 or content[name_length + 1 : name_length + 2] != b"\0":
        return b""
    inflating = zlib.decompressobj()
    try:
        start = inflating.decompress(content[name_length + 2 :], PROFILE_HEADER_LENGTH)
        missing = int.from_bytes(start[:4], "big") - len(start)
        if not 0 < missing <= PROFILE_BYTES_LIMIT:
            return b""
        return start + inflating.decompress(inflating.unconsumed_tail, missing)
    except zlib.error:
        return b""
