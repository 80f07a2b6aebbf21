"""Pictures at random, to find what costs more than cost.py expects; the same ones for a seed."""

import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.unit.create_thumbnail.costly_pictures import (
    GIF_PALETTE,
    ROWS_OF_PANORAMA,
    compressed,
    fuzzed_jpeg,
    megapixels,
    png_of_tiny_blocks,
    png_rows,
)
from tests.unit.gifs import GifFrame, blocks, gif, packed
from tests.unit.pictures import png_chunk, png_of, saved

SAMPLES = Path(__file__).parents[2] / "samples"
PNG_KINDS = ((1, 0), (8, 0), (16, 0), (8, 2), (16, 2), (8, 3), (1, 3), (8, 4), (8, 6), (16, 6))
STRATEGIES = (
    zlib.Z_DEFAULT_STRATEGY,
    zlib.Z_FILTERED,
    zlib.Z_HUFFMAN_ONLY,
    zlib.Z_RLE,
    zlib.Z_FIXED,
)
SUBSAMPLINGS = ("4:4:4", "4:2:2", "4:2:0", "4:0:0")
VP8_START = b"\x9d\x01\x2a"
VP8_FIRST_LIMIT = 2**19 - 1


def fuzzed_picture(chance: random.Random, count: int) -> bytes:
    """A picture of any format of some megapixels, or one of the samples with other bytes."""
    return chance.choice(FUZZED)(chance, count)


