"""GIFs: the first frame as Chromium 156 shows it, or a refusal.

What tests/end_to_end compares with Chromium itself is stated here in pixels.
"""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from create_thumbnail.decode import decoded
from create_thumbnail.engine import Fit, ImageRefusedError
from create_thumbnail.gif_structure import EXTENSIONS_LIMIT, SUB_BLOCKS_LIMIT, gif_structure
from create_thumbnail.structure import structure_of
from create_thumbnail.thumbnail import PillowEngine
from tests.unit.gifs import GifFrame, blocks, extension, gif, lzw
from tests.unit.hostile import tried
from tests.unit.pictures import BLUE, GREEN, RED, WHITE, Colour, noise, opened, saved

PALETTE: tuple[Colour, ...] = (RED, GREEN, BLUE, WHITE)
SIDE = 8
SIZE = (SIDE, SIDE)
SHOWN: dict[Colour, str] = {
    (*RED, 255): "r",
    (*GREEN, 255): "g",
    (*BLUE, 255): "b",
    (*WHITE, 255): "w",
}
SHOWN |= {(0, 0, 0, 0): ".", (0, 0, 0, 255): "k"}
ROWS = (
    "rrggbbww",
    "rrggbbww",
    "ggbbwwrr",
    "ggbbwwrr",
    "bbwwrrgg",
    "bbwwrrgg",
    "wwrrggbb",
    "wwrrggbb",
)
FITS: tuple[Fit, ...] = ("fit", "cover")
DAMAGED = r"^damaged picture: (the file ends before its last pixels|its pixels can't be decoded)$"


def squares(width: int, height: int) -> bytes:
    """Squares of two pixels in all four colours."""
    return bytes((x // 2 + y // 2) % 4 for y in range(height) for x in range(width))


PIXELS = squares(*SIZE)
FRAME = GifFrame(SIZE, PIXELS)
PLAIN = gif(SIZE, PALETTE, FRAME)


def of_data(pixels: bytes, *, has_end: bool = True) -> bytes:
    data = b"\2" + blocks(lzw(pixels, 2, has_end=has_end))
    return gif(SIZE, PALETTE, GifFrame(SIZE, data=data))


def shown(data: bytes) -> list[str]:
    """The rows of the decoded picture, a letter a pixel."""
    image = decoded(structure_of(data), (1, 1)).image.convert("RGBA")
    colours = struct.iter_unpack("4B", image.tobytes())
    pixels = "".join(SHOWN.get(colour, "?") for colour in colours)
    return [pixels[at : at + image.width] for at in range(0, len(pixels), image.width)]


def control(*fields: int) -> bytes:
    return extension(0xF9, bytes(fields))


def replaced(old: str, new: str) -> list[str]:
    return [row.replace(old, new) for row in ROWS]


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        gif(SIZE, PALETTE, FRAME._replace(is_interlaced=True)),
        gif(SIZE, PALETTE[::-1], FRAME._replace(palette=PALETTE)),
        gif(SIZE, [], FRAME._replace(palette=PALETTE)),
        gif((0, 0), PALETTE, FRAME),
        gif((3, 5), PALETTE, FRAME),
        gif(SIZE, PALETTE, FRAME._replace(bits=3)),
        gif(SIZE, PALETTE, FRAME._replace(bits=8)),
        gif(SIZE, PALETTE, FRAME, GifFrame(SIZE, bytes(64))),
        gif(SIZE, PALETTE, FRAME, end=b""),
        gif(SIZE, PALETTE, FRAME, end=b"\x3bjunk"),
        gif(SIZE, PALETTE, FRAME, end=b"junk"),
        gif(
            SIZE, PALETTE, FRAME, between=extension(0xFE, b"text", b"more") + extension(0x77, b"?")
        ),
        gif(SIZE, PALETTE, FRAME, between=extension(0xFF, b"ICCRGBG1012", b"no profile")),
        gif(SIZE, PALETTE, GifFrame(SIZE, data=b"\2" + blocks(lzw(PIXELS, 2), 1))),
        of_data(PIXELS, has_end=False),
        of_data(PIXELS + PIXELS),
        PLAIN[:-1],
        PLAIN[:-2],
        PLAIN[:-3],
        b"GIF87a" + PLAIN[6:],
    ],
    ids=[
        "plain",
        "interlaced",
        "palette of the frame",
        "no other palette",
        "screen without a size",
        "screen that is too small",
        "codes of 4 bits",
        "codes of 9 bits",
        "two frames",
        "no trailer",
        "rubbish behind the trailer",
        "rubbish instead of the trailer",
        "extensions",
        "profile",
        "blocks of one byte",
        "no end code",
        "too many pixels",
        "without the last byte",
        "without the last two",
        "without the end code",
        "version 87a",
    ],
)
def test_the_first_frame_is_shown(data: bytes) -> None:
    assert shown(data) == list(ROWS)


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (gif(SIZE, PALETTE, FRAME._replace(transparent=1)), replaced("g", ".")),
        (gif(SIZE, PALETTE[:2], FRAME), [row.translate({98: "k", 119: "k"}) for row in ROWS]),
        (gif(SIZE, [], FRAME), ["k" * 8] * 8),
        (
            gif(SIZE, PALETTE, FRAME._replace(control=control(1, 0, 0, 1) + control(1, 0, 0, 2))),
            replaced("b", "."),
        ),
        (
            gif(SIZE, PALETTE, FRAME._replace(control=control(1, 0, 0, 1) + control(0, 0, 0, 2))),
            list(ROWS),
        ),
        (
            gif(
                SIZE,
                PALETTE,
                FRAME._replace(control=control(1, 0, 0, 1) + extension(0xFE, b"text")),
            ),
            replaced("g", "."),
        ),
        (gif(SIZE, PALETTE, FRAME._replace(control=control(1, 0, 0))), list(ROWS)),
        (gif(SIZE, PALETTE, FRAME._replace(control=extension(0xF9))), list(ROWS)),
    ],
    ids=[
        "transparent colour",
        "colours that the palette lacks",
        "no palette",
        "second control",
        "second control without transparency",
        "text behind the control",
        "short control",
        "empty control",
    ],
)
def test_colours_are_those_of_the_palette(data: bytes, rows: list[str]) -> None:
    assert shown(data) == rows


