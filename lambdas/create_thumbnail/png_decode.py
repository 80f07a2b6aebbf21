"""Decodes a PNG, or the first frame of an animated one."""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image, ImageChops

from create_thumbnail.codec import BrokenPixelsError, Codec
from create_thumbnail.cost import Meter
from create_thumbnail.decoded import PIXELS_BROKEN, PIXELS_MISSING, Decoded, damaged, on_canvas
from create_thumbnail.png_structure import (
    GREY,
    GREY_ALPHA,
    PALETTE,
    PALETTE_LIMIT,
    RGB,
    RGB_ALPHA,
    PngStructure,
)

# By type of colours and bits of a sample: Pillow's mode, and how the rows are unpacked into it.
MODES = {
    (GREY, 1): ("1", "1"),
    (GREY, 2): ("L", "L;2"),
    (GREY, 4): ("L", "L;4"),
    (GREY, 8): ("L", "L"),
    (GREY, 16): ("I;16", "I;16B"),
    (RGB, 8): ("RGB", "RGB"),
    (RGB, 16): ("RGB", "RGB;16B"),
    (PALETTE, 1): ("P", "P;1"),
    (PALETTE, 2): ("P", "P;2"),
    (PALETTE, 4): ("P", "P;4"),
    (PALETTE, 8): ("P", "P"),
    (GREY_ALPHA, 8): ("LA", "LA"),
    (GREY_ALPHA, 16): ("RGBA", "LA;16B"),
    (RGB_ALPHA, 8): ("RGBA", "RGBA"),
    (RGB_ALPHA, 16): ("RGBA", "RGBA;16B"),
}
ZLIB_HEADER_LENGTH = 2
ADLER_LENGTH = 4  # of the checksum behind a zlib stream

# Stands in the last row until that is decoded. Hardly a row begins so, and where one does, the rows
# are counted.
MARK = bytes.fromhex("9d0e5fb3621ac8479be1347f2dd690a58c13fe6b42b7d9051f8a63ec3870c4be") * 2
MARK_WIDTH = 16
BLOCK = 64 * 1024
METERED = 1024 * 1024  # bytes, which take 0.07 s at most


def decode_png(png: PngStructure) -> Decoded:
    """Decode a PNG.

    Raises:
        ImageRefusedError: Its pixels are damaged, or not all there.
    """
    image = _converted(png, _whole_image(png))
    region = png.region
    size = (png.width, png.height)
    if (region.width, region.height) != size:
        frame = image.crop((0, 0, region.width, region.height))
        image = on_canvas(frame, region, size)
    return Decoded(image, size, size)


def _whole_image(png: PngStructure) -> Image.Image:
    """The pixels as they are stored, with a row more, if all of them are there.

    The decoder takes a stream that ends after any row for a whole one, and leaves the rest black.
    It is asked for a row more than there is: so it reads the checksum behind the last one, too.
    """
    mode, rows = MODES[png.colour_type, png.bit_depth]
    width, height = png.region.width, png.region.height
    image = Image.new(mode, (width, height if png.is_interlaced else height + 1), None)
    mark = Image.frombytes(mode, (min(width, MARK_WIDTH), 1), MARK)
    image.paste(mark, (0, height - 1))
    is_finished = is_broken = False
    meter = Meter(png)
    with Codec("zip", image, rows, png.is_interlaced) as codec:
        try:
            is_finished = codec.is_finished_with(meter.over(_blocks(png.data, METERED)))
        except BrokenPixelsError:
            is_broken = True
    last_row = image.crop((0, height - 1, mark.width, height))
    seems_whole = is_finished if png.is_interlaced else last_row.tobytes() != mark.tobytes()
    if is_broken and (png.is_interlaced or not seems_whole):
        raise damaged(PIXELS_BROKEN)
    if is_broken or png.is_interlaced or not seems_whole:
        _check_stream(png, meter, may_end_broken=seems_whole)
    # Resizing looks a little over the edge.
    image.paste(image.crop((0, height - 1, width, height)), (0, height))
    return image


