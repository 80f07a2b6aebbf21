"""Thumbnails of AVIFs: what people see of them, and which are refused."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from create_thumbnail.avif_structure import AvifStructure, avif_structure
from create_thumbnail.bmff_boxes import BOXES_LIMIT
from create_thumbnail.bmff_picture import TILES_LIMIT
from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.structure import structure_of
from create_thumbnail.thumbnail import PillowEngine
from tests.unit.bmff_files import (
    Item,
    Layout,
    alpha_of,
    animation,
    av1_item,
    av1_of_colour,
    box,
    clap,
    file_of,
    full_box,
    grid,
    nclx,
    profile,
    size_of,
)
from tests.unit.hostile import tried
from tests.unit.pictures import (
    BLUE,
    CORNERS,
    GREEN,
    RED,
    WHITE,
    corners,
    display_p3_in_srgb,
    display_p3_profile,
    exif,
    is_close,
    opened,
    quadrants,
    saved,
)

QUADRANTS = quadrants((80, 48))
AVIF = saved(QUADRANTS, "AVIF", quality=95, subsampling="4:4:4", speed=10)
ITEM = av1_item(AVIF, (80, 48))
MUTED = (200, 120, 60)
OF_MUTED = av1_of_colour(MUTED)
GREY = av1_of_colour(100, mode="L")
ENGINE = PillowEngine("fit", 2**29)


def made(data: bytes) -> Image.Image:
    return opened(ENGINE.make(data).data)


def pixel(data: bytes) -> tuple[int, ...]:
    picture = made(data)
    value = picture.getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(value, tuple)
    return value


def are_close(found: list[tuple[int, ...]], expected: list[tuple[int, ...]]) -> bool:
    return all(is_close(one, other, 25) for one, other in zip(found, expected, strict=True))


def reason(data: bytes) -> str:
    with pytest.raises(ImageRefusedError) as refused:
        ENGINE.make(data)
    return str(refused.value)


def test_a_thumbnail_of_an_avif_is_a_webp() -> None:
    thumbnail = ENGINE.make(saved(QUADRANTS.resize((400, 240)), "AVIF", quality=95, speed=10))
    assert thumbnail.content_type == "image/webp"
    picture = opened(thumbnail.data)
    assert (picture.format, picture.size, picture.info.keys() & {"exif", "icc_profile"}) == (
        ("WEBP", (150, 90), set())
    )
    assert are_close(corners(picture), list(CORNERS))


def test_the_file_for_the_decoder_has_the_same_pixels() -> None:
    found = avif_structure(saved(QUADRANTS, "AVIF", exif=exif(6), xmp=b"x" * 5000, speed=10))
    assert b"x" * 50 not in found.file
    rebuilt, original = opened(found.file), opened(saved(QUADRANTS, "AVIF", speed=10))
    assert ImageChops.difference(rebuilt, original).getbbox() is None


# Counter-clockwise turns, and then: 0 swaps top and bottom, 1 left and right.
@pytest.mark.parametrize("mirror", [None, 0, 1])
@pytest.mark.parametrize("turns", range(4))
def test_boxes_turn_a_picture(turns: int, mirror: int | None) -> None:
    properties = [(b"irot", bytes([turns]))]
    expected = QUADRANTS.rotate(90 * turns, expand=True)
    if mirror is not None:
        properties.append((b"imir", bytes([mirror])))
        flips = (Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.FLIP_LEFT_RIGHT)
        expected = expected.transpose(flips[mirror])
    picture = made(file_of([ITEM.having(*properties)]))
    assert picture.size == expected.size
    assert are_close(corners(picture), corners(expected))


def test_exif_turns_no_avif() -> None:
    block = Item(b"Exif", bytes(4) + exif(6)).referring(b"cdsc", 1)
    assert are_close(corners(made(file_of([ITEM, block]))), list(CORNERS))


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ([], MUTED),
        ([nclx(1, 13, 6)], MUTED),
        ([nclx(2, 2, 6)], MUTED),
        # What television's cameras have is shown as sRGB, as browsers do.
        ([nclx(1, 1, 6)], MUTED),
        ([nclx(1, 6, 6)], MUTED),
        ([nclx(12, 13, 6)], display_p3_in_srgb(MUTED)),
        ([profile(display_p3_profile())], display_p3_in_srgb(MUTED)),
        # A profile counts before code points.
        ([nclx(9, 8, 6), profile(display_p3_profile())], display_p3_in_srgb(MUTED)),
        ([profile(display_p3_profile()), nclx(9, 8, 6)], display_p3_in_srgb(MUTED)),
        ([nclx(1, 8, 6)], (228, 181, 132)),  # linear
        ([nclx(300, 400, 6)], MUTED),
        ([nclx(1, 200, 6)], MUTED),
        ([(b"colr", b"nclx")], MUTED),
        ([(b"colr", b"abcd1234")], MUTED),
        ([profile(b"broken")], MUTED),
    ],
)
def test_colours_become_srgb(
    properties: list[tuple[bytes, bytes]], expected: tuple[int, ...]
) -> None:
    assert is_close(pixel(file_of([OF_MUTED.having(*properties)])), expected, 6)


@pytest.mark.parametrize("is_of_grid", [True, False])
def test_a_grid_has_the_colours_of_its_first_tile_unless_it_says_others(
    *, is_of_grid: bool
) -> None:
    """As in Chromium."""
    said = [profile(display_p3_profile())]
    whole = grid(1, 2, (128, 64), 2, 3)
    if is_of_grid:
        items = [whole.having(*said), OF_MUTED.having(nclx(1, 8, 6)), OF_MUTED]
    else:
        items = [whole, OF_MUTED.having(*said), OF_MUTED]
    assert is_close(pixel(file_of(items)), display_p3_in_srgb(MUTED), 6)


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_is_brought_into_the_range_of_srgb(transfer: int) -> None:
    white = av1_of_colour(WHITE)
    assert is_close(pixel(file_of([white.having(nclx(9, transfer, 9))])), WHITE, 4)
    grey = av1_of_colour((148, 148, 148))  # 203 nits in PQ: paper
    found = pixel(file_of([grey.having(nclx(9, transfer, 9))]))
    assert 120 < found[0] < 200
    assert max(found) - min(found) < 8


def test_an_alpha_channel_is_kept() -> None:
    picture = QUADRANTS.convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    found = made(saved(picture, "AVIF", quality=95, speed=10))
    assert found.mode == "RGBA"
    column = [found.getpixel((10, y)) for y in (2, 24, 45)]
    assert [one[3] for one in column if isinstance(one, tuple)] == pytest.approx(
        [10, 127, 242], abs=6
    )


def test_premultiplied_colours_are_divided_by_alpha() -> None:
    half = av1_of_colour(128, mode="L")
    items = [av1_of_colour((100, 60, 30)), alpha_of(half, 1)]
    assert is_close(pixel(file_of(items)), (100, 60, 30, 128), 6)
    items[0] = items[0].referring(b"prem", 2)
    assert is_close(pixel(file_of(items)), (199, 120, 60, 128), 8)


def test_a_grey_picture_stays_grey() -> None:
    assert is_close(pixel(file_of([GREY])), (100, 100, 100), 4)


def test_a_grid_is_put_together() -> None:
    tiles = [av1_of_colour(colour) for colour in CORNERS]
    data = file_of([grid(2, 2, (128, 128), 2, 3, 4, 5), *tiles])
    assert are_close(corners(made(data)), list(CORNERS))
    cut_off = made(file_of([grid(2, 2, (100, 70), 2, 3, 4, 5), *tiles]))
    assert cut_off.size == (100, 70)
    assert are_close(corners(cut_off), list(CORNERS))


def test_a_grid_of_one_tile_may_cut_it_off() -> None:
    tile = av1_item(saved(quadrants((80, 80)), "AVIF", quality=95, speed=10), (80, 80))
    found = made(file_of([grid(1, 1, (60, 50), 2), tile]))
    assert found.size == (60, 50)
    assert are_close(corners(found), list(CORNERS))


@pytest.mark.parametrize("is_grid", [True, False])
def test_the_alpha_channel_of_a_grid_is_one_or_one_for_each_tile(*, is_grid: bool) -> None:
    tiles = [av1_of_colour(colour) for colour in (RED, GREEN)]
    alphas = [av1_of_colour(shade, mode="L") for shade in (255, 0)]
    items = [grid(1, 2, (128, 64), 2, 3), *tiles]
    if is_grid:
        items += [alpha_of(grid(1, 2, (128, 64), 5, 6), 1), *alphas]
    else:
        items += [alpha_of(alphas[0], 2), alpha_of(alphas[1], 3)]
    found = made(file_of(items))
    assert found.mode == "RGBA"
    alpha = found.getchannel("A")
    assert (alpha.getpixel((10, 30)), alpha.getpixel((120, 30))) == (255, 0)


@pytest.mark.parametrize(
    ("aperture", "size"),
    [
        (clap(40, 24, -40, -24), (40, 24)),
        (clap(40, 24), (80, 48)),  # in the middle; browsers ignore it
        (clap(40, 24, -39, -24), (80, 48)),  # at half a pixel
        (clap(800, 24, -40, -24), (80, 48)),
        (clap(0, 24, -40, -24), (80, 48)),
        ((b"clap", bytes(32)), (80, 48)),
        ((b"clap", b""), (80, 48)),
    ],
)
def test_a_clean_aperture_cuts_off_what_is_right_and_below(
    aperture: tuple[bytes, bytes], size: tuple[int, int]
) -> None:
    picture = made(file_of([ITEM.having(aperture)]))
    assert picture.size == size
    if size == (40, 24):
        assert are_close(corners(picture), [RED] * 4)


def test_an_animation_shows_its_first_frame() -> None:
    assert is_close(pixel(animation(RED, GREEN, BLUE)), RED)


def test_an_item_may_be_in_parts_and_its_boxes_behind_the_pixels() -> None:
    assert are_close(corners(made(file_of([ITEM], Layout(is_meta_last=True)))), list(CORNERS))
    first = len(ITEM.data) // 3
    parts = struct.pack(">HHHHIIII", 1, 1, 0, 2, 0, first, first, len(ITEM.data) - first)
    data = file_of([ITEM], Layout(is_meta_last=True))
    table = data.index(b"iloc")
    start = int.from_bytes(data[table + 20 : table + 24], "big")
    parts = struct.pack(">HHHIIII", 1, 0, 2, start, first, start + first, len(ITEM.data) - first)
    content = bytes(4) + struct.pack(">HH", 0x4400, 1) + parts
    longer = data[: table - 4] + box(b"iloc", content) + data[table + 28 :]
    meta = longer.index(b"meta") - 4
    longer = longer[:meta] + struct.pack(">I", len(longer) - meta) + longer[meta + 4 :]
    assert are_close(corners(made(longer)), list(CORNERS))


@pytest.mark.parametrize("cut", [1, 2, 10, len(ITEM.data) // 2, len(ITEM.data)])
def test_what_is_cut_short_is_refused(cut: int) -> None:
    assert reason(AVIF[:-cut]) == "damaged picture: the file ends before its last pixels"


def test_every_beginning_of_a_file_is_refused() -> None:
    for length in range(12, len(AVIF), 7):
        assert reason(AVIF[:length]).startswith(("damaged picture: ", "not a "))


def test_lost_pixels_are_seen_where_the_lengths_agree() -> None:
    whole = av1_item(saved(Image.effect_noise((128, 96), 80), "AVIF", speed=10), (128, 96))
    made(file_of([whole]))
    # A frame's length is in front of its bytes: without the end of them it is another one.
    at = whole.data.index(b"\x32") + 1
    length = whole.data[at] & 0x7F | (whole.data[at + 1] & 0x7F) << 7
    assert len(whole.data) == at + 2 + length
    for share in (0.1, 0.5, 0.9):
        left = int(length * share)
        data = (
            whole.data[:at] + bytes([left & 0x7F | 0x80, left >> 7]) + whole.data[at + 2 :][:left]
        )
        item = Item(whole.kind, data, whole.properties)
        assert reason(file_of([item])) == "damaged picture: its pixels can't be decoded"


def without(name: bytes) -> Item:
    return Item(ITEM.kind, ITEM.data, tuple(one for one in ITEM.properties if one[0] != name))


TILE = av1_of_colour(RED)
TILES = [TILE] * 4


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (AVIF[:32], "damaged picture: the file ends before its pixels"),
        (AVIF[:32] + box(b"meta"), "damaged picture: its structure can't be read"),
        (AVIF[:32] + full_box(b"meta"), "damaged picture: its structure can't be read"),
        (file_of([ITEM], Layout(primary=7)), "damaged picture: nothing states its size"),
        (file_of([without(b"ispe")]), "damaged picture: nothing states its size"),
        (file_of([without(b"av1C")]), "damaged picture: nothing states its size"),
        (file_of([ITEM], Layout(places={1: (0, 0)})), "damaged picture: "),
        (file_of([ITEM], Layout(places={1: (2**31, 9)})), "damaged picture: the file ends"),
        (file_of([without(b"ispe").having(size_of(0, 48))]), "damaged picture: its size"),
        (
            file_of([Item(b"jpeg", ITEM.data, ITEM.properties)]),
            "a kind of AVIF that can't be read: 'jpeg'",
        ),
        (file_of([Item(b"iden", b"").referring(b"dimg", 2), ITEM]), "damaged picture"),
        (file_of([Item(b"av01", b"", ITEM.properties)]), "damaged picture: the file ends"),
        (file_of([Item(b"av01", b"\x12\0", ITEM.properties)]), "damaged picture: the file ends"),
        (file_of([Item(b"av01", b"\x0a\1\0", ITEM.properties)]), "damaged picture: nothing states"),
        (file_of([grid(2, 2, (128, 128), 2, 3, 4), *TILES]), "damaged picture: its structure"),
        (file_of([grid(2, 2, (0, 128), 2, 3, 4, 5), *TILES]), "damaged picture: its size"),
        (file_of([grid(2, 2, (512, 128), 2, 3, 4, 5), *TILES]), "damaged picture: its pixels"),
        (file_of([Item(b"grid", bytes(8)), TILE]), "damaged picture: its structure"),
        # A grid of itself, and of grids.
        (file_of([grid(1, 1, (64, 64), 1)]), "damaged picture: nothing states its size"),
        (
            file_of([grid(1, 1, (64, 64), 2), grid(1, 1, (64, 64), 1)]),
            "damaged picture: nothing states its size",
        ),
        (
            file_of([ITEM.having((b"xxxx", b""))], Layout(essential=frozenset({b"xxxx"}))),
            "a kind of picture that can't be read: unknown properties",
        ),
    ],
)
def test_a_refusal_says_what_is_wrong(data: bytes, words: str) -> None:
    assert reason(data).startswith(words) or pytest.fail(reason(data))


def test_bytes_are_used_once() -> None:
    items = [grid(2, 2, (128, 128), 2, 3, 4, 5), *TILES]
    half = len(file_of(items)) // 2
    shared = file_of(items, Layout(places=dict.fromkeys(range(2, 6), (0, half))))
    assert reason(shared) == "damaged picture: its structure can't be read"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (AVIF[:32] + box(b"free") * BOXES_LIMIT + AVIF[32:], "boxes"),
        (file_of([ITEM], Layout(inside=box(b"free") * BOXES_LIMIT)), "boxes"),
        (file_of([ITEM] + [Item(b"mime", b"")] * BOXES_LIMIT), "items|boxes"),
        (
            file_of(
                [
                    ITEM.having(*[(b"free", bytes([number, one])) for one in range(250)])
                    for number in range(17)
                ]
            ),
            "boxes",
        ),
        (
            file_of([grid(33, 32, (2048, 2048), *[2] * (TILES_LIMIT + 1)), TILE]),
            "its structure can't be read",
        ),
    ],
)
def test_a_file_has_so_many_parts_at_most(data: bytes, words: str) -> None:
    assert any(word in reason(data) for word in words.split("|"))


def test_what_stands_behind_the_picture_is_not_walked() -> None:
    made(AVIF + box(b"free") * BOXES_LIMIT)


def test_what_it_names_first_is_not_all_that_counts() -> None:
    data = file_of([ITEM])
    assert isinstance(structure_of(data[:8] + b"mif1" + data[12:]), AvifStructure)
    named = data.replace(b"avif", b"abcd").replace(b"mif1", b"abcd")
    assert reason(named) == "not a JPEG, PNG, WebP, GIF or AVIF picture"


@given(st.data())
def test_a_changed_file_is_passed_or_refused(data: st.DataObject) -> None:
    start = AVIF.index(b"mdat")
    changed = bytearray(AVIF)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(12, start - 1))] = data.draw(st.integers(0, 255))
    tried(lambda: structure_of(bytes(changed)), ImageRefusedError)


@given(st.binary(max_size=200))
def test_any_boxes_are_passed_or_refused(content: bytes) -> None:
    tried(lambda: structure_of(AVIF[:32] + full_box(b"meta", content)), ImageRefusedError)
    tried(
        lambda: structure_of(file_of([Item(b"av01", content, ITEM.properties)])), ImageRefusedError
    )
