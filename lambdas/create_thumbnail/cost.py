"""How long a processor will work on a picture, from its structure, before a pixel is decoded.

The figures are nanoseconds of CPU time on a core of an AMD EPYC with Pillow 13.0 (libjpeg-turbo
3.2, zlib-ng 2.3, libwebp 1.6, dav1d 1.5): what the costliest file took that could be made of each
kind, and a tenth more. Photographs take less, most of them a third of it. docs/pictures.md, "What a
picture may cost", says how to measure them again for another processor or another Pillow.
"""

import time
from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

from create_thumbnail.avif_structure import AvifStructure
from create_thumbnail.coded_image import CodedImage
from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.gif_structure import GifStructure
from create_thumbnail.heic_structure import HeicStructure
from create_thumbnail.jpeg_structure import COEFFICIENTS, JpegStructure, Scan
from create_thumbnail.png_structure import GREY, RGB, PngStructure
from create_thumbnail.structure import Structure
from create_thumbnail.webp_structure import WebPStructure
from shared.contract import CONTRACT_SIZE

# Lambda gives a function a whole processor at 1,769 MB, and of less its share. So at 1,024 MB these
# are 5 seconds, at 256 MB 21, of the time-out of 60.
MAX_SECONDS = 3.0

# A colour profile of 8 MB takes 0.08 s, encoding thumbnails of 150 and 300 pixels at most 0.12 s:
# as WebPs whose opacity is a radial gradient.
FIXED_SECONDS = 0.2
NANOSECONDS = 1e-9
# Of a WebP or a PNG with alpha. Pixels beyond those of 150 and 300 are not in FIXED_SECONDS.
THUMBNAIL_PIXEL, THUMBNAIL_PIXELS_FIXED = 600.0, 150**2 + 300**2

Piece = TypeVar("Piece")

# The most that scale.py asks libjpeg for on the shorter side, of the largest thumbnail's.
JPEG_SCALED_SIDE = 1.5
# A byte is at most four coefficients. Progressive ones lack libjpeg's fast path.
JPEG_BYTE, JPEG_BYTE_HELD = 37.0, 48.0
JPEG_BLOCK = 22.0  # 64 samples of a colour
JPEG_SCALED_BLOCK = {1: 0.0, 2: 100.0, 4: 80.0, 8: 0.0}  # a transform without vector instructions
JPEG_SCALED_SAMPLE = 12.0  # of the picture as scaled by libjpeg: its colours, and resizing it
JPEG_HELD_BLOCK = 120.0  # memory for its coefficients
# Where coefficients are known roughly at the end, libjpeg smooths what they show.
JPEG_SMOOTHED_BLOCK = 320.0
JPEG_DC_BLOCK, JPEG_AC_BLOCK = 25.0, 12.0
# A refining scan looks at each coefficient of its band, even if it changes none.
JPEG_REFINED_BLOCK, JPEG_REFINED_COEFFICIENT = 15.0, 1.6
JPEG_RESTART = 45.0
JPEG_LOSSLESS_SAMPLE = 20.0
# Arithmetic coding asks up to 30 times for a coefficient, of which only its sign takes a bit, and
# twice for each that is 0.
JPEG_ARITHMETIC_BYTE, JPEG_ARITHMETIC_BLOCK, JPEG_ARITHMETIC_COEFFICIENT = 760.0, 25.0, 4.8
JPEG_ARITHMETIC_COEFFICIENT_AT_MOST, JPEG_ARITHMETIC_REFINED_AT_MOST = 210.0, 60.0
JPEG_SMOOTHING_COEFFICIENTS = frozenset(range(1, 10))

PNG_INFLATED_BYTE = 8.0  # of rows, with the costliest filter
PNG_COMPRESSED_BYTE = 5.0
PNG_INFLATED_BYTE_AGAIN, PNG_COMPRESSED_BYTE_AGAIN = 5.0, 8.0  # counting the rows
PNG_ROW = 40.0
PNG_PIXEL, PNG_PIXEL_CONVERTED = 6.0, 18.0
PNG_CANVAS_PIXEL = 16.0
PNG_UNCONVERTED = frozenset({(2, GREY), (4, GREY), (8, GREY), (8, RGB), (16, RGB)})

