"""Decodes a HEIC by libheif and libde265, tile by tile.

Only here a tile of a phone's grid is ever held at full size: its 48 megapixels would need 350 MB.
And only so the time can be watched: tiles of the smallest blocks take a third longer than those
that cost.py counts on.
"""

from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from create_thumbnail.bmff_file import file_of
from create_thumbnail.bmff_picture import Plane
from create_thumbnail.cost import Clock
from create_thumbnail.decoded import PIXELS_BROKEN, PIXELS_MISSING, Decoded, Size, damaged
from create_thumbnail.heic_structure import HeicStructure
from create_thumbnail.hevc_headers import with_filler

if TYPE_CHECKING:
    from collections.abc import Iterator

BRAND = b"heic"
THREADS = 1
# All that pi-heif raises, but not MemoryError.
DAMAGED = (OSError, SyntaxError, ValueError, RuntimeError, EOFError, IndexError)
PREMULTIPLIED, PLAIN, DEEP_GREY = "RGBa", "RGBA", "I;16"

# Where data are missing behind the end of a slice, libde265 leaves samples of 0. They are no
# colour, and shown as green. If another matrix is said to be theirs, how green they are tells them
# from what is really green.
CORNER = 8
BT601, BT2020 = 6, 9
GREENS = {BT601: 136, BT2020: 94}
NCLX_OF_MATRIX = b"\0\1\0\x0d\0%c\x80"


class _Grid(NamedTuple):
    """How tiles become a picture: columns, the size of one, and by what they are reduced."""

    columns: int
    width: int
    height: int
    factor: int


def decode_heic(heic: HeicStructure, least: Size) -> Decoded:
    """Decode a HEIC to at least this size, if it is that large.

    Raises:
        ImageRefusedError: It is damaged, or takes too long.
    """
    grid = _grid(heic, least)
    rows, columns = heic.colour.grid
    side = (columns * grid.width // grid.factor, rows * grid.height // grid.factor)
    picture: Image.Image | None = None
    for number, tile in enumerate(_tiles(heic)):
        if picture is None:
            picture = Image.new(tile.mode, side)
        row, column = divmod(number, columns)
        reduced = tile if grid.factor == 1 else tile.reduce(grid.factor)
        picture.paste(reduced, (column * reduced.width, row * reduced.height))
    if picture is None:
        raise damaged(PIXELS_BROKEN)
    left, top, right, bottom = heic.crop
    if (left, top) != (0, 0):
        picture = picture.crop(heic.crop)
    extent = ((right - left) / grid.factor, (bottom - top) / grid.factor)
    return Decoded(picture, extent, (heic.width, heic.height))


def _grid(heic: HeicStructure, least: Size) -> _Grid:
    """Tiles are reduced by a divisor of their size, so that no pixel is of two of them."""
    width, height = heic.colour.tiles[0].size
    most = min(heic.width // least[0], heic.height // least[1])
    is_whole = heic.colour.grid == (1, 1) or heic.alpha is not None or heic.crop[:2] != (0, 0)
    divisors = (one for one in range(most, 1, -1) if width % one == 0 == height % one)
    factor = 1 if is_whole else next(divisors, 1)
    return _Grid(heic.colour.grid[1], width, height, factor)


def _tiles(heic: HeicStructure) -> "Iterator[Image.Image]":
    clock = Clock()
    for number in range(len(heic.colour.tiles)):
        tile = _tile(heic, number, heic.nclx)
        if _may_lack_data(tile) and _lacks_data(heic, number):
            raise damaged(PIXELS_MISSING)
        yield tile
        clock.check("HEIC")


def _tile(heic: HeicStructure, number: int, nclx: bytes) -> Image.Image:
    from _pi_heif import load_file  # noqa: PLC0415 - of a layer that is attached on request

    colour = _plane(heic.colour, number)
    alpha = None if heic.alpha is None else _plane(heic.alpha, number)
    data = file_of(BRAND, colour, alpha, nclx, is_premultiplied=heic.is_premultiplied)
    try:
        # Colours in RGB of 8 bits, deep grey in 16; without padding, with libheif's own limits.
        (found,) = load_file(data, THREADS, True, False, True, True, "", False)
        size, mode = found.size_mode
        mode = PREMULTIPLIED if mode == "RGBa" else mode
        if size == colour.size:
            if mode == DEEP_GREY:  # of 2 bytes, the upper one is the second
                return Image.frombytes("L", size, bytes(found.data)[1::2])
            tile = Image.frombytes(mode, size, found.data, "raw", mode, found.stride)
            return tile.convert(PLAIN) if mode == PREMULTIPLIED else tile
    except DAMAGED:
        pass
    raise damaged(PIXELS_BROKEN)


def _plane(plane: Plane, number: int) -> Plane:
    tile = plane.tiles[number]
    filled = memoryview(with_filler(tile.configuration.content, tile.data))
    tile = tile._replace(pieces=(filled,))
    return Plane(b"hvc1", tile.size, (1, 1), (tile,))


def _corner(tile: Image.Image) -> tuple[tuple[int, int], ...]:
    """The least and the most of each channel in the last block of a tile."""
    left, top = max(0, tile.width - CORNER), max(0, tile.height - CORNER)
    found = tile.crop((left, top, tile.width, tile.height)).getextrema()
    return tuple(one for one in found if isinstance(one, tuple))


def _may_lack_data(tile: Image.Image) -> bool:
    corner = _corner(tile)
    if len(corner) < 3:
        return False
    (_, red), (green, greenest), (_, blue) = corner[:3]
    return red == blue == 0 < green == greenest


def _lacks_data(heic: HeicStructure, number: int) -> bool:
    matrix = BT601 if heic.nclx[4:6] == bytes([0, BT2020]) else BT2020
    corner = _corner(_tile(heic, number, NCLX_OF_MATRIX % matrix))
    (_, red), (green, greenest), (_, blue) = corner[:3]
    return red == blue == 0 and green == greenest and abs(green - GREENS[matrix]) <= 1
