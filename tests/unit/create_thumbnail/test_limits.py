"""The estimates of what decoding holds, against what it really holds."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import create_thumbnail.thumbnail  # noqa: F401 - importing it lifts Pillow's own limit
from create_thumbnail.engine import Fit, ImageRefusedError
from create_thumbnail.gif_structure import gif_structure
from create_thumbnail.limits import decode_bytes
from create_thumbnail.structure import structure_of
from tests.unit.gifs import GifFrame, gif
from tests.unit.pictures import encoded, large_jpeg, noise, raw_png, scan_bomb

MEGABYTE = 1_000_000
LAMBDAS = Path(__file__).parents[3] / "lambdas"

# The child warms up what is loaded once, then tells how much its peak grows with the picture.
MEASURE = """
import sys
from pathlib import Path
from create_thumbnail.thumbnail import PillowEngine

def peak():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024

small, large, fit = sys.argv[1:]
engine = PillowEngine(fit, 10**12)
engine.make(Path(small).read_bytes())
data = Path(large).read_bytes()
before = peak()
engine.make_sizes(data, (150, 300))
print(peak() - before)
"""


def estimate(data: bytes, largest: int = 300) -> int:
    return decode_bytes(structure_of(data), largest)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
@pytest.mark.parametrize(
    ("data", "fit"),
    [
        (encoded("PNG", "RGB", (2000, 2000)), "fit"),
        (encoded("PNG", "RGB", (2000, 2000), transparency=(0, 0, 0)), "fit"),
        (encoded("PNG", "P", (2000, 2000)), "fit"),
        (encoded("PNG", "I;16", (2000, 2000)), "fit"),
        (encoded("PNG", "I;16", (2000, 2000), transparency=0), "fit"),
        (encoded("PNG", "I;16", (3000, 3000), transparency=0), "fit"),
        (encoded("JPEG", "RGB", (3000, 3000), progressive=True), "fit"),
        (large_jpeg(12_000, 9_000), "fit"),
        (large_jpeg(32_000, 590), "cover"),
        (encoded("WEBP", "RGB", (1500, 1500), method=0), "fit"),
        (encoded("GIF", "P", (3000, 3000)), "fit"),
        (encoded("GIF", "P", (3000, 3000), transparency=0), "fit"),
        (encoded("GIF", "P", (3000, 3000), transparency=0), "cover"),
        (gif((3000, 3000), [(1, 2, 3)], GifFrame((3, 3), bytes(9))), "fit"),
    ],
    ids=[
        "rgb",
        "rgb with a transparent colour",
        "palette",
        "16 bits",
        "16 bits with a transparent shade",
        "larger 16 bits with a transparent shade",
        "progressive",
        "108 MP",
        "pano",
        "webp",
        "gif",
        "gif with a transparent colour",
        "gif with a transparent colour, cropped",
        "gif of a small frame",
    ],
)
def test_decoding_holds_no_more_than_estimated(tmp_path: Path, data: bytes, fit: Fit) -> None:
    (tmp_path / "large").write_bytes(data)
    with Image.open(io.BytesIO(data)) as picture:
        small = encoded(picture.format or "", picture.mode, (9, 9))
    (tmp_path / "small").write_bytes(small)
    result = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", MEASURE, str(tmp_path / "small"), str(tmp_path / "large"), fit],
        env={"PYTHONPATH": str(LAMBDAS)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    held = int(result.stdout)
    assert held <= estimate(data) * 1.05 + 2 * MEGABYTE
    # An estimate far above would refuse pictures for nothing.
    assert estimate(data) <= held * 1.5 + 20 * MEGABYTE


@pytest.mark.parametrize(
    ("data", "per_pixel"),
    [
        (encoded("PNG", "L", (100, 100)), 1),
        (encoded("PNG", "RGB", (100, 100)), 4),
        (encoded("PNG", "RGBA", (100, 100)), 8),
        (encoded("PNG", "LA", (100, 100)), 8),
        (encoded("PNG", "I;16", (100, 100)), 8),
        (encoded("PNG", "I;16", (100, 100), transparency=0), 11),
        (encoded("PNG", "P", (100, 100)), 9),
        (encoded("PNG", "1", (100, 100)), 9),
        (encoded("PNG", "L", (100, 100), transparency=0), 9),
        (encoded("PNG", "RGB", (100, 100), transparency=(0, 0, 0)), 12),
        (encoded("WEBP", "RGB", (100, 100)), 17),
        (encoded("WEBP", "RGBA", (100, 100)), 17),
        (encoded("GIF", "P", (100, 100)), 5),
        (encoded("GIF", "P", (100, 100), transparency=0), 9),
        (gif((100, 100), [(1, 2, 3)], GifFrame((3, 3), bytes(9))), 9),
    ],
)
def test_png_webp_and_gif_hold_every_pixel(data: bytes, per_pixel: int) -> None:
    assert estimate(data) == 10_000 * per_pixel


@pytest.mark.parametrize(
    ("options", "samples_per_pixel"),
    [
        ({"mode": "RGB", "subsampling": "4:2:0"}, 1.5),
        ({"mode": "RGB", "subsampling": "4:2:2"}, 2),
        ({"mode": "RGB", "subsampling": "4:4:4"}, 3),
        ({"mode": "L"}, 1),
        ({"mode": "CMYK"}, 4),
    ],
)
def test_a_progressive_jpeg_holds_its_coefficients_too(
    options: dict[str, Any], samples_per_pixel: float
) -> None:
    mode = options.pop("mode")
    baseline, progressive = (
        estimate(encoded("JPEG", mode, (2400, 2400), progressive=progressive, **options))
        for progressive in (False, True)
    )
    assert progressive - baseline == 2400 * 2400 * samples_per_pixel * 2


def test_what_lies_between_two_segments_changes_nothing() -> None:
    data = noise("JPEG")
    start = data.index(b"\xff\xda")
    assert estimate(data[:start] + b"\xff\xff\0junk" + data[start:]) == estimate(data)


def test_a_baseline_jpeg_whose_first_scan_lacks_a_colour_is_held_whole() -> None:
    data = noise("JPEG")
    start = data.index(b"\xff\xda")
    one_colour = b"\xff\xda\0\x08\1" + data[start + 5 : start + 7] + b"\0\x3f\0"
    rest = data[start + 14 :]
    pixels = 320 * 240
    samples = 1.5
    assert estimate(data[:start] + one_colour + rest) - estimate(data) == pixels * samples * 2


def test_an_impossible_sampling_is_taken_for_none() -> None:
    data = bytearray(encoded("JPEG", progressive=True))
    known = estimate(bytes(data))
    frame = data.index(b"\xff\xc2")
    for component in range(3):
        data[frame + 11 + 3 * component] = 0
    assert estimate(bytes(data)) - known == 64 * 48 * 1.5 * 2


def test_scans_are_counted_in_the_first_picture_only() -> None:
    assert estimate(scan_bomb(100) + b"\xff\xda\0\x02" * 500) == estimate(scan_bomb(100))
    with pytest.raises(ImageRefusedError):
        estimate(scan_bomb(101))


def test_a_header_is_enough() -> None:
    data = raw_png(50_000, 50_000, depth=8, colour_type=6, rows=b"\0")
    assert estimate(data) == 50_000 * 50_000 * 8


def test_a_baseline_jpeg_is_not_searched_behind_its_one_scan() -> None:
    data = encoded("JPEG", size=(640, 480))
    assert estimate(data + b"\xff\xda\0\x02" * 500) == estimate(data)
    assert estimate(data[:-2] + b"\xff\xda\0\x02" * 500) == estimate(data)


def test_a_gif_whose_last_block_is_cut_counts_twice() -> None:
    data = encoded("GIF", "P", (100, 100))
    assert estimate(data[:-4]) == 10_000 * 5 + len(gif_structure(data).data) - 2
