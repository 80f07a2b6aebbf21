"""What decoding a picture will take, from its structure, before a pixel is decoded.

How long a processor works on it is in cost.py; how much memory it takes is here.

No limit in pixels fits all formats: a phone's 108-megapixel photograph (baseline JPEG) takes some
15 MB this way, a WebP of the same size 1.8 GB. Measured with Pillow 13.0 on pictures of 16 and 24
megapixels, as the growth of the process's peak, in bytes a pixel: baseline JPEG 0.12; progressive
JPEG 3.1 (4:2:0), 6.1 (4:4:4), 8.1 (CMYK); PNG 1.0 (L), 4.0 (RGB), 8.0 (RGBA, LA, 16 bits of grey),
9.1 (P, 1, L with a transparent shade), 10.1 to 11.0 (16 bits of grey with a transparent shade),
12.1 (RGB with a transparent colour); WebP 16.0 to 16.8; GIF 5.0, and 8.0 to 9.0 with alpha; AVIF
of 8 bits 4.0 (grey), 8.4 to 8.8 (4:2:0), 9.8 (4:4:4), 11.9 (4:2:0 with alpha), of 10 bits 9.8, 12.9
(4:4:4), 17.4 (4:4:4 with alpha), 1.6 more with film grain.
"""

from collections.abc import Collection

from create_thumbnail.avif_structure import AvifStructure
from create_thumbnail.coded_image import CodedImage
from create_thumbnail.cost import MAX_SECONDS, decode_seconds, encode_seconds, jpeg_scale
from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.gif_structure import GifStructure
from create_thumbnail.heic_structure import HeicStructure
from create_thumbnail.jpeg_structure import JpegStructure
from create_thumbnail.png_structure import GREY, PALETTE, RGB, PngStructure
from create_thumbnail.structure import Structure
from create_thumbnail.webp_structure import WebPStructure
from shared.contract import CONTRACT_SIZE

JPEG_BASELINE_BYTES_PER_PIXEL = 0.13
JPEG_COEFFICIENT_BYTES = 2  # libjpeg's JCOEF is a short
# The picture as scaled by libjpeg, at 4 bytes a pixel, and the first step of resizing it. For a
# panorama 590 pixels high that is every pixel: it is too low to be scaled.
JPEG_BYTES_PER_SCALED_PIXEL = 7

# Pillow holds RGB in 4 bytes. Resizing RGBA and LA makes a second, premultiplied picture. A palette
# or a transparent colour is converted to RGBA first, beside the picture itself.
PNG_BYTES_PER_PIXEL = {(8, GREY): 1, (2, GREY): 1, (4, GREY): 1, (8, RGB): 4, (16, RGB): 4}
PNG_BYTES_PER_PIXEL_OF_OTHERS = 8
PNG_BYTES_PER_PIXEL_CONVERTED = 9
PNG_BYTES_PER_PIXEL_WITH_TRANSPARENT_COLOUR = {RGB: 12, GREY: 11}
# A first frame that is smaller than its animation is put on a canvas, and that is premultiplied.
PNG_BYTES_PER_PIXEL_OF_CANVAS = 8

WEBP_BYTES_PER_PIXEL = 17

# An index, and a colour in 4 bytes. With alpha, the colour is premultiplied beside that.
GIF_BYTES_PER_PIXEL, GIF_BYTES_PER_PIXEL_WITH_ALPHA = 5, 9

# dav1d keeps up to 8 frames, each with notes on its blocks, the one that it decodes and the one
# that is shown. libavif makes RGB of it, and Pillow copies that once.
AV1_FRAMES = 10
AV1_NOTES_BYTES_PER_PIXEL = 1.2
AVIF_COPIES = 2

# A HEIC's tiles are decoded one after the other, and put together as they are or reduced.
HEIC_BYTES_PER_DECODED_PIXEL, HEIC_BYTES_PER_PIXEL, HEIC_BYTES_PER_PIXEL_WITH_ALPHA = 8, 4, 8
HEVC_FRAMES = 18  # as many as libde265 may keep, and the one that it decodes
HEIC_COPIES_OF_BYTES = 3


def check_limits(structure: Structure, max_decode_bytes: int, sides: Collection[int]) -> None:
    """Check that thumbnails can be made in this much memory, and in 3 seconds of a processor.

    Raises:
        ImageRefusedError: It can't.
    """
    largest = max(sides)
    needed = decode_bytes(structure, largest)
    if needed > max_decode_bytes:
        raise ImageRefusedError(
            f"too large: {structure.width} x {structure.height} pixels as {structure.name} need"
            f" {needed:,} bytes to decode, {max_decode_bytes:,} are allowed"
        )
    seconds = decode_seconds(structure, largest) + encode_seconds(sides)
    if seconds > MAX_SECONDS:
        raise ImageRefusedError(
            f"too costly: {structure.width} x {structure.height} pixels as {_kind(structure)}"
            f" may need {seconds:.1f} seconds of a processor, {MAX_SECONDS:.0f} are allowed"
        )


