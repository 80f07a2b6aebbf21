"""Decodes the first frame of a GIF."""

from PIL import Image

from create_thumbnail.codec import BrokenPixelsError, Codec
from create_thumbnail.decoded import PIXELS_BROKEN, PIXELS_MISSING, Decoded, damaged, on_canvas
from create_thumbnail.gif_short_codes import in_order, indices_of_two_colours
from create_thumbnail.gif_structure import GifStructure

# Pillow's decoder leaves pixels of a transparent colour as they were. Here they are decoded.
NO_TRANSPARENCY = -1


def decode_gif(gif: GifStructure) -> Decoded:
    """Decode a GIF's first frame, on a transparent picture as large as the logical screen.

    Raises:
        ImageRefusedError: Its pixels are damaged, or not all there.
    """
    image = _in_colours(gif, _whole_frame(gif))
    size = (gif.width, gif.height)
    if image.size != size:
        image = on_canvas(image, gif.region, size)
    return Decoded(image, size, size)


def _whole_frame(gif: GifStructure) -> Image.Image:
    """The indices of the colours, if all of them are there.

    The decoder needs no more once it has all rows. An end code in front of that leaves it waiting.
    """
    if gif.code_size == 1:
        return _frame_of_two_colours(gif)
    frame = Image.new("P", (gif.region.width, gif.region.height), None)
    with Codec("gif", frame, gif.code_size, gif.is_interlaced, NO_TRANSPARENCY) as codec:
        try:
            is_whole = codec.is_finished_with((gif.data,))
        except BrokenPixelsError:
            raise damaged(PIXELS_BROKEN) from None
    if not is_whole:
        raise damaged(PIXELS_MISSING)
    return frame


def _frame_of_two_colours(gif: GifStructure) -> Image.Image:
    width, height = gif.region.width, gif.region.height
    try:
        indices = indices_of_two_colours(gif.data, width * height)
    except BrokenPixelsError:
        raise damaged(PIXELS_BROKEN) from None
    if len(indices) < width * height:
        raise damaged(PIXELS_MISSING)
    if gif.is_interlaced:
        indices = in_order(indices, width, height)
    return Image.frombytes("P", (width, height), indices)


def _in_colours(gif: GifStructure, frame: Image.Image) -> Image.Image:
    if not gif.has_alpha:
        frame.putpalette(gif.palette, "RGB")
        return frame.convert("RGB")
    colours = [gif.palette[at : at + 3] + b"\xff" for at in range(0, len(gif.palette), 3)]
    if gif.transparent is not None:
        colours[gif.transparent] = bytes(4)
    frame.putpalette(b"".join(colours), "RGBA")
    return frame.convert("RGBA")
