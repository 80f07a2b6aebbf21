"""Pictures that cost as much as pictures of their kind can, by their pixels and bytes."""

import random
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import isqrt
from pathlib import Path

from PIL import Image

from tests.unit.gifs import GifFrame, blocks, gif, packed
from tests.unit.pictures import png_chunk, png_of, saved

Costly = tuple[str, Callable[[int], bytes]]
Codes = dict[int, Sequence[int]]
Sampling = tuple[int, int]

GREY: tuple[Sampling, ...] = ((1, 1),)
COLOURS: tuple[Sampling, ...] = ((1, 1),) * 3
COLOURS_IN_QUARTERS: tuple[Sampling, ...] = ((2, 2), (1, 1), (1, 1))
INKS: tuple[Sampling, ...] = ((1, 1),) * 4

BASELINE, PROGRESSIVE, LOSSLESS = 0xC0, 0xC2, 0xC3
ARITHMETIC = Path(__file__).parent / "arithmetic"
EOI = b"\xff\xd9"
# By length in bits: a difference of 0 in one bit; coefficients of one bit in two; ends of blocks.
NO_DIFFERENCE: Codes = {1: [0]}
ONES: Codes = {1: [1], 2: [0]}
ENDS: Codes = {1: [0], 2: [0xE0]}
MIXED: Codes = {1: [1], 2: [2], 3: [1], 5: [3, 4], 8: [1, 2], 11: [1], 15: [2, 1], 16: [1, 1]}

ROWS_OF_PANORAMA = 448  # too low to be scaled for "cover"
PNG_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def megapixels(data: int) -> int:
    """The side of a square of so many megapixels, in whole blocks."""
    return isqrt(data * 1_000_000) // 16 * 16


def costly_pictures() -> Iterator[Costly]:
    """Each kind, as a function of the megapixels."""
    yield from _costly_baseline()
    yield from _costly_progressive()
    yield from _costly_arithmetic()
    yield from _costly_png()
    yield from _costly_webp()
    yield from _costly_gif()


# JPEG.


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def codes(number: int, by_length: Codes) -> bytes:
    counts = bytes(len(by_length.get(length, ())) for length in range(1, 17))
    return segment(0xC4, bytes([number]) + counts + b"".join(map(bytes, by_length.values())))


def scan(numbers: Sequence[int], band: tuple[int, int, int], data: bytes) -> bytes:
    """A scan of colours: the first and last coefficient, and which of their bits."""
    pairs = b"".join(bytes([number, 0]) for number in numbers)
    return segment(0xDA, bytes([len(numbers)]) + pairs + bytes(band)) + data


def jpeg(
    kind: int, size: tuple[int, int], colours: Sequence[Sampling], tables: bytes, *scans: bytes
) -> bytes:
    fields = b"".join(
        bytes([number, across << 4 | down, 0])
        for number, (across, down) in enumerate(colours, start=1)
    )
    frame = struct.pack(">BHHB", 8, size[1], size[0], len(colours)) + fields
    start = b"\xff\xd8" + segment(0xDB, b"\0" + b"\1" * 64) + segment(kind, frame)
    return start + tables + b"".join(scans) + EOI


