"""Whole pixels are never refused for what stands around them, and it costs next to nothing."""

import random
import struct
import time
import zlib

import pytest
from PIL import Image, ImageCms

from create_thumbnail.engine import Fit
from create_thumbnail.thumbnail import PillowEngine
from tests.unit.pictures import (
    display_p3_in_srgb,
    display_p3_profile,
    encoded,
    exif,
    is_close,
    jpeg_segment,
    opened,
    png_chunk,
    png_of,
    raw_png,
    saved,
)

MEBIBYTE = 2**20
# What took seconds takes milliseconds now; other programs run beside the tests.
SECONDS = 1.0


def make(data: bytes, fit: Fit = "fit") -> Image.Image:
    return opened(PillowEngine(fit, 2**29).make(data).data)


def picture(size: tuple[int, int] = (64, 48)) -> Image.Image:
    return Image.linear_gradient("L").resize(size).convert("RGB")


JPEG = saved(picture(), "JPEG")
PNG = saved(picture(), "PNG")
WEBP = saved(picture(), "WEBP", lossless=True)


def jpeg_with(*segments: bytes) -> bytes:
    return JPEG[:2] + b"".join(segments) + JPEG[2:]


def png_with(*chunks: bytes) -> bytes:
    return PNG[:33] + b"".join(chunks) + PNG[33:]


def webp_with(*chunks: bytes, flags: int = 0) -> bytes:
    """The picture in the extended form; chunks named XXXX, EXIF and XMP follow it."""
    size = struct.pack("<I", 63)[:3] + struct.pack("<I", 47)[:3]
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes([flags, 0, 0, 0]) + size + WEBP[12:]
    body += b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def riff_chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def bad_crc(name: bytes, content: bytes) -> bytes:
    return png_chunk(name, content)[:-4] + b"\0\0\0\0"


LARGE = zlib.compress(bytes(3 * MEBIBYTE), 1)


@pytest.mark.parametrize(
    "chunk",
    [
        png_chunk(b"zTXt", b"parameters\0\0" + LARGE),
        png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + LARGE),
        png_chunk(b"tEXt", b"k\0" + bytes(2 * MEBIBYTE)),
        png_chunk(b"iCCP", b"x\0\0" + LARGE),
        png_chunk(b"iCCP", b"x\0\0no zlib"),
        png_chunk(b"iCCP", b"x\0\5"),
        png_chunk(b"iCCP", b""),
        png_chunk(b"iCCP", b"x" * 100),
        png_chunk(b"zTXt", b"k\0\5xxx"),
        png_chunk(b"gAMA", b"\0"),
        png_chunk(b"gAMA", bytes(4)),
        png_chunk(b"cHRM", bytes(3)),
        png_chunk(b"sRGB", b""),
        png_chunk(b"sRGB", b"\x09"),
        png_chunk(b"cICP", b"\1"),
        png_chunk(b"tRNS", b"\0\1"),
        png_chunk(b"PLTE", b"\0\1"),
        png_chunk(b"pHYs", b"\0\0"),
        png_chunk(b"eXIf", b""),
        png_chunk(b"eXIf", b"II*\0\xff\xff\xff\xff"),
        png_chunk(b"acTL", b"\0"),
        png_chunk(b"fcTL", b"\0"),
        png_chunk(b"fdAT", b""),
        png_chunk(b"acTL", bytes(8)),
        png_chunk(b"a\xffb!", b"x"),
        *(
            bad_crc(name, content)
            for name, content in {
                b"tEXt": b"Comment\0hello",
                b"eXIf": exif(6)[6:],
                b"gAMA": struct.pack(">I", 100_000),
                b"cICP": b"\x0c\x0d\0\1",
                b"tRNS": bytes(6),
                b"iCCP": b"x\0\0" + zlib.compress(display_p3_profile()),
            }.items()
        ),
    ],
    ids=lambda chunk: f"{chunk[4:8]!r} of {len(chunk) - 12}",
)
def test_a_png_is_whole_whatever_is_wrong_with_its_other_chunks(chunk: bytes) -> None:
    assert make(png_with(chunk)).tobytes() == make(PNG).tobytes()


def paletted(chunks: dict[bytes, bytes], pixels: bytes) -> list[object]:
    rows = b"\0" + pixels
    data = raw_png(len(pixels), 1, depth=8, colour_type=3, rows=rows, chunks=chunks)
    thumbnail = make(data).convert("RGBA")
    return [thumbnail.getpixel((x, 0)) for x in range(len(pixels))]


