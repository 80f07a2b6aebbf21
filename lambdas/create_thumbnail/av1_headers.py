"""What the bytes of an AV1 picture say of the work that they make, read from their headers.

The container may state another size than the bytes have; what the decoder works on is here.

The format: https://aomediacodec.github.io/av1-spec/ (5.3 to 5.5).
"""

from typing import NamedTuple

from create_thumbnail.coded_image import UNSPECIFIED, CodedImage
from create_thumbnail.decoded import PIXELS_MISSING, Size, damaged
from create_thumbnail.engine import ImageRefusedError

SEQUENCE_HEADER, FRAME_HEADER, FRAME = 1, 3, 6
# A picture has one frame, in one unit or in one for each of its up to 4,096 tiles.
UNITS_LIMIT = 10_000
KEY_FRAME, SWITCH_FRAME = 0, 3
ASKED = 2
HEADER_BYTES_LIMIT = 512
PROFILE_WITH_ALL_CHROMA = 1
PROFILE_OF_12_BITS = 2
SRGB_WITHOUT_MATRIX = (1, 13, 0)


class _Tools(NamedTuple):
    """What stands in frames' headers in front of their size.

    Attributes:
        is_known: Whether we can read as far.
        screen: Whether a frame says if it uses tools for screens: ASKED, or their use.
        motion: As well for whole pixels of motion.
    """

    is_known: bool
    screen: int
    motion: int


class _Sequence(NamedTuple):
    """A sequence's header.

    Attributes:
        size: Of its frames.
        most: The most that a frame may state as its own size.
        tools: What stands in front of that.
    """

    size: Size
    most: Size
    tools: _Tools | None
    depth: int
    samples: float
    codes: tuple[int, int, int]
    is_full_range: bool
    has_grain: bool


class _Bits:
    """A header's bits, the highest of each byte first."""

    def __init__(self, content: memoryview) -> None:
        content = content[:HEADER_BYTES_LIMIT]
        self._value = int.from_bytes(content, "big")
        self._left = 8 * len(content)

    def number(self, length: int) -> int:
        self._left -= length
        if self._left < 0:
            raise damaged("nothing states its size")
        return self._value >> self._left & ((1 << length) - 1)

    def flag(self) -> bool:
        return self.number(1) == 1

    def skip_uvlc(self) -> None:
        zeros = 0
        while not self.flag():
            zeros += 1
        self.number(zeros)


def av1_image(data: memoryview) -> CodedImage:
    """What decoding an AV1 picture will take.

    Raises:
        ImageRefusedError: Its headers can't be read, or its bytes end before.
    """
    sequences: list[_Sequence] = []
    sizes: list[Size] = []
    for kind, content in _units(data):
        if kind == SEQUENCE_HEADER:
            sequences.append(_sequence(_Bits(content)))
        elif kind in (FRAME_HEADER, FRAME) and sequences:
            sizes.append(_frame_size(_Bits(content), sequences[-1]))
    if not sizes:
        raise damaged("the file ends before its pixels")
    first = sequences[0]
    return CodedImage(
        width=max(width for width, _ in sizes),
        height=max(height for _, height in sizes),
        depth=max(one.depth for one in sequences),
        samples=max(one.samples for one in sequences),
        frames=len(sizes),
        length=len(data),
        has_grain=any(one.has_grain for one in sequences),
        codes=first.codes,
        is_full_range=first.is_full_range,
    )


def _frame_size(bits: _Bits, sequence: _Sequence) -> Size:
    """A frame's size, or the most that it may have if it states one of its own."""
    if sequence.tools is None or not _may_have_own_size(bits, sequence.tools):
        return sequence.size
    return sequence.most


def _may_have_own_size(bits: _Bits, tools: _Tools) -> bool:
    """Whether a frame's header has another size than the sequence's (5.9.2)."""
    if not tools.is_known:
        return True
    if bits.flag():  # one that was decoded before is shown
        return False
    kind, is_shown = bits.number(2), bits.flag()
    if kind == SWITCH_FRAME:
        return True
    # Whether it may be shown later; whether it depends on no other; how its codes adapt.
    bits.number((not is_shown) + (kind != KEY_FRAME or not is_shown) + 1)
    uses_screen = bits.flag() if tools.screen == ASKED else tools.screen
    if uses_screen and tools.motion == ASKED:
        bits.flag()
    return bits.flag()