def _size(chance: random.Random, count: int, most: int = 65_535) -> tuple[int, int]:
    side = megapixels(count)
    pixels = count * 1_000_000
    width, height = chance.choice(
        ((side, side), (pixels // ROWS_OF_PANORAMA, ROWS_OF_PANORAMA), (pixels // most, most))
    )
    return max(1, min(width, most)), max(1, min(height, most))


def _flipped(chance: random.Random, data: bytes, start: int) -> bytes:
    """Data with some other bytes behind a start."""
    changed = bytearray(data)
    for _ in range(chance.choice((0, 1, 3, 20))):
        place = chance.choice((start + chance.randrange(60), chance.randrange(start, len(data))))
        changed[min(place, len(data) - 1)] = chance.randrange(256)
    return bytes(changed)


def _fuzzed_png(chance: random.Random, count: int) -> bytes:
    kind = chance.choice(PNG_KINDS)
    width, height = _size(chance, count)
    rows = png_rows(width, height, kind, chance.randrange(5), chance.choice((1, 4, 120, 256)))
    data = compressed(rows, chance.choice(STRATEGIES), chance.choice((1, 1, 6)))
    chunks = {b"PLTE": bytes(768)} if kind[1] == 3 else {}
    if chance.random() < 0.3 and kind[1] in (0, 2, 3):
        chunks[b"tRNS"] = bytes({0: 2, 2: 6, 3: 200}[kind[1]])
    is_interlaced = int(chance.random() < 0.3)
    if chance.random() < 0.2:
        return _animated_png((width, height), (*kind, 0, 0, is_interlaced), chunks, data)
    return png_of((width, height), (*kind, 0, 0, is_interlaced), _flipped(chance, data, 2), chunks)


def _animated_png(
    size: tuple[int, int], kind: tuple[int, ...], chunks: dict[bytes, bytes], data: bytes
) -> bytes:
    """An animation on a picture that is wider than its first frame."""
    screen = (size[0] + 1, size[1])
    fields = struct.pack(">5IHHBB", 0, *size, 0, 0, 0, 1, 0, 0)
    before = png_of(screen, kind, b"", {b"acTL": bytes([0, 0, 0, 1, 0, 0, 0, 0]), **chunks})[:-12]
    frame = png_chunk(b"fcTL", fields) + png_chunk(b"fdAT", b"\0\0\0\1" + data)
    return before + frame + png_chunk(b"IEND", b"")


def _tiny_png_blocks(chance: random.Random, count: int) -> bytes:
    return png_of_tiny_blocks(count * chance.choice((1000, 100_000)))


def _fuzzed_webp(chance: random.Random, count: int) -> bytes:
    """An encoded one with other bytes in its headers, codes and data."""
    width, height = _size(chance, count, 16_383)
    mode = chance.choice(("RGB", "RGBA"))
    some = chance.randbytes(100_003)
    length = width * height * len(mode)
    few = chance.choice((255, 255, 3, 0))  # of the bits that make a channel
    pixels = (some * (length // len(some) + 1))[:length].translate(
        bytes(at & few for at in range(256))
    )
    picture = Image.frombytes(mode, (width, height), pixels)
    options = {"lossless": chance.random() < 0.4, "quality": chance.choice((0, 50, 100))}
    data = saved(picture, "WEBP", method=0, exact=True, **options)
    return _flipped(chance, data, 30)


def _fuzzed_avif(chance: random.Random, count: int) -> bytes:
    """An encoded one with other bytes, most of them in its boxes or at the start of its data."""
    width, height = _size(chance, count)
    mode = chance.choice(("RGB", "RGBA"))
    few = chance.choice((255, 3, 0))
    some = chance.randbytes(10_007).translate(bytes(at & few for at in range(256)))
    length = width * height * len(mode)
    pixels = (some * (length // len(some) + 1))[:length]
    options = {"quality": chance.choice((10, 60, 95)), "subsampling": chance.choice(SUBSAMPLINGS)}
    picture = Image.frombytes(mode, (width, height), pixels)
    data = saved(picture, "AVIF", speed=10, **options)
    start = chance.choice((20, data.index(b"mdat")))
    return _flipped(chance, data, start)


def _raw_vp8(chance: random.Random, count: int) -> bytes:
    """A lossy WebP of random bits: filters, partitions, quantisation, kinds of blocks, data."""
    width, height = _size(chance, count, 16_383)
    blocks_of_16 = -(-width // 16) * -(-height // 16)
    first = min(40 + blocks_of_16 * chance.choice((1, 12)), VP8_FIRST_LIMIT)
    part = blocks_of_16 * chance.choice((1, 30, 400)) // 8
    tag = (first << 5 | 0x10 | chance.randrange(4) << 1).to_bytes(3, "little")
    modes = chance.randbytes(60) + _repeated(chance, first - 60)
    sizes = part.to_bytes(3, "little") * 7
    frame = tag + VP8_START + struct.pack("<HH", width, height)
    frame += modes + sizes + _repeated(chance, part * 8)
    frame += bytes(len(frame) % 2)
    return struct.pack("<4sI4s4sI", b"RIFF", 12 + len(frame), b"WEBP", b"VP8 ", len(frame)) + frame


def _repeated(chance: random.Random, length: int) -> bytes:
    some = chance.choice((chance.randbytes(50_021), chance.randbytes(1), b"\0", b"\xff"))
    return (some * (max(0, length) // len(some) + 1))[: max(0, length)]


def _fuzzed_gif(chance: random.Random, count: int) -> bytes:
    size = _size(chance, count)
    bits = chance.choice((2, 4, 8))
    clear, free, width = 1 << bits, 0, bits + 1
    codes = []
    kinds = chance.choices(range(4), k=3)
    for _ in range(chance.choice((3, 300, 9000))):
        kind = chance.choice(kinds)
        most = min(max(free, 1), 4095)
        code = (chance.randrange(clear), most, chance.randrange(most + 1), most - 1)[kind]
        is_literal = not free or code in (clear, clear + 1)
        codes.append((code % clear if is_literal else code, width))
        width = min(12, max(width, (free + 1).bit_length()))
        free = min(free + 1, 4096) if free else clear + 2
    some = packed([*codes, (clear, width)] * 8)
    length = int(size[0] * size[1] * chance.choice((0.01, 0.3, 1.5)))
    data = (some * (length // len(some) + 1))[:length]
    coded = _flipped(chance, bytes([bits]) + blocks(data, chance.choice((255, 255, 30))), 2)
    frame = GifFrame(size, data=coded, is_interlaced=chance.random() < 0.5)
    if chance.random() < 0.5:
        frame = frame._replace(transparent=chance.randrange(256))
    screen = chance.choice((size, (size[0], min(65_535, size[1] + 1))))
    return gif(screen, GIF_PALETTE, frame)


def _fuzzed_sample(chance: random.Random, _: int) -> bytes:
    files = (path for path in SAMPLES.iterdir() if path.is_file() and path.suffix != ".md")
    path = chance.choice(sorted(files))
    return _flipped(chance, path.read_bytes(), 2)


FUZZED: tuple[Callable[[random.Random, int], bytes], ...] = (
    fuzzed_jpeg,
    fuzzed_jpeg,
    _fuzzed_png,
    _fuzzed_png,
    _tiny_png_blocks,
    _fuzzed_webp,
    _fuzzed_webp,
    _raw_vp8,
    _raw_vp8,
    _fuzzed_gif,
    _fuzzed_gif,
    _fuzzed_sample,
    _fuzzed_avif,
)
