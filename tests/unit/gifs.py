"""GIFs of any structure for the tests, also of kinds that Pillow doesn't write."""

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tests.unit.pictures import Colour

TRAILER = b"\x3b"
BLOCK_LIMIT = 255
LONGEST_CODE = 12


class GifFrame(NamedTuple):
    """A frame: where it lies, its pixels as indices of colours, and how they are stored.

    Attributes:
        size: Its width and height.
        pixels: An index for each pixel, in the order of the rows.
        place: Left and top.
        palette: Colours of its own.
        transparent: The index of the transparent colour.
        is_interlaced: Whether its rows are stored in four passes.
        data: What stands in place of the compressed pixels, with their code size and blocks.
        bits: The least code size.
        control: What stands in place of the graphic control extension.
    """

    size: tuple[int, int]
    pixels: bytes = b""
    place: tuple[int, int] = (0, 0)
    palette: Sequence[Colour] = ()
    transparent: int | None = None
    is_interlaced: bool = False
    data: bytes | None = None
    bits: int = 2
    control: bytes | None = None


def gif(
    screen: tuple[int, int],
    palette: Sequence[Colour],
    *frames: GifFrame,
    background: int = 0,
    between: bytes = b"",
    end: bytes = TRAILER,
) -> bytes:
    """A GIF; `between` are extensions in front of the first frame."""
    header = b"GIF89a" + struct.pack("<HHBBB", *screen, _palette_flags(palette), background, 0)
    return header + _colours(palette) + between + b"".join(map(_frame, frames)) + end


def _palette_flags(palette: Sequence[Colour]) -> int:
    return 0x80 | (_exponent(palette) - 1) if palette else 0


def _exponent(palette: Sequence[Colour]) -> int:
    return max(1, (len(palette) - 1).bit_length())


def _colours(palette: Sequence[Colour]) -> bytes:
    if not palette:
        return b""
    return b"".join(map(bytes, palette)).ljust(3 << _exponent(palette), b"\0")


def _frame(frame: GifFrame) -> bytes:
    control = b""
    if frame.control is not None:
        control = frame.control
    elif frame.transparent is not None:
        control = extension(0xF9, bytes([1, 0, 0, frame.transparent]))
    flags = _palette_flags(frame.palette) | (0x40 if frame.is_interlaced else 0)
    descriptor = struct.pack("<BHHHHB", 0x2C, *frame.place, *frame.size, flags)
    data = frame.data
    if data is None:
        data = bytes([frame.bits]) + blocks(lzw(_stored(frame), frame.bits))
    return control + descriptor + _colours(frame.palette) + data


def _stored(frame: GifFrame) -> bytes:
    if not frame.is_interlaced:
        return frame.pixels
    width, height = frame.size
    rows = [
        row
        for first, step in ((0, 8), (4, 8), (2, 4), (1, 2))
        for row in range(first, height, step)
    ]
    return b"".join(frame.pixels[row * width : (row + 1) * width] for row in rows)


def extension(label: int, *contents: bytes) -> bytes:
    return bytes([0x21, label]) + b"".join(bytes([len(one)]) + one for one in contents) + b"\0"


def blocks(data: bytes, length: int = BLOCK_LIMIT) -> bytes:
    """Data in sub-blocks, and the end of them."""
    pieces = (data[at : at + length] for at in range(0, len(data), length))
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


def lzw(pixels: bytes, bits: int, *, has_end: bool = True) -> bytes:
    """Pixels, compressed as a usual encoder does."""
    clear = 1 << bits
    codes: list[tuple[int, int]] = []
    table: dict[bytes, int] = {}
    width = bits + 1

    def reset() -> None:
        nonlocal table, width
        codes.append((clear, width))
        table = {bytes([value]): value for value in range(clear)}
        width = bits + 1

    reset()
    known = b""
    for value in pixels:
        longer = known + bytes([value])
        if longer in table:
            known = longer
            continue
        codes.append((table[known], width))
        number = len(table) + 2
        if number == 1 << LONGEST_CODE:
            reset()
        else:
            table[longer] = number
            width = max(width, number.bit_length())
        known = bytes([value])
    if known:
        codes.append((table[known], width))
        if len(table) + 2 == 1 << width and width < LONGEST_CODE:
            width += 1
    if has_end:
        codes.append((clear + 1, width))
    return packed(codes)


def packed(codes: Iterable[tuple[int, int]]) -> bytes:
    """Codes of so many bits each, the lowest bit first."""
    bits = "".join(f"{code:0{width}b}"[::-1] for code, width in codes)
    return int(bits[::-1] or "0", 2).to_bytes(-(-len(bits) // 8), "little")
