"""JPEGs with arithmetic coding, which libjpeg decodes only from all of their data at once."""

from pathlib import Path

import pytest

from create_thumbnail.cost import FIXED_SECONDS, decode_seconds
from create_thumbnail.decode import decoded
from create_thumbnail.engine import Fit, ImageRefusedError
from create_thumbnail.jpeg_structure import jpeg_structure
from create_thumbnail.limits import decode_bytes
from create_thumbnail.structure import structure_of
from create_thumbnail.thumbnail import PillowEngine
from tests.unit.create_thumbnail.costly_pictures import GREY, jpeg, scan
from tests.unit.pictures import opened

FOLDER = Path(__file__).parent / "arithmetic"
NAMES = ("sequential", "progressive", "restart", "grey", "cmyk")
PICTURES = {name: (FOLDER / f"{name}.jpg").read_bytes() for name in NAMES}
MISSING = r"^damaged picture: the file ends before its last pixels$"


def pixels(data: bytes) -> bytes:
    return decoded(structure_of(data), (90, 70)).image.tobytes()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fit", ["fit", "cover"])
def test_it_has_a_thumbnail_whatever_the_end(name: str, fit: Fit) -> None:
    data = PICTURES[name]
    whole = opened(data)
    assert pixels(data) == whole.tobytes()
    made = [
        PillowEngine(fit, 2**29).make(one).data
        for one in (data, data[:-1], data[:-2], data + b"rubbish" * 99)
    ]
    assert made == made[:1] * 4


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("end", [b"", b"\xff\xd9"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.9])
def test_a_cut_one_is_refused(name: str, end: bytes, share: float) -> None:
    data = PICTURES[name]
    start = data.index(b"\xff\xda")
    cut = data[: start + 14 + int((len(data) - start - 14) * share)] + end
    with pytest.raises(ImageRefusedError, match=MISSING):
        PillowEngine("fit", 2**29).make(cut)


def test_it_costs_both_decodes() -> None:
    data = PICTURES["sequential"]
    structure = jpeg_structure(data)
    without_end = structure._replace(has_end=False)
    huffman = structure._replace(frame=0xC0)
    assert decode_seconds(structure) == decode_seconds(without_end)
    assert decode_seconds(structure) - FIXED_SECONDS > 3 * (decode_seconds(huffman) - FIXED_SECONDS)


def test_its_data_count_as_they_are_copied() -> None:
    structure = jpeg_structure(PICTURES["sequential"])
    huffman = structure._replace(frame=0xC0)
    assert decode_bytes(structure) - decode_bytes(huffman) == len(structure.data)


def test_one_of_a_few_megapixels_is_taken_and_a_phones_is_not() -> None:
    def seconds(width: int, height: int) -> float:
        data = jpeg(0xC9, (width, height), GREY, b"", scan([1], (0, 63, 0), bytes(9_000_000)))
        return decode_seconds(structure_of(data))

    assert seconds(2500, 2000) < 3
    assert seconds(4000, 3000) > 3
