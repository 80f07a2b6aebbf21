"""Colours as the PNG specification orders what says them, and as browsers show them.

Expected values are Chromium 156's where a comment says so, and else the formula's.
"""

import io
import struct
import zlib

import pytest
from PIL import ImageCms

from create_thumbnail.colour_space import coded_profile, gamma_profile
from create_thumbnail.thumbnail import PillowEngine
from tests.unit.pictures import (
    Colour,
    display_p3_in_srgb,
    display_p3_profile,
    encoded,
    is_close,
    opened,
    raw_png,
)

P3 = b"\x0c\x0d\0\1"
SRGB = b"\1\x0d\0\1"
LINEAR = struct.pack(">I", 100_000)
ADOBE = (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)  # white, red, green, blue
ADOBE_RGB = struct.pack(">8I", *ADOBE)
ON_A_LINE = (10_000, 10_000, 20_000, 20_000, 30_000, 30_000)
ADOBE_GAMMA = struct.pack(">I", 45455)
TOLERANCE = 2


def made(
    chunks: dict[bytes, bytes], colour: Colour = (32, 192, 64), colour_type: int = 2
) -> Colour:
    rows = (b"\0" + bytes(colour) * 4) * 4
    data = raw_png(4, 4, depth=8, colour_type=colour_type, rows=rows, chunks=chunks)
    found = opened(PillowEngine("fit", 2**29).make(data).data).getpixel((2, 2))
    assert isinstance(found, tuple)
    return found


def iccp(profile: bytes) -> bytes:
    return b"own\0\0" + zlib.compress(profile)


def grey_profile(gamma: float) -> bytes:
    """A profile for grey with this exponent."""
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    table = struct.pack(">I4sII4sII", 2, b"wtpt", 156, 20, b"kTRC", 176, len(curve))
    body = table + white + curve
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x3i", 128 + len(body), 0x02400000, b"mntr", b"GRAY", b"XYZ ", b"acsp",
        63190, 65536, 54061,
    )  # fmt: skip
    return header.ljust(128, b"\0") + body


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ({}, (32, 192, 64)),
        ({b"cICP": P3}, (0, 195, 32)),  # Chromium
        ({b"cICP": SRGB}, (32, 192, 64)),
        ({b"cHRM": ADOBE_RGB, b"gAMA": ADOBE_GAMMA}, (0, 193, 46)),  # Chromium
        ({b"iCCP": iccp(display_p3_profile())}, display_p3_in_srgb((32, 192, 64))),
        ({b"sRGB": b"\0"}, (32, 192, 64)),
    ],
)
def test_what_a_png_says_of_its_colours(
    chunks: dict[bytes, bytes], expected: tuple[int, ...]
) -> None:
    assert is_close(made(chunks), expected, TOLERANCE)


def test_gamma_alone_is_of_srgbs_primaries() -> None:
    assert is_close(made({b"gAMA": LINEAR}, (128,) * 3), (188,) * 3, TOLERANCE)  # Chromium
    assert is_close(made({b"gAMA": LINEAR}, (55, 55, 0)), (128, 128, 0), TOLERANCE)


@pytest.mark.parametrize(
    "chunks",
    [
        {b"cICP": P3, b"iCCP": iccp(b"x"), b"sRGB": b"\0", b"gAMA": LINEAR},
        {b"gAMA": LINEAR, b"sRGB": b"\0", b"iCCP": iccp(display_p3_profile())},
        {b"cICP": P3, b"iCCP": iccp(grey_profile(1.0)), b"gAMA": LINEAR, b"cHRM": ADOBE_RGB},
    ],
)
def test_the_better_one_counts(chunks: dict[bytes, bytes]) -> None:
    assert is_close(made(chunks), display_p3_in_srgb((32, 192, 64)), TOLERANCE)


@pytest.mark.parametrize(
    "useless",
    [
        {b"iCCP": iccp(b"no profile")},
        {b"iCCP": iccp(display_p3_profile()[:200])},
        {b"cICP": b"\x0c\x0d\1\1"},  # not RGB
        {b"cICP": b"\x0c\x0d\0\0"},  # narrow range
        {b"cICP": b"\2\2\0\1"},  # unspecified
        {b"cICP": b"\x0c\x09\0\1"},  # logarithmic
        {b"cICP": b"\xff\xff\0\1"},
    ],
)
def test_what_cannot_be_used_is_passed_over(useless: dict[bytes, bytes]) -> None:
    expected = made({b"gAMA": LINEAR}, (128, 64, 32))
    assert is_close(made({**useless, b"gAMA": LINEAR}, (128, 64, 32)), expected, TOLERANCE)
    assert made({**useless, b"sRGB": b"\0"}, (128, 64, 32)) == (128, 64, 32)


