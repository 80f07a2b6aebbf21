"""What the bytes of an HEVC picture say of the work that they make, read from their headers.

The format: ITU-T H.265 (7.3.1 and 7.3.2.2), ISO/IEC 14496-15 (8.3.3).
"""

from collections.abc import Iterator
from typing import NamedTuple

from create_thumbnail.bmff_boxes import Fields, unreadable
from create_thumbnail.coded_image import UNSPECIFIED, CodedImage
from create_thumbnail.decoded import PIXELS_MISSING, damaged
from create_thumbnail.engine import ImageRefusedError

SEQUENCE_PARAMETERS = 33
SLICES = range(32)
# A picture has one slice, or one for each of its up to 440 tiles.
UNITS_LIMIT = 10_000
PARAMETERS_BYTES_LIMIT = 1024
# Behind the end of a slice nothing is read. In one that is cut, ones mean that it ends here.
FILLER = b"\xff" * 512
CONFIGURATION_LENGTH = 22
CODING_OFFSET = 16  # of the kind of chroma, and of the bits of a sample
PROFILE_BITS, SUB_LAYERS_BITS, LEVEL_BITS = 88, 16, 8
# By chroma_format_idc: grey, 4:2:0, 4:2:2, 4:4:4.
SAMPLES = (1.0, 1.5, 2.0, 3.0)


class _Sequence(NamedTuple):
    width: int
    height: int
    depth: int
    samples: float
    coding: tuple[int, int, int]


class _Bits:
    """The bits of a unit, without the bytes that keep it from looking like a start code."""

    def __init__(self, unit: memoryview) -> None:
        content = bytes(unit[2:PARAMETERS_BYTES_LIMIT]).replace(b"\0\0\3", b"\0\0")
        self._value = int.from_bytes(content, "big")
        self._left = 8 * len(content)

    def number(self, length: int) -> int:
        self._left -= length
        if self._left < 0:
            raise damaged("nothing states its size")
        return self._value >> self._left & ((1 << length) - 1)

    def golomb(self) -> int:
        """The next Exp-Golomb number."""
        zeros = 0
        while not self.number(1):
            zeros += 1
        return (1 << zeros) - 1 + self.number(zeros)


def hevc_image(configuration: memoryview, data: memoryview) -> CodedImage:
    """What decoding an HEVC picture will take.

    Args:
        configuration: Content of its hvcC box.
        data: Its bytes.

    Raises:
        ImageRefusedError: Its headers can't be read, or its bytes end before.
    """
    sequences = [_sequence(_Bits(unit)) for unit in _parameters(configuration)]
    frames = 0
    for unit in _units(data, _length_size(configuration)):
        if _kind(unit) == SEQUENCE_PARAMETERS:
            sequences.append(_sequence(_Bits(unit)))
        elif _kind(unit) in SLICES:
            frames += len(unit) > 2 and unit[2] >> 7
    stated = tuple(configuration[CODING_OFFSET : CODING_OFFSET + 3])
    coding = (stated[0] & 3, stated[1] & 7, stated[2] & 7)
    # pi-heif measures its buffers by these, and writes behind them if the pixels have other ones.
    if any(one.coding != coding for one in sequences) or coding[1] != coding[2]:
        raise unreadable()
    if not sequences or not frames:
        raise damaged("the file ends before its pixels")
    return CodedImage(
        width=max(one.width for one in sequences),
        height=max(one.height for one in sequences),
        depth=max(one.depth for one in sequences),
        samples=max(one.samples for one in sequences),
        frames=frames,
        length=len(data),
        has_grain=False,
        codes=UNSPECIFIED,
        is_full_range=True,
    )


def with_filler(configuration: memoryview, data: memoryview) -> bytes:
    """The bytes of a picture with a filler behind each slice.

    It changes no whole one. A cut one ends there; without it libde265 would read zeros, and show
    what they happen to mean.
    """
    size = _length_size(configuration)
    pieces: list[bytes | memoryview] = []
    for unit in _units(data, size):
        filler = FILLER if _kind(unit) in SLICES and size > 1 else b""
        pieces += [(len(unit) + len(filler)).to_bytes(size, "big"), unit, filler]
    return b"".join(pieces)


def _length_size(configuration: memoryview) -> int:
    return (configuration[CONFIGURATION_LENGTH - 1] & 3) + 1


def _kind(unit: memoryview) -> int:
    return unit[0] >> 1 & 0x3F


def _parameters(configuration: memoryview) -> Iterator[memoryview]:
    """The sequence parameters in a configuration."""
    fields = Fields(configuration)
    fields.take(CONFIGURATION_LENGTH)
    for _ in range(fields.number(1)):
        kind = fields.number(1) & 0x3F
        for _ in range(min(fields.number(2), UNITS_LIMIT)):
            unit = fields.take(fields.number(2))
            if kind == SEQUENCE_PARAMETERS:
                yield unit


def _units(data: memoryview, length: int) -> Iterator[memoryview]:
    """The units, each with its length in front."""
    fields = Fields(data)
    for _ in range(UNITS_LIMIT):
        if not fields.rest():
            return
        if len(fields.rest()) < length:
            raise damaged(PIXELS_MISSING)
        size = fields.number(length)
        if size > len(fields.rest()):
            raise damaged(PIXELS_MISSING)
        if size < 2:
            raise unreadable()
        yield fields.take(size)
    raise ImageRefusedError("HEIC of more units than a picture has")


def _sequence(bits: _Bits) -> _Sequence:
    bits.number(4)
    sub_layers = bits.number(3)
    bits.number(1)
    bits.number(PROFILE_BITS + LEVEL_BITS)
    if sub_layers:
        present = [(bits.number(1), bits.number(1)) for _ in range(8)]
        for has_profile, has_level in present[:sub_layers]:
            bits.number(has_profile * PROFILE_BITS + has_level * LEVEL_BITS)
    bits.golomb()
    chroma = bits.golomb()
    if chroma >= len(SAMPLES):
        raise unreadable()
    if chroma == len(SAMPLES) - 1:
        bits.number(1)
    width, height = bits.golomb(), bits.golomb()
    if bits.number(1):
        for _ in range(4):
            bits.golomb()
    coding = (chroma, bits.golomb(), bits.golomb())
    return _Sequence(width, height, 8 + max(coding[1:]), SAMPLES[chroma], coding)
