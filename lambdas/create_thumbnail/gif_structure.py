"""A GIF's structure: its blocks up to the end of the first frame's data.

The format: https://www.w3.org/Graphics/GIF/spec-gif89a.txt. Of the extensions only the graphic
control says something of the pixels. Where files leave the format, this follows Chromium.
"""

import struct
from typing import NamedTuple

from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.region import Region
from create_thumbnail.source_colours import SourceColours

SIGNATURES = (b"GIF87a", b"GIF89a")

HEADER_LENGTH, DESCRIPTOR_LENGTH = 13, 10
EXTENSION, FRAME, TRAILER, NO_BYTE = 0x21, 0x2C, 0x3B, -1
GRAPHIC_CONTROL = 0xF9
CONTROL_LENGTH, HAS_TRANSPARENCY = 4, 0x01
HAS_PALETTE, IS_INTERLACED = 0x80, 0x40
PALETTE_LENGTH = 768  # bytes: 256 colours
# The specification's begin with 2. Chromium reads no larger ones.
CODE_SIZES = range(1, 9)

# A sub-block has up to 255 bytes: 64 MB are 263,000. The walk over a million takes 0.1 s.
SUB_BLOCKS_LIMIT = 1_000_000
EXTENSIONS_LIMIT = 2000


TOO_MANY_BLOCKS = "GIF of more blocks than a picture has"


class GifStructure(NamedTuple):
    """A GIF's first frame.

    Attributes:
        width: Of the logical screen, in pixels; enlarged if the frame lies beyond it.
        height: Of it.
        region: Where the frame lies on the screen.
        palette: 256 colours of three bytes. Those that the file lacks are black.
        transparent: The index of the transparent colour; None without one.
        is_interlaced: Whether the rows come in four passes.
        code_size: The bits of a pixel before compression.
        data: The compressed pixels, in sub-blocks.
        is_rebuilt: Whether that is a copy.
        sub_blocks: How many the walk went over, those of extensions included.
    """

    width: int
    height: int
    region: Region
    palette: bytes
    transparent: int | None
    is_interlaced: bool
    code_size: int
    data: bytes | memoryview
    is_rebuilt: bool
    sub_blocks: int

    @property
    def name(self) -> str:
        """The format's name, as in Pillow."""
        return "GIF"

    @property
    def has_alpha(self) -> bool:
        """Whether the picture may be transparent somewhere."""
        region = self.region
        is_covered = (region.width, region.height) == (self.width, self.height)
        return self.transparent is not None or not is_covered

    @property
    def exif(self) -> memoryview:
        """Nothing: a GIF has none."""
        return memoryview(b"")

    @property
    def colours(self) -> SourceColours:
        """A GIF is sRGB. Browsers ignore a profile in an extension."""
        return SourceColours()


def gif_structure(data: bytes) -> GifStructure:
    """Walk a GIF.

    Raises:
        ImageRefusedError: It has no whole header, no frame, or more blocks than pictures have.
    """
    if len(data) < HEADER_LENGTH:
        raise ImageRefusedError("damaged picture: nothing states its size")
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    walk = _Walk(data)
    palette = walk.palette(flags)
    walk.to_first_frame()
    region, flags = walk.descriptor()
    palette = walk.palette(flags) or palette
    code_size = walk.code_size()
    pixels, is_rebuilt = walk.pixels()
    return GifStructure(
        width=max(width, region.left + region.width),
        height=max(height, region.top + region.height),
        region=region,
        palette=palette.ljust(PALETTE_LENGTH, b"\0"),
        transparent=walk.transparent,
        is_interlaced=bool(flags & IS_INTERLACED),
        code_size=code_size,
        data=pixels,
        is_rebuilt=is_rebuilt,
        sub_blocks=walk.sub_blocks,
    )


class _Walk:
    """The walk over the blocks behind the header."""

    def __init__(self, data: bytes) -> None:
        self.transparent: int | None = None
        self._data = data
        self._position = HEADER_LENGTH
        self.sub_blocks = 0

    def palette(self, flags: int) -> bytes:
        """The colours that the walk is at, if the flags announce them."""
        if not flags & HAS_PALETTE:
            return b""
        start = self._position
        self._position += 3 * 2 ** ((flags & 7) + 1)
        return self._data[start : self._position]

    def to_first_frame(self) -> None:
        """Go over the extensions in front of the first frame; note its transparent colour."""
        extensions = 0
        while (kind := self._byte(self._position)) == EXTENSION:
            extensions += 1
            if extensions > EXTENSIONS_LIMIT:
                raise ImageRefusedError(TOO_MANY_BLOCKS)
            label = self._byte(self._position + 1)
            start = self._position + 2
            self._position = start
            self._over_sub_blocks()
            if label == GRAPHIC_CONTROL:
                self._note_control(start)
        if kind in (NO_BYTE, TRAILER):
            raise ImageRefusedError("damaged picture: the file ends before its pixels")
        if kind != FRAME:
            raise ImageRefusedError("damaged picture: its blocks can't be read")

    def _byte(self, position: int) -> int:
        return self._data[position] if position < len(self._data) else NO_BYTE

    def _note_control(self, start: int) -> None:
        content = self._data[start + 1 : start + 1 + CONTROL_LENGTH]
        if len(content) == CONTROL_LENGTH and self._data[start] >= CONTROL_LENGTH:
            has_transparency = content[0] & HAS_TRANSPARENCY
            self.transparent = content[CONTROL_LENGTH - 1] if has_transparency else None

    def descriptor(self) -> tuple[Region, int]:
        """Where the frame lies, and its flags."""
        start = self._position
        self._position += DESCRIPTOR_LENGTH
        if self._position > len(self._data):
            raise ImageRefusedError("damaged picture: the file ends before its pixels")
        *sides, flags = struct.unpack_from("<4HB", self._data, start + 1)
        region = Region(*sides)
        if 0 in (region.width, region.height):
            raise ImageRefusedError("damaged picture: its size can't be read")
        return region, flags

    def code_size(self) -> int:
        """The bits of a pixel, in front of the sub-blocks."""
        size = self._byte(self._position)
        self._position += 1
        if size == NO_BYTE:
            raise ImageRefusedError("damaged picture: the file ends before its pixels")
        if size not in CODE_SIZES:
            raise ImageRefusedError("damaged picture: its pixels are stored in an unknown way")
        return size

    def pixels(self) -> tuple[bytes | memoryview, bool]:
        """The sub-blocks of the pixels, and whether they are a copy.

        If the file ends in a sub-block, that gets the length of what there is: it may hold the last
        pixels.
        """
        start = self._position
        last = self._over_sub_blocks()
        pieces = memoryview(self._data)
        rest = pieces[last + 1 :]
        if self._position <= len(self._data) or not rest:
            return pieces[start:last], False
        return b"".join((pieces[start:last], bytes([len(rest)]), rest)), True

    def _over_sub_blocks(self) -> int:
        """Go behind the sub-blocks; tell where the last one starts: the empty one, or a cut one.

        Raises:
            ImageRefusedError: There are more of them than pictures have.
        """
        data, position = self._data, self._position
        for number in range(self.sub_blocks, SUB_BLOCKS_LIMIT):
            start = position
            length = data[start] if start < len(data) else 0
            position = start + 1 + length
            if length == 0 or position > len(data):
                self.sub_blocks = number + 1
                self._position = position
                return start
        raise ImageRefusedError(TOO_MANY_BLOCKS)
