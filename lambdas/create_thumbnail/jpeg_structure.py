"""A JPEG's structure: the segments before its first scan, and its scans where all are held at once.

The format: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.source_colours import PROFILE_BYTES_LIMIT, SourceColours

SIGNATURE = b"\xff\xd8\xff"
SOI = b"\xff\xd8"
SOS = 0xDA
EOI = 0xD9
FILL = 0xFF
APP0, APP1, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE

# Markers without a length: TEM, RST0 to 7, SOI, EOI, JPG and JPG0 to 13. A zero means that the 0xFF
# before it isn't a marker.
WITHOUT_A_LENGTH = frozenset({0x00, 0x01, 0xC8, *range(0xD0, 0xDA), *range(0xF0, 0xFE)})
DRI = 0xDD
TABLES = frozenset({0xC4, 0xCC, 0xDB, DRI})  # DHT, DAC, DQT
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
ARITHMETIC_FRAMES = frozenset({0xC9, 0xCA})
PROGRESSIVE_FRAMES = frozenset({0xC2, 0xCA})
LOSSLESS_FRAME = 0xC3
# The others are hierarchical, or both lossless and arithmetic: neither libjpeg-turbo nor browsers
# know them.
DECODABLE_FRAMES = frozenset({0xC0, 0xC1, 0xC2, LOSSLESS_FRAME}) | ARITHMETIC_FRAMES

# The segments by which libjpeg tells colour spaces, and their least length: it ignores shorter ones
# (jdmarker.c).
COLOUR_SPACES = {APP0: (b"JFIF\0", 14), APP14: (b"Adobe", 12)}
EXIF_MARK = b"Exif\0\0"
PROFILE_MARK = b"ICC_PROFILE\0"
PROFILE_PART_NUMBERS = 2  # bytes: a part's number, and how many there are

# 64 MB of metadata in segments of the greatest length are 1024 segments.
SEGMENTS_LIMIT = 2000
# Between two segments there are no bytes, or a few of padding.
PADDING_LIMIT = 64 * 1024
# A real progressive JPEG has about ten scans. Each is a pass over the whole picture, so a file with
# thousands of empty ones would take minutes, however small it is.
SCANS_LIMIT = 100

# A marker behind the start of a scan's data, in which 0xFF is followed by 0 or a restart marker.
MARKER = re.compile(rb"\xff([^\x00\x01\xff\xd0-\xd7])")
# Where no restart markers are announced, libjpeg takes no data behind one.
MARKER_OR_RESTART = re.compile(rb"\xff([^\x00\x01\xff])")
LAST_RESTART = re.compile(rb".*\xff([\xd0-\xd7])", re.DOTALL)
RESTARTS = 8  # their numbers
BLOCK = 64 * 1024
COEFFICIENTS = frozenset(range(64))
SCALES = (8, 4, 2)  # of libjpeg's decoder


class Component(NamedTuple):
    """A colour of a JPEG: its number, and its samples across and down in a unit of the picture."""

    number: int
    horizontal: int
    vertical: int


class Scan(NamedTuple):
    """A pass over the picture.

    Attributes:
        components: The numbers of the colours that it has samples of.
        first: The first of the 64 coefficients of a block that it has.
        last: The last one.
        is_refining: Whether it adds a bit to coefficients of an earlier scan.
        is_rough: Whether lower bits of its coefficients are left to a later scan.
    """

    components: tuple[int, ...]
    first: int
    last: int
    is_refining: bool
    is_rough: bool


class JpegStructure(NamedTuple):
    """A JPEG without what decoding doesn't need.

    Attributes:
        width: In pixels, as stored.
        height: In pixels, as stored.
        frame: Its frame's marker, which says how it is coded.
        components: Its colours.
        scans: All of its scans if libjpeg holds all coefficients, else the first.
        restart_interval: The fewest units of the picture between two restart markers; 0 for none.
        has_end: Whether an end marker follows the scans; taken for granted where only the first
            scan is looked at. A picture without it is decoded twice.
        last_scan: Where in `data` the data of the last scan begin and end; up to the end of `data`
            where only the first scan is looked at.
        header: From SOI to the end of the first SOS segment, rebuilt. A decoder that finds another
            frame than this walk would write past the picture; so it gets this one.
        data: All bytes behind that segment.
        exif: The content of the first Exif segment.
        colours: Its profile.
    """

    width: int
    height: int
    frame: int
    components: tuple[Component, ...]
    scans: tuple[Scan, ...]
    restart_interval: int
    has_end: bool
    last_scan: tuple[int, int]
    header: bytes
    data: memoryview
    exif: memoryview
    colours: SourceColours

    @property
    def name(self) -> str:
        """The format's name, as in Pillow."""
        return "JPEG"

    @property
    def is_lossless(self) -> bool:
        """Whether its samples are predicted instead of transformed. Those can't be scaled."""
        return self.frame == LOSSLESS_FRAME

    def scale_within(self, most: int) -> int:
        """The greatest factor up to this by which libjpeg can reduce it while it decodes it."""
        if self.is_lossless:
            return 1
        return next((scale for scale in SCALES if scale <= most), 1)

    @property
    def is_arithmetic(self) -> bool:
        """Whether its bits are coded by arithmetic instead of Huffman's codes."""
        return self.frame in ARITHMETIC_FRAMES

    @property
    def is_progressive(self) -> bool:
        """Whether its scans have parts of the coefficients."""
        return self.frame in PROGRESSIVE_FRAMES

    @property
    def is_held_whole(self) -> bool:
        """Whether libjpeg holds the coefficients of the whole picture.

        It does for a progressive JPEG, and for a baseline one whose first scan lacks a component
        (jdinput.c, initial_setup).
        """
        return self.is_progressive or len(self.scans[0].components) < len(self.components)

    def exact_coefficients(self, component: Component) -> frozenset[int]:
        """The coefficients of a colour of which no scan leaves lower bits to a later one."""
        exact: frozenset[int] = frozenset()
        for scan in self.scans:
            if component.number not in scan.components:
                continue
            band = range(scan.first, scan.last + 1) if self.is_progressive else COEFFICIENTS
            exact = exact.difference(band) if scan.is_rough else exact.union(band)
        return exact

    @property
    def has_all_scans(self) -> bool:
        """Whether its scans have all bits of all coefficients; true if libjpeg reads but one."""
        if not self.is_held_whole:
            return True
        return all(self.exact_coefficients(one) >= COEFFICIENTS for one in self.components)

    def end_of_pixels(self) -> int:
        """The offset in `data` of the first marker behind the last scan's data, or of their end.

        What follows, such as the film of a "motion photo", doesn't belong to the picture.
        """
        start, end = self.last_scan
        if not self.is_held_whole:
            marker = MARKER if self.restart_interval else MARKER_OR_RESTART
            found = marker.search(self.data, start)
            end = found.start() if found else end
        return end

    def next_restart(self, end: int) -> int:
        """The number of the restart marker that follows the last scan's data up to an offset."""
        start = self.last_scan[0]
        while end > start:
            block = max(start, end - BLOCK)
            if found := LAST_RESTART.match(self.data[block:end]):
                return (found[1][0] + 1) % RESTARTS  # 0xD0 is a multiple of 8
            end = block + 1 if block > start else start  # a marker may lie across two blocks
        return 0


