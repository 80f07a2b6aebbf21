"""Reduces a decoded picture to the sizes of its thumbnails."""

from collections.abc import Collection

from PIL import Image

from create_thumbnail.decoded import Decoded, Size
from create_thumbnail.engine import Fit

# libjpeg's scaled picture is at least this many times as large as the thumbnail in each direction,
# so that the last step of the reduction is ours and stays sharp. With 2.0 a photograph of one
# megapixel takes half as long again.
REDUCING_GAP = 1.5

# Structural similarity of the sample photographs' pixels to a full decode with Lanczos: at least
# 0.984. Lanczos adds 0.005, with a third more time for this step and 3 % more bytes. Hamming loses
# 0.008, and then needs 20 % more bytes for QUALITY's aim.
FILTER = Image.Resampling.BICUBIC


# Pillow's names of modes in which transparent pixels have no colour that would show at edges.
PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}
PLAIN = {premultiplied: plain for plain, premultiplied in PREMULTIPLIED.items()}


def reduced_size(size: Size, side: int, fit: Fit) -> Size:
    """The size to which a picture is reduced: inside the thumbnail's square, or covering it."""
    if fit == "cover":
        return _scaled(size, min(side, *size) / min(size))
    return _scaled(size, min(1, side / max(size)))


def least_size(size: Size, side: int, fit: Fit) -> Size:
    """The size that the decoder must leave for thumbnails of up to this size."""
    width, height = reduced_size(size, side, fit)
    if (width, height) == size:
        return size
    return int(width * REDUCING_GAP), int(height * REDUCING_GAP)


def shrunk(decoded: Decoded, sides: Collection[int], fit: Fit) -> Decoded:
    """The picture by whole fractions as small as its largest thumbnail permits.

    So every pixel is read once for all thumbnails. It is what resize() does first because of
    REDUCING_GAP; without other sizes it is left to that.
    """
    size = reduced_size(decoded.size, max(sides), fit)
    width, height = decoded.extent
    factors = (int(width / size[0] / REDUCING_GAP) or 1, int(height / size[1] / REDUCING_GAP) or 1)
    if len(sides) == 1 or factors == (1, 1):
        return decoded
    image = decoded.image
    if image.mode in PREMULTIPLIED:
        # Once for all sizes, and not back until `reduced`.
        image = image.convert(PREMULTIPLIED[image.mode])
    return Decoded(image.reduce(factors), (width / factors[0], height / factors[1]), decoded.size)


def reduced(decoded: Decoded, side: int, fit: Fit) -> Image.Image:
    """The whole picture, reduced."""
    size = reduced_size(decoded.size, side, fit)
    if size == decoded.size:
        return decoded.image.crop((0, 0, *size))
    box = (0, 0, *decoded.extent)
    image = decoded.image.resize(size, FILTER, box=box, reducing_gap=REDUCING_GAP)
    return image.convert(PLAIN[image.mode]) if image.mode in PLAIN else image


def cropped(image: Image.Image, fit: Fit) -> Image.Image:
    """The middle square of an upright picture for "cover", else all of it.

    It is cut out at whole pixels: half a pixel would soften it.
    """
    if fit != "cover":
        return image
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def _scaled(size: Size, factor: float) -> Size:
    """A size times a factor, to the nearest pixel and at least one."""
    width, height = size
    return (max(1, int(width * factor + 0.5)), max(1, int(height * factor + 0.5)))
