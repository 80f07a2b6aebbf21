"""Decodes a WebP, or the first frame of an animated one."""

import io

from PIL import (
    Image,
    WebPImagePlugin,  # noqa: F401 - registers WebP
)

from create_thumbnail.decoded import PIXELS_BROKEN, Decoded, damaged
from create_thumbnail.webp_structure import WebPStructure

# Pillow's own limit counts pixels of any format alike, and refuses real photographs of phones.
# limits.py limits the memory instead, before anything is decoded.
Image.MAX_IMAGE_PIXELS = None

# All that Pillow is known to raise on damaged bytes. Not MemoryError: with more memory the picture
# may be fine.
DAMAGED = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError)


def decode_webp(webp: WebPStructure) -> Decoded:
    """Decode a WebP.

    Raises:
        ImageRefusedError: It is damaged.
    """
    size = (webp.width, webp.height)
    try:
        with Image.open(io.BytesIO(webp.file), formats=("WEBP",)) as image:
            # The memory was told from the structure.
            if image.size == size:
                image.load()
                return Decoded(image, size, size)
    except DAMAGED:
        pass
    raise damaged(PIXELS_BROKEN)
