"""The estimates of what decoding holds, against what it really holds."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import create_thumbnail.thumbnail  # noqa: F401 - importing it lifts Pillow's own limit
from create_thumbnail.decode_memory import decode_bytes
from create_thumbnail.engine import Fit, ImageRefusedError
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
engine.make(data)
print(peak() - before)
"""


def estimate(data: bytes) -> int:
    with Image.open(io.BytesIO(data)) as picture:
        return decode_bytes(picture, data)


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
    ],
)
def test_png_and_webp_hold_every_pixel(data: bytes, per_pixel: int) -> None:
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


def test_a_jpeg_is_taken_for_held_whole_where_its_header_says_nothing_else() -> None:
    data = noise("JPEG")
    start = data.index(b"\xff\xda")
    with Image.open(io.BytesIO(data)) as picture:
        whole, strips = picture.width * picture.height * 3, decode_bytes(picture, data)
        for cut in (data[:start], data[: start + 4], data[:start] + b"\xff\xda\x00\x08\x01"):
            assert decode_bytes(picture, cut) - strips == whole
        # What lies between two segments is passed over, as libjpeg does.
        assert decode_bytes(picture, data[:start] + b"\xff\xff\0junk" + data[start:]) == strips


def test_a_jpeg_with_unknown_sampling_is_taken_for_unsampled() -> None:
    data = encoded("JPEG", progressive=True)
    with Image.open(io.BytesIO(data)) as picture:
        known = decode_bytes(picture, data)
        picture.layer = []  # type: ignore[attr-defined] # JpegImageFile's own
        assert decode_bytes(picture, data) - known == 64 * 48 * 1.5 * 2


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
