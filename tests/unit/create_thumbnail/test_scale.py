"""Sizes of thumbnails, and how they are cut out."""

import pytest
from PIL import Image

from create_thumbnail.decoded import Decoded
from create_thumbnail.engine import Fit
from create_thumbnail.scale import cropped, least_size, reduced, reduced_size
from create_thumbnail.thumbnail import PillowEngine
from tests.unit.pictures import exif, opened, saved

FITS: tuple[Fit, ...] = ("fit", "cover")


@pytest.mark.parametrize("size", [(301, 150), (150, 301), (151, 150), (10, 33)])
def test_cover_cuts_at_whole_pixels(size: tuple[int, int]) -> None:
    """Half a pixel would mix black and white, along one axis."""
    image = Image.new("L", size)
    for x in range(0, size[0], 2):
        for y in range(0, size[1], 2):
            image.putpixel((x, y), 255)
    covered = cropped(reduced(Decoded(image, size, size), 150, "cover"), "cover")
    assert covered.size == (min(size),) * 2
    assert set(covered.tobytes()) == {0, 255}


def test_cover_cuts_out_the_middle_of_what_was_reduced() -> None:
    image = Image.linear_gradient("L").resize((602, 300))
    decoded = Decoded(image, image.size, image.size)
    whole = image.resize((301, 150), Image.Resampling.BICUBIC, reducing_gap=1.5)
    assert (
        cropped(reduced(decoded, 150, "cover"), "cover").tobytes()
        == whole.crop((75, 0, 225, 150)).tobytes()
    )


def test_a_turned_picture_is_cut_as_an_upright_one() -> None:
    upright = Image.new("RGB", (151, 150))
    upright.paste("white", (0, 0, 1, 150))
    upright.paste("red", (150, 0, 151, 150))
    expected = covered(saved(upright, "PNG"))
    turned = upright.transpose(Image.Transpose.ROTATE_90)
    assert covered(saved(turned, "PNG", exif=exif(6))).tobytes() == expected.tobytes()
    upside_down = upright.transpose(Image.Transpose.ROTATE_180)
    assert covered(saved(upside_down, "PNG", exif=exif(3))).tobytes() == expected.tobytes()


def covered(data: bytes) -> Image.Image:
    return opened(PillowEngine("cover", 2**29).make(data).data)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "I;16"])
@pytest.mark.parametrize("size", [(40, 30), (400, 300), (151, 2000)])
def test_the_row_more_that_a_png_is_decoded_with_darkens_no_edge(
    mode: str, size: tuple[int, int]
) -> None:
    white = 65_535 if mode == "I;16" else "white"
    data = saved(Image.new(mode, size, white), "PNG")
    for fit in FITS:
        thumbnail = opened(PillowEngine(fit, 2**29).make(data).data)
        assert set(thumbnail.tobytes()) == {255}


def test_the_decoder_must_leave_more_than_the_thumbnail_has() -> None:
    assert reduced_size((4000, 3000), 150, "fit") == (150, 113)
    assert least_size((4000, 3000), 150, "fit") == (225, 169)
    assert least_size((4000, 3000), 300, "fit") == (450, 337)
    assert least_size((4000, 3000), 150, "cover") == (300, 225)
    assert least_size((100, 80), 150, "fit") == (100, 80)