def test_a_palette_of_any_length_is_used_as_browsers_do() -> None:
    red, green = bytes((200, 0, 0)), bytes((0, 200, 0))
    for colours in (red, red + b"x", red + b"xy"):
        assert paletted({b"PLTE": colours}, b"\0") == [(200, 0, 0, 255)]
    palette, transparency = {b"PLTE": red + green}, {b"tRNS": b"\xff\x80"}
    # Colours that are not there.
    assert paletted({**palette, **transparency}, b"\0\2\xff") == [
        (200, 0, 0, 255),
        (0, 200, 0, 128),
        (0, 200, 0, 128),
    ]
    # An opacity in front of the colour that it is of doesn't count.
    assert paletted({**transparency, **palette}, b"\1") == [(0, 200, 0, 255)]


def test_a_checksum_of_pixel_data_is_no_pixel_data() -> None:
    at = PNG.rindex(b"IEND") - 8
    assert make(PNG[:at] + bytes(4) + PNG[at + 4 :]).tobytes() == make(PNG).tobytes()


@pytest.mark.parametrize(
    "segment",
    [
        *(jpeg_segment(marker, b"") for marker in (0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE)),
        jpeg_segment(0xE0, b"JFIF"),
        jpeg_segment(0xE0, b"JFIF\0\1"),
        jpeg_segment(0xED, b"Photoshop 3.0\x008BIM\x03\xed"),
        jpeg_segment(0xEE, b"Adobe"),
        jpeg_segment(0xEE, b"Adobe\0\0"),
        jpeg_segment(0xE2, b"ICC_PROFILE\0"),
        jpeg_segment(0xE2, b"ICC_PROFILE\0\1"),
        jpeg_segment(0xE2, b"ICC_PROFILE\0\1\2half"),
        jpeg_segment(0xE2, b"ICC_PROFILE\0\0\0"),
        jpeg_segment(0xE2, b"MPF\0"),
        jpeg_segment(0xE1, b"Exif\0\0"),
        jpeg_segment(0xE1, b"Exif\0\0II*\0"),
        b"\xff\xe1\0\0",
        b"\xff\xe0\0\1",
    ],
    ids=lambda segment: f"{segment[1]:x} {segment[4:]!r}",
)
def test_a_jpeg_is_whole_whatever_is_wrong_with_its_app_segments(segment: bytes) -> None:
    assert make(jpeg_with(segment)).tobytes() == make(JPEG).tobytes()


@pytest.mark.parametrize("flags", [0, 0x2C])
def test_a_webp_is_whole_whatever_is_wrong_with_its_other_chunks(flags: int) -> None:
    expected = make(WEBP).tobytes()
    for chunk in (
        riff_chunk(b"EXIF", b""),
        riff_chunk(b"EXIF", b"MM\0*"),
        riff_chunk(b"XMP ", bytes(2 * MEBIBYTE)),
        riff_chunk(b"ICCP", b"no profile"),
        riff_chunk(b"XXXX", b"abc"),
        riff_chunk(b"XXXX", b"abcd")[:-2],  # cut
        b"EXIF\xff\xff\xff\xff",
        b"EX",
    ):
        assert make(webp_with(chunk, flags=flags)).tobytes() == expected


def test_what_follows_in_an_extended_header_is_passed_over() -> None:
    header = b"VP8X" + struct.pack("<I", 20)
    data = webp_with().replace(b"VP8X" + struct.pack("<I", 10), header)
    data = data[:30] + bytes(10) + data[30:]
    assert make(data).tobytes() == make(WEBP).tobytes()


def test_a_webp_whose_outer_length_is_wrong_is_whole() -> None:
    for length in (0, 4, 2**31, 2**32 - 1):
        changed = WEBP[:4] + struct.pack("<I", length) + WEBP[8:]
        assert make(changed).tobytes() == make(WEBP).tobytes()
    assert make(WEBP + b"behind").tobytes() == make(WEBP).tobytes()


def test_a_film_behind_a_picture_is_passed_over() -> None:
    film = random.Random("film").randbytes(10_000)  # noqa: S311 - no secret
    for data in (JPEG, PNG, WEBP):
        assert make(data + film).tobytes() == make(data).tobytes()


def test_a_large_profile_that_can_be_used_is_used() -> None:
    """One above a mebibyte, which Pillow refuses to unpack."""
    profile = bytearray(display_p3_profile() + bytes(2 * MEBIBYTE))
    profile[:4] = struct.pack(">I", len(profile))
    chunk = b"own\0\0" + zlib.compress(bytes(profile), 1)
    rows = b"\0" + bytes((200, 100, 100))
    data = raw_png(1, 1, depth=8, colour_type=2, rows=rows, chunks={b"iCCP": chunk})
    found = make(data).getpixel((0, 0))
    assert isinstance(found, tuple)
    assert is_close(found, display_p3_in_srgb((200, 100, 100)), 2)


def icc_segment(number: int, count: int, content: bytes) -> bytes:
    return jpeg_segment(0xE2, b"ICC_PROFILE\0" + bytes([number, count]) + content)


