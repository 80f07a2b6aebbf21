"""Encodes a thumbnail: JPEG and PNG in their own format, all others as WebP."""

import io

from PIL import (
    Image,
    JpegImagePlugin,  # noqa: F401 - registers JPEG
    PngImagePlugin,  # noqa: F401 - registers PNG
    WebPImagePlugin,  # noqa: F401 - registers WebP
)

from create_thumbnail.engine import Thumbnail

# The lowest quality at which all encoded sample thumbnails have a structural similarity of at least
# 0.98 to the picture decoded whole and reduced by Lanczos (`make bench`).
QUALITY = 92
# zlib-ng's 9 saves 0.2 to 2.5 % of the bytes of photographs, and takes up to five times as long.
PNG_LEVEL = 6
# For 300 pixels: 5 takes up to 0.18 s of CPU time with alpha instead of 0.05, and saves 0.4 to 2 %
# of the bytes; 6 takes 6 s with alpha, and without it twice as long as 4 for 1 %.
WEBP_METHOD = 4
# Of GIFs a WebP has a fifth to a half of a PNG's bytes, in less time; of AVIFs a fifth.
OWN_FORMATS = frozenset({"JPEG", "PNG"})


def encoded(image: Image.Image, name: str) -> Thumbnail:
    """The picture without metadata; `name` is its original's format."""
    # By default, writers take comments, profiles and EXIF from `info`.
    image.info = {}
    buffer = io.BytesIO()
    kind = name if name in OWN_FORMATS else "WEBP"
    match kind:
        case "JPEG":
            # `optimize` would save 6 % of the bytes and cost 5 % more time for a megapixel.
            image.save(buffer, "JPEG", quality=QUALITY)
        case "PNG":
            image.save(buffer, "PNG", compress_level=PNG_LEVEL)
        case _:
            image.save(buffer, "WEBP", quality=QUALITY, method=WEBP_METHOD)
    return Thumbnail(buffer.getvalue(), f"image/{kind.lower()}")