def test_a_frame_lies_where_it_says_on_a_transparent_screen() -> None:
    frame = GifFrame((4, 2), squares(4, 2), place=(2, 1))
    empty = "." * 8
    expected = [empty, "..rrgg..", "..rrgg..", empty]
    assert shown(gif((8, 4), PALETTE, frame, background=1)) == expected
    with_alpha = frame._replace(transparent=0)
    expected = [empty, "....gg..", "....gg..", empty]
    assert shown(gif((8, 4), PALETTE, with_alpha, background=1)) == expected


@pytest.mark.parametrize("is_interlaced", [False, True])
def test_codes_of_two_bits_are_read(*, is_interlaced: bool) -> None:
    pixels = bytes((x * y // 3 + x) % 2 for y in range(90) for x in range(120))
    frame = GifFrame((120, 90), pixels, bits=1, is_interlaced=is_interlaced)
    image = decoded(structure_of(gif((120, 90), PALETTE[:2], frame)), (1, 1)).image
    assert image.tobytes() == b"".join(bytes(PALETTE[index]) for index in pixels)


@pytest.mark.parametrize(
    "codes", [lzw(bytes(999), 1)[:-2], b"", b"\xff", lzw(b"\0", 1) + b"\0" * 99]
)
def test_codes_of_two_bits_that_end_early_or_break_are_refused(codes: bytes) -> None:
    frame = GifFrame((40, 25), data=b"\1" + blocks(codes))
    with pytest.raises(ImageRefusedError, match=DAMAGED):
        PillowEngine("fit", 2**29).make(gif((40, 25), PALETTE[:2], frame))


def test_the_screen_grows_to_a_frame_beyond_it() -> None:
    frame = GifFrame((4, 2), squares(4, 2), place=(3, 3))
    empty = "." * 7
    assert shown(gif((2, 2), PALETTE, frame)) == [empty] * 3 + ["...rrgg"] * 2


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("is_interlaced", [False, True])
@pytest.mark.parametrize("size", [(20, 150), (150, 20), (300, 15)])
def test_data_that_end_early_or_break_are_refused(
    size: tuple[int, int], fit: Fit, *, is_interlaced: bool
) -> None:
    pixels = squares(*size)
    engine = PillowEngine(fit, 2**29)
    coded = lzw(pixels, 2)
    codes = {
        "few rows": lzw(pixels[: len(pixels) // 2], 2),
        "few rows, no end": lzw(pixels[: len(pixels) // 2], 2, has_end=False),
        "one pixel less": lzw(pixels[:-1], 2),
        "codes behind the end code": lzw(pixels[:-20], 2) + coded,
        "cut": coded[: len(coded) // 2],
        "no codes": b"",
        "unknown codes": coded[: len(coded) // 2] + b"\xff" * (len(coded) // 2),
    }
    whole = gif(size, PALETTE, GifFrame(size, pixels, is_interlaced=is_interlaced))
    assert engine.make(whole).content_type == "image/webp"
    for one in codes.values():
        frame = GifFrame(size, data=b"\2" + blocks(one), is_interlaced=is_interlaced)
        with pytest.raises(ImageRefusedError, match=DAMAGED):
            engine.make(gif(size, PALETTE, frame, frame))


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.97])
def test_a_cut_file_is_refused(share: float, fit: Fit) -> None:
    data = noise("GIF", "L")
    engine = PillowEngine(fit, 2**29)
    engine.make(data)
    with pytest.raises(ImageRefusedError, match=r"^damaged picture: the file ends before its"):
        engine.make(data[: int(len(data) * share)])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (PLAIN[:6], "nothing states its size"),
        (PLAIN[:12], "nothing states its size"),
        (PLAIN[:13], "the file ends before its pixels"),
        (gif(SIZE, PALETTE), "the file ends before its pixels"),
        (gif(SIZE, PALETTE, between=extension(0xFE, b"x"), end=b""), "the file ends before its"),
        (gif(SIZE, PALETTE, FRAME, between=b"\0"), "its blocks can't be read"),
        (gif(SIZE, PALETTE, end=b"\x2c\0\0"), "the file ends before its pixels"),
        (gif(SIZE, PALETTE, GifFrame(SIZE, data=b""), end=b""), "the file ends before its pixels"),
        (gif(SIZE, PALETTE, GifFrame((0, 8), b""), FRAME), "its size can't be read"),
        (gif(SIZE, PALETTE, GifFrame(SIZE, data=b"\x09\0")), "stored in an unknown way"),
        (gif(SIZE, PALETTE, GifFrame(SIZE, data=b"\0\0")), "stored in an unknown way"),
        (gif(SIZE, PALETTE, GifFrame(SIZE, data=b"\2\0")), "the file ends before its last pixels"),
    ],
)
def test_a_refusal_says_what_is_wrong(data: bytes, words: str) -> None:
    with pytest.raises(ImageRefusedError, match=f"^damaged picture: .*{words}"):
        PillowEngine("fit", 2**29).make(data)


@pytest.mark.parametrize(
    "between",
    [
        b"\x21\xfe\0" * (EXTENSIONS_LIMIT + 1),
        b"\x21\xfe" + b"\1x" * SUB_BLOCKS_LIMIT + b"\0",
    ],
    ids=["extensions", "sub-blocks"],
)
def test_a_gif_has_so_many_blocks_at_most(between: bytes) -> None:
    with pytest.raises(ImageRefusedError, match=r"^GIF of more blocks than a picture has$"):
        structure_of(gif(SIZE, PALETTE, FRAME, between=between))


def test_blocks_behind_the_first_frame_cost_nothing() -> None:
    data = gif(SIZE, PALETTE, FRAME, end=b"\x21\xfe\1x\0" * 2 * EXTENSIONS_LIMIT)
    assert gif_structure(data).sub_blocks < 9


@pytest.mark.parametrize(
    ("picture", "mode"),
    [(Image.new("RGB", (9, 9), RED), "RGB"), (Image.new("RGBA", (9, 9)), "RGBA")],
)
def test_the_thumbnail_is_a_webp_with_alpha_where_the_gif_has_it(
    picture: Image.Image, mode: str
) -> None:
    made = PillowEngine("fit", 2**29).make(saved(picture, "GIF"))
    assert made.content_type == "image/webp"
    assert Image.open(io.BytesIO(made.data)).format == "WEBP"
    assert opened(made.data).mode == mode


def test_a_photograph_in_256_colours_looks_as_it_did() -> None:
    gradient = Image.linear_gradient("L").resize((400, 300))
    thumbnail = opened(PillowEngine("fit", 2**29).make(saved(gradient, "GIF")).data)
    assert thumbnail.size == (150, 113)
    assert thumbnail.convert("L").getpixel((75, 56)) in range(125, 130)


@given(st.sampled_from([PLAIN[:6], PLAIN[:13], PLAIN[:25], PLAIN[:40], PLAIN]), st.binary())
def test_any_bytes_are_shown_or_refused(start: bytes, data: bytes) -> None:
    tried(lambda: PillowEngine("fit", 2**22).make(start + data), ImageRefusedError)
