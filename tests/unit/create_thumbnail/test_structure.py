"""Files of more parts than pictures have, counted before Pillow reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.jpeg_structure import PADDING_LIMIT as JPEG_PADDING_LIMIT
from create_thumbnail.jpeg_structure import SEGMENTS_LIMIT as JPEG_SEGMENTS_LIMIT
from create_thumbnail.jpeg_structure import JpegStructure, Scan
from create_thumbnail.png_structure import DATA_CHUNKS_LIMIT as PNG_DATA_CHUNKS_LIMIT
from create_thumbnail.png_structure import OTHER_CHUNKS_LIMIT as PNG_OTHER_CHUNKS_LIMIT
from create_thumbnail.structure import structure_of
from tests.unit.hostile import tried
from tests.unit.pictures import encoded, png_chunk, raw_png

JPEG = encoded("JPEG")
JPEG_OWN_SEGMENTS = 8  # APP0, two tables, frame, four tables; the scan is not counted
PNG = encoded("PNG")
WEBP = encoded("WEBP")


def jpeg_with(part: bytes, count: int) -> bytes:
    return JPEG[:2] + part * count + JPEG[2:]


def png_with(name: bytes, count: int) -> bytes:
    return PNG[:33] + png_chunk(name, b"") * count + PNG[33:]


@pytest.mark.parametrize("part", [b"\xff\xe5\0\2", b"\xff\xfe\0\3x", b"\xff\xe1\0\0"])
def test_a_jpeg_has_so_many_segments_at_most(part: bytes) -> None:
    structure_of(jpeg_with(part, JPEG_SEGMENTS_LIMIT - JPEG_OWN_SEGMENTS))
    with pytest.raises(ImageRefusedError, match=r"^JPEG of more than 2000 segments$"):
        structure_of(jpeg_with(part, JPEG_SEGMENTS_LIMIT - JPEG_OWN_SEGMENTS + 1))


@pytest.mark.parametrize("part", [b"\xff\xd0", b"\xff\0", b"\xff\xff", b"\xff\xd8", b"\xff\xf0"])
def test_a_jpeg_has_so_much_padding_at_most(part: bytes) -> None:
    structure_of(jpeg_with(part, JPEG_PADDING_LIMIT // 2))
    with pytest.raises(ImageRefusedError, match=r"^JPEG with more than 65536 bytes of padding$"):
        structure_of(jpeg_with(part, JPEG_PADDING_LIMIT // 2 + 1))


def test_bytes_between_two_segments_are_padding() -> None:
    after_the_first = 2 + 18  # SOI and JFIF's APP0
    start, rest = JPEG[:after_the_first], JPEG[after_the_first:]
    structure_of(start + bytes(JPEG_PADDING_LIMIT) + rest)
    with pytest.raises(ImageRefusedError, match="padding"):
        structure_of(start + bytes(JPEG_PADDING_LIMIT + 1) + rest)


def test_what_follows_the_start_of_a_scan_is_not_counted() -> None:
    structure_of(JPEG + b"\xff\xe5\0\2" * (JPEG_SEGMENTS_LIMIT + 1))


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        (b"IDAT", PNG_DATA_CHUNKS_LIMIT - 1),  # one is its own
        (b"fdAT", PNG_DATA_CHUNKS_LIMIT - 1),
        (b"fcTL", PNG_DATA_CHUNKS_LIMIT - 1),
        (b"tEXt", PNG_OTHER_CHUNKS_LIMIT - 2),  # IHDR and IEND
        (b"prVt", PNG_OTHER_CHUNKS_LIMIT - 2),
    ],
)
def test_a_png_has_so_many_chunks_at_most(name: bytes, limit: int) -> None:
    structure_of(png_with(name, limit))
    with pytest.raises(ImageRefusedError, match=r"^PNG of more chunks than a picture has$"):
        structure_of(png_with(name, limit + 1))


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff", b"RIFF", b"RIFF\x04\0\0\0WEBP", bytes(99_999)]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ImageRefusedError, match=r"^not a JPEG, PNG, WebP, GIF or AVIF picture$"):
        structure_of(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (JPEG[: JPEG.index(b"\xff\xc0")] + JPEG[JPEG.index(b"\xff\xda") :], "states its size"),
        (JPEG[: JPEG.index(b"\xff\xda")], "the file ends before its pixels"),
        (JPEG.replace(b"\x08\0\x30\0\x40", b"\x08\0\0\0\x40"), "its size can't be read"),
        (b"\x89PNG\r\n\x1a\n", "nothing states its size"),
        (PNG[:29] + b"\0\0\0\0" + PNG[33:], "its header's checksum is wrong"),
        (PNG[:33], "the file ends before its pixels"),
        (raw_png(1, 1, depth=3, colour_type=2, rows=b""), "its kind of colours can't be read"),
        (raw_png(0, 1, depth=8, colour_type=2, rows=b""), "its size"),
        (raw_png(1, 1, depth=8, colour_type=3, rows=b"\0\0"), "its palette is missing"),
        (
            raw_png(1, 1, depth=8, colour_type=3, rows=b"\0\0", chunks={b"PLTE": b"\0\0"}),
            "its palette can't be read",
        ),
        (WEBP[:-3], "the file ends before its pixels"),
        (WEBP[:26] + bytes(4) + WEBP[30:], "the file ends before its pixels"),
        (b"RIFF\x04\0\0\0WEBPVP8X\0\0\0\0", "nothing states its size"),
    ],
)
def test_a_refusal_says_what_is_wrong(data: bytes, words: str) -> None:
    with pytest.raises(ImageRefusedError, match=f"^damaged picture: .*{words}"):
        structure_of(data)


def test_a_jpeg_of_a_kind_that_cannot_be_decoded_is_named() -> None:
    of_12_bits = JPEG.replace(b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c")
    with pytest.raises(ImageRefusedError, match=r"^a kind of JPEG .*: 3 colours of 12 bits$"):
        structure_of(of_12_bits)


def test_the_scans_of_a_progressive_jpeg_are_noted_and_its_end() -> None:
    data = encoded("JPEG", progressive=True)
    found = structure_of(data)
    assert isinstance(found, JpegStructure)
    assert found.has_end
    assert len(found.scans) == data.count(b"\xff\xda")
    first = Scan(components=(1, 2, 3), first=0, last=0, is_refining=False, is_rough=True)
    assert found.scans[0] == first
    further = {(scan.components, scan.last, scan.is_refining) for scan in found.scans[1:]}
    assert further >= {((1,), 63, True), ((1, 2, 3), 0, True)}
    without_end = structure_of(data[:-2])
    assert isinstance(without_end, JpegStructure)
    assert (without_end.scans, without_end.has_end) == (found.scans, False)


@given(
    st.sampled_from(
        [
            b"\xff\xd8\xff",
            JPEG[:40],
            PNG[:8],
            PNG[:33],
            WEBP[:12],
            WEBP[:30],
            b"RIFF....WEBPVP8X",
            b"",
        ]
    ),
    st.binary(),
)
def test_any_bytes_are_passed_or_refused(start: bytes, data: bytes) -> None:
    tried(lambda: structure_of(start + data), ImageRefusedError)
