"""Files of more parts than pictures have, counted before Pillow reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.file_structure import (
    JPEG_PADDING_LIMIT,
    JPEG_SEGMENTS_LIMIT,
    PNG_DATA_CHUNKS_LIMIT,
    PNG_OTHER_CHUNKS_LIMIT,
    check_structure,
)
from tests.unit.hostile import tried
from tests.unit.pictures import encoded, png_chunk

JPEG = encoded("JPEG")
JPEG_OWN_SEGMENTS = 8  # APP0, two tables, frame, four tables; the scan is not counted
PNG = encoded("PNG")


def jpeg_with(part: bytes, count: int) -> bytes:
    return JPEG[:2] + part * count + JPEG[2:]


def png_with(name: bytes, count: int) -> bytes:
    return PNG[:33] + png_chunk(name, b"") * count + PNG[33:]


@pytest.mark.parametrize("part", [b"\xff\xe5\0\2", b"\xff\xfe\0\3x", b"\xff\xe1\0\0"])
def test_a_jpeg_has_so_many_segments_at_most(part: bytes) -> None:
    check_structure(jpeg_with(part, JPEG_SEGMENTS_LIMIT - JPEG_OWN_SEGMENTS))
    with pytest.raises(ImageRefusedError, match=r"^JPEG of more than 2000 segments$"):
        check_structure(jpeg_with(part, JPEG_SEGMENTS_LIMIT - JPEG_OWN_SEGMENTS + 1))


@pytest.mark.parametrize("part", [b"\xff\xd0", b"\xff\0", b"\xff\xff", b"\xff\xd8", b"\xff\xf0"])
def test_a_jpeg_has_so_much_padding_at_most(part: bytes) -> None:
    check_structure(jpeg_with(part, JPEG_PADDING_LIMIT // 2))
    with pytest.raises(ImageRefusedError, match=r"^JPEG with more than 65536 bytes of padding$"):
        check_structure(jpeg_with(part, JPEG_PADDING_LIMIT // 2 + 1))


def test_bytes_between_two_segments_are_padding() -> None:
    after_the_first = 2 + 18  # SOI and JFIF's APP0
    start, rest = JPEG[:after_the_first], JPEG[after_the_first:]
    check_structure(start + bytes(JPEG_PADDING_LIMIT) + rest)
    with pytest.raises(ImageRefusedError, match="padding"):
        check_structure(start + bytes(JPEG_PADDING_LIMIT + 1) + rest)


def test_what_follows_the_start_of_a_scan_is_not_counted() -> None:
    check_structure(JPEG + b"\xff\xe5\0\2" * (JPEG_SEGMENTS_LIMIT + 1))


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
    check_structure(png_with(name, limit))
    with pytest.raises(ImageRefusedError, match=r"^PNG of more chunks than a picture has$"):
        check_structure(png_with(name, limit + 1))


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", bytes(99_999)]
)
def test_what_is_no_picture_is_left_to_pillow(data: bytes) -> None:
    check_structure(data)


@given(st.sampled_from([b"\xff\xd8\xff", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b""]), st.binary())
def test_any_bytes_are_passed_or_refused(start: bytes, data: bytes) -> None:
    tried(lambda: check_structure(start + data), ImageRefusedError)
