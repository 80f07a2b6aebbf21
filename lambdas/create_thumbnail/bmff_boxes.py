"""The boxes of the ISO base media file format, of which AVIF and HEIC files consist.

The format: ISO/IEC 14496-12, 4.2 and 8.11; ISO/IEC 23008-12.
"""

from collections.abc import Iterator
from typing import NamedTuple

from create_thumbnail.engine import ImageRefusedError

# A phone's 48-megapixel HEIC has some 250 items, with as many boxes in one box.
BOXES_LIMIT = 4000
EXTENDED_LENGTH = 1
TO_THE_END = 0
BRANDS_LIMIT = 64


class Box(NamedTuple):
    """A box: its name and what is in it."""

    name: bytes
    content: memoryview


class Fields:
    """Numbers of a box, one after the other, as the format has them: big-endian."""

    def __init__(self, content: memoryview) -> None:
        self._content = content
        self._position = 0

    def number(self, length: int) -> int:
        """The next number, of so many bytes."""
        return int.from_bytes(self.take(length), "big")

    def take(self, length: int) -> memoryview:
        """The next bytes.

        Raises:
            ImageRefusedError: The box ends before.
        """
        end = self._position + length
        if end > len(self._content):
            raise unreadable()
        taken = self._content[self._position : end]
        self._position = end
        return taken

    def rest(self) -> memoryview:
        """All that is left."""
        return self._content[self._position :]

    def version_and_flags(self) -> tuple[int, int]:
        """What a full box begins with."""
        return self.number(1), self.number(3)


def unreadable() -> ImageRefusedError:
    """The refusal of boxes that contradict themselves."""
    return ImageRefusedError("damaged picture: its structure can't be read")


def boxes(content: memoryview) -> Iterator[Box]:
    """The boxes in a box or in a file; a last one that is cut short is left out.

    Raises:
        ImageRefusedError: More than a picture has.
    """
    position = 0
    for _ in range(BOXES_LIMIT):
        if position + 8 > len(content):
            return
        length = int.from_bytes(content[position : position + 4], "big")
        name = bytes(content[position + 4 : position + 8])
        start = position + 8
        if length == EXTENDED_LENGTH:
            length = int.from_bytes(content[start : start + 8], "big")
            start += 8
        end = len(content) if length == TO_THE_END else position + length
        if not start <= end <= len(content):
            return
        yield Box(name, content[start:end])
        position = end
    raise ImageRefusedError("picture of more boxes than a picture has")


def brands_of(data: bytes) -> frozenset[bytes]:
    """The brands that a file of boxes names: what it may be read as."""
    first = next(boxes(memoryview(data[: 16 + 4 * BRANDS_LIMIT])), Box(b"", memoryview(b"")))
    if first.name != b"ftyp":
        return frozenset()
    brands = bytes(first.content)
    return frozenset(brands[at : at + 4] for at in (0, *range(8, len(brands), 4)))