def _check_stream(png: PngStructure, meter: Meter, *, may_end_broken: bool) -> None:
    """Inflate the rows once more, to count and to sum up their bytes.

    Args:
        png: The structure.
        meter: Ends it where it takes too long.
        may_end_broken: Whether all rows are known to be in front of what can't be inflated.

    Raises:
        ImageRefusedError: There are too few, or they are others than were compressed.
    """
    missing = png.rows_length()
    checksum = zlib.adler32(b"")
    inflating = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for block in meter.over(_inflated(inflating, png.data)):
            if len(block) > missing:
                return  # more rows than are needed
            missing -= len(block)
            checksum = zlib.adler32(block, checksum)
    except zlib.error:
        if may_end_broken:
            return
        raise damaged(PIXELS_BROKEN) from None
    if missing:
        raise damaged(PIXELS_MISSING)
    stated = inflating.unused_data[:ADLER_LENGTH]
    if len(stated) == ADLER_LENGTH and int.from_bytes(stated, "big") != checksum:
        raise damaged(PIXELS_BROKEN)


def _inflated(inflating: "zlib._Decompress", pieces: tuple[memoryview, ...]) -> Iterator[bytes]:
    """The bytes of a zlib stream, a block at a time, and of its checksum what there is."""
    for coded in _blocks(pieces, BLOCK, skipped=ZLIB_HEADER_LENGTH):
        if len(inflating.unused_data) >= ADLER_LENGTH:
            return
        left: bytes | memoryview = coded
        while True:
            block = inflating.decompress(left, BLOCK)
            yield block
            left = inflating.unconsumed_tail
            if inflating.eof or (not left and len(block) < BLOCK):
                break


def _blocks(
    pieces: tuple[memoryview, ...], length: int, *, skipped: int = 0
) -> Iterator[memoryview]:
    """The bytes behind the skipped ones, in blocks of this length."""
    for piece in pieces:
        start = min(skipped, len(piece))
        skipped -= start
        for at in range(start, len(piece), length):
            yield piece[at : at + length]


def _converted(png: PngStructure, image: Image.Image) -> Image.Image:
    """The picture in a mode that resizes well, with its transparency as an alpha channel."""
    if png.colour_type == PALETTE:
        image.putpalette(_palette(png), "RGBA")
        return image.convert("RGBA")
    if image.mode == "I;16":
        return _upper_8_bits(image, png.transparency)
    if png.transparency:
        image.info["transparency"] = _transparent_colour(png)
    return image.convert("RGBA") if png.transparency or image.mode == "1" else image


def _palette(png: PngStructure) -> bytes:
    """Four bytes a colour. Those that the transparency leaves out are opaque.

    Pixels of a colour that is not there have the last one, as in browsers.
    """
    count = len(png.palette) // 3
    opacities = png.transparency[:count].ljust(count, b"\xff")
    colours = [
        png.palette[3 * number : 3 * number + 3] + opacities[number : number + 1]
        for number in range(count)
    ]
    return b"".join(colours) + colours[-1] * (PALETTE_LIMIT - count)


def _transparent_colour(png: PngStructure) -> int | tuple[int, ...]:
    """The transparent colour in 8 bits, as the pixels are.

    Of 16 bits a colour Pillow reads the upper 8, so there the closest colours count as transparent,
    too.
    """
    most = 2**png.bit_depth - 1
    colour = [value & most for (value,) in struct.iter_unpack(">H", png.transparency)]
    in_8_bits = [value >> 8 if png.bit_depth == 16 else value * 255 // most for value in colour]
    return tuple(in_8_bits) if png.colour_type == RGB else in_8_bits[0]


def _upper_8_bits(image: Image.Image, transparency: bytes) -> Image.Image:
    """16 bits of grey in 8; transparent where a pixel has the transparent shade."""
    # Both bytes of a pixel, as two channels.
    lower, upper = Image.frombytes("LA", image.size, image.tobytes()).split()
    if not transparency:
        return upper
    upper_shade, lower_shade = transparency
    differences = ImageChops.lighter(
        lower.point(lambda value: 0 if value == lower_shade else 255),
        upper.point(lambda value: 0 if value == upper_shade else 255),
    )
    return Image.merge("LA", (upper, differences))