def jpeg_structure(data: bytes) -> JpegStructure:
    """Walk a JPEG.

    Raises:
        ImageRefusedError: It has no whole header, or more segments or scans than pictures have.
    """
    walk = _Walk(data)
    scan, end = walk.to_first_scan()
    frame, width, height, components = walk.frame()
    structure = JpegStructure(
        width=width,
        height=height,
        frame=frame,
        components=components,
        scans=(scan,),
        restart_interval=walk.restart_interval,
        has_end=True,
        last_scan=(0, len(data) - end),
        header=bytes(walk.header),
        data=memoryview(data)[end:],
        exif=walk.exif,
        colours=SourceColours(
            is_grey=len(components) == 1, icc=_joined_profile(walk.profile_parts)
        ),
    )
    if not structure.is_held_whole:
        # Decoded in strips. libjpeg reads no scan after this one, so the rest, nearly all of the
        # file, need not be searched.
        return structure
    return _with_further_scans(structure)


class _Walk:
    """The walk over the segments before the first scan, and what it keeps."""

    def __init__(self, data: bytes) -> None:
        self.header = bytearray(SOI)
        self.profile_parts: list[memoryview] = []
        self._data = data
        self.exif = memoryview(b"")
        self.restart_interval = 0
        self._frame: tuple[int, memoryview] | None = None

    def to_first_scan(self) -> tuple[Scan, int]:
        """The first scan, and the offset of its data."""
        view = memoryview(self._data)
        for marker, start, end in _segments(self._data):
            content = view[start:end]
            self._note(marker, content)
            if marker == SOS:
                return _scan_of(content), end
        raise ImageRefusedError("damaged picture: the file ends before its pixels")

    def _note(self, marker: int, content: memoryview) -> None:
        if marker in FRAMES:
            if self._frame is not None:
                return
            self._frame = (marker, content)
        elif marker == APP1 and not self.exif and content[:6] == EXIF_MARK:
            self.exif = content[6:]
        elif marker == APP2 and content[:12] == PROFILE_MARK:
            self.profile_parts.append(content[12:])
        elif marker == DRI:
            self.restart_interval = _least_interval(self.restart_interval, _interval_of(content))
        if marker in FRAMES or marker in TABLES or marker == SOS or _says_colours(marker, content):
            self.header += bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content

    def frame(self) -> tuple[int, int, int, tuple[Component, ...]]:
        """Its marker, the width and height, and the colours."""
        if self._frame is None:
            raise ImageRefusedError("damaged picture: nothing states its size")
        marker, content = self._frame
        count = content[5] if len(content) > 5 else 0
        factors = content[7 : 6 + 3 * count : 3]
        height, width = (int.from_bytes(content[at : at + 2], "big") for at in (1, 3))
        if len(factors) != count or 0 in (width, height, count):
            raise ImageRefusedError("damaged picture: its size can't be read")
        if content[0] != 8 or count not in (1, 3, 4):
            raise ImageRefusedError(
                f"a kind of JPEG that can't be read: {count} colours of {content[0]} bits"
            )
        if marker not in DECODABLE_FRAMES:
            raise ImageRefusedError("a kind of JPEG that can't be read: hierarchical coding")
        components = tuple(
            Component(number, byte >> 4, byte & 15)
            for number, byte in zip(content[6::3], factors, strict=False)
        )
        return marker, width, height, components


