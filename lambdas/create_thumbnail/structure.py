"""What a file consists of: the one walk over its bytes, before anything is decoded.

The result is plain data for the stages behind it: size, kind of coding, scans, what says colours
and orientation, and the coded pixels. All else is dropped here, as Pillow's own readers would parse
it in Python: a file of 64 MB may have 17 million segments or chunks.

The structures are named tuples, as defining a dataclass takes a cold start four times as long.
"""

from create_thumbnail.avif_structure import AvifStructure, avif_structure, is_avif
from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.gif_structure import SIGNATURES as GIF_SIGNATURES
from create_thumbnail.gif_structure import GifStructure, gif_structure
from create_thumbnail.heic_structure import HeicStructure, heic_structure, is_heic
from create_thumbnail.jpeg_structure import SIGNATURE as JPEG_SIGNATURE
from create_thumbnail.jpeg_structure import JpegStructure, jpeg_structure
from create_thumbnail.png_structure import SIGNATURE as PNG_SIGNATURE
from create_thumbnail.png_structure import PngStructure, png_structure
from create_thumbnail.webp_structure import WebPStructure, is_webp, webp_structure

Structure = (
    JpegStructure | PngStructure | WebPStructure | GifStructure | AvifStructure | HeicStructure
)

HEIC_IS_OFF = "a HEIC picture, which is not taken here: save it as a JPEG first"


def structure_of(data: bytes, *, takes_heic: bool = False) -> Structure:
    """Walk a file of any format.

    Args:
        data: The file.
        takes_heic: Whether there is a decoder for HEIC.

    Raises:
        ImageRefusedError: It has another format, no whole header, or more parts than pictures have.
    """
    if data.startswith(JPEG_SIGNATURE) and len(data) > len(JPEG_SIGNATURE):
        return jpeg_structure(data)
    if data.startswith(PNG_SIGNATURE):
        return png_structure(data)
    if is_webp(data):
        return webp_structure(data)
    if data.startswith(GIF_SIGNATURES):
        return gif_structure(data)
    if is_avif(data):
        return avif_structure(data)
    if is_heic(data):
        if not takes_heic:
            raise ImageRefusedError(HEIC_IS_OFF)
        return heic_structure(data)
    raise ImageRefusedError("not a JPEG, PNG, WebP, GIF or AVIF picture")
