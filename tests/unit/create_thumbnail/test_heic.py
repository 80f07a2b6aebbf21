"""Thumbnails of HEICs: what people see of them, and which are refused."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from create_thumbnail.bmff_items import items_of
from create_thumbnail.bmff_picture import picture_of
from create_thumbnail.cost import FIXED_SECONDS, MAX_SECONDS, decode_seconds
from create_thumbnail.decode import decoded
from create_thumbnail.engine import Fit, ImageRefusedError
from create_thumbnail.heic_structure import HeicStructure, heic_structure
from create_thumbnail.limits import decode_bytes
from create_thumbnail.structure import structure_of
from create_thumbnail.thumbnail import PillowEngine
from tests.unit.bmff_files import (
    Item,
    Layout,
    alpha_of,
    clap,
    file_of,
    grid,
    nclx,
    profile,
    size_of,
)
from tests.unit.hostile import tried
from tests.unit.pictures import (
    CORNERS,
    GREEN,
    RED,
    corners,
    display_p3_in_srgb,
    display_p3_profile,
    exif,
    is_close,
    opened,
    quadrants,
)

SAMPLES = Path(__file__).parents[2] / "samples" / "heic"
LAYOUT = Layout(brand=b"heic")
MUTED = (200, 120, 60)
QUADRANTS = quadrants((96, 64))
# The headers of an HEVC picture of any size, behind its profile: no sub-layers, 4:2:0.
CONFIGURATION = bytes([1, *bytes(15), 1, 0, 0, 0, 0, 0xFF])
FRAME = b"\x26\x01\x80" + bytes(97)


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.heic").read_bytes()


def item_of(name: str) -> Item:
    """The picture of a sample, without colours and turns."""
    data = sample(name)
    (tile,) = picture_of(data, items_of(data)).colour.tiles
    configuration = (tile.configuration.name, bytes(tile.configuration.content))
    return Item(b"hvc1", bytes(tile.data), (size_of(*tile.size), configuration))


ITEM, OF_MUTED, NOISE = item_of("quadrants"), item_of("muted"), item_of("noise")


def made(data: bytes, fit: Fit = "fit") -> Image.Image:
    return opened(PillowEngine(fit, 2**29, takes_heic=True).make(data).data)


def heic(*items: Item) -> bytes:
    return file_of(items, LAYOUT)


def pixel(data: bytes) -> tuple[int, ...]:
    picture = made(data)
    value = picture.getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(value, tuple)
    return value


def reason(data: bytes) -> str:
    with pytest.raises(ImageRefusedError) as refused:
        PillowEngine("fit", 2**29, takes_heic=True).make(data)
    return str(refused.value)


def are_close(found: list[tuple[int, ...]], expected: list[tuple[int, ...]]) -> bool:
    return all(is_close(one, other, 25) for one, other in zip(found, expected, strict=True))


def exp_golomb(number: int) -> str:
    bits = f"{number + 1:b}"
    return "0" * (len(bits) - 1) + bits


def item_of_size(width: int, height: int, length: int = 100, frames: int = 1) -> Item:
    """A picture whose headers say this, with nothing in it."""
    bits = "0" * 4 + "000" + "1" + "0" * 96 + "1" + exp_golomb(1)
    bits += exp_golomb(width) + exp_golomb(height) + "0" + exp_golomb(0) * 2 + "1"
    content = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    unit = b"\x42\x01" + content.replace(b"\0\0", b"\0\0\3")
    arrays = b"\x01\x21\0\x01" + len(unit).to_bytes(2, "big") + unit
    frame = length.to_bytes(4, "big") + (FRAME + bytes(max(0, length - 100)))[:length]
    return Item(
        b"hvc1", frame * frames, (size_of(width, height), (b"hvcC", CONFIGURATION + arrays))
    )


@pytest.mark.parametrize("data", [sample("quadrants"), b"\0\0\0\x14ftypmif1\0\0\0\0heic"])
def test_without_its_layer_a_heic_is_refused_as_what_it_is(data: bytes) -> None:
    with pytest.raises(ImageRefusedError) as refused:
        PillowEngine("fit", 2**29).make(data)
    assert str(refused.value) == "a HEIC picture, which is not taken here: save it as a JPEG first"


def test_a_thumbnail_of_a_heic_is_a_webp() -> None:
    thumbnail = PillowEngine("fit", 2**29, takes_heic=True).make(sample("quadrants"))
    assert thumbnail.content_type == "image/webp"
    assert are_close(corners(opened(thumbnail.data)), list(CORNERS))


@pytest.mark.parametrize("mirror", [None, 0, 1])
@pytest.mark.parametrize("turns", range(4))
def test_boxes_turn_a_picture_and_the_decoder_does_not(turns: int, mirror: int | None) -> None:
    properties = [(b"irot", bytes([turns]))]
    expected = QUADRANTS.rotate(90 * turns, expand=True)
    if mirror is not None:
        properties.append((b"imir", bytes([mirror])))
        flips = (Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.FLIP_LEFT_RIGHT)
        expected = expected.transpose(flips[mirror])
    picture = made(heic(ITEM.having(*properties)))
    assert picture.size == expected.size
    assert are_close(corners(picture), corners(expected))


def test_exif_turns_no_heic() -> None:
    block = Item(b"Exif", bytes(4) + exif(6)).referring(b"cdsc", 1)
    assert are_close(corners(made(heic(ITEM, block))), list(CORNERS))


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ([nclx(1, 13, 6)], MUTED),
        ([nclx(1, 1, 6)], MUTED),
        ([nclx(12, 13, 6)], display_p3_in_srgb(MUTED)),
        ([nclx(1, 13, 6), profile(display_p3_profile())], display_p3_in_srgb(MUTED)),
        ([nclx(1, 8, 6)], (228, 181, 132)),  # linear
    ],
)
def test_colours_become_srgb_once(
    properties: list[tuple[bytes, bytes]], expected: tuple[int, ...]
) -> None:
    assert is_close(pixel(heic(OF_MUTED.having(*properties))), expected, 6)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("grey", (100, 100, 100)),
        ("deep", MUTED),
        ("deep-grey", (100, 100, 100)),
        ("green", (0, 136, 0)),
    ],
)
def test_kinds_of_pixels_are_taken(name: str, expected: tuple[int, ...]) -> None:
    assert is_close(pixel(sample(name)), expected, 6)


def test_an_alpha_channel_is_kept() -> None:
    found = made(sample("alpha")).getchannel("A")
    shades = [found.getpixel((10, y)) for y in (2, 31, 61)]
    assert shades == pytest.approx([10, 127, 242], abs=6)


def test_premultiplied_colours_are_divided_by_alpha() -> None:
    items = [OF_MUTED.having(nclx(1, 13, 6)).referring(b"prem", 2), alpha_of(item_of("grey"), 1)]
    assert is_close(pixel(heic(*items)), (255, 255, 153, 100), 8)


@pytest.mark.parametrize("fit", ["fit", "cover"])
def test_a_grid_is_reduced_tile_by_tile(fit: Fit) -> None:
    names = ("muted", "grey", "green", "muted")
    items = [grid(8, 8, (500, 490), *range(2, 66)), *[item_of(names[n % 4]) for n in range(64)]]
    whole = [one.having(nclx(1, 13, 6)) if one.kind == b"grid" else one for one in items]
    whole[1:] = [OF_MUTED] * 64
    picture = made(heic(*whole), fit)
    assert picture.size == ((150, 147) if fit == "fit" else (150, 150))
    assert all(is_close(one, MUTED, 6) for one in corners(picture))


def test_tiles_lie_where_the_grid_says() -> None:
    items = [grid(1, 2, (128, 60), 2, 3).having(nclx(1, 13, 6)), OF_MUTED, item_of("green")]
    picture = made(file_of(items, Layout(brand=b"heic", in_meta=frozenset({1}))))
    assert picture.size == (128, 60)
    assert are_close(corners(picture), [MUTED, (0, 136, 0)] * 2)


@pytest.mark.parametrize(
    ("aperture", "colour"), [(clap(48, 32, -48, -32), RED), (clap(48, 32, 48, -32), GREEN)]
)
def test_a_clean_aperture_cuts_off_the_rest(
    aperture: tuple[bytes, bytes], colour: tuple[int, ...]
) -> None:
    picture = made(heic(ITEM.having(aperture)))
    assert picture.size == (48, 32)
    assert are_close(corners(picture), [colour] * 4)


def test_what_is_cut_short_is_refused() -> None:
    data = sample("noise")
    for length in range(30, len(data), 97):
        assert reason(data[:length]).startswith("damaged picture: the file ends before")


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
def test_lost_pixels_are_seen_where_the_lengths_agree(share: float) -> None:
    left = int((len(NOISE.data) - 4) * share)
    cut = Item(NOISE.kind, left.to_bytes(4, "big") + NOISE.data[4 : 4 + left], NOISE.properties)
    for colours in (nclx(1, 13, 6), nclx(9, 13, 9)):
        assert reason(heic(cut.having(colours))) == (
            "damaged picture: the file ends before its last pixels"
        )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            heic(Item(b"av01", ITEM.data, ITEM.properties)),
            "a kind of HEIC that can't be read: 'av01'",
        ),
        (heic(Item(b"hvc1", b"\0\0\0\x09x", ITEM.properties)), "damaged picture: the file ends"),
        (heic(Item(b"hvc1", b"\0\0\0\0", ITEM.properties)), "damaged picture: its structure"),
        (heic(Item(b"hvc1", b"\0\0", ITEM.properties)), "damaged picture: the file ends"),
        (heic(Item(b"hvc1", ITEM.data, (size_of(64, 64), (b"hvcC", b"")))), "damaged picture"),
        (heic(Item(b"hvc1", ITEM.data, (size_of(99, 9), ITEM.properties[1]))), "damaged picture"),
        (
            heic(grid(1, 2, (128, 64), 2, 3), OF_MUTED, OF_MUTED, alpha_of(OF_MUTED, 1)),
            "a kind of HEIC that can't be read: an alpha channel of other tiles",
        ),
    ],
)
def test_a_refusal_says_what_is_wrong(data: bytes, words: str) -> None:
    assert reason(data).startswith(words) or pytest.fail(reason(data))


@pytest.mark.parametrize("offset", [16, 17, 18])
def test_a_configuration_that_contradicts_the_pixels_is_refused(offset: int) -> None:
    """libheif would say of how many bytes a pixel is, and pi-heif would write behind its buffer."""
    item = item_of("grey")
    configuration = bytearray(item.properties[1][1])
    configuration[offset] ^= 1
    changed = Item(item.kind, item.data, (item.properties[0], (b"hvcC", bytes(configuration))))
    assert reason(heic(changed)) == "damaged picture: its structure can't be read"


def test_a_heic_has_so_many_units_at_most() -> None:
    many = Item(b"hvc1", b"\0\0\0\2\x46\1" * 10_001, ITEM.properties)
    assert reason(heic(many)) == "HEIC of more units than a picture has"


def phone(columns: int, rows: int, size: tuple[int, int], length: int) -> bytes:
    """A phone's photograph: tiles of 512 x 512."""
    count = columns * rows
    tile = item_of_size(512, 512, length // count)
    return heic(grid(rows, columns, size, *range(2, count + 2)), *[tile] * count)


@pytest.mark.parametrize(
    "data",
    [phone(8, 6, (4032, 3024), 4_000_000), phone(16, 12, (8064, 6048), 12_000_000)],
    ids=["12 megapixels", "48 megapixels"],
)
def test_photographs_of_phones_are_not_refused(data: bytes) -> None:
    structure = structure_of(data, takes_heic=True)
    assert decode_seconds(structure) <= MAX_SECONDS
    assert decode_bytes(structure) <= 2**29


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            heic(item_of_size(5000, 5000, 20_000_000)),
            "too costly: 5000 x 5000 pixels as HEIC may need",
        ),
        (heic(item_of_size(4000, 3000, frames=9)), "too costly: "),
        (heic(item_of_size(20_000, 15_000)), "too large: 20000 x 15000 pixels as HEIC need"),
    ],
)
def test_what_costs_too_much_is_refused_before_it_is_decoded(data: bytes, words: str) -> None:
    assert reason(data).startswith(words)