def _says_colours(marker: int, content: memoryview) -> bool:
    mark, length = COLOUR_SPACES.get(marker, (b"", 0))
    return bool(mark) and len(content) >= length and content[: len(mark)] == mark


def _scan_of(content: memoryview) -> Scan:
    """A scan from the content of its segment. What is missing there is taken for one component."""
    count = content[0] if len(content) else 0
    first, last, bits = content[-3:] if len(content) >= 3 else (0, 63, 0)
    return Scan(
        components=tuple(content[1 : 1 + 2 * count : 2]),
        first=first,
        last=last,
        is_refining=bits >> 4 > 0,
        is_rough=bits & 15 > 0,
    )


def _interval_of(content: memoryview) -> int:
    return int.from_bytes(content[:2], "big")


def _least_interval(one: int, other: int) -> int:
    return min(one, other) or max(one, other)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Each marker before the first scan's data, with the start and end of its content.

    Raises:
        ImageRefusedError: More segments or more padding than pictures have.
    """
    segments = padding = 0
    position = len(SOI)
    while (start := data.find(b"\xff", position)) >= 0 and start + 1 < len(data):
        marker = data[start + 1]
        padding += start - position
        if marker == FILL:
            position = start + 1
            padding += 1
        elif marker in WITHOUT_A_LENGTH:
            position = start + 2
            padding += 2
        else:
            position = start + 2 + max(int.from_bytes(data[start + 2 : start + 4], "big"), 2)
            if position > len(data):
                return
            segments += 1
            yield marker, start + 4, position
        if segments > SEGMENTS_LIMIT:
            raise ImageRefusedError(f"JPEG of more than {SEGMENTS_LIMIT} segments")
        if padding > PADDING_LIMIT:
            raise ImageRefusedError(f"JPEG with more than {PADDING_LIMIT} bytes of padding")


def _markers_behind(data: memoryview) -> Iterator[tuple[int, int, int]]:
    """Each marker behind the start of a scan's data: its offset, and the end of its segment.

    Raises:
        ImageRefusedError: There are too many.
    """
    position = 0
    for _ in range(SEGMENTS_LIMIT):
        found = MARKER.search(data, position)
        if found is None:
            return
        position = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
        yield found[1][0], found.start(), position
        if found[1][0] == EOI:
            return
    raise ImageRefusedError(f"JPEG of more than {SEGMENTS_LIMIT} segments")


def _with_further_scans(jpeg: JpegStructure) -> JpegStructure:
    """The structure with the scans behind the first one.

    Raises:
        ImageRefusedError: There are more than 100 in all, or too many segments.
    """
    scans = [*jpeg.scans]
    interval = jpeg.restart_interval
    start, end = 0, None
    has_end = False
    for marker, offset, behind in _markers_behind(jpeg.data):
        end = offset if end is None else end
        has_end = marker == EOI
        content = jpeg.data[offset + 4 : behind]
        if marker == SOS:
            scans.append(_scan_of(content))
            start, end = behind, None
        elif marker == DRI:
            interval = _least_interval(interval, _interval_of(content))
        if len(scans) > SCANS_LIMIT:
            raise ImageRefusedError(f"JPEG of more than {SCANS_LIMIT} scans")
    last_scan = (min(start, len(jpeg.data)), len(jpeg.data) if end is None else end)
    return jpeg._replace(
        scans=tuple(scans), restart_interval=interval, has_end=has_end, last_scan=last_scan
    )


def _joined_profile(parts: list[memoryview]) -> bytes:
    """The profile from its parts, or nothing if they are no whole.

    As in browsers: short segments don't count, nor what follows the last part that was missing.
    """
    by_number: dict[int, memoryview] = {}
    count = 0
    for part in parts:
        if len(part) <= PROFILE_PART_NUMBERS:
            continue
        count = count or part[1]
        if part[1] != count:
            return b""
        by_number.setdefault(part[0], part[PROFILE_PART_NUMBERS:])
        if len(by_number) == count:
            break
    if sorted(by_number) != list(range(1, count + 1)):
        return b""
    joined = b"".join(by_number[number] for number in sorted(by_number))
    return joined if len(joined) <= PROFILE_BYTES_LIMIT else b""
