"""How much memory decoding a picture will hold, told from its header before a pixel is decoded.

One limit in pixels would be wrong for all: a 108-megapixel photograph of a phone (baseline JPEG)
needs some 15 MB this way, a WebP of the same size 1.8 GB. The figures were measured with Pillow
13.0 on pictures of 16 and 24 megapixels as the growth of the process's peak, in bytes a pixel:
baseline JPEG 0.12; progressive JPEG 3.1 (4:2:0), 6.1 (4:4:4), 8.1 (CMYK); PNG 1.0 (L), 4.0 (RGB),
8.0 (RGBA, LA, 16 bits of grey), 9.1 (P, 1, L with a transparent shade), 10.1 to 11.0 (16 bits of
grey with a transparent shade), 12.1 (RGB with a transparent colour); WebP 16.0 to 16.8.
"""

import re
from typing import TYPE_CHECKING

from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.file_structure import JPEG_SEGMENTS_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

# A real progressive JPEG has about ten scans. Each one is another pass over the whole picture, so
# a small file with thousands of empty ones would keep a processor busy for minutes.
JPEG_SCANS_LIMIT = 100

JPEG_BASELINE_BYTES_PER_PIXEL = 0.13
JPEG_COEFFICIENT_BYTES = 2  # libjpeg's JCOEF is a short
# The picture as libjpeg scales it on the way, at 4 bytes a pixel, and what the first step of
# resizing it takes. Of a panorama 590 pixels high that is every pixel: it is too low to be scaled.
JPEG_BYTES_PER_SCALED_PIXEL = 7
JPEG_SCALES = (8, 4, 2)
# What thumbnail.py asks libjpeg for, at most, for the shorter side: the thumbnail's, 1.5 times.
JPEG_SCALED_SIDE = 225

# Pillow holds RGB in 4 bytes. Resizing RGBA and LA makes a second, premultiplied picture. A palette
# or a transparent colour is turned into RGBA first, while the picture itself is still held.
PNG_BYTES_PER_PIXEL = {"L": 1, "RGB": 4, "LA": 8, "RGBA": 8, "I;16": 8}
PNG_BYTES_PER_PIXEL_OF_OTHERS = 9
PNG_BYTES_PER_PIXEL_WITH_TRANSPARENT_COLOUR = {"RGB": 12, "I;16": 11}

WEBP_BYTES_PER_PIXEL = 17

SOI_LENGTH = 2
SOS = 0xDA
EOI = 0xD9
# A marker, as libjpeg looks for the next one: past anything else, such as the data of a scan, in
# which 0xFF is followed by 0 or by a restart marker.
MARKER = re.compile(rb"\xff([^\x00\x01\xff\xd0-\xd7])")
PROGRESSIVE_FRAMES = frozenset({0xC2, 0xC6, 0xCA, 0xCE})


def decode_bytes(image: "Image.Image", data: bytes) -> int:
    """The bytes that decoding an opened, not yet loaded picture will hold, beside its file.

    Args:
        image: What Image.open gave: of format JPEG, MPO, PNG or WEBP.
        data: The encoded picture.

    Raises:
        ImageRefusedError: It is a JPEG of more than 100 scans, or of more segments than a
            picture has.
    """
    pixels = image.width * image.height
    if image.format == "WEBP":
        return pixels * WEBP_BYTES_PER_PIXEL
    if image.format == "PNG":
        return pixels * _png_bytes_per_pixel(image)
    return _jpeg_decode_bytes(image, data, pixels)


def _png_bytes_per_pixel(image: "Image.Image") -> int:
    if "transparency" in image.info:
        by_mode = PNG_BYTES_PER_PIXEL_WITH_TRANSPARENT_COLOUR
    else:
        by_mode = PNG_BYTES_PER_PIXEL
    return by_mode.get(image.mode, PNG_BYTES_PER_PIXEL_OF_OTHERS)


def _jpeg_decode_bytes(image: "Image.Image", data: bytes, pixels: int) -> int:
    scaled_pixels = pixels / _jpeg_scale(image) ** 2
    in_strips = round(
        pixels * JPEG_BASELINE_BYTES_PER_PIXEL + scaled_pixels * JPEG_BYTES_PER_SCALED_PIXEL
    )
    if not _is_held_whole(data, components=len(image.getbands())):
        return in_strips
    return in_strips + round(pixels * _samples_per_pixel(image) * JPEG_COEFFICIENT_BYTES)


def _jpeg_scale(image: "Image.Image") -> int:
    """By how much libjpeg reduces the picture while it decodes it."""
    most = min(image.size) // JPEG_SCALED_SIDE
    return next((scale for scale in JPEG_SCALES if scale <= most), 1)


def _is_held_whole(data: bytes, *, components: int) -> bool:
    """Whether libjpeg will hold the coefficients of the whole picture.

    It does so for every progressive JPEG, and for a baseline one whose first scan has not all
    components (jdinput.c, initial_setup).

    Raises:
        ImageRefusedError: It has more than 100 scans, or more segments than a picture has.
    """
    is_progressive = False
    scans = 0
    for count, (marker, segment) in enumerate(_segments(data), start=1):
        if count > JPEG_SEGMENTS_LIMIT:
            raise ImageRefusedError(f"JPEG of more than {JPEG_SEGMENTS_LIMIT} segments")
        if marker in PROGRESSIVE_FRAMES:
            is_progressive = True
        elif marker == SOS:
            scans += 1
            if scans == 1 and not is_progressive and segment == bytes([components]):
                # Decoded in strips, and libjpeg takes no scan after this one: what follows, nearly
                # all of the file, need not be searched.
                return False
        if scans > JPEG_SCANS_LIMIT:
            raise ImageRefusedError(f"JPEG of more than {JPEG_SCANS_LIMIT} scans")
    return True


def _segments(data: bytes) -> "Iterator[tuple[int, bytes]]":
    """Each marker up to the end of the first picture, with the first byte of its segment.

    What follows that end, such as the film of a "motion photo", is no part of the picture.
    """
    position = SOI_LENGTH
    while (found := MARKER.search(data, position)) and found[1][0] != EOI:
        start = found.end() + 2
        yield found[1][0], data[start : start + 1]
        position = found.end() + int.from_bytes(data[found.end() : start], "big")


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
