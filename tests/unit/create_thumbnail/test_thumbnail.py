"""The Pillow engine: every kind of picture in, thumbnail or refusal out."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps, ImageStat
from PIL.ExifTags import IFD

from create_thumbnail.encode import QUALITY
from create_thumbnail.engine import Fit, ImageRefusedError, Thumbnail
from create_thumbnail.orientation import TURNS
from create_thumbnail.thumbnail import PillowEngine
from tests.unit.pictures import (
    CORNERS,
    corners,
    display_p3_in_srgb,
    display_p3_profile,
    encoded,
    exif,
    is_close,
    large_jpeg,
    noise,
    opened,
    quadrants,
    raw_png,
    saved,
    scan_bomb,
)

SAMPLES = Path(__file__).parents[2] / "samples"
LIMIT = 512 * 2**20
FORMATS = ("JPEG", "PNG", "WEBP")
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret>place</secret></x:xmpmeta>'


def make(data: bytes, fit: Fit = "fit", limit: int = LIMIT) -> Thumbnail:
    return PillowEngine(fit, limit).make(data)


def made(data: bytes, fit: Fit = "fit") -> Image.Image:
    return opened(make(data, fit).data)


def pixel(picture: Image.Image) -> tuple[int, ...]:
    value = picture.getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(value, tuple)
    return value


@pytest.mark.parametrize(
    ("name", "file_format", "size"),
    [
        ("rocket.jpg", "JPEG", (150, 100)),
        ("astronaut-rotated.jpg", "JPEG", (113, 150)),
        ("cat.png", "PNG", (150, 100)),
        ("coffee.webp", "WEBP", (150, 100)),
    ],
)
def test_photographs_look_as_they_do_when_every_pixel_is_decoded(
    name: str, file_format: str, size: tuple[int, int]
) -> None:
    data = (SAMPLES / name).read_bytes()
    result = made(data)
    assert (result.format, result.size) == (file_format, size)
    assert dict(result.getexif()) == {}
    original = Image.open(io.BytesIO(data))
    slow = ImageOps.exif_transpose(original).convert("RGB").resize(size, Image.Resampling.LANCZOS)
    profile = original.info.get("icc_profile")  # Adobe RGB in rocket.jpg
    if profile:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        ImageCms.profileToProfile(slow, given, ImageCms.createProfile("sRGB"), inPlace=True)
    # Encoded as the engine does, so that what encoding loses is not counted.
    encoded_alike = opened(saved(slow, file_format, quality=QUALITY)).convert("RGB")
    difference = ImageStat.Stat(ImageChops.difference(encoded_alike, result.convert("RGB")))
    assert max(difference.mean) < 4  # of 255


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_format_stays(file_format: str) -> None:
    thumbnail = make(encoded(file_format, size=(300, 300)))
    assert opened(thumbnail.data).format == file_format
    assert thumbnail.content_type == f"image/{file_format.lower()}"
    assert repr(thumbnail) == f"Thumbnail(content_type='image/{file_format.lower()}')"


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize(
    ("size", "fitted", "covering"),
    [
        ((300, 300), (150, 150), (150, 150)),
        ((600, 300), (150, 75), (150, 150)),
        ((300, 1200), (38, 150), (150, 150)),
        ((1000, 333), (150, 50), (150, 150)),
        ((3000, 10), (150, 1), (10, 10)),
        ((150, 150), (150, 150), (150, 150)),
        ((100, 60), (100, 60), (60, 60)),  # never enlarged
        ((149, 151), (148, 150), (149, 149)),
        ((1, 1), (1, 1), (1, 1)),
    ],
)
def test_it_fits_or_covers_and_never_grows(
    file_format: str,
    size: tuple[int, int],
    fitted: tuple[int, int],
    covering: tuple[int, int],
) -> None:
    data = encoded(file_format, size=size)
    assert made(data, "fit").size == fitted
    assert made(data, "cover").size == covering


def test_cover_shows_the_middle() -> None:
    picture = Image.new("RGB", (600, 200), (255, 0, 0))
    picture.paste((0, 0, 255), (200, 0, 400, 200))
    covered = made(saved(picture, "PNG"), "cover")
    assert all(is_close(corner, (0, 0, 255), 40) for corner in corners(covered))


@pytest.mark.parametrize("fit", ["fit", "cover"])
@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_of_exif_is_turned_upright(
    file_format: str, orientation: int, fit: Fit
) -> None:
    upright = quadrants((640, 640) if fit == "cover" else (640, 320))
    turn = TURNS.get(orientation)
    if turn is None:
        stored = upright
    elif turn in (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270):
        stored = upright.transpose(Image.Transpose(6 - turn))  # the other one of the two
    else:
        stored = upright.transpose(turn)  # undoes itself
    thumbnail = made(saved(stored, file_format, exif=exif(orientation), quality=95), fit)
    assert thumbnail.size == ((150, 150) if fit == "cover" else (150, 75))
    found = corners(thumbnail)
    assert all(map(is_close, found, CORNERS)), found


@pytest.mark.parametrize("orientation", [0, 9, 200])
def test_an_orientation_that_there_is_not_turns_nothing(orientation: int) -> None:
    data = saved(quadrants(), "JPEG", exif=exif(orientation), quality=95)
    assert all(map(is_close, corners(made(data)), CORNERS))


@pytest.mark.parametrize(
    "block",
    [
        b"Exif\0\0" + b"\xff" * 40,
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\xff\xff\xff\xff\0\0\0\0",
    ],
)
@pytest.mark.parametrize("file_format", FORMATS)
def test_a_picture_with_odd_exif_is_a_picture_all_the_same(file_format: str, block: bytes) -> None:
    assert all(map(is_close, corners(made(saved(quadrants(), file_format, exif=block))), CORNERS))


def test_exif_that_can_be_read_but_not_written_turns_the_picture_all_the_same() -> None:
    maker = b"\x01\x0f\x00\x02\x00\x00\x00\x08"  # tag, type 2 (text), 8 bytes
    as_number = b"\x01\x0f\x00\x0c\x00\x00\x00\x01"  # type 12: one number of 8 bytes
    block = exif(3, make="1234567")
    assert maker in block
    data = saved(quadrants(), "JPEG", exif=block.replace(maker, as_number), quality=95)
    assert all(map(is_close, corners(made(data)), reversed(CORNERS)))


@pytest.mark.parametrize("file_format", FORMATS)
def test_nothing_but_the_picture_is_left(file_format: str) -> None:
    options: dict[str, object] = {
        "exif": exif(6),
        "icc_profile": display_p3_profile(),
        "xmp": XMP,
        "dpi": (300, 300),
    }
    if file_format == "JPEG":
        options["comment"] = b"a secret comment"
    data = saved(quadrants(), file_format, **options)
    assert opened(data).getexif().get_ifd(IFD.GPSInfo)
    thumbnail = make(data).data
    left = opened(thumbnail)
    assert dict(left.getexif()) == {}
    assert not {"exif", "xmp", "icc_profile", "comment", "XML:com.adobe.xmp"} & left.info.keys()
    for secret in (b"Exif", b"eXIf", b"secret", b"Secret", b"ICC", b"iCCP", b"adobe:ns:meta"):
        assert secret not in thumbnail


def test_png_text_is_left_behind() -> None:
    data = raw_png(1, 1, depth=8, colour_type=2, rows=b"\0abc", chunks={b"tEXt": b"Author\0Secret"})
    assert b"Secret" in data
    assert b"Secret" not in make(data).data


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("colour", [(200, 100, 100), (60, 160, 80), (90, 90, 200), (128,) * 3])
def test_display_p3_becomes_srgb(file_format: str, colour: tuple[int, ...]) -> None:
    data = encoded(
        file_format,
        size=(64, 64),
        colour=colour,
        icc_profile=display_p3_profile(),
        quality=100,
        lossless=True,
    )
    # A lossy format may be off by a little; taking P3's numbers for sRGB's would be by 9 and more.
    assert is_close(pixel(made(data)), display_p3_in_srgb(colour), 4)


def test_display_p3_and_srgb_differ_by_more_than_the_tolerance() -> None:
    assert not is_close((200, 100, 100), display_p3_in_srgb((200, 100, 100)), 8)


def test_an_alpha_channel_outlives_the_change_of_colours() -> None:
    data = encoded("PNG", "RGBA", colour=(200, 100, 100, 77), icc_profile=display_p3_profile())
    result = pixel(made(data))
    assert result[3] == 77
    assert is_close(result[:3], display_p3_in_srgb((200, 100, 100)), 2)


@pytest.mark.parametrize(
    "profile",
    [
        b"no profile at all",
        display_p3_profile()[:200],
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_profile_that_does_not_fit_is_passed_over(mode: str, profile: bytes) -> None:
    data = encoded("JPEG", mode, colour=0, icc_profile=profile)
    expected = 255 if mode == "CMYK" else 0
    assert is_close(pixel(made(data).convert("RGB")), (expected,) * 3, 3)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [("CMYK", (0, 255, 255, 0), (254, 0, 0)), ("L", 100, (100,) * 3)],
)
@pytest.mark.parametrize("progressive", [False, True])
def test_other_colour_spaces_of_jpeg(
    mode: str, colour: float | tuple[int, ...], expected: tuple[int, ...], *, progressive: bool
) -> None:
    data = encoded("JPEG", mode, (640, 480), colour, progressive=progressive)
    result = made(data)
    assert result.mode == ("L" if mode == "L" else "RGB")
    assert is_close(pixel(result.convert("RGB")), expected, 3)


def row(samples: bytes) -> bytes:
    return (b"\0" + samples) * 4


@pytest.mark.parametrize(
    ("depth", "colour_type", "rows", "chunks", "expected"),
    [
        (16, 0, row(b"\x80\x12" * 4), {}, (128, 128, 128, 255)),
        (16, 0, row(b"\xff\xff" * 4), {}, (255, 255, 255, 255)),
        (16, 0, row(b"\x12\x34" * 4), {b"tRNS": b"\x12\x34"}, (18, 18, 18, 0)),
        # Another shade with the same upper 8 bits.
        (16, 0, row(b"\x12\xff" * 4), {b"tRNS": b"\x12\x34"}, (18, 18, 18, 255)),
        (16, 2, row(b"\x80\0\x40\0\x20\0" * 4), {}, (128, 64, 32, 255)),
        (
            16,
            2,
            row(b"\x80\0\x40\0\x20\0" * 4),
            {b"tRNS": b"\x80\0\x40\0\x20\0"},
            (128, 64, 32, 0),
        ),
        (16, 4, row(b"\x80\0\x40\0" * 4), {}, (128, 128, 128, 64)),
        (16, 6, row(b"\x80\0\x40\0\x20\0\x80\0" * 4), {}, (128, 64, 32, 128)),
        (8, 0, row(b"\x50" * 4), {}, (80, 80, 80, 255)),
        (8, 0, row(b"\x50" * 4), {b"tRNS": b"\0\x50"}, (80, 80, 80, 0)),
        (8, 2, row(b"\x80\x40\x20" * 4), {b"tRNS": b"\0\x80\0\x40\0\x20"}, (128, 64, 32, 0)),
        (8, 3, row(b"\1" * 4), {b"PLTE": b"\0\0\0\x80\x40\x20"}, (128, 64, 32, 255)),
        (
            8,
            3,
            row(b"\1" * 4),
            {b"PLTE": b"\0\0\0\x80\x40\x20", b"tRNS": b"\xff\x33"},
            (128, 64, 32, 51),
        ),
        (8, 4, row(b"\x80\x40" * 4), {}, (128, 128, 128, 64)),
        (4, 0, row(b"\x55\x55"), {}, (85, 85, 85, 255)),
        (4, 0, row(b"\x55\x55"), {b"tRNS": b"\0\5"}, (85, 85, 85, 0)),
        (2, 0, row(b"\xff"), {}, (255, 255, 255, 255)),
        (2, 0, row(b"\xff"), {b"tRNS": b"\0\3"}, (255, 255, 255, 0)),
        (2, 0, row(b"\xff"), {b"tRNS": b"\0\1"}, (255, 255, 255, 255)),
        (1, 0, row(b"\xf0"), {}, (255, 255, 255, 255)),
        (1, 0, row(b"\xf0"), {b"tRNS": b"\0\1"}, (255, 255, 255, 0)),
    ],
)
def test_every_kind_of_png(
    depth: int,
    colour_type: int,
    rows: bytes,
    chunks: dict[bytes, bytes],
    expected: tuple[int, ...],
) -> None:
    data = raw_png(4, 4, depth=depth, colour_type=colour_type, rows=rows, chunks=chunks)
    result = pixel(made(data).convert("RGBA"))
    # What can't be seen has no colour.
    assert result == expected or (expected[3] == result[3] == 0)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_of_a_large_png_is_kept(mode: str) -> None:
    picture = Image.new("RGBA", (600, 600), (255, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (300, 0, 600, 600))
    result = made(saved(picture.convert(mode), "PNG"))
    assert result.mode == "RGBA"
    alpha = [result.getpixel((x, 75)) for x in (5, 145)]
    assert [value[3] for value in alpha if isinstance(value, tuple)] == [0, 255]


def test_transparency_of_webp_is_kept() -> None:
    result = made(encoded("WEBP", "RGBA", (300, 300), (10, 200, 30, 128)))
    assert abs(pixel(result)[3] - 128) <= 2


def test_a_thin_line_is_averaged_and_not_dropped() -> None:
    picture = Image.new("1", (600, 600), 1)
    for x in range(0, 600, 4):
        picture.paste(0, (x, 0, x + 1, 600))
    red = pixel(made(saved(picture, "PNG")).convert("RGB"))[0]
    assert 120 <= red <= 220


def test_of_several_pictures_the_first_is_taken() -> None:
    first, second = Image.new("RGB", (300, 200), (250, 0, 0)), Image.new("RGB", (300, 200))
    for file_format, stays in (("MPO", "JPEG"), ("PNG", "PNG"), ("WEBP", "WEBP")):
        data = saved(first, file_format, save_all=True, append_images=[second])
        assert getattr(Image.open(io.BytesIO(data)), "n_frames", 1) == 2
        result = made(data)
        assert (result.format, result.size) == (stays, (150, 100))
        assert getattr(result, "n_frames", 1) == 1
        assert is_close(pixel(result), (250, 0, 0), 6)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"x" * 10_000,
        b"GIF88a" + encoded("GIF", "P")[6:],
        encoded("BMP"),
        encoded("TIFF"),
        encoded("PPM"),
        encoded("ICO", size=(32, 32)),
    ],
    ids=lambda data: repr(data[:8]),
)
def test_another_format_is_refused(data: bytes) -> None:
    with pytest.raises(ImageRefusedError, match=r"^not a JPEG, PNG, WebP, GIF or AVIF picture$"):
        make(data)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.5, 0.9, 0.97])
@pytest.mark.parametrize("fit", ["fit", "cover"])
@pytest.mark.parametrize(
    "data",
    [noise("JPEG"), noise("JPEG", progressive=True), noise("PNG"), noise("WEBP")],
    ids=["baseline", "progressive", "png", "webp"],
)
def test_a_truncated_picture_is_refused(data: bytes, share: float, fit: Fit) -> None:
    make(data, fit)
    with pytest.raises(ImageRefusedError):
        make(data[: int(len(data) * share)], fit)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (raw_png(60_000, 60_000, depth=8, colour_type=2, rows=b"\0"), "60000 x 60000 .* as PNG"),
        (raw_png(2**31 - 1, 2**31 - 1, depth=1, colour_type=0, rows=b"\0"), "as PNG"),
    ],
)
def test_a_bomb_is_refused_before_it_is_decoded(data: bytes, words: str) -> None:
    assert len(data) < 200
    with pytest.raises(ImageRefusedError, match=f"^too large: .*{words} need .* bytes"):
        make(data)


def test_what_decoding_may_hold_is_the_limit() -> None:
    data = encoded("PNG", size=(1000, 1000))
    assert make(data, limit=4_000_000).content_type == "image/png"
    with pytest.raises(ImageRefusedError, match=r"need 4,000,000 bytes .*3,999,999 are allowed"):
        make(data, limit=3_999_999)


def test_a_large_progressive_jpeg_is_refused_where_a_baseline_one_is_not() -> None:
    limit = 10 * 2**20
    baseline, progressive = (
        encoded("JPEG", size=(3000, 2000), progressive=progressive) for progressive in (False, True)
    )
    assert made(baseline).size == (150, 100)
    assert make(baseline, limit=limit).content_type == "image/jpeg"
    with pytest.raises(ImageRefusedError, match=r"^too large: 3000 x 2000 pixels as JPEG"):
        make(progressive, limit=limit)


def test_a_phones_108_megapixels_are_taken() -> None:
    result = made(large_jpeg(12_000, 9_000))
    assert result.size == (150, 113)
    assert is_close(pixel(result), (90, 120, 30))


def test_a_jpeg_of_very_many_scans_is_refused() -> None:
    assert make(scan_bomb(100)).content_type == "image/jpeg"
    with pytest.raises(ImageRefusedError, match=r"^JPEG of more than 100 scans$"):
        make(scan_bomb(101))


def test_a_film_behind_a_photograph_is_not_taken_for_scans() -> None:
    film = b"\0\0\0\x18ftypmp42" + b"\xff\xda\0\x02" * 1000
    assert make(encoded("JPEG") + film).content_type == "image/jpeg"