def _units(data: memoryview) -> list[tuple[int, memoryview]]:
    """The type and content of each unit."""
    found, position = [], 0
    while position < len(data):
        header = data[position]
        position += 2 if header & 4 else 1
        length = len(data) - position
        if header & 2:
            length, position = _leb128(data, position)
        if length < 0 or position + length > len(data):
            raise damaged(PIXELS_MISSING)
        found.append((header >> 3 & 15, data[position : position + length]))
        if len(found) > UNITS_LIMIT:
            raise ImageRefusedError("AVIF of more units than a picture has")
        position += length
    return found


def _leb128(data: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for number, byte in enumerate(data[position : position + 8]):
        value |= (byte & 0x7F) << 7 * number
        if byte < 0x80:
            return value, position + number + 1
    raise damaged(PIXELS_MISSING)


def _sequence(bits: _Bits) -> _Sequence:
    profile = bits.number(3)
    bits.flag()
    is_reduced = bits.flag()
    has_model = False
    if is_reduced:
        bits.number(5)
    else:
        has_model = _skip_operating_points(bits)
    width_bits, height_bits = bits.number(4) + 1, bits.number(4) + 1
    size = (bits.number(width_bits) + 1, bits.number(height_bits) + 1)
    has_numbers = not is_reduced and bits.flag()
    if has_numbers:
        bits.number(7)
    bits.number(3)
    tools = None if is_reduced else _tools(bits, is_known=not (has_model or has_numbers))
    bits.number(3)
    colours = _colours(bits, profile)
    return _Sequence(size, (1 << width_bits, 1 << height_bits), tools, *colours, bits.flag())


def _skip_operating_points(bits: _Bits) -> bool:
    """Skip them; tell whether frames say when they are shown."""
    delay_bits = 0
    if bits.flag():  # timing
        bits.number(64)
        if bits.flag():
            bits.skip_uvlc()
        if bits.flag():  # the decoder's model
            delay_bits = bits.number(5) + 1
            bits.number(42)
    has_delay = bits.flag()
    for _ in range(bits.number(5) + 1):
        bits.number(12)
        if bits.number(5) > 7:
            bits.flag()
        if delay_bits and bits.flag():
            bits.number(2 * delay_bits + 1)
        if has_delay and bits.flag():
            bits.number(4)
    return delay_bits > 0


def _tools(bits: _Bits, *, is_known: bool) -> _Tools:
    bits.number(4)
    has_order = bits.flag()
    if has_order:
        bits.number(2)
    screen = ASKED if bits.flag() else bits.number(1)
    motion = ASKED if not screen or bits.flag() else bits.number(1)
    if has_order:
        bits.number(3)
    return _Tools(is_known, screen, motion)


def _colours(bits: _Bits, profile: int) -> tuple[int, float, tuple[int, int, int], bool]:
    """Bits of a sample, samples a pixel, code points and range."""
    depth = 10 if bits.flag() else 8
    if profile == PROFILE_OF_12_BITS and depth == 10:
        depth = 12 if bits.flag() else 10
    is_grey = profile != PROFILE_WITH_ALL_CHROMA and bits.flag()
    codes = UNSPECIFIED
    if bits.flag():
        codes = (bits.number(8), bits.number(8), bits.number(8))
    if is_grey:
        return depth, 1.0, codes, bits.flag()
    if codes == SRGB_WITHOUT_MATRIX:
        bits.flag()
        return depth, 3.0, codes, True
    is_full_range = bits.flag()
    samples = _samples(bits, profile, depth)
    bits.flag()
    return depth, samples, codes, is_full_range


def _samples(bits: _Bits, profile: int, depth: int) -> float:
    halves_width, halves_height = profile != PROFILE_WITH_ALL_CHROMA, profile == 0
    if profile == PROFILE_OF_12_BITS and depth == 12:
        halves_width = bits.flag()
        halves_height = halves_width and bits.flag()
    if halves_width and halves_height:
        bits.number(2)
    return 1 + 2 / ((1 + halves_width) * (1 + halves_height))
