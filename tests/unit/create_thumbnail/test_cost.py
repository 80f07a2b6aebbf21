"""What a picture will cost, against what it costs; by hand at full size: measure_costs.py."""

import random
import struct
import sys
import time
from collections.abc import Callable
from functools import cache
from itertools import takewhile

import pytest
from PIL import Image

from create_thumbnail import cost
from create_thumbnail.cost import FIXED_SECONDS, MAX_SECONDS, decode_seconds, encode_seconds
from create_thumbnail.encode import encoded as encoded_thumbnail
from create_thumbnail.engine import Fit, ImageRefusedError
from create_thumbnail.structure import structure_of
from create_thumbnail.thumbnail import PillowEngine
from tests.unit.create_thumbnail.costly_pictures import (
    BASELINE,
    COLOURS_IN_QUARTERS,
    ENDS,
    GREY,
    NO_DIFFERENCE,
    PROGRESSIVE,
    codes,
    costly_pictures,
    ends_of_blocks,
    jpeg,
    png_of_tiny_blocks,
    scan,
)
from tests.unit.create_thumbnail.fuzzed_pictures import fuzzed_picture
from tests.unit.hostile import tried
from tests.unit.pictures import encoded, png_of, raw_png

PICTURES = dict(costly_pictures())
# CPU seconds on the processor that cost.py's figures are from, of a megapixel with "cover".
REFERENCES = {
    "JPEG": ("jpeg baseline 444, dense", 0.031),
    "PNG": ("png of 8 bits, colours 2", 0.037),
    "WEBP": ("webp lossy, quality 75", 0.055),
    "GIF": ("gif of literals", 0.021),
    "AVIF": ("webp lossy, quality 75", 0.055),  # alike: prediction, transforms, filters
}
SIZES = (150, 300)  # the default of thumbnails.sizes
TABLES = codes(0, NO_DIFFERENCE) + codes(0x10, ENDS)
# The ten scans of libjpeg's own script for a progressive JPEG in colours (jpeg_simple_progression).
USUAL_SCANS = (
    ((1, 2, 3), (0, 0, 0x01)),
    ((1,), (1, 5, 0x02)),
    ((3,), (1, 63, 0x01)),
    ((2,), (1, 63, 0x01)),
    ((1,), (6, 63, 0x02)),
    ((1,), (1, 63, 0x21)),
    ((1, 2, 3), (0, 0, 0x10)),
    ((3,), (1, 63, 0x10)),
    ((2,), (1, 63, 0x10)),
    ((1,), (1, 63, 0x10)),
)


def seconds(data: bytes) -> float:
    return decode_seconds(structure_of(data))


def baseline(size: tuple[int, int], length: int) -> bytes:
    data = scan([1, 2, 3], (0, 63, 0), bytes(length))
    return jpeg(BASELINE, size, COLOURS_IN_QUARTERS, TABLES, data)


