"""Several thumbnails of one picture, from one decode."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from benchmarks.similarity import Rows, structural_similarity
from create_thumbnail import decode, thumbnail
from create_thumbnail.cost import FIXED_SECONDS, decode_seconds, encode_seconds
from create_thumbnail.decoded import Decoded, Size
from create_thumbnail.engine import Fit, ImageRefusedError
from create_thumbnail.scale import least_size, reduced, shrunk
from create_thumbnail.structure import Structure, structure_of
from create_thumbnail.thumbnail import PillowEngine
from tests.unit.pictures import (
    display_p3_in_srgb,
    display_p3_profile,
    encoded,
    is_close,
    opened,
    saved,
)

SAMPLES = Path(__file__).parents[2] / "samples"
LAMBDAS = Path(__file__).parents[3] / "lambdas"
ENGINE = PillowEngine("fit", 2**29)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_decoded_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[Size] = []

    def decode_and_count(structure: Structure, least: Size) -> Decoded:
        decoded.append(least)
        return decode.decoded(structure, least)

    monkeypatch.setattr(thumbnail, "decoded", decode_and_count)
    made = ENGINE.make_sizes(encoded(name, size=(1200, 800)), (150, 300, 64))
    assert decoded == [(450, 300)]
    sizes = {side: opened(one.data).size for side, one in made.items()}
    assert sizes == {150: (150, 100), 300: (300, 200), 64: (64, 43)}
    assert {one.content_type for one in made.values()} == {f"image/{name.lower()}"}


@pytest.mark.parametrize("fit", ["fit", "cover"])
def test_no_size_is_larger_than_the_picture(fit: Fit) -> None:
    made = PillowEngine(fit, 2**29).make_sizes(encoded("PNG", size=(200, 180)), (150, 300))
    sizes = {side: opened(one.data).size for side, one in made.items()}
    assert sizes == (
        {150: (150, 135), 300: (200, 180)} if fit == "fit" else {150: (150,) * 2, 300: (180,) * 2}
    )


def test_all_sizes_are_turned_and_in_srgb() -> None:
    colour = (200, 100, 100)
    image = Image.new("RGB", (1200, 800), colour)
    data = saved(image, "JPEG", icc_profile=display_p3_profile(), quality=95, exif=turned())
    for side, one in ENGINE.make_sizes(data, (150, 300)).items():
        made = opened(one.data)
        assert made.size == (side * 2 // 3, side)
        assert is_close(pixel(made), display_p3_in_srgb(colour), 4)


def pixel(image: Image.Image) -> tuple[int, ...]:
    found = image.getpixel((9, 9))
    assert isinstance(found, tuple)
    return found


def turned() -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = 6
    return made


@pytest.mark.parametrize("name", ["rocket.jpg", "cat.png"])
def test_the_contracts_thumbnail_is_no_worse_beside_a_larger_one(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    with Image.open(io.BytesIO(data)) as picture:
        whole = ImageOps.contain(picture.convert("L"), (150, 150), Image.Resampling.LANCZOS)
    alone, beside = (
        structural_similarity(rows(pixels_of(data, sides)), rows(whole))
        for sides in ((150,), (150, 300))
    )
    assert beside > alone - 0.001


def pixels_of(data: bytes, sides: tuple[int, ...]) -> Image.Image:
    """The pixels of the contract's thumbnail, before they are encoded."""
    structure = structure_of(data)
    least = least_size((structure.width, structure.height), max(sides), "fit")
    picture = shrunk(decode.decoded(structure, least), sides, "fit")
    return reduced(picture, 150, "fit").convert("L")


def rows(image: Image.Image) -> Rows:
    pixels = image.tobytes()
    starts = range(0, len(pixels), image.width)
    return [list(pixels[start : start + image.width]) for start in starts]


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_what_is_transparent_colours_no_edge(mode: str) -> None:
    image = Image.new("RGBA", (1200, 800), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (0, 0, 607, 800))
    for one in ENGINE.make_sizes(saved(image.convert(mode), "PNG"), (150, 300)).values():
        made = opened(one.data).convert("RGBA")
        row = made.crop((0, 9, made.width, 10)).tobytes()
        for red, alpha in zip(row[::4], row[3::4], strict=True):
            assert not alpha or red >= 250


def test_the_engine_needs_no_boto3() -> None:
    """`make bench` runs it beside its peers, in an environment with Pillow alone."""
    blocked = "import sys; sys.modules['botocore'] = sys.modules['boto3'] = None; "
    loaded = "import create_thumbnail.thumbnail"
    command = [sys.executable, "-c", blocked + loaded]
    subprocess.run(command, check=True, cwd=LAMBDAS)  # noqa: S603 - our own source


def test_larger_thumbnails_are_in_the_limits() -> None:
    data = encoded("JPEG", size=(2400, 1600))
    structure = structure_of(data)
    assert decode_seconds(structure, 1024) > decode_seconds(structure, 150)
    assert encode_seconds((150, 300)) == 0
    assert encode_seconds((150, 300, 600)) > FIXED_SECONDS
    with pytest.raises(ImageRefusedError, match=r"^too costly: "):
        ENGINE.make_sizes(data, (1024,) * 5)
