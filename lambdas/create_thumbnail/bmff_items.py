"""The items of an AVIF or HEIC file and what is said of them: its meta box, as plain data.

Nothing is followed here, so nothing can go in circles: bmff_picture.py looks up the few items that
the picture consists of.
"""

from typing import NamedTuple

from create_thumbnail.bmff_boxes import BOXES_LIMIT, Box, Fields, boxes, unreadable
from create_thumbnail.decoded import damaged
from create_thumbnail.engine import ImageRefusedError

ITEMS_LIMIT = BOXES_LIMIT
IN_FILE, IN_META = 0, 1  # where an item's bytes are: its construction method
NOTHING = memoryview(b"")


class Place(NamedTuple):
    """Where an item's bytes are. The table of extents is not read yet.

    Attributes:
        method: In the file, or in the meta box.
        base: Added to each offset.
        lengths: Of the numbers in an extent: index, offset, length.
        extents: The table.
    """

    method: int
    base: int
    lengths: tuple[int, int, int]
    extents: memoryview


class Reference(NamedTuple):
    """That an item refers to others. Their numbers are not read yet.

    Attributes:
        name: What they are to it, such as dimg: its tiles.
        item: The item.
        length: Of a number in the table, in bytes.
        table: The numbers of the others.
    """

    name: bytes
    item: int
    length: int
    table: memoryview

    def to(self, limit: int) -> tuple[int, ...]:
        """The others, up to so many and one more."""
        end = min(len(self.table), (limit + 1) * self.length)
        return tuple(
            int.from_bytes(self.table[at : at + self.length], "big")
            for at in range(0, end, self.length)
        )


class Items(NamedTuple):
    """What the meta box says.

    Attributes:
        primary: The number of the item to show.
        kinds: The type of each item, such as av01.
        places: Where each item's bytes are.
        properties: What items may have in common, by number from 1.
        associations: For each item the table of its properties' numbers, of one or two bytes each.
        references: From which item to which others.
        data: The bytes of items that are in the meta box itself.
    """

    primary: int
    kinds: dict[int, bytes]
    places: dict[int, Place]
    properties: tuple[Box, ...]
    associations: dict[int, tuple[int, memoryview]]
    references: tuple[Reference, ...]
    data: memoryview


def items_of(data: bytes) -> Items:
    """Read a file's meta box.

    Raises:
        ImageRefusedError: It lacks or can't be read, or has more items than a picture.
    """
    found: dict[bytes, memoryview] = {}
    for box in boxes(_meta(data)[4:]):
        found.setdefault(box.name, box.content)
    if not {b"pitm", b"iinf", b"iloc", b"iprp"} <= found.keys():
        raise unreadable()
    primary = Fields(found[b"pitm"])
    version, _ = primary.version_and_flags()
    properties, associations = _properties(found[b"iprp"])
    return Items(
        primary=primary.number(4 if version else 2),
        kinds=_kinds(found[b"iinf"]),
        places=_places(found[b"iloc"]),
        properties=properties,
        associations=associations,
        references=_references(found.get(b"iref", NOTHING)),
        data=found.get(b"idat", NOTHING),
    )


def _meta(data: bytes) -> memoryview:
    for box in boxes(memoryview(data)):
        if box.name == b"meta":
            return box.content
    raise damaged("the file ends before its pixels")


def _counted(count: int) -> range:
    if count > ITEMS_LIMIT:
        raise ImageRefusedError("picture of more items than a picture has")
    return range(count)


def _kinds(content: memoryview) -> dict[int, bytes]:
    fields = Fields(content)
    version, _ = fields.version_and_flags()
    fields.number(4 if version else 2)
    return dict(_kind(box.content) for box in boxes(fields.rest()) if box.name == b"infe")


def _kind(content: memoryview) -> tuple[int, bytes]:
    """The item's number and type; versions 0 and 1 have no type."""
    fields = Fields(content)
    version, _ = fields.version_and_flags()
    item = fields.number(4 if version == 3 else 2)
    fields.take(2)  # its protection
    return item, bytes(fields.take(4)) if version in (2, 3) else b""


def _places(content: memoryview) -> dict[int, Place]:
    fields = Fields(content)
    version, _ = fields.version_and_flags()
    sizes = fields.number(2)
    offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    lengths = (index if version else 0, offset, length)
    places = {}
    for _ in _counted(fields.number(4 if version == 2 else 2)):
        item = fields.number(4 if version == 2 else 2)
        method = fields.number(2) & 15 if version else IN_FILE
        fields.take(2)  # the number of another file
        start = fields.number(base)
        extents = fields.take(fields.number(2) * sum(lengths))
        places[item] = Place(method, start, lengths, extents)
    return places


def _properties(
    content: memoryview,
) -> tuple[tuple[Box, ...], dict[int, tuple[int, memoryview]]]:
    properties: tuple[Box, ...] = ()
    associations: dict[int, tuple[int, memoryview]] = {}
    for box in boxes(content):
        if box.name == b"ipco":
            properties = tuple(boxes(box.content))
        elif box.name == b"ipma":
            associations.update(_associations(box.content))
    return properties, associations


def _associations(content: memoryview) -> dict[int, tuple[int, memoryview]]:
    fields = Fields(content)
    version, flags = fields.version_and_flags()
    length = 2 if flags & 1 else 1
    found = {}
    for _ in _counted(fields.number(4)):
        item = fields.number(4 if version else 2)
        found[item] = (length, fields.take(fields.number(1) * length))
    return found


def _references(content: memoryview) -> tuple[Reference, ...]:
    if not content:
        return ()
    length = 4 if content[0] else 2
    found = []
    for box in boxes(content[4:]):
        fields = Fields(box.content)
        item, count = fields.number(length), fields.number(2)
        found.append(Reference(box.name, item, length, fields.take(count * length)))
    return tuple(found)