@pytest.mark.parametrize(
    "chunks",
    [
        {b"cHRM": ADOBE_RGB},
        *({b"gAMA": struct.pack(">I", gamma)} for gamma in (43_182, 45_455, 47_727)),
        {b"cHRM": bytes(32), b"gAMA": LINEAR},
        {b"cHRM": b"\xff" * 32, b"gAMA": LINEAR},
        {b"cHRM": struct.pack(">8I", *(31270, 32900) * 4), b"gAMA": LINEAR},  # of one colour
        {b"cHRM": struct.pack(">8I", 31270, 32900, *ON_A_LINE), b"gAMA": LINEAR},
        {b"cHRM": struct.pack(">I", 100_001) + ADOBE_RGB[4:], b"gAMA": LINEAR},
    ],
)
def test_gamma_and_chromaticities_that_browsers_take_for_srgb(chunks: dict[bytes, bytes]) -> None:
    assert made(chunks, (128, 64, 32)) == (128, 64, 32)


def test_a_gamma_that_is_not_quite_the_usual_one_counts() -> None:
    for gamma in (43_181, 47_728):
        assert made({b"gAMA": struct.pack(">I", gamma)}, (10, 64, 32)) != (10, 64, 32)


def test_a_primary_without_brightness_is_possible() -> None:
    chunks = {b"cHRM": struct.pack(">8I", 31270, 32900, 64000, 0, *ADOBE[4:]), b"gAMA": LINEAR}
    red, green, blue = made(chunks, (128,) * 3)
    assert is_close((red, green, blue), (188,) * 3, TOLERANCE)
    assert made(chunks, (200, 60, 90))[1] < 60


def test_of_the_colour_chunks_only_cicp_is_passed_over_behind_the_palette() -> None:
    palette = {b"PLTE": bytes((32, 192, 64))}
    assert made({**palette, b"cICP": P3}, (0,), 3)[:3] == (32, 192, 64)
    for late in ({b"gAMA": LINEAR}, {b"iCCP": iccp(display_p3_profile())}):
        assert is_close(made({**palette, **late}, (0,), 3)[:3], made(late), 1)
    in_front = {b"cICP": P3, b"PLTE": bytes((32, 192, 64))}
    assert is_close(made(in_front, (0,), 3)[:3], (0, 195, 32), TOLERANCE)


@pytest.mark.parametrize("colours", [{b"gAMA": LINEAR}, {b"cICP": b"\1\x08\0\1"}])
def test_grey_has_the_same_curve_as_colours(colours: dict[bytes, bytes]) -> None:
    expected = made(colours, (128,) * 3)
    assert is_close(made(colours, (128,), 0)[:3], expected, 1)
    with_alpha = made(colours, (128, 77), 4)
    assert is_close(with_alpha[:3], expected, 1)
    assert with_alpha[3] == 77


def test_grey_with_transparency_is_converted_as_grey_without() -> None:
    profile = {b"iCCP": iccp(grey_profile(1.0))}
    expected = made(profile, (64,), 0)
    assert is_close(expected, (137,) * 3, TOLERANCE)  # Chromium
    with_alpha = made(profile, (64, 200), 4)
    assert (with_alpha[:3], with_alpha[3]) == (expected[:3], 200)
    assert made({**profile, b"tRNS": b"\0\0"}, (64,), 0) == (*expected[:3], 255)


def test_a_profile_for_grey_is_not_for_colours() -> None:
    assert made({b"iCCP": iccp(grey_profile(1.0))}) == (32, 192, 64)
    data = encoded("WEBP", colour=(32, 192, 64), lossless=True, icc_profile=grey_profile(1.0))
    found = opened(PillowEngine("fit", 2**29).make(data).data).getpixel((9, 9))
    assert isinstance(found, tuple)
    assert is_close(found, (32, 192, 64), TOLERANCE)


def test_a_profile_for_other_colours_leaves_srgb_and_no_gamma() -> None:
    """As in Chromium."""
    chunks = {b"iCCP": iccp(grey_profile(1.0)), b"gAMA": LINEAR}
    assert made(chunks) == (32, 192, 64)