def test_the_headers_count_and_not_the_boxes() -> None:
    item = item_of_size(20_000, 15_000)
    small = Item(item.kind, item.data, (size_of(64, 64), item.properties[1]))
    assert reason(heic(small)).startswith("too large: ")


def test_the_costliest_tiles_cost_no_more_than_estimated() -> None:
    tiles = [NOISE] * 100
    data = heic(grid(10, 10, (960, 640), *range(2, 102)).having(nclx(1, 13, 6)), *tiles)
    structure = structure_of(data, takes_heic=True)
    started = time.process_time()
    decoded(structure, (150, 100))
    # The fixed part is for the rest of the thumbnail; some of it is for other work on the machine.
    assert time.process_time() - started <= decode_seconds(structure) - FIXED_SECONDS * 2 / 3


def test_a_clock_ends_tiles_that_take_longer_than_expected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = heic(grid(2, 2, (128, 128), 2, 3, 4, 5).having(nclx(1, 13, 6)), *[OF_MUTED] * 4)
    made(data)
    seconds = iter([0.0, 1.0, 2.0, 3.0, 4.0])
    monkeypatch.setattr("create_thumbnail.cost.time.process_time", lambda: next(seconds))
    assert reason(data) == "too costly: the HEIC's tiles take more than 3 seconds of a processor"


def test_what_a_sample_may_cost() -> None:
    structure = heic_structure(sample("noise"))
    assert isinstance(structure, HeicStructure)
    assert structure.images[0][:4] == (96, 64, 8, 1.5)


@given(st.data())
def test_a_changed_file_is_passed_or_refused(data: st.DataObject) -> None:
    changed = bytearray(sample("quadrants"))
    start = changed.index(b"mdat")
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(12, start - 1))] = data.draw(st.integers(0, 255))
    tried(lambda: structure_of(bytes(changed), takes_heic=True), ImageRefusedError)


@given(st.binary(max_size=100))
def test_any_headers_are_passed_or_refused(content: bytes) -> None:
    item = Item(b"hvc1", ITEM.data, (size_of(64, 64), (b"hvcC", content)))
    tried(lambda: structure_of(heic(item), takes_heic=True), ImageRefusedError)
