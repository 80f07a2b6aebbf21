"""How much memory decoding a picture will hold, told from its header before a pixel is decoded.

One limit in pixels would be wrong for all: a 108-megapixel photograph of a phone (baseline JPEG)
needs some 15 MB this way, a WebP of the same size 1.8 GB. The figures were measured with Pillow
13.0 on pictures of 24 megapixels as the growth of the process's peak, in bytes a pixel: baseline
JPEG 0.12; progressive JPEG 3.1 (4:2:0), 6.1 (4:4:4), 8.1 (CMYK); PNG 1.0 (L), 4.0 (RGB), 8.0 (RGBA,
LA, P); WebP 16.2 to 16.8.
"""

from typing import TYPE_CHECKING

from create_thumbnail.engine import ImageRefusedError

if TYPE_CHECKING:
    from PIL import Image

# A real progressive JPEG has about ten scans. Each one is another pass over the whole picture, so
# a small file with thousands of empty ones would keep a processor busy for minutes.
JPEG_SCANS_LIMIT = 100

JPEG_BASELINE_BYTES_PER_PIXEL = 0.13
JPEG_COEFFICIENT_BYTES = 2  # libjpeg's JCOEF is a short
# What decoding in strips holds whatever the picture's height is: row buffers and the scaled result,
# 2,400 x 2,400 pixels of 4 bytes at most before the scale by 8 sets in.
JPEG_BASE_BYTES = 24 * 2**20

# Pillow holds RGB in 4 bytes. A palette or transparency is decoded to RGBA first, and resizing
# RGBA and LA makes a second, premultiplied picture.
PNG_BYTES_PER_PIXEL = {"L": 1, "RGB": 4, "I;16": 10, "I": 10}
PNG_BYTES_PER_PIXEL_WITH_ALPHA = 8

WEBP_BYTES_PER_PIXEL = 17

SOI_LENGTH = 2
MARKERS_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM and RST0 to RST7
SOS = 0xDA
PROGRESSIVE_FRAMES = frozenset({0xC2, 0xC6, 0xCA, 0xCE})


def decode_bytes(image: "Image.Image", data: bytes) -> int:
    """The bytes that decoding an opened, not yet loaded picture will hold, beside its file.

    Args:
        image: What Image.open gave: of format JPEG, MPO, PNG or WEBP.
        data: The encoded picture.

    Raises:
        ImageRefusedError: It is a JPEG of more than 100 scans.
    """
    pixels = image.width * image.height
    if image.format == "WEBP":
        return pixels * WEBP_BYTES_PER_PIXEL
    if image.format == "PNG":
        has_transparency = "transparency" in image.info
        per_pixel = PNG_BYTES_PER_PIXEL.get(image.mode, PNG_BYTES_PER_PIXEL_WITH_ALPHA)
        return pixels * (PNG_BYTES_PER_PIXEL_WITH_ALPHA if has_transparency else per_pixel)
    return _jpeg_decode_bytes(image, data, pixels)


def _jpeg_decode_bytes(image: "Image.Image", data: bytes, pixels: int) -> int:
    if data.count(b"\xff\xda") > JPEG_SCANS_LIMIT:
        raise ImageRefusedError(f"JPEG of more than {JPEG_SCANS_LIMIT} scans")
    in_strips = round(pixels * JPEG_BASELINE_BYTES_PER_PIXEL) + JPEG_BASE_BYTES
    if not _is_held_whole(data, components=len(image.getbands())):
        return in_strips
    return in_strips + round(pixels * _samples_per_pixel(image) * JPEG_COEFFICIENT_BYTES)


def _is_held_whole(data: bytes, *, components: int) -> bool:
    """Whether libjpeg will hold the coefficients of the whole picture.

    It does so for every progressive JPEG, and for a baseline one whose first scan has not all
    components (jdinput.c, initial_setup). A header that can't be followed counts as such.
    """
    position = SOI_LENGTH
    while position + 4 < len(data):
        if data[position] != 0xFF:
            return True
        marker = data[position + 1]
        if marker == 0xFF:  # a fill byte
            position += 1
        elif marker in MARKERS_WITHOUT_LENGTH:
            position += 2
        elif marker in PROGRESSIVE_FRAMES:
            return True
        elif marker == SOS:
            return data[position + 4] < components
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return True


def _samples_per_pixel(image: "Image.Image") -> float:
    """Samples a pixel over all components: 1.5 for 4:2:0, 3 for 4:4:4.

    JpegImageFile keeps (id, horizontal factor, vertical factor, table) of each component.
    """
    layers: list[tuple[int, int, int, int]] = getattr(image, "layer", [])
    factors = [(horizontal, vertical) for _, horizontal, vertical, _ in layers]
    most = max((h for h, _ in factors), default=0) * max((v for _, v in factors), default=0)
    if most == 0:
        return float(len(image.getbands()))
    return sum(horizontal * vertical for horizontal, vertical in factors) / most