def progressive(size: tuple[int, int], length: int) -> bytes:
    each = bytes(length // len(USUAL_SCANS))
    scans = [scan(numbers, band, each) for numbers, band in USUAL_SCANS]
    return jpeg(PROGRESSIVE, size, COLOURS_IN_QUARTERS, TABLES, *scans)


def many_scans(side: int, scans: int) -> bytes:
    blocks = (side // 8) ** 2
    refined = scan([1], (1, 63, 0x10), ends_of_blocks(blocks))
    first = scan([1], (0, 0, 0), bytes(blocks // 8 + 1))
    return jpeg(PROGRESSIVE, (side, side), GREY, TABLES, first, *[refined] * (scans - 1))


def webp_of_size(width: int, height: int) -> bytes:
    data = bytearray(encoded("WEBP"))
    struct.pack_into("<HH", data, 26, width, height)  # in the header of the VP8 bitstream
    return bytes(data)


@cache
def slowness(name: str) -> float:
    """How many times as long as on the processor of cost.py's figures this one takes, at least 1.

    Measured with a picture of the same format, as processors differ in what they are good at.
    """
    reference, usual = REFERENCES[name]
    data = PICTURES[reference](1)
    return max(1.0, min(took(data, "cover", (150,)) for _ in range(5)) / usual)


def check_cost(data: bytes, *fits: Fit, sizes: tuple[int, ...] = SIZES) -> None:
    """Check that a picture costs no more than estimated, in one of three attempts."""
    structure = structure_of(data)
    allowed = decode_seconds(structure, max(sizes)) + encode_seconds(sizes)
    allowed *= slowness(structure.name)
    attempts = (max(took(data, fit, sizes) for fit in fits) for _ in range(3))
    costs = list(takewhile(lambda seconds: seconds > allowed, attempts))
    assert len(costs) < 3, f"{min(costs):.3f} of {allowed:.3f} seconds"


def took(data: bytes, fit: Fit, sizes: tuple[int, ...] = SIZES) -> float:
    """The CPU seconds that the engine takes; a damaged picture counts as well."""
    tracer = sys.gettrace()
    sys.settrace(None)  # coverage's takes longer than a decoder's line of Python
    started = time.process_time()
    try:
        PillowEngine(fit, 2**40).make_sizes(data, sizes)
    except ImageRefusedError as refusal:
        if str(refusal).startswith("too"):
            raise  # it wasn't decoded
    finally:
        sys.settrace(tracer)
    return time.process_time() - started


@pytest.mark.parametrize("name", PICTURES)
def test_the_costliest_pictures_cost_no_more_than_estimated(name: str) -> None:
    check_cost(PICTURES[name](1), "fit", "cover")


@pytest.mark.parametrize("seed", range(24))
def test_random_pictures_cost_no_more_than_estimated(seed: int) -> None:
    data = fuzzed_picture(random.Random(seed), 1)  # noqa: S311 - no secret
    fit: Fit = "cover" if seed % 2 else "fit"
    if not tried(lambda: structure_of(data), ImageRefusedError)[1]:
        check_cost(data, fit)


@pytest.mark.parametrize(
    "name",
    [
        "jpeg baseline 444, dense",
        "jpeg progressive, 20 times refined in runs",
        "png of 8 bits, colours 6",
        "webp lossy with alpha, quality 100",
        "gif of literals, a panorama with transparency",
    ],
)
def test_large_thumbnails_cost_no_more_than_estimated(name: str) -> None:
    check_cost(PICTURES[name](1), "cover", sizes=(150, 300, 1024))


def test_what_costs_more_than_estimated_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    data = PICTURES["gif of literals"](1)
    monkeypatch.setattr(cost, "FIXED_SECONDS", 0)
    monkeypatch.setattr(cost, "_gif_nanoseconds", lambda _: 1e6)
    with pytest.raises(AssertionError, match=r"^0\.\d+ of 0\.00"):
        check_cost(data, "fit")


@pytest.mark.parametrize(
    ("data", "least"),
    [
        (lambda: many_scans(15_400, 100), 20),
        (lambda: many_scans(15_400, 20), 4),
        (lambda: baseline((60_000, 60_000), 16_000_000), 3),
        (lambda: PICTURES["jpeg progressive, smoothed"](150), 3),
        (lambda: raw_png(16_000, 16_000, depth=8, colour_type=2, rows=b"\0"), 6),
        (lambda: webp_of_size(12_000, 9000), 3),
    ],
    ids=["100 scans", "20 scans", "3600 MP", "smoothed", "256 MP as PNG", "108 MP as WebP"],
)
def test_what_costs_too_much_is_refused_before_it_is_decoded(
    data: Callable[[], bytes], least: float
) -> None:
    picture = data()
    assert seconds(picture) > least
    with pytest.raises(ImageRefusedError, match=r"^too costly: \d+ x \d+ pixels as .* may need "):
        PillowEngine("fit", 2**40).make(picture)


@pytest.mark.parametrize(
    "data",
    [
        baseline((4000, 3000), 3_000_000),
        baseline((12_000, 9000), 40_000_000),
        baseline((16_320, 12_240), 60_000_000),
        progressive((4000, 3000), 3_000_000),
        progressive((8000, 6000), 20_000_000),
        progressive((12_000, 9000), 25_000_000),
        png_of((6000, 4000), (8, 2, 0, 0, 0), bytes(35_000_000)),
        png_of((9000, 7000), (8, 2, 0, 0, 0), bytes(60_000_000)),
        png_of((4000, 3000), (8, 6, 0, 0, 1), bytes(20_000_000)),
    ],
    ids=[
        "12 MP",
        "108 MP",
        "200 MP",
        "12 MP progressive",
        "48 MP progressive",
        "108 MP progressive",
        "24 MP as PNG",
        "63 MP as PNG",
        "12 MP as PNG with alpha, interlaced",
    ],
)
def test_photographs_are_not_refused(data: bytes) -> None:
    assert seconds(data) <= MAX_SECONDS


def test_the_refusal_says_what_the_picture_would_cost() -> None:
    with pytest.raises(ImageRefusedError) as refused:
        PillowEngine("fit", 2**40).make(many_scans(15_400, 100))
    assert str(refused.value).startswith(
        "too costly: 15400 x 15400 pixels as JPEG of 100 scans may need "
    )
    assert str(refused.value).endswith(" seconds of a processor, 3 are allowed")


def test_a_jpeg_without_an_end_counts_twice_if_its_scans_are_walked() -> None:
    data = progressive((4000, 3000), 3_000_000)
    once, twice = (seconds(one) - FIXED_SECONDS for one in (data, data[:-2]))
    assert twice == pytest.approx(2 * once, rel=0.01)


def test_a_jpeg_without_an_end_that_costs_too_much_twice_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = encoded("JPEG")[:-2]
    PillowEngine("fit", 2**40).make(data)
    monkeypatch.setattr(cost, "MAX_SECONDS", seconds(data))
    with pytest.raises(ImageRefusedError, match=r"^too costly: the JPEG lacks its end marker"):
        PillowEngine("fit", 2**40).make(data)


def test_only_scans_that_leave_coefficients_rough_are_smoothed() -> None:
    whole = progressive((4000, 3000), 0)
    last = whole.rindex(b"\xff\xda")
    assert seconds(whole[:last] + whole[-2:]) > seconds(whole)


def test_restart_markers_count_wherever_their_interval_is_said() -> None:
    one, interval = scan([1], (0, 0, 0), b""), b"\xff\xdd\0\4\0\1"
    plain = jpeg(PROGRESSIVE, (800, 800), GREY, TABLES, one, one)
    before = jpeg(PROGRESSIVE, (800, 800), GREY, TABLES + interval, one, one)
    between = jpeg(PROGRESSIVE, (800, 800), GREY, TABLES, one, interval, one)
    assert seconds(before) == pytest.approx(seconds(between), rel=0.001)
    assert seconds(before) > seconds(plain)


def test_tiny_blocks_of_a_png_end_where_the_time_does(monkeypatch: pytest.MonkeyPatch) -> None:
    data = png_of_tiny_blocks(4_000_000)
    PillowEngine("fit", 2**40).make(data)
    monkeypatch.setattr(cost, "MAX_SECONDS", seconds(data) + 0.02)
    with pytest.raises(ImageRefusedError, match=r"^too costly: the PNG's pixels are compressed so"):
        PillowEngine("fit", 2**40).make(data)


def test_segments_behind_a_cut_picture_cost_nothing() -> None:
    data = encoded("JPEG")[:-20] + b"\xff\xfe\0\2" * 4_000_000
    started = time.process_time()
    with pytest.raises(ImageRefusedError, match="the file ends before its last pixels"):
        PillowEngine("fit", 2**40).make(data)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("kind", [0xC5, 0xC7, 0xCB, 0xCD])
def test_codings_that_libjpeg_lacks_are_named(kind: int) -> None:
    data = jpeg(kind, (64, 64), GREY, TABLES, scan([1], (0, 63, 0), b""))
    with pytest.raises(ImageRefusedError, match=r"^a kind of JPEG .*: hierarchical"):
        structure_of(data)


def test_a_thumbnail_with_alpha_is_encoded_quickly() -> None:
    noise = random.Random(1).randbytes(150 * 150 * 4)  # noqa: S311 - no secret
    thumbnail = Image.frombytes("RGBA", (150, 150), noise)
    started = time.process_time()
    encoded_thumbnail(thumbnail, "WEBP")
    assert time.process_time() - started < 0.2  # 0.9 with libwebp's method 6
