"""Writes a file of nothing but the pixels of an AVIF or HEIC picture, for its decoder.

It has no properties that the decoder would apply by itself: the later stages turn, crop and convert
it. And it has none of the boxes in which decoders' readers had most of their faults.
"""

import struct
from itertools import count

from create_thumbnail.bmff_picture import GRID, Plane, Tile

Content = bytes | memoryview

HANDLER = bytes(8) + b"pict" + bytes(13)
ALPHA_NAME = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"
ESSENTIAL = 0x8000
ESSENTIAL_NAMES = frozenset({b"av1C", b"hvcC", b"a1op", b"lsel"})


class _Item:
    """An item in the making: its type, its properties and its bytes."""

    def __init__(self, kind: bytes, data: Content) -> None:
        self.kind = kind
        self.data = data
        self.properties: list[tuple[bytes, bytes]] = []
        self.references: list[tuple[bytes, list[int]]] = []


def file_of(
    brand: bytes, colour: Plane, alpha: Plane | None, nclx: bytes, *, is_premultiplied: bool
) -> bytes:
    """A file of these planes.

    Args:
        brand: The format's.
        colour: The colours.
        alpha: The alpha channel.
        nclx: The code points of the colours, 2 bytes each, and the range.
        is_premultiplied: Whether the colours are multiplied by the alpha channel.
    """
    items = _items_of(colour, first=1)
    if nclx:
        items[0].properties.append((b"colr", b"nclx" + nclx))
    if alpha is not None:
        number = len(items) + 1
        of_alpha = _items_of(alpha, first=number)
        of_alpha[0].properties.append((b"auxC", bytes(4) + ALPHA_NAME))
        of_alpha[0].references.append((b"auxl", [1]))
        if is_premultiplied:
            items[0].references.append((b"prem", [number]))
        items += of_alpha
    start = _box(b"ftyp", brand, bytes(4), brand, b"mif1", b"miaf")
    length = len(start) + len(_meta(items, 0)) + 8
    contents = [one.data for one in items]
    return b"".join(
        [
            start,
            _meta(items, length),
            struct.pack(">I4s", 8 + sum(map(len, contents)), b"mdat"),
            *contents,
        ]
    )


def _items_of(plane: Plane, first: int) -> list[_Item]:
    """The items of a plane, numbered from the first."""
    if plane.grid == (1, 1) and plane.size == plane.tiles[0].size:
        return [_tile_item(plane.kind, plane.tiles[0])]
    rows, columns = plane.grid
    grid = _Item(GRID, struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, *plane.size))
    grid.properties.append((b"ispe", struct.pack(">4xII", *plane.size)))
    grid.references.append((b"dimg", [first + 1 + at for at in range(len(plane.tiles))]))
    return [grid, *(_tile_item(plane.kind, tile) for tile in plane.tiles)]


def _tile_item(kind: bytes, tile: Tile) -> _Item:
    item = _Item(kind, tile.data)
    item.properties.append((b"ispe", struct.pack(">4xII", *tile.size)))
    for box in (tile.configuration, *tile.layers):
        item.properties.append((box.name, bytes(box.content)))
    return item


def _meta(items: list[_Item], start: int) -> bytes:
    """The meta box, where the first item's bytes are at this place."""
    infos = [_box(b"infe", struct.pack(">B3xHH4sx", 2, n, 0, one.kind)) for n, one in _each(items)]
    places = []
    for number, one in _each(items):
        places.append(struct.pack(">HHHII", number, 0, 1, start, len(one.data)))
        start += len(one.data)
    references = [
        _box(name, struct.pack(f">HH{len(to)}H", number, len(to), *to))
        for number, one in _each(items)
        for name, to in one.references
    ]
    properties, associations = _properties(items)
    return _box(
        b"meta",
        bytes(4),
        _box(b"hdlr", HANDLER),
        _box(b"pitm", bytes(4), struct.pack(">H", 1)),
        _box(b"iloc", bytes(4), struct.pack(">BBH", 0x44, 0, len(items)), *places),
        _box(b"iinf", bytes(4), struct.pack(">H", len(items)), *infos),
        _box(b"iprp", _box(b"ipco", *properties), associations),
        _box(b"iref", bytes(4), *references),
    )


def _properties(items: list[_Item]) -> tuple[list[bytes], bytes]:
    """The boxes of all properties, each once, and which items have them."""
    numbers: dict[tuple[bytes, bytes], int] = {}
    following = count(1)
    table = [struct.pack(">B2xBI", 0, 1, len(items))]
    for number, one in _each(items):
        table.append(struct.pack(">HB", number, len(one.properties)))
        for name, content in one.properties:
            if (name, content) not in numbers:
                numbers[name, content] = next(following)
            essential = ESSENTIAL if name in ESSENTIAL_NAMES else 0
            table.append(struct.pack(">H", numbers[name, content] | essential))
    return [_box(name, content) for name, content in numbers], _box(b"ipma", *table)


def _each(items: list[_Item]) -> list[tuple[int, _Item]]:
    return list(enumerate(items, start=1))


def _box(name: bytes, *contents: Content) -> bytes:
    return b"".join([struct.pack(">I4s", 8 + sum(map(len, contents)), name), *contents])
