"""How much memory decoding a picture will take, from its header, before a pixel is decoded.

No limit in pixels fits all formats: a phone's 108-megapixel photograph (baseline JPEG) takes some
15 MB this way, a WebP of the same size 1.8 GB. Measured with Pillow 13.0 on pictures of 16 and 24
megapixels, as the growth of the process's peak, in bytes a pixel: baseline JPEG 0.12; progressive
JPEG 3.1 (4:2:0), 6.1 (4:4:4), 8.1 (CMYK); PNG 1.0 (L), 4.0 (RGB), 8.0 (RGBA, LA, 16 bits of grey),
9.1 (P, 1, L with a transparent shade), 10.1 to 11.0 (16 bits of grey with a transparent shade),
12.1 (RGB with a transparent colour); WebP 16.0 to 16.8.
"""

import re
from typing import TYPE_CHECKING

from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.file_structure import JPEG_SEGMENTS_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

# A real progressive JPEG has about ten scans. Each is a pass over the whole picture, so a file with
# thousands of empty ones would take minutes, however small it is.
JPEG_SCANS_LIMIT = 100

JPEG_BASELINE_BYTES_PER_PIXEL = 0.13
JPEG_COEFFICIENT_BYTES = 2  # libjpeg's JCOEF is a short
# The picture as scaled by libjpeg, at 4 bytes a pixel, and the first step of resizing it. For a
# panorama 590 pixels high that is every pixel: it is too low to be scaled.
JPEG_BYTES_PER_SCALED_PIXEL = 7
JPEG_SCALES = (8, 4, 2)
# The most that thumbnail.py asks libjpeg for on the shorter side: 1.5 times the thumbnail's.
JPEG_SCALED_SIDE = 225

# Pillow holds RGB in 4 bytes. Resizing RGBA and LA makes a second, premultiplied picture. A palette
# or a transparent colour is converted to RGBA first, beside the picture itself.
PNG_BYTES_PER_PIXEL = {"L": 1, "RGB": 4, "LA": 8, "RGBA": 8, "I;16": 8}
PNG_BYTES_PER_PIXEL_OF_OTHERS = 9
PNG_BYTES_PER_PIXEL_WITH_TRANSPARENT_COLOUR = {"RGB": 12, "I;16": 11}

WEBP_BYTES_PER_PIXEL = 17

SOI_LENGTH = 2
SOS = 0xDA
EOI = 0xD9
# A marker, found as libjpeg finds the next one: it skips anything else, such as a scan's data, in
# which 0xFF is followed by 0 or by a restart marker.
MARKER = re.compile(rb"\xff([^\x00\x01\xff\xd0-\xd7])")
PROGRESSIVE_FRAMES = frozenset({0xC2, 0xC6, 0xCA, 0xCE})


def decode_bytes(image: "Image.Image", data: bytes) -> int:
    """The memory that decoding an opened, not yet loaded picture will take, beside its file.

    Args:
        image: From Image.open: of format JPEG, MPO, PNG or WEBP.
        data: The encoded picture.

    Raises:
        ImageRefusedError: A JPEG has more than 100 scans, or too many segments.
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
    """The factor by which libjpeg reduces the picture while it decodes it."""
    most = min(image.size) // JPEG_SCALED_SIDE
    return next((scale for scale in JPEG_SCALES if scale <= most), 1)


def _is_held_whole(data: bytes, *, components: int) -> bool:
    """Whether libjpeg will hold the coefficients of the whole picture.

    It does for a progressive JPEG, and for a baseline one whose first scan lacks a component
    (jdinput.c, initial_setup).

    Raises:
        ImageRefusedError: It has more than 100 scans, or too many segments.
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
                # Decoded in strips. libjpeg reads no scan after this one, so the rest, nearly all
                # of the file, need not be searched.
                return False
        if scans > JPEG_SCANS_LIMIT:
            raise ImageRefusedError(f"JPEG of more than {JPEG_SCANS_LIMIT} scans")
    return True


def _segments(data: bytes) -> "Iterator[tuple[int, bytes]]":
    """Each marker up to the end of the first picture, with the first byte of its segment.

    What follows, such as the film of a "motion photo", doesn't belong to the picture.
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
