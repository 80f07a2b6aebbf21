"""Pictures are turned upright as their EXIF says, and by nothing else."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from create_thumbnail.orientation import orientation_of
from create_thumbnail.thumbnail import PillowEngine
from tests.unit.pictures import (
    CORNERS,
    corners,
    exif,
    is_close,
    jpeg_segment,
    opened,
    png_chunk,
    quadrants,
    saved,
)

FORMATS = ("JPEG", "PNG", "WEBP")
TURNING_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    b' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
    b' xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)


def made(data: bytes) -> Image.Image:
    return opened(PillowEngine("fit", 2**29).make(data).data)


def block(order: str, *entries: tuple[int, int, int, int]) -> memoryview:
    listed = b"".join(struct.pack(f"{order}HHIHxx", *entry) for entry in entries)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return memoryview(mark + struct.pack(f"{order}IH", 8, len(entries)) + listed)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_found(order: str, orientation: int) -> None:
    width = (0x0100, 3, 1, 7)
    found = block(order, width, (0x0112, 3, 1, orientation))
    assert orientation_of(found) == orientation
    assert orientation_of(memoryview(b"Exif\0\0" + found)) == orientation


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"Exif\0\0",
        b"II*\0",
        b"II+\0\x08\0\0\0",
        block("<", (0x0112, 4, 1, 6)),  # another type
        block("<", (0x0112, 3, 2, 6)),  # two of them
        block("<", (0x0100, 3, 1, 6)),  # another tag
        block("<", (0x0112, 3, 1, 6))[:-6],
    ],
)
def test_what_states_no_orientation_turns_nothing(exif: bytes) -> None:
    assert orientation_of(memoryview(exif)) == 1


@given(
    st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"Exif\0\0II*\0"]), st.binary()
)
def test_any_bytes_are_read(start: bytes, rest: bytes) -> None:
    assert orientation_of(memoryview(start + rest)) in range(2**16)


@pytest.mark.parametrize("file_format", FORMATS)
def test_xmp_turns_nothing(file_format: str) -> None:
    """Pillow would turn it where there is no EXIF. Browsers don't."""
    options: dict[str, object] = {"xmp": TURNING_XMP, "quality": 95}
    if file_format == "PNG":
        options = {}
    data = saved(quadrants(), file_format, **options)
    if file_format == "PNG":
        text = b"XML:com.adobe.xmp\0\0\0\0\0" + TURNING_XMP
        data = data[:33] + png_chunk(b"iTXt", text) + data[33:]
    assert b'tiff:Orientation="6"' in data
    assert all(map(is_close, corners(made(data)), CORNERS))


def test_stale_xmp_beside_exif_turns_nothing() -> None:
    upside_down = quadrants().transpose(Image.Transpose.ROTATE_180)
    data = saved(upside_down, "JPEG", exif=exif(3), xmp=TURNING_XMP, quality=95)
    assert all(map(is_close, corners(made(data)), CORNERS))


def test_exif_as_text_turns_nothing() -> None:
    data = saved(quadrants(), "PNG")
    text = b"Raw profile type exif\0\nexif\n 32\n" + exif(3)[6:].hex().encode()
    assert all(
        map(is_close, corners(made(data[:33] + png_chunk(b"tEXt", text) + data[33:])), CORNERS)
    )


def test_the_first_of_several_exif_segments_counts() -> None:
    data = saved(quadrants(), "JPEG", quality=95)
    first, second = (jpeg_segment(0xE1, exif(orientation)) for orientation in (1, 6))
    assert all(map(is_close, corners(made(data[:2] + first + second + data[2:])), CORNERS))


def test_a_webp_whose_header_denies_its_exif_has_none() -> None:
    data = bytearray(saved(quadrants(), "WEBP", exif=exif(3), quality=95))
    assert data[12:16] == b"VP8X"
    assert all(map(is_close, corners(made(bytes(data))), reversed(CORNERS)))
    data[20] &= ~0x08
    assert all(map(is_close, corners(made(bytes(data))), CORNERS))
