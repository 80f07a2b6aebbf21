"""Decodes an AVIF by libavif and dav1d, without Pillow's reader."""

from PIL import Image

from create_thumbnail.avif_structure import AvifStructure
from create_thumbnail.decoded import PIXELS_BROKEN, Decoded, damaged

CODEC = "dav1d"
# More would work beside each other on the processor that one function has.
THREADS = 1
# All that Pillow's decoder raises, but not MemoryError: with more memory the picture may be fine.
DAMAGED = (SyntaxError, ValueError, RuntimeError)


def decode_avif(avif: AvifStructure) -> Decoded:
    """Decode an AVIF.

    Raises:
        ImageRefusedError: It is damaged.
    """
    from PIL import _avif  # noqa: PLC0415 - 2 ms of each cold start, for a rare format

    try:
        decoder = _avif.AvifDecoder(avif.file, CODEC, THREADS)
        canvas, _, mode, *_ = decoder.get_info()
        if canvas == avif.canvas:
            pixels = decoder.get_frame(0)[0]
            del decoder  # its frames, before there is a copy
            image = Image.frombuffer(mode, canvas, pixels, "raw", mode, 0, 1)
            size = (avif.width, avif.height)
            return Decoded(image, size, size)
    except DAMAGED:
        pass
    raise damaged(PIXELS_BROKEN)