def test_a_profile_for_colours_counts_for_grey() -> None:
    for profile in (gamma_profile(100_000, ()), gamma_profile(100_000, ADOBE)):
        chunks = {b"iCCP": iccp(profile)}
        assert is_close(made(chunks, (64,), 0), (137,) * 3, TOLERANCE)
        assert is_close(made(chunks, (64, 77), 4), (137, 137, 137, 77), TOLERANCE)


@pytest.mark.parametrize("profile", [grey_profile(1.0), gamma_profile(100_000, ())])
def test_the_shadows_of_linear_grey_are_exact(profile: bytes) -> None:
    """By sRGB's formula; Chromium has the same."""
    found = [made({b"iCCP": iccp(profile)}, (value,), 0)[0] for value in (1, 2, 3, 5, 10)]
    assert is_close(tuple(found), (13, 22, 28, 38, 56), 1)


# Chromium's, of 40, 80, 160 and 240.
TELEVISION = (28, 70, 155, 239)


@pytest.mark.parametrize(
    ("transfer", "expected"),
    [
        *((transfer, TELEVISION) for transfer in (1, 6, 11, 14, 15)),
        (4, (35, 79, 161, 240)),
        (5, (17, 56, 142, 237)),
        (7, (58, 97, 170, 242)),
        (17, (23, 65, 154, 247)),
    ],
)
def test_the_curves_of_television_and_cinema(transfer: int, expected: tuple[int, ...]) -> None:
    cicp = {b"cICP": bytes((1, transfer, 0, 1))}
    found = [made(cicp, (value,) * 3)[1] for value in (40, 80, 160, 240)]
    assert is_close(tuple(found), expected, TOLERANCE)


@pytest.mark.parametrize(
    ("primaries", "green", "blue"),
    [
        (4, (0, 189, 49), (0, 86, 226)),
        (8, (0, 197, 42), (22, 52, 227)),
        (9, (0, 203, 13), (0, 58, 231)),
        (10, (0, 255, 0), (0, 87, 233)),
        (11, (0, 196, 32), (34, 59, 229)),
        (22, (3, 188, 64), (40, 73, 220)),
    ],
)
def test_primaries_by_their_code(primaries: int, green: Colour, blue: Colour) -> None:
    """Chromium's."""
    cicp = {b"cICP": bytes((primaries, 13, 0, 1))}
    assert is_close(made(cicp, (32, 192, 64)), green, TOLERANCE)
    assert is_close(made(cicp, (40, 60, 220)), blue, TOLERANCE)


@pytest.mark.parametrize("primaries", [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22])
@pytest.mark.parametrize("transfer", [1, 4, 5, 7, 8, 13, 16, 17, 18])
def test_greys_stay_grey_and_black_and_white_at_the_ends(primaries: int, transfer: int) -> None:
    cicp = {b"cICP": bytes((primaries, transfer, 0, 1))}
    for value in (0, 100, 255):
        red, green, blue = made(cicp, (value,) * 3)
        assert max(red, green, blue) - min(red, green, blue) <= TOLERANCE
        assert value not in (0, 255) or (transfer in (16, 18) or abs(red - value) <= TOLERANCE)
    if transfer in (16, 18):
        assert made(cicp, (0,) * 3) == (0, 0, 0)
        assert made(cicp, (255,) * 3) == (255, 255, 255)


@pytest.mark.parametrize(("transfer", "white"), [(16, 148), (18, 191)])
def test_hdr_is_shown_in_the_range_of_srgb(transfer: int, white: int) -> None:
    """The white of a page, at 203 nits, is darker than sRGB's, and brighter light has steps."""
    values = (0, white // 2, white, white + 20, white + 40)
    shown = [made({b"cICP": bytes((9, transfer, 0, 1))}, (value,) * 3)[0] for value in values]
    assert shown == sorted(set(shown))
    assert is_close((shown[2],), (190,), 4)


def test_a_profile_of_ours_is_one_that_little_cms_takes() -> None:
    for profile in (
        coded_profile(P3),
        coded_profile(b"\x09\x10\0\1"),
        gamma_profile(100_000, ()),
        gamma_profile(45455, ADOBE),
    ):
        assert profile
        assert int.from_bytes(profile[:4], "big") == len(profile)
        opened_profile = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile
        assert (opened_profile.xcolor_space.strip(), opened_profile.device_class) == ("RGB", "mntr")
    assert coded_profile(SRGB) == b""
    assert coded_profile(b"\xff\x0d\0\1") is None