# Bytes don't bound a lossy WebP: a coefficient may take a thousandth of a bit.
WEBP_LOSSY_PIXEL, WEBP_LOSSY_BYTE, WEBP_LOSSY_PIXEL_AT_MOST = 28.0, 130.0, 120.0
WEBP_LOSSLESS_PIXEL, WEBP_LOSSLESS_BYTE = 38.0, 14.0
WEBP_ALPHA_PIXEL = 20.0
# A lossless one may have a set of codes for every 16 pixels, up to 65,536 of them.
WEBP_CODES, WEBP_CODES_PIXELS, WEBP_CODES_AT_MOST = 8000.0, 16, 65_536

# A code may be as short as the first ones are, and give no pixel.
GIF_BYTE, GIF_CODE, GIF_INDEX = 1.0, 2.9, 5.0
GIF_SHORT_CODE = 300.0  # in Python
GIF_SUB_BLOCK = 150.0  # of which 130 are for the walk
GIF_PIXEL, GIF_PIXEL_WITH_ALPHA = 17.0, 22.0

# Bytes don't bound an AVIF's, either: of small blocks, a pixel takes this much at nearly no bytes.
AV1_BYTE, AV1_PIXEL, AV1_SAMPLE, AV1_GRAIN_SAMPLE = 80.0, 8.0, 12.0, 5.0
AV1_DEEP = 1.3  # more than 8 bits a sample
AVIF_PIXEL, AVIF_ALPHA_PIXEL, AVIF_COPIED_PIXEL = 6.0, 8.0, 20.0

# Without the smallest blocks, which only a clock between tiles can bound: of one tile they count.
HEVC_BYTE, HEVC_PIXEL, HEVC_SAMPLE, HEVC_SMALLEST_SAMPLE = 95.0, 5.0, 16.0, 22.0
HEIC_PIXEL, HEIC_TILE = 2.0, 400_000.0


def encode_seconds(sides: Collection[int]) -> float:
    """The CPU time that encoding these thumbnails will take, beside what `decode_seconds` has."""
    pixels = sum(side**2 for side in sides) - THUMBNAIL_PIXELS_FIXED
    return max(0, pixels) * THUMBNAIL_PIXEL * NANOSECONDS


def decode_seconds(structure: Structure, largest: int = CONTRACT_SIZE) -> float:
    """The CPU time that thumbnails of this picture will take at most.

    Args:
        structure: The picture's.
        largest: The largest thumbnail's longest side.
    """
    match structure:
        case JpegStructure():
            is_decoded_twice = structure.is_arithmetic or not structure.has_end
            times = 2 if is_decoded_twice else 1
            nanoseconds = _jpeg_nanoseconds(structure, jpeg_scale(structure, largest))
            return FIXED_SECONDS + nanoseconds * times * NANOSECONDS
        case PngStructure():
            nanoseconds = _png_rows_nanoseconds(structure) + _png_pixels_nanoseconds(structure)
            return FIXED_SECONDS + nanoseconds * NANOSECONDS
        case WebPStructure():
            return FIXED_SECONDS + _webp_nanoseconds(structure) * NANOSECONDS
        case GifStructure():
            return FIXED_SECONDS + _gif_nanoseconds(structure) * NANOSECONDS
        case AvifStructure():
            return FIXED_SECONDS + _avif_nanoseconds(structure) * NANOSECONDS
        case HeicStructure():
            return FIXED_SECONDS + _heic_nanoseconds(structure) * NANOSECONDS


def may_be_decoded_twice(jpeg: JpegStructure, scale: int) -> bool:
    """Whether that is cheap enough, where only decoding shows that it is needed."""
    return FIXED_SECONDS + 2 * _jpeg_nanoseconds(jpeg, scale) * NANOSECONDS <= MAX_SECONDS


