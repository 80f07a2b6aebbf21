"""Decodes a picture of any format from its structure."""

from create_thumbnail.avif_decode import decode_avif
from create_thumbnail.avif_structure import AvifStructure
from create_thumbnail.decoded import Decoded, Size
from create_thumbnail.gif_decode import decode_gif
from create_thumbnail.gif_structure import GifStructure
from create_thumbnail.heic_decode import decode_heic
from create_thumbnail.heic_structure import HeicStructure
from create_thumbnail.jpeg_decode import decode_jpeg
from create_thumbnail.jpeg_structure import JpegStructure
from create_thumbnail.png_decode import decode_png
from create_thumbnail.png_structure import PngStructure
from create_thumbnail.structure import Structure
from create_thumbnail.webp_decode import decode_webp
from create_thumbnail.webp_structure import WebPStructure


def decoded(structure: Structure, least: Size) -> Decoded:
    """Decode a picture to at least this size, if it is that large.

    Raises:
        ImageRefusedError: Its pixels are damaged, or not all there.
    """
    match structure:
        case JpegStructure():
            return decode_jpeg(structure, least)
        case PngStructure():
            return decode_png(structure)
        case WebPStructure():
            return decode_webp(structure)
        case GifStructure():
            return decode_gif(structure)
        case AvifStructure():
            return decode_avif(structure)
        case HeicStructure():
            return decode_heic(structure, least)
