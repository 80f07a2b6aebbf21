"""The picture of an AVIF or HEIC file: the primary item with all that belongs to it.

Of hundreds of items in a phone's file a few matter: the one to show, its tiles if it is a grid of
them, and its alpha channel. Previews, depth maps, gain maps, EXIF and XMP are left aside.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from create_thumbnail.bmff_boxes import Box, Fields, unreadable
from create_thumbnail.bmff_items import IN_FILE, IN_META, Items
from create_thumbnail.decoded import PIXELS_MISSING, Size, damaged
from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.source_colours import PROFILE_BYTES_LIMIT

GRID = b"grid"
# The 48 megapixels of a phone are 192 tiles; the format has up to 65,536.
TILES_LIMIT = 1024
# Of how many items one may be the alpha channel.
AUXILIARY_LIMIT = 8
EXTENTS_LIMIT = 1024
# All that is looked up of all items.
PROPERTIES_LIMIT = 50_000
ALPHA_NAMES = (
    b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0",
    b"urn:mpeg:hevc:2015:auxid:1\0",
)
ESSENTIAL = {1: 0x80, 2: 0x8000}  # by the length of a property's number
# The properties that the format's readers know. One that is essential and not here says that the
# picture isn't what it seems.
KNOWN = frozenset(
    {b"ispe", b"av1C", b"hvcC", b"colr", b"pixi", b"pasp", b"auxC", b"clap", b"irot", b"imir"}
) | {b"a1op", b"a1lx", b"lsel", b"clli", b"mdcv", b"cclv", b"rloc"}
# They say which of a file's layers is decoded.
LAYERS = (b"a1op", b"a1lx", b"lsel")
CLAP_LENGTH = 32

# By irot (turns of 90 degrees against the clock) and imir (0: top and bottom change places, 1: left
# and right do; None: none), in this order: the orientation as in EXIF.
ORIENTATIONS = {
    (0, None): 1,
    (1, None): 8,
    (2, None): 3,
    (3, None): 6,
    (0, 0): 4,
    (1, 0): 5,
    (2, 0): 2,
    (3, 0): 7,
    (0, 1): 2,
    (1, 1): 7,
    (2, 1): 4,
    (3, 1): 5,
}


class Tile(NamedTuple):
    """Bytes for the decoder.

    Attributes:
        size: What the file says of it.
        configuration: The box that the decoder needs beside the bytes: its name and content.
        layers: Properties that say which of its layers is meant.
        pieces: The bytes.
    """

    size: Size
    configuration: Box
    layers: tuple[Box, ...]
    pieces: tuple[memoryview, ...]

    @property
    def data(self) -> memoryview:
        """The bytes in one piece."""
        return self.pieces[0] if len(self.pieces) == 1 else memoryview(b"".join(self.pieces))


class Plane(NamedTuple):
    """The picture's colours, or its alpha channel: one tile, or a grid of them.

    Attributes:
        kind: The type of the tiles' items, such as av01.
        size: In pixels.
        grid: Its rows and columns; (1, 1) also where it is no grid.
        tiles: Row by row.
    """

    kind: bytes
    size: Size
    grid: tuple[int, int]
    tiles: tuple[Tile, ...]


class Picture(NamedTuple):
    """The primary item.

    Attributes:
        colour: Its colours.
        alpha: Its alpha channel, if it has one.
        is_premultiplied: Whether the colours are multiplied by it already.
        nclx: Code points of ITU-T H.273, 2 bytes each, and the range; empty if it has none.
        icc: A colour profile, or nothing.
        crop: Its clean aperture as left, top, right and bottom; None for all of it.
        orientation: As in EXIF, from irot and imir.
    """

    colour: Plane
    alpha: Plane | None
    is_premultiplied: bool
    nclx: bytes
    icc: bytes
    crop: tuple[int, int, int, int] | None
    orientation: int


def picture_of(data: bytes, items: Items) -> Picture:
    """Look up the primary item and what belongs to it.

    Raises:
        ImageRefusedError: Something is missing, or bytes are used more than once.
    """
    lookup = _Lookup(memoryview(data), items)
    colour = lookup.plane(items.primary)
    alphas = lookup.alphas_of(items.primary)
    alpha = lookup.plane(alphas[0]) if alphas else lookup.alpha_of_tiles(colour)
    properties = lookup.properties(items.primary)
    profiles = lookup.profiles(items.primary)
    turns = {box.name: box.content[0] for box in properties if box.content}
    mirror = turns[b"imir"] & 1 if b"imir" in turns else None
    return Picture(
        colour=colour,
        alpha=alpha,
        is_premultiplied=bool(alphas)
        and any(one.name == b"prem" and one.item == items.primary for one in items.references),
        nclx=_colours(profiles, (b"nclx",))[:7],
        icc=_colours(profiles, (b"prof", b"rICC")),
        crop=_crop(colour.size, properties),
        orientation=ORIENTATIONS[turns.get(b"irot", 0) & 3, mirror],
    )


class _Lookup:
    """Looks up what belongs to an item."""

    def __init__(self, data: memoryview, items: Items) -> None:
        self._data = data
        self._items = items
        self._left = len(data)
        self._properties_left = PROPERTIES_LIMIT

    def plane(self, item: int) -> Plane:
        """The picture in an item. The tiles of a grid are no grids, so this ends."""
        kind = self._items.kinds.get(item, b"")
        if kind != GRID:
            tile = self._tile(item)
            return Plane(kind, tile.size, (1, 1), (tile,))
        numbers = self._tiles_of(item)
        grid, size = _grid(memoryview(b"".join(self._pieces(item))))
        kinds = {self._items.kinds.get(number, b"") for number in numbers}
        if len(numbers) != grid[0] * grid[1] or len(kinds) != 1:
            raise unreadable()
        return Plane(kinds.pop(), size, grid, tuple(self._tile(number) for number in numbers))

    def alphas_of(self, item: int) -> list[int]:
        """The items that are the alpha channel of an item: one, or none."""
        return [
            one.item
            for one in self._items.references
            if one.name == b"auxl" and item in one.to(AUXILIARY_LIMIT) and self._is_alpha(one.item)
        ]

    def alpha_of_tiles(self, colour: Plane) -> Plane | None:
        """The alpha channel of a grid whose tiles have one each, as older encoders write it."""
        if colour.grid == (1, 1):
            return None
        of_tiles = {
            to: one.item
            for one in self._items.references
            if one.name == b"auxl" and self._is_alpha(one.item)
            for to in one.to(AUXILIARY_LIMIT)
        }
        numbers = self._tiles_of(self._items.primary)
        if not of_tiles.keys() >= set(numbers):
            return None
        tiles = tuple(self._tile(of_tiles[number]) for number in numbers)
        return Plane(colour.kind, colour.size, colour.grid, tiles)

    def properties(self, item: int) -> list[Box]:
        """What is said of an item.

        Raises:
            ImageRefusedError: Something that must be understood, and isn't.
        """
        length, table = self._items.associations.get(item, (1, memoryview(b"")))
        self._properties_left -= len(table)
        if self._properties_left < 0:
            raise ImageRefusedError("picture of more properties than a picture has")
        found = []
        for at in range(0, len(table), length):
            number = int.from_bytes(table[at : at + length], "big")
            index = number & (ESSENTIAL[length] - 1)
            if not 0 < index <= len(self._items.properties):
                continue
            box = self._items.properties[index - 1]
            if number & ESSENTIAL[length] and box.name not in KNOWN:
                raise ImageRefusedError("a kind of picture that can't be read: unknown properties")
            found.append(box)
        return found

    def profiles(self, item: int) -> list[memoryview]:
        """What is said of an item's colours; of a grid without any, what its first tile says."""
        own = self._profiles(item)
        if own or self._items.kinds.get(item) != GRID:
            return own
        return self._profiles(self._tiles_of(item)[0])

    def _profiles(self, item: int) -> list[memoryview]:
        return [box.content for box in self.properties(item) if box.name == b"colr"]

    def _is_alpha(self, item: int) -> bool:
        return any(
            box.name == b"auxC" and bytes(box.content[4:]).startswith(ALPHA_NAMES)
            for box in self.properties(item)
        )

    def _tiles_of(self, item: int) -> tuple[int, ...]:
        for one in self._items.references:
            if one.name == b"dimg" and one.item == item:
                to = one.to(TILES_LIMIT)
                if len(to) <= TILES_LIMIT:
                    return to
        raise unreadable()

    def _tile(self, item: int) -> Tile:
        properties = self.properties(item)
        found = {box.name: box for box in reversed(properties)}
        configuration = found.get(b"av1C") or found.get(b"hvcC")
        if configuration is None or b"ispe" not in found:
            raise damaged("nothing states its size")
        fields = Fields(found[b"ispe"].content[4:])
        size = (fields.number(4), fields.number(4))
        if 0 in size:
            raise damaged("its size can't be read")
        layers = tuple(box for box in properties if box.name in LAYERS)
        return Tile(size, configuration, layers, tuple(self._pieces(item)))

    def _pieces(self, item: int) -> Iterator[memoryview]:
        """An item's bytes. Together, items have no more than the file: none is used twice."""
        place = self._items.places.get(item)
        if place is None or place.method not in (IN_FILE, IN_META):
            raise unreadable()
        source = self._data if place.method == IN_FILE else self._items.data
        fields, stride = Fields(place.extents), sum(place.lengths)
        count = len(place.extents) // stride if stride else 1
        if count > EXTENTS_LIMIT:
            raise ImageRefusedError("picture of more parts than a picture has")
        for _ in range(count):
            _, offset, length = (fields.number(size) if stride else 0 for size in place.lengths)
            start = place.base + offset
            # Without a length it is all that there is.
            end = start + length if length else len(source)
            self._left -= end - start
            if not start < end <= len(source):
                raise damaged(PIXELS_MISSING)
            if self._left < 0:
                raise unreadable()
            yield source[start:end]


