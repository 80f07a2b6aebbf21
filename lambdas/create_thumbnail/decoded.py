"""What decoding gives: the interface between the decoders and the stages behind them."""

from typing import NamedTuple

from PIL import Image

from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.region import Region

Size = tuple[int, int]


class Decoded(NamedTuple):
    """A decoded picture, not yet turned upright, in its own colours.

    Attributes:
        image: In a mode that can be resized: L, LA, RGB, RGBA or CMYK.
        extent: Which part of it is the picture: its width and height, in pixels of the image and
            parts of them. What lies right of it and below repeats its edge.
        size: The picture's size if it were decoded whole.
    """

    image: Image.Image
    extent: tuple[float, float]
    size: Size


def on_canvas(frame: Image.Image, region: Region, size: Size) -> Image.Image:
    """A frame in its place on a transparent picture of this size."""
    canvas = Image.new("RGBA", size, (0, 0, 0, 0))
    if frame.mode != "RGBA":
        frame = frame.convert("RGBA")
    canvas.paste(frame, (region.left, region.top))
    return canvas


def damaged(what: str) -> ImageRefusedError:
    """The refusal of pixels that can't be decoded."""
    return ImageRefusedError(f"damaged picture: {what}")


PIXELS_MISSING = "the file ends before its last pixels"
PIXELS_BROKEN = "its pixels can't be decoded"