P3 = display_p3_profile()
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
WHOLE = icc_segment(1, 1, P3)
HALF, OTHER_HALF = icc_segment(1, 2, P3[:300]), icc_segment(2, 2, P3[300:])


@pytest.mark.parametrize(
    ("segments", "is_used"),
    [
        ((HALF, OTHER_HALF), True),
        ((OTHER_HALF, HALF), True),
        ((HALF, HALF), False),
        ((HALF,), False),
        ((HALF, OTHER_HALF, HALF), True),
        ((WHOLE, icc_segment(1, 1, SRGB)), True),
        ((icc_segment(1, 1, SRGB), WHOLE), False),
        ((jpeg_segment(0xE2, b"ICC_PROFILE\0"), WHOLE), True),
        ((icc_segment(1, 2, P3), icc_segment(2, 2, b"")), False),
        ((HALF, icc_segment(2, 3, P3[300:])), False),
        ((icc_segment(0, 1, P3),), False),
    ],
)
def test_a_profile_in_parts_is_joined_by_their_numbers(
    segments: tuple[bytes, ...], is_used: bool
) -> None:
    """As Chromium does."""
    plain = encoded("JPEG", colour=(200, 100, 100), quality=100)
    expected = display_p3_in_srgb((200, 100, 100)) if is_used else (200, 100, 100)
    found = make(plain[:2] + b"".join(segments) + plain[2:]).getpixel((9, 9))
    assert isinstance(found, tuple)
    assert is_close(found, expected, 4)


@pytest.mark.parametrize(
    "data",
    [
        jpeg_with(jpeg_segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\0\0" + bytes(20_000)) * 1900),
        jpeg_with(jpeg_segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x04\4\0\0\0\0\0\0" * 5000) * 500),
        jpeg_with(jpeg_segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(20_000)) * 1900),
        png_with(png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(MEBIBYTE))) * 1990),
        png_with(png_chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(MEBIBYTE))) * 1990),
    ],
    ids=["Exif", "8BIM", "ICC profiles", "iCCP", "zTXt"],
)
def test_metadata_again_and_again_cost_next_to_nothing(data: bytes) -> None:
    started = time.process_time()
    make(data)
    assert time.process_time() - started < SECONDS


def test_an_animation_shows_its_first_frame() -> None:
    """Not the default image, if that isn't one: no fcTL is in front of it."""
    hidden = zlib.compress((b"\0" + bytes((200, 40, 40)) * 20) * 10)
    shown = zlib.compress((b"\0" + bytes((40, 200, 40)) * 20) * 10)
    later = zlib.compress((b"\0" + bytes((40, 40, 200)) * 20) * 10)

    def frame(number: int, size: tuple[int, int] = (20, 10), at: tuple[int, int] = (0, 0)) -> bytes:
        return png_chunk(b"fcTL", struct.pack(">5I2H2B", number, *size, *at, 1, 10, 0, 0))

    def data(number: int, rows: bytes) -> bytes:
        return png_chunk(b"fdAT", struct.pack(">I", number) + rows)

    still = png_of((20, 10), (8, 2, 0, 0, 0), hidden)
    control = png_chunk(b"acTL", struct.pack(">II", 2, 0))
    start, end = still[:33], still[33:-12]
    half = len(shown) // 2
    split = data(1, shown[:half]) + data(2, shown[half:])
    for rest in (data(1, shown), split, data(1, shown) + frame(3) + data(4, later)):
        animation = start + control + end + frame(0) + rest + still[-12:]
        assert make(animation).getpixel((9, 5)) == (40, 200, 40)
    # The default image is a frame; nothing says that it is an animation; the frame is too large.
    for animation in (
        start + control + frame(0) + end + frame(1) + data(2, later) + still[-12:],
        start + end + frame(0) + data(1, shown) + still[-12:],
        *(
            start + png_chunk(b"acTL", counts) + end + frame(0) + data(1, shown) + still[-12:]
            for counts in (struct.pack(">II", 2**31, 0), struct.pack(">II", 2, 2**31))
        ),
        start + control + end + frame(0, (21, 10)) + data(1, shown) + still[-12:],
        start + control + end + still[-12:],
    ):
        assert make(animation).getpixel((9, 5)) == (200, 40, 40)
    # A smaller frame lies where it says, on nothing.
    small = zlib.compress((b"\0" + bytes((40, 200, 40)) * 5) * 4)
    animation = start + control + end + frame(0, (5, 4), (10, 3)) + data(1, small) + still[-12:]
    result = make(animation)
    assert (result.size, result.mode) == ((20, 10), "RGBA")
    found = {at: result.getpixel(at) for at in ((9, 3), (10, 3), (14, 6), (15, 6), (14, 7))}
    assert [value == (40, 200, 40, 255) for value in found.values()] == [
        False, True, True, False, False,
    ]  # fmt: skip
    assert {value[3] for value in found.values() if isinstance(value, tuple)} == {0, 255}