class Meter:
    """Counts the CPU time of inflating, and ends it.

    A stream may consist of tiny blocks, each with codes of its own: eight times the time of any
    other of that length. They can't be counted but by inflating it.

    Args:
        png: The picture. What its pixels will cost later is set aside for them.
    """

    def __init__(self, png: PngStructure) -> None:
        rest = FIXED_SECONDS + _png_pixels_nanoseconds(png) * NANOSECONDS
        self._end = time.process_time() + MAX_SECONDS - rest

    def over(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The pieces, as long as there is time.

        Raises:
            ImageRefusedError: There is no more.
        """
        for piece in pieces:
            yield piece
            if time.process_time() > self._end:
                raise ImageRefusedError(
                    f"too costly: the PNG's pixels are compressed so that they take more than"
                    f" {MAX_SECONDS:.0f} seconds of a processor"
                )


class Clock:
    """Ends the decoding of a picture of many tiles in time."""

    def __init__(self) -> None:
        self._end = time.process_time() + MAX_SECONDS - FIXED_SECONDS

    def check(self, name: str) -> None:
        """Check that there is time for another tile.

        Raises:
            ImageRefusedError: There is no more.
        """
        if time.process_time() > self._end:
            raise ImageRefusedError(
                f"too costly: the {name}'s tiles take more than {MAX_SECONDS:.0f} seconds of a"
                " processor"
            )


def jpeg_scale(jpeg: JpegStructure, largest: int) -> int:
    """The factor by which libjpeg at least reduces the picture while it decodes it."""
    return jpeg.scale_within(int(min(jpeg.width, jpeg.height) / (JPEG_SCALED_SIDE * largest)))


def _jpeg_nanoseconds(jpeg: JpegStructure, scale: int) -> float:
    blocks = _blocks(jpeg)
    count = sum(blocks)
    pixels = jpeg.width * jpeg.height
    needed = count * (JPEG_BLOCK + JPEG_SCALED_BLOCK[scale])
    needed += pixels / scale**2 * len(jpeg.components) * JPEG_SCALED_SAMPLE
    if jpeg.is_arithmetic:
        needed += _arithmetic_nanoseconds(jpeg, blocks)
    else:
        needed += len(jpeg.data) * (JPEG_BYTE_HELD if jpeg.is_held_whole else JPEG_BYTE)
    if jpeg.is_lossless:
        needed += pixels * len(jpeg.components) * JPEG_LOSSLESS_SAMPLE
    if jpeg.restart_interval:
        needed += len(jpeg.scans) * count / jpeg.restart_interval * JPEG_RESTART
    if not jpeg.is_held_whole:
        return needed
    needed += count * (JPEG_HELD_BLOCK + (JPEG_SMOOTHED_BLOCK if _is_smoothed(jpeg) else 0))
    return needed + sum(_scan_nanoseconds(jpeg, scan, blocks) for scan in jpeg.scans)


def _blocks(jpeg: JpegStructure) -> list[int]:
    """How many blocks each colour has."""
    across = 8 * max(1, *(one.horizontal for one in jpeg.components))
    down = 8 * max(1, *(one.vertical for one in jpeg.components))
    units = -(-jpeg.width // across) * -(-jpeg.height // down)
    return [units * max(1, one.horizontal * one.vertical) for one in jpeg.components]


def _scan_blocks(jpeg: JpegStructure, scan: Scan, blocks: list[int]) -> int:
    numbers = {one.number: count for one, count in zip(jpeg.components, blocks, strict=True)}
    return sum(numbers.get(number, max(blocks)) for number in scan.components)


def _arithmetic_nanoseconds(jpeg: JpegStructure, blocks: list[int]) -> float:
    """What the bits of coefficients cost: by the bytes, but no more than blocks can cost."""
    by_bytes, at_most = len(jpeg.data) * JPEG_ARITHMETIC_BYTE, 0.0
    for scan in jpeg.scans:
        count = _scan_blocks(jpeg, scan, blocks)
        band = max(0, scan.last - scan.first) + 1 if jpeg.is_progressive else len(COEFFICIENTS)
        by_bytes += count * (JPEG_ARITHMETIC_BLOCK + band * JPEG_ARITHMETIC_COEFFICIENT)
        at_most += (
            count
            * band
            * (
                JPEG_ARITHMETIC_REFINED_AT_MOST
                if scan.is_refining
                else JPEG_ARITHMETIC_COEFFICIENT_AT_MOST
            )
        )
    return min(by_bytes, at_most)


def _scan_nanoseconds(jpeg: JpegStructure, scan: Scan, blocks: list[int]) -> float:
    count = _scan_blocks(jpeg, scan, blocks)
    if not jpeg.is_progressive:
        return count * JPEG_BLOCK
    if scan.is_refining:
        band = max(0, scan.last - scan.first) + 1
        return count * (JPEG_REFINED_BLOCK + band * JPEG_REFINED_COEFFICIENT)
    return count * (JPEG_AC_BLOCK if scan.first else JPEG_DC_BLOCK)


def _is_smoothed(jpeg: JpegStructure) -> bool:
    """Whether a coefficient that smoothing looks at is unknown or rough in any colour."""
    if not jpeg.is_progressive:
        return False
    return not all(
        jpeg.exact_coefficients(one) >= JPEG_SMOOTHING_COEFFICIENTS for one in jpeg.components
    )


def _png_rows_nanoseconds(png: PngStructure) -> float:
    inflated, rows = png.rows_length(), png.region.height
    compressed = min(sum(len(piece) for piece in png.data), 2 * inflated)
    once = inflated * PNG_INFLATED_BYTE + compressed * PNG_COMPRESSED_BYTE + rows * PNG_ROW
    if not png.is_interlaced:
        return once
    again = inflated * PNG_INFLATED_BYTE_AGAIN + compressed * PNG_COMPRESSED_BYTE_AGAIN
    return once + again + rows * PNG_ROW


def _png_pixels_nanoseconds(png: PngStructure) -> float:
    region = png.region
    is_unconverted = not png.transparency and (png.bit_depth, png.colour_type) in PNG_UNCONVERTED
    pixels = region.width * region.height
    needed = pixels * (PNG_PIXEL if is_unconverted else PNG_PIXEL_CONVERTED)
    if (region.width, region.height) == (png.width, png.height):
        return needed
    return needed + png.width * png.height * PNG_CANVAS_PIXEL


def _webp_nanoseconds(webp: WebPStructure) -> float:
    pixels, length = webp.width * webp.height, len(webp.file)
    needed = 0.0
    if b"VP8 " in webp.codings:
        by_bytes = pixels * WEBP_LOSSY_PIXEL + length * WEBP_LOSSY_BYTE
        needed += min(by_bytes, pixels * WEBP_LOSSY_PIXEL_AT_MOST)
    if not webp.codings & {b"VP8L", b"ALPH"}:
        return needed
    is_alpha_alone = b"VP8L" not in webp.codings
    needed += pixels * (WEBP_ALPHA_PIXEL if is_alpha_alone else WEBP_LOSSLESS_PIXEL)
    codes = min(pixels // WEBP_CODES_PIXELS, WEBP_CODES_AT_MOST)
    return needed + length * WEBP_LOSSLESS_BYTE + codes * WEBP_CODES


def _gif_nanoseconds(gif: GifStructure) -> float:
    codes = len(gif.data) * 8 / (gif.code_size + 1)
    code = GIF_SHORT_CODE if gif.code_size == 1 else GIF_CODE
    indices = gif.region.width * gif.region.height
    pixel = GIF_PIXEL_WITH_ALPHA if gif.has_alpha else GIF_PIXEL
    needed = len(gif.data) * GIF_BYTE + codes * code + gif.sub_blocks * GIF_SUB_BLOCK
    return needed + indices * GIF_INDEX + gif.width * gif.height * pixel


def _avif_nanoseconds(avif: AvifStructure) -> float:
    pixels = avif.canvas[0] * avif.canvas[1]
    needed = pixels * (AVIF_PIXEL + (AVIF_ALPHA_PIXEL if avif.alpha else 0))
    if avif.is_copied:
        needed += pixels * AVIF_COPIED_PIXEL
    return needed + sum(map(_av1_nanoseconds, (*avif.colour, *avif.alpha)))


def _av1_nanoseconds(image: CodedImage) -> float:
    of_pixel = AV1_PIXEL + image.samples * AV1_SAMPLE
    if image.depth > 8:
        of_pixel *= AV1_DEEP
    if image.has_grain:
        of_pixel += image.samples * AV1_GRAIN_SAMPLE
    return image.length * AV1_BYTE + image.frames * image.width * image.height * of_pixel


def _heic_nanoseconds(heic: HeicStructure) -> float:
    is_grid = len(heic.colour.tiles) > 1
    smallest = 0.0 if is_grid else HEVC_SMALLEST_SAMPLE
    needed = sum(
        image.length * HEVC_BYTE
        + image.frames
        * image.width
        * image.height
        * (HEVC_PIXEL + image.samples * (HEVC_SAMPLE + smallest))
        for image in heic.images
    )
    return needed + heic.width * heic.height * HEIC_PIXEL + len(heic.images) * HEIC_TILE