def blocks_of(size: tuple[int, int], colours: Sequence[Sampling]) -> int:
    across = max(one for one, _ in colours)
    down = max(one for _, one in colours)
    units = -(-size[0] // (8 * across)) * -(-size[1] // (8 * down))
    return units * sum(one * other for one, other in colours)


def random_data(length: int, seed: int = 1) -> bytes:
    """Bytes that a JPEG may have in a scan, of a pattern that a processor can't foresee."""
    some = random.Random(seed).randbytes(1_000_003).replace(b"\xff", b"\xfe")  # noqa: S311 - no secret
    return (some * (length // len(some) + 1))[:length]


def ends_of_blocks(blocks: int) -> bytes:
    """Data that end up to 32,767 blocks at a time."""
    bits = ("10" + "1" * 14) * -(-blocks // 32_767)
    return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")


def _dense(size: tuple[int, int], colours: Sequence[Sampling]) -> bytes:
    """A difference and 63 coefficients for each block."""
    return bytes(blocks_of(size, colours) * 127 // 8 + 64)


def _baseline(
    colours: Sequence[Sampling], data: Callable[..., bytes], coefficients: Codes, count: int
) -> bytes:
    side = megapixels(count)
    return _sequential((side, side), colours, data((side, side), colours), coefficients)


def _sequential(
    size: tuple[int, int], colours: Sequence[Sampling], data: bytes, coefficients: Codes
) -> bytes:
    tables = codes(0, NO_DIFFERENCE) + codes(0x10, coefficients)
    numbers = range(1, len(colours) + 1)
    return jpeg(BASELINE, size, colours, tables, scan(numbers, (0, 63, 0), data))


def _panorama(colours: Sequence[Sampling], rows: int, count: int) -> bytes:
    size = (min(65_500, count * 1_000_000 // rows), rows)
    return _sequential(size, colours, _dense(size, colours), ONES)


def _restarting(count: int) -> bytes:
    side = megapixels(count)
    markers = b"".join(bytes(16) + bytes([0xFF, 0xD0 + number]) for number in range(8))
    tables = codes(0, NO_DIFFERENCE) + codes(0x10, ONES) + segment(0xDD, b"\0\1")
    data = markers * (blocks_of((side, side), GREY) // 8)
    return jpeg(BASELINE, (side, side), GREY, tables, scan([1], (0, 63, 0), data))


def _lossless(colours: Sequence[Sampling], count: int) -> bytes:
    side = megapixels(count)
    numbers = range(1, len(colours) + 1)
    data = bytes(len(colours) * side * side // 8)
    tables = codes(0, NO_DIFFERENCE)
    return jpeg(LOSSLESS, (side, side), colours, tables, scan(numbers, (7, 0, 0), data))


def _one_colour_a_scan(count: int) -> bytes:
    size = (megapixels(count),) * 2
    tables = codes(0, NO_DIFFERENCE) + codes(0x10, ONES)
    scans = [scan([number], (0, 63, 0), _dense(size, GREY)) for number in (1, 2, 3)]
    return jpeg(BASELINE, size, COLOURS, tables, *scans)


def _costly_baseline() -> Iterator[Costly]:
    def empty(size: tuple[int, int], colours: Sequence[Sampling]) -> bytes:
        return bytes(blocks_of(size, colours) // 4 + 64)

    def mixed(size: tuple[int, int], colours: Sequence[Sampling]) -> bytes:
        return random_data(blocks_of(size, colours) * 24)

    for name, colours in (("grey", GREY), ("444", COLOURS), ("420", COLOURS_IN_QUARTERS)):
        yield f"jpeg baseline {name}, dense", partial(_baseline, colours, _dense, ONES)
        yield f"jpeg baseline {name}, mixed", partial(_baseline, colours, mixed, MIXED)
        yield f"jpeg baseline {name}, empty", partial(_baseline, colours, empty, ENDS)
    yield "jpeg baseline cmyk, dense", partial(_baseline, INKS, _dense, ONES)
    for rows in (ROWS_OF_PANORAMA, 452, 904, 1808):
        yield f"jpeg panorama 444 of {rows} rows", partial(_panorama, COLOURS, rows)
    yield "jpeg panorama cmyk", partial(_panorama, INKS, ROWS_OF_PANORAMA)
    yield "jpeg with a restart at each block", _restarting
    yield "jpeg of a scan for each colour", _one_colour_a_scan
    yield "jpeg lossless grey", partial(_lossless, GREY)
    yield "jpeg lossless rgb", partial(_lossless, COLOURS)


def _progressive(
    colours: Sequence[Sampling],
    band: tuple[int, int, int],
    data: Callable[[int], bytes],
    scans: int,
    count: int,
) -> bytes:
    """The first bits of all blocks, and the same scan again and again."""
    size = (megapixels(count),) * 2
    blocks = blocks_of(size, GREY)
    tables = codes(0, NO_DIFFERENCE) + codes(0x10, ENDS)
    first = scan(range(1, len(colours) + 1), (0, 0, 0), bytes(blocks * len(colours) // 8 + 1))
    return jpeg(PROGRESSIVE, size, colours, tables, first, *[scan([1], band, data(blocks))] * scans)


def _progressive_dense(coefficients: Codes, refinements: int, count: int) -> bytes:
    """Coefficients in each place, each of which gets some bits more."""
    size = (megapixels(count),) * 2
    blocks = blocks_of(size, GREY)
    tables = codes(0, NO_DIFFERENCE) + codes(0x10, coefficients)
    first = scan([1], (0, 0, 0), bytes(blocks // 8 + 1))
    dense = scan(
        [1], (1, 63, 1), random_data(blocks * 16) if refinements == 0 else bytes(blocks * 16)
    )
    bits = (ends_of_blocks(1) + random_data(32_767 * 63 // 8)) * (blocks // 32_767 + 1)
    refined = scan([1], (1, 63, 0x10), bits)
    return jpeg(
        PROGRESSIVE, size, GREY, tables, first, dense, codes(0x10, ENDS), *[refined] * refinements
    )


def _smoothed(count: int) -> bytes:
    size = (megapixels(count),) * 2
    data = random_data(blocks_of(size, COLOURS) // 3)
    tables = codes(0, {2: [1, 2, 3]})
    return jpeg(PROGRESSIVE, size, COLOURS, tables, scan([1, 2, 3], (0, 0, 4), data))


def _progressive_restarting(count: int) -> bytes:
    size = (megapixels(count),) * 2
    tables = codes(0, NO_DIFFERENCE) + codes(0x10, ENDS) + segment(0xDD, b"\0\1")
    scans = [scan([1], (1, 63, 0x10), b"")] * 20
    return jpeg(PROGRESSIVE, size, GREY, tables, scan([1], (0, 0, 0), b""), *scans)


def _costly_progressive() -> Iterator[Costly]:
    def a_bit_each(blocks: int) -> bytes:
        return bytes(blocks // 8 + 1)

    bands = (
        ("refined in runs", (1, 63, 0x10), ends_of_blocks),
        ("refined one by one", (1, 63, 0x10), a_bit_each),
        ("a coefficient refined", (63, 63, 0x10), ends_of_blocks),
        ("ends in runs", (1, 63, 0), ends_of_blocks),
        ("ends one by one", (1, 63, 0), a_bit_each),
        ("lowest bits", (0, 0, 0x10), a_bit_each),
        ("nothing", (1, 63, 0x10), lambda _: b""),
    )
    for name, band, data in bands:
        yield f"jpeg progressive, 20 times {name}", partial(_progressive, GREY, band, data, 20)
    yield (
        "jpeg progressive 444, 90 times refined",
        partial(_progressive, COLOURS, (1, 63, 0x10), ends_of_blocks, 90),
    )
    yield "jpeg progressive, dense", partial(_progressive_dense, ONES, 0)
    yield "jpeg progressive, mixed", partial(_progressive_dense, MIXED, 0)
    yield "jpeg progressive, dense and refined", partial(_progressive_dense, ONES, 6)
    yield "jpeg progressive, smoothed", _smoothed
    yield "jpeg progressive with a restart at each block", _progressive_restarting
    yield (
        "jpeg progressive without an end",
        lambda count: _progressive(GREY, (1, 63, 0x10), ends_of_blocks, 10, count)[:-2],
    )


def _arithmetic(name: str, count: int) -> bytes:
    """An interval of 64 blocks, again and again: a restart marker begins without statistics."""
    side = megapixels(count)
    blocks_together = 64
    data = (ARITHMETIC / f"{name}.jpg").read_bytes()
    interval = data[data.index(b"\xff\xda") + 10 : -2]
    intervals = blocks_of((side, side), GREY) // blocks_together
    coded = b"".join(interval + bytes([0xFF, 0xD0 + number]) for number in range(8))
    tables = segment(0xDD, struct.pack(">H", blocks_together))
    scans = scan([1], (0, 63, 0), coded * (intervals // 8) + interval)
    return jpeg(0xC9, (side, side), GREY, tables, scans)


def _costly_arithmetic() -> Iterator[Costly]:
    for name in ("dense", "skewed"):
        yield f"jpeg arithmetic, {name}", partial(_arithmetic, name)


# PNG.


def png_rows(
    width: int, height: int, kind: tuple[int, int], png_filter: int, values: int = 120
) -> bytes:
    """Rows of bits of a sample and a type of colours, of few values that don't repeat."""
    depth, colour_type = kind
    length = -(-width * PNG_SAMPLES[colour_type] * depth // 8)
    some = bytes(random.Random(2).choices(range(values), k=100_003)) * (length // 100_003 + 2)  # noqa: S311 - no secret
    return b"".join(
        bytes([png_filter]) + some[row * 7919 % 100_003 :][:length] for row in range(height)
    )


def compressed(rows: bytes, strategy: int = zlib.Z_HUFFMAN_ONLY, level: int = 1) -> bytes:
    deflate = zlib.compressobj(level, strategy=strategy)
    return deflate.compress(rows) + deflate.flush()


def _png(
    kind: tuple[int, int], chunks: dict[bytes, bytes], is_interlaced: bool, count: int
) -> bytes:
    depth, colour_type = kind
    side = megapixels(count)
    header = (depth, colour_type, 0, 0, int(is_interlaced))
    rows = png_rows(side, side, kind, 4)
    if is_interlaced:
        rows = b"".join(
            png_rows(-(-(side - left) // across), -(-(side - top) // down), kind, 4)
            for left, top, across, down in PASSES
        )
    return png_of((side, side), header, compressed(rows), chunks)


PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
PNG_KINDS: tuple[tuple[tuple[int, int], dict[bytes, bytes]], ...] = (
    ((1, 0), {}),
    ((8, 0), {}),
    ((16, 0), {}),
    ((8, 2), {}),
    ((16, 2), {}),
    ((8, 3), {b"PLTE": bytes(768)}),
    ((16, 4), {}),
    ((8, 6), {}),
    ((16, 6), {}),
    ((8, 0), {b"tRNS": b"\0\1"}),
    ((16, 0), {b"tRNS": b"\0\1"}),
    ((8, 2), {b"tRNS": bytes(6)}),
    ((16, 2), {b"tRNS": bytes(6)}),
)
PNG_KINDS_INTERLACED = frozenset({(1, 0), (8, 2), (16, 6)})


def _narrow(width: int, count: int) -> bytes:
    height = count * 1_000_000 // width
    return png_of((width, height), (8, 6, 0, 0, 0), compressed((b"\4" + bytes(4 * width)) * height))


def _small_on_a_canvas(count: int) -> bytes:
    side = megapixels(count)
    fields = struct.pack(">5IHHBB", 0, 16, 16, 0, 0, 1, 1, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0))
        + png_chunk(b"acTL", bytes([0, 0, 0, 1, 0, 0, 0, 0]))
        + png_chunk(b"IDAT", zlib.compress(b"\0"))
        + png_chunk(b"fcTL", fields)
        + png_chunk(b"fdAT", b"\0\0\0\1" + zlib.compress((b"\0" + bytes(64)) * 16))
        + png_chunk(b"IEND", b"")
    )


def _costly_png() -> Iterator[Costly]:
    for kind, chunks in PNG_KINDS:
        name = f"png of {kind[0]} bits, colours {kind[1]}{', transparent' * (b'tRNS' in chunks)}"
        yield name, partial(_png, kind, chunks, False)
        if kind in PNG_KINDS_INTERLACED:
            yield f"{name}, interlaced", partial(_png, kind, chunks, True)
    yield "png of a column", partial(_narrow, 1)
    yield "png of 64 columns", partial(_narrow, 64)
    yield "png of a small frame", _small_on_a_canvas


class _Bits:
    """Bits of a deflate stream."""

    def __init__(self) -> None:
        self.value = self.length = 0

    def put(self, value: int, length: int) -> None:
        self.value |= value << self.length
        self.length += length

    def put_code(self, code: int, length: int) -> None:
        for at in reversed(range(length)):
            self.put(code >> at & 1, 1)


def png_of_tiny_blocks(length: int) -> bytes:
    """A small PNG in front of whose rows are blocks of codes for nothing."""
    bits = _Bits()
    bits.put(0b100, 3)
    bits.put(0, 10)
    bits.put(15, 4)
    order = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
    lengths = (*range(1, 16), 18)
    for symbol in order:
        bits.put(4 if symbol in lengths else 0, 3)
    for symbol in range(1, 16):
        bits.put_code(lengths.index(symbol), 4)
    for zeros in (138, 103):
        bits.put_code(15, 4)
        bits.put(zeros - 11, 7)
    for symbol in (15, 1):
        bits.put_code(lengths.index(symbol), 4)
    bits.put_code(2**15 - 1, 15)
    eight = sum(bits.value << number * bits.length for number in range(8))
    blocks = eight.to_bytes(bits.length, "little") * (length // bits.length)
    rows = png_rows(200, 200, (8, 2), 0)
    stream = b"\x78\x9c" + blocks + compressed(rows)[2:]
    return png_of((200, 200), (8, 2, 0, 0, 0), stream)


# WebP.


def _webp(mode: str, flat: bool, options: dict[str, object], count: int) -> bytes:
    side = megapixels(count)
    some = random.Random(3).randbytes(side * side * len(mode))  # noqa: S311 - no secret
    picture = Image.frombytes(mode, (side, side), some)
    if flat:
        colours = Image.new("RGB", (side, side), (40, 90, 200))
        colours.putalpha(picture.getchannel("A"))
        picture = colours
    return saved(picture, "WEBP", method=0, **options)


def _costly_webp() -> Iterator[Costly]:
    for quality in (0, 75, 100):
        yield (
            f"webp lossy, quality {quality}",
            partial(_webp, "RGB", False, {"quality": quality}),
        )
        yield (
            f"webp lossy with alpha, quality {quality}",
            partial(_webp, "RGBA", False, {"quality": quality}),
        )
    yield "webp flat with alpha", partial(_webp, "RGBA", True, {})
    for mode in ("RGB", "RGBA"):
        options: dict[str, object] = {"lossless": True, "quality": 0, "exact": True}
        yield f"webp lossless {mode}", partial(_webp, mode, False, options)


# GIF.

GIF_ROWS = 65_535  # a narrow picture: long strings cross many rows, and "cover" reduces little
GIF_TABLE = 4096
GIF_PALETTE = [(1, 2, 3), (200, 100, 50)] * 128


class _GifCodes:
    """Codes up to a clear code, repeated.

    Args:
        bits: The least size of a code.
        count: How many codes there are in front of the clear code.
        code_of: A code, from the first number that the table lacks; that is 0 for the first code.
    """

    def __init__(self, bits: int, count: int, code_of: Callable[[int], int]) -> None:
        self.bits = bits
        clear, width, free = 1 << bits, bits + 1, 0
        codes = []
        for _ in range(count):
            codes.append((min(code_of(free), GIF_TABLE - 1), width))
            width = min(12, max(width, (free + 1).bit_length()))
            free = min(free + 1, GIF_TABLE) if free else clear + 2
        # Eight of them end with a byte.
        self._repeated = packed([*codes, (clear, width)] * 8)

    def data(self, length: int) -> bytes:
        return (self._repeated * (length // len(self._repeated) + 1))[:length]


def _gif(
    codes: _GifCodes, size: tuple[int, int], bytes_a_pixel: float, frame: GifFrame, count: int
) -> bytes:
    width, height = size
    width, height = width or megapixels(count), height or megapixels(count)
    if height == GIF_ROWS:
        width = count * 1_000_000 // GIF_ROWS
    elif height == ROWS_OF_PANORAMA:
        width = min(65_535, count * 1_000_000 // ROWS_OF_PANORAMA)
    data = bytes([codes.bits]) + blocks(codes.data(int(width * height * bytes_a_pixel) + 64))
    return gif((width, height), GIF_PALETTE, frame._replace(size=(width, height), data=data))


def _gif_of_clear_codes(bits: int, block: int, count: int) -> bytes:
    data = packed([(1 << bits, bits + 1)] * 8) * (count * 1_000_000 // (bits + 1))
    frame = GifFrame((9, 9), data=bytes([bits]) + blocks(data, block))
    return gif((9, 9), GIF_PALETTE, frame)


def _gif_of_two_bits(data: bytes, count: int) -> bytes:
    """A sixteenth of a megabyte for each megapixel, as these are decoded in Python."""
    coded = b"\1" + blocks((data * (count * 62_500 // len(data) + 1))[: count * 62_500])
    return gif((9999, 60), GIF_PALETTE[:2], GifFrame((9999, 60), data=coded))


def _costly_gif() -> Iterator[Costly]:
    chance = random.Random(4)  # noqa: S311 - no secret

    def literal(_: int) -> int:
        return chance.randrange(256)

    def longest(free: int) -> int:
        return free

    def triple(free: int) -> int:
        if free >= GIF_TABLE:
            return chance.randrange(258, GIF_TABLE)
        is_long = free > 600 and chance.random() < 0.6
        return chance.randrange(free - 300, free) if is_long else literal(free)

    literals, runs, triples = (_GifCodes(8, 20_000, one) for one in (literal, longest, triple))
    plain, transparent = GifFrame((0, 0)), GifFrame((0, 0), transparent=3, is_interlaced=True)
    for name, codes, bytes_a_pixel in (
        ("literals", literals, 1.5),
        ("runs", runs, 0.01),
        ("triples", triples, 1.0),
    ):
        yield f"gif of {name}", partial(_gif, codes, (0, 0), bytes_a_pixel, plain)
        yield f"gif of {name}, narrow", partial(_gif, codes, (0, GIF_ROWS), bytes_a_pixel, plain)
        yield (
            f"gif of {name}, a panorama with transparency",
            partial(_gif, codes, (0, ROWS_OF_PANORAMA), bytes_a_pixel, transparent),
        )
    cleared = _GifCodes(8, 1, literal)
    for name, data in (
        ("clear codes", packed([(2, 2)] * 4)),
        ("literals", _GifCodes(1, 9000, lambda _: 0).data(9999)),
    ):
        yield f"gif of 2 bits, {name}", partial(_gif_of_two_bits, data)
    yield "gif of a literal and a clear code", partial(_gif, cleared, (0, 0), 2.25, plain)
    yield "gif of clear codes of 3 bits", partial(_gif_of_clear_codes, 2, 255)
    yield "gif of clear codes of 9 bits", partial(_gif_of_clear_codes, 8, 255)
    yield "gif of small blocks", partial(_gif_of_clear_codes, 2, 68)
    yield (
        "gif of a small frame",
        lambda count: gif(
            (count * 1_000_000 // ROWS_OF_PANORAMA, ROWS_OF_PANORAMA),
            GIF_PALETTE,
            GifFrame((3, 3), bytes(9)),
        ),
    )


# At random.


def fuzzed_jpeg(chance: random.Random, count: int) -> bytes:
    """A JPEG of random colours, codes, scans and data."""
    colours = chance.choice((GREY, COLOURS, COLOURS_IN_QUARTERS, INKS, ((2, 1), (1, 2), (1, 1))))
    height = chance.choice((megapixels(count), ROWS_OF_PANORAMA, 910))
    size = (min(65_500, count * 1_000_000 // height), height)
    kind = chance.choice((BASELINE, PROGRESSIVE, PROGRESSIVE))
    differences: tuple[Codes, ...] = (NO_DIFFERENCE, {2: [1, 2, 3]}, {1: [0], 2: [1], 3: [2]})
    tables = codes(0, chance.choice(differences))
    tables += codes(0x10, chance.choice((ONES, ENDS, MIXED)))
    if chance.random() < 0.2:
        tables += segment(0xDD, struct.pack(">H", chance.choice((1, 2, 7, 100))))
    numbers = range(1, len(colours) + 1)
    blocks = blocks_of(size, colours)
    if kind == BASELINE:
        return jpeg(kind, size, colours, tables, scan(numbers, (0, 63, 0), _data(chance, blocks)))
    scans = [scan(numbers, (0, 0, chance.choice((0, 1, 3))), _data(chance, blocks))]
    for _ in range(chance.choice((0, 3, 12, 60))):
        start = chance.choice((0, 1, 1, 1, 6, 63))
        band = (
            start,
            chance.choice((start, 63)) if start else 0,
            chance.choice((0, 1, 0x10, 0x21)),
        )
        of_colours = numbers if start == 0 and chance.random() < 0.5 else [chance.choice(numbers)]
        scans.append(scan(of_colours, band, _data(chance, blocks, most=2_000_000)))
    return jpeg(kind, size, colours, tables, *scans)


def _data(chance: random.Random, blocks: int, most: int = 20_000_000) -> bytes:
    length = min(most, int(blocks * chance.choice((0, 0.125, 0.25, 2, 16, 40)))) + 1
    kind = chance.choice(("zeros", "random", "ends", "pattern"))
    if kind == "ends":
        return ends_of_blocks(blocks)
    if kind == "random":
        return random_data(length, chance.randrange(3))
    return bytes([chance.choice((0x55, 0x33, 0x24, 0x92)) if kind == "pattern" else 0]) * length