def _kind(structure: Structure) -> str:
    if isinstance(structure, JpegStructure) and len(structure.scans) > 1:
        return f"JPEG of {len(structure.scans)} scans"
    return structure.name


def decode_bytes(structure: Structure, largest: int = CONTRACT_SIZE) -> int:
    """The memory that decoding a picture will take, beside its file."""
    match structure:
        case JpegStructure():
            return _jpeg_bytes(structure, largest)
        case PngStructure():
            return _png_bytes(structure)
        case WebPStructure():
            rebuilt = len(structure.file) if structure.is_rebuilt else 0
            return structure.width * structure.height * WEBP_BYTES_PER_PIXEL + rebuilt
        case GifStructure():
            return _gif_bytes(structure)
        case AvifStructure():
            return _avif_bytes(structure)
        case HeicStructure():
            return _heic_bytes(structure)


def _png_bytes(png: PngStructure) -> int:
    region = png.region
    needed = region.width * region.height * _png_bytes_per_pixel(png)
    if (region.width, region.height) == (png.width, png.height):
        return needed
    return needed + png.width * png.height * PNG_BYTES_PER_PIXEL_OF_CANVAS


def _png_bytes_per_pixel(png: PngStructure) -> int:
    if png.colour_type == PALETTE or png.bit_depth == 1:
        return PNG_BYTES_PER_PIXEL_CONVERTED
    if png.transparency and (png.bit_depth == 16 or png.colour_type == RGB):
        return PNG_BYTES_PER_PIXEL_WITH_TRANSPARENT_COLOUR[png.colour_type]
    if png.transparency:
        return PNG_BYTES_PER_PIXEL_CONVERTED
    return PNG_BYTES_PER_PIXEL.get((png.bit_depth, png.colour_type), PNG_BYTES_PER_PIXEL_OF_OTHERS)


def _gif_bytes(gif: GifStructure) -> int:
    per_pixel = GIF_BYTES_PER_PIXEL_WITH_ALPHA if gif.has_alpha else GIF_BYTES_PER_PIXEL
    return gif.width * gif.height * per_pixel + (len(gif.data) if gif.is_rebuilt else 0)


def _jpeg_bytes(jpeg: JpegStructure, largest: int) -> int:
    pixels = jpeg.width * jpeg.height
    scaled_pixels = pixels / jpeg_scale(jpeg, largest) ** 2
    in_strips = round(
        pixels * JPEG_BASELINE_BYTES_PER_PIXEL + scaled_pixels * JPEG_BYTES_PER_SCALED_PIXEL
    )
    if jpeg.is_arithmetic:  # its data are copied
        in_strips += len(jpeg.data)
    if not jpeg.is_held_whole:
        return in_strips
    return in_strips + round(pixels * _samples_per_pixel(jpeg) * JPEG_COEFFICIENT_BYTES)


def _samples_per_pixel(jpeg: JpegStructure) -> float:
    """Samples a pixel over all components: 1.5 for 4:2:0, 3 for 4:4:4."""
    factors = jpeg.components
    most = max(one.horizontal for one in factors) * max(one.vertical for one in factors)
    if most == 0:
        return float(len(factors))
    return sum(one.horizontal * one.vertical for one in factors) / most


def _avif_bytes(avif: AvifStructure) -> int:
    first = avif.colour[0]
    channels = (1 if first.samples == 1 else 3) + bool(avif.alpha)
    of_pixel: float = channels * AVIF_COPIES
    if avif.is_copied:
        of_pixel += (first.samples + bool(avif.alpha)) * _sample_bytes(first)
    of_tiles = sum if avif.has_decoder_for_each_tile else max
    planes = (plane for plane in (avif.colour, avif.alpha) if plane)
    frames = sum(of_tiles(map(_av1_bytes, plane)) for plane in planes)
    return len(avif.file) + round(avif.canvas[0] * avif.canvas[1] * of_pixel + frames)


def _heic_bytes(heic: HeicStructure) -> int:
    rows, columns = heic.colour.grid
    width, height = heic.colour.tiles[0].size
    of_pixel = HEIC_BYTES_PER_PIXEL if heic.alpha is None else HEIC_BYTES_PER_PIXEL_WITH_ALPHA
    largest = max(
        one.width
        * one.height
        * (
            HEIC_BYTES_PER_DECODED_PIXEL
            + min(one.frames, HEVC_FRAMES) * one.samples * _sample_bytes(one)
        )
        for one in heic.images
    )
    of_bytes = max(one.length for one in heic.images) * HEIC_COPIES_OF_BYTES
    return of_bytes + round(rows * columns * width * height * of_pixel + largest)


def _av1_bytes(image: CodedImage) -> float:
    samples = image.samples * _sample_bytes(image)
    frames = min(image.frames, AV1_FRAMES) + image.has_grain
    return image.width * image.height * frames * (samples + AV1_NOTES_BYTES_PER_PIXEL)


def _sample_bytes(image: CodedImage) -> int:
    return 2 if image.depth > 8 else 1