def _grid(content: memoryview) -> tuple[tuple[int, int], Size]:
    """The rows and columns of a grid, and its size (ISO/IEC 23008-12, 6.6.2.3)."""
    fields = Fields(content)
    fields.number(1)
    length = 4 if fields.number(1) & 1 else 2
    grid = (fields.number(1) + 1, fields.number(1) + 1)
    size = (fields.number(length), fields.number(length))
    if 0 in size:
        raise damaged("its size can't be read")
    return grid, size


def _colours(profiles: list[memoryview], kinds: tuple[bytes, ...]) -> bytes:
    for profile in profiles:
        if profile[:4] in kinds and len(profile) - 4 <= PROFILE_BYTES_LIMIT:
            return bytes(profile[4:])
    return b""


def _crop(size: Size, properties: list[Box]) -> tuple[int, int, int, int] | None:
    """The clean aperture (ISO/IEC 14496-12, 12.1.4). One that isn't of whole pixels is ignored."""
    for box in properties:
        if box.name == b"clap" and len(box.content) == CLAP_LENGTH:
            numbers = struct.unpack(">IIIIiIiI", box.content)
            across = _span(size[0], numbers[0:2], numbers[4:6])
            down = _span(size[1], numbers[2:4], numbers[6:8])
            if across and down:
                return (across[0], down[0], across[1], down[1])
    return None


def _span(whole: int, extent: tuple[int, ...], offset: tuple[int, ...]) -> tuple[int, int] | None:
    """Where the aperture begins and ends along one side.

    It has this extent, and its middle is so far from the picture's. Both are fractions.
    """
    if 0 in (extent[1], offset[1]) or extent[0] % extent[1] or 2 * offset[0] % offset[1]:
        return None
    length = extent[0] // extent[1]
    twice = whole - length + 2 * offset[0] // offset[1]
    start = twice // 2
    if twice % 2 or not 0 <= start < start + length <= whole:
        return None
    return start, start + length
