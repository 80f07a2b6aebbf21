"""Writes AVIF and HEIC files box by box: good, odd and hostile ones."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from PIL import Image

from tests.unit.pictures import encoded, saved

ALPHA = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"
ESSENTIAL = frozenset({b"av1C", b"hvcC", b"irot", b"imir", b"clap"})

Property = tuple[bytes, bytes]


def box(name: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return struct.pack(">I4s", 8 + len(content), name) + content


def full_box(name: bytes, *contents: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(name, struct.pack(">B", version), flags.to_bytes(3, "big"), *contents)


@dataclass(frozen=True)
class Item:
    """An item of a file; its number is its place, from 1."""

    kind: bytes
    data: bytes
    properties: tuple[Property, ...] = ()
    references: tuple[tuple[bytes, tuple[int, ...]], ...] = ()

    def having(self, *properties: Property) -> "Item":
        return replace(self, properties=(*self.properties, *properties))

    def referring(self, name: bytes, *to: int) -> "Item":
        return replace(self, references=(*self.references, (name, to)))


@dataclass(frozen=True)
class Layout:
    """How a file is written, where not as usual.

    Attributes:
        brand: In its first box.
        primary: The number of the item to show.
        places: Offset and length of items by number, where not their own.
        behind: Boxes behind all others.
        inside: Boxes in the meta box, behind all others.
        is_meta_last: Whether the items' bytes are in front of it.
        in_meta: The items whose bytes are in the meta box, as those of grids in phones' files.
        essential: The properties that must be understood.
    """

    brand: bytes = b"avif"
    primary: int = 1
    places: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    behind: bytes = b""
    inside: bytes = b""
    is_meta_last: bool = False
    in_meta: frozenset[int] = frozenset()
    essential: frozenset[bytes] = ESSENTIAL


USUAL = Layout()


def file_of(items: Sequence[Item], layout: Layout = USUAL) -> bytes:
    """A file of these items."""
    start = box(b"ftyp", layout.brand, bytes(4), layout.brand, b"mif1")
    in_file = [one.data for at, one in enumerate(items, start=1) if at not in layout.in_meta]
    media = box(b"mdat", *in_file)
    if layout.is_meta_last:
        return start + media + meta_of(items, layout, len(start) + 8) + layout.behind
    first = len(start) + len(meta_of(items, layout, 0)) + 8
    return start + meta_of(items, layout, first) + media + layout.behind


def meta_of(items: Sequence[Item], layout: Layout, first: int) -> bytes:
    """The meta box, where the first item's bytes are at this place."""
    numbered = list(enumerate(items, start=1))
    places, inside = b"", list[bytes]()
    for number, one in numbered:
        is_inside = number in layout.in_meta
        start = sum(map(len, inside)) if is_inside else first
        offset, length = layout.places.get(number, (start, len(one.data)))
        places += struct.pack(">HHHHII", number, is_inside, 0, 1, offset, length)
        if is_inside:
            inside.append(one.data)
        else:
            first += len(one.data)
    infos = [
        full_box(b"infe", struct.pack(">HH4sx", number, 0, one.kind), version=2)
        for number, one in numbered
    ]
    references = [
        box(name, struct.pack(f">HH{len(to)}H", number, len(to), *to))
        for number, one in numbered
        for name, to in one.references
    ]
    properties: dict[Property, int] = {}
    table = struct.pack(">I", len(items))
    for number, one in numbered:
        table += struct.pack(">HB", number, len(one.properties))
        for name, content in one.properties:
            place = properties.setdefault((name, content), len(properties) + 1)
            table += struct.pack(">H", place | (name in layout.essential) << 15)
    boxes = [box(*one) for one in properties]
    return full_box(
        b"meta",
        full_box(b"hdlr", bytes(4), b"pict", bytes(13)),
        full_box(b"pitm", struct.pack(">H", layout.primary)),
        full_box(b"iloc", struct.pack(">HH", 0x4400, len(items)), places, version=1),
        full_box(b"iinf", struct.pack(">H", len(items)), *infos),
        box(b"iprp", box(b"ipco", *boxes), full_box(b"ipma", table, flags=1)),
        full_box(b"iref", *references),
        box(b"idat", *inside),
        layout.inside,
    )


def size_of(width: int, height: int) -> Property:
    return b"ispe", struct.pack(">4xII", width, height)


def nclx(primaries: int, transfer: int, matrix: int, *, is_full_range: bool = True) -> Property:
    return b"colr", struct.pack(">4sHHHB", b"nclx", primaries, transfer, matrix, is_full_range << 7)


def profile(data: bytes) -> Property:
    return b"colr", b"prof" + data


def clap(width: int, height: int, right: int = 0, down: int = 0) -> Property:
    """A clean aperture; its middle is so many halves of a pixel away from the picture's."""
    return b"clap", struct.pack(">IIIIiIiI", width, 1, height, 1, right, 2, down, 2)


def av1_item(avif: bytes, size: tuple[int, int]) -> Item:
    """The picture of an AVIF that Pillow wrote, without colours and turns."""
    configuration = avif.index(b"av1C") + 4
    media = avif.index(b"mdat")
    length = int.from_bytes(avif[media - 4 : media], "big") - 8
    return Item(
        b"av01",
        avif[media + 4 : media + 4 + length],
        (size_of(*size), (b"av1C", avif[configuration : configuration + 4])),
    )


def av1_of_colour(
    colour: tuple[int, ...] | int, size: tuple[int, int] = (64, 64), mode: str = "RGB"
) -> Item:
    return av1_item(encoded("AVIF", mode, size, colour, quality=90, speed=10), size)


def grid(rows: int, columns: int, size: tuple[int, int], *tiles: int) -> Item:
    """A grid of tiles, by their numbers."""
    data = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, *size)
    return Item(b"grid", data, (size_of(*size),)).referring(b"dimg", *tiles)


def alpha_of(item: Item, *of: int) -> Item:
    """An item as the alpha channel of others."""
    return item.having((b"auxC", bytes(4) + ALPHA)).referring(b"auxl", *of)


def sequence_header(  # noqa: PLR0913 - fields of the header
    width: int,
    height: int,
    *,
    is_reduced: int = True,
    profile: int = 0,
    is_deep: int = False,
    has_grain: int = False,
) -> bytes:
    """The header of an AV1 stream (AV1 specification, 5.5), as a unit."""
    bits = f"{profile:03b}1{is_reduced:b}"
    bits += "00000" if is_reduced else "00" + "00000" + "0" * 12 + "00000"
    bits += "11111111" + f"{width - 1:016b}{height - 1:016b}"
    bits += "000" if is_reduced else "0" + "000" + "0000" + "0" + "1" + "1"
    bits += "000" + f"{is_deep:b}"
    bits += "0" if profile != 1 else ""  # not grey
    bits += "0" + "1" + ("00" if profile == 0 else "") + "0" + f"{has_grain:b}" + "1"
    return unit(
        1, int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    )


def unit(kind: int, content: bytes) -> bytes:
    """A unit of an AV1 stream, with its length."""
    length, coded = len(content), b""
    while True:
        coded += bytes([length & 0x7F | (0x80 if length > 0x7F else 0)])
        length >>= 7
        if not length:
            return bytes([kind << 3 | 2]) + coded + content


def animation(*colours: tuple[int, int, int]) -> bytes:
    """An animated AVIF by Pillow."""

    first, *rest = [Image.new("RGB", (64, 64), colour) for colour in colours]
    return saved(first, "AVIF", save_all=True, append_images=rest, speed=10)
