"""What decoding an AVIF will take, against what it takes."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from create_thumbnail.av1_headers import UNITS_LIMIT, av1_image
from create_thumbnail.cost import FIXED_SECONDS, MAX_SECONDS, decode_seconds
from create_thumbnail.decode import decoded
from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.limits import decode_bytes
from create_thumbnail.structure import structure_of
from create_thumbnail.thumbnail import PillowEngine
from tests.unit.bmff_files import (
    Item,
    alpha_of,
    av1_item,
    file_of,
    grid,
    sequence_header,
    size_of,
    unit,
)
from tests.unit.pictures import saved

SIDE = 256
NOISE = Image.frombytes("RGB", (SIDE, SIDE), random.Random(4).randbytes(SIDE * SIDE * 3))  # noqa: S311 - no secret
FRAME = unit(6, b"\x10" * 100)
OF_ITS_OWN_SIZE = unit(6, b"\x12" + bytes(99))
LONG = unit(15, bytes(40_000_000))
CONFIGURATION = (b"av1C", b"\x81\0\x0c\0")

Costly = Callable[[], bytes]


def noisy(mode: str = "RGB", **options: object) -> bytes:
    picture = NOISE.convert(mode)
    if mode == "RGBA":
        picture.putalpha(NOISE.getchannel("R"))
    return saved(picture, "AVIF", speed=10, **options)


def noisy_grid() -> bytes:
    tile = av1_item(noisy(quality=60), (SIDE, SIDE))
    return file_of([grid(2, 2, (2 * SIDE, 2 * SIDE), 2, 3, 4, 5), *[tile] * 4])


def scaled(stated: int) -> bytes:
    """A picture whose boxes state another size than its bytes."""
    item = av1_item(noisy(quality=60), (SIDE, SIDE))
    return file_of([Item(item.kind, item.data, (size_of(stated, stated), *item.properties[1:]))])


COSTLY: dict[str, Costly] = {
    "of the best quality": lambda: noisy(quality=100),
    "with all colours": lambda: noisy(quality=100, subsampling="4:4:4"),
    "of the usual quality": lambda: noisy(quality=75),
    "of low quality": lambda: noisy(quality=10),
    "of the smallest blocks": lambda: noisy(quality=40, advanced={"max-partition-size": "4"}),
    "of tiles": lambda: noisy(quality=75, tile_rows=3, tile_cols=3),
    "with grain": lambda: noisy(quality=40, advanced={"film-grain-test": "8"}),
    "grey": lambda: noisy("L", quality=100),
    "with alpha": lambda: noisy("RGBA", quality=100),
    "a grid": noisy_grid,
    "made larger": lambda: scaled(1000),
    "made smaller": lambda: scaled(64),
}

# Prints how far a thumbnail raises the process's peak, in bytes, beside what was told.
MEASURE = """
import gc, sys
from create_thumbnail.limits import decode_bytes
from create_thumbnail.structure import structure_of
from create_thumbnail.thumbnail import PillowEngine
def status(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name))
small, data = (open(path, "rb").read() for path in sys.argv[1:])
PillowEngine("fit", 2**40).make(small)
gc.collect()
before = status("VmRSS")
PillowEngine("fit", 2**40).make(data)
print(status("VmHWM") - before, decode_bytes(structure_of(data)))
"""


def items_of_size(
    width: int, height: int, frames: int = 1, frame: bytes = FRAME, **fields: int
) -> list[Item]:
    data = sequence_header(width, height, **fields) + frame * frames
    return [Item(b"av01", data, (size_of(width, height), CONFIGURATION))]


@pytest.mark.parametrize("name", COSTLY)
def test_the_costliest_cost_no_more_than_estimated(name: str) -> None:
    structure = structure_of(COSTLY[name]())
    started = time.process_time()
    decoded(structure, (150, 150))
    # The fixed part is for the rest of the thumbnail; some of it is for other work on the machine.
    assert time.process_time() - started <= decode_seconds(structure) - FIXED_SECONDS * 2 / 3


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
def test_the_memory_is_told(tmp_path: Path) -> None:
    """In a large one: beside a small one's, a process's other needs would count too much."""
    large = tmp_path / "large.avif"
    picture = Image.linear_gradient("L").resize((2000, 1500)).convert("RGBA")
    large.write_bytes(saved(picture, "AVIF", speed=10, quality=30, subsampling="4:4:4"))
    small = tmp_path / "small.avif"
    small.write_bytes(noisy("RGBA"))
    root = Path(__file__).parents[3]
    result = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", MEASURE, str(small), str(large)],
        env={"PYTHONPATH": str(root / "lambdas")},
        check=True,
        capture_output=True,
    )
    took, told = map(int, result.stdout.split())
    assert 0.5 * told < took <= told


def frames_of_grid(*layers: int, alphas: int = 0) -> float:
    """How many frames of a tile are told to be in memory for a grid of four, beside its canvas.

    Args:
        layers: The operating points of the tiles, taken in turn.
        alphas: How many tiles the alpha channel has.
    """
    (tile,) = items_of_size(1000, 1000)
    tiles = [tile.having((b"a1op", bytes([layers[at % len(layers)]]))) for at in range(4)]
    items = [grid(2, 2, (2000, 2000), 2, 3, 4, 5), *tiles]
    if alphas == 1:
        items += [alpha_of(items_of_size(2000, 2000)[0], 1)]
    elif alphas:
        items += [alpha_of(grid(2, 2, (2000, 2000), 7, 8, 9, 10), 1), *tiles]
    copies = 2 * (4 if alphas else 3) + (2.5 if alphas else 1.5)
    return (decode_bytes(structure_of(file_of(items))) / 1e6 - 4 * copies) / 2.7


@pytest.mark.parametrize(
    ("layers", "alphas", "frames"),
    [((0,), 0, 1), ((0, 1), 0, 4), ((0,), 4, 2), ((0,), 1, 8), ((0, 1), 4, 8)],
)
def test_frames_of_all_tiles_are_counted_where_each_has_its_decoder(
    layers: tuple[int, ...], alphas: int, frames: int
) -> None:
    assert frames_of_grid(*layers, alphas=alphas) == pytest.approx(frames, abs=0.01)


@pytest.mark.parametrize(
    ("fields", "depth", "samples", "has_grain"),
    [
        ({}, 8, 1.5, False),
        ({"profile": 1}, 8, 3.0, False),
        ({"is_deep": True}, 10, 1.5, False),
        ({"has_grain": True}, 8, 1.5, True),
        ({"is_reduced": False}, 8, 1.5, False),
        ({"is_reduced": False, "is_deep": True, "has_grain": True}, 10, 1.5, True),
    ],
)
def test_headers_say_what_is_coded(
    fields: dict[str, int], depth: int, samples: float, *, has_grain: bool
) -> None:
    image = av1_image(memoryview(sequence_header(3000, 2000, **fields) + FRAME))
    assert (image.depth, image.samples, image.has_grain) == (depth, samples, has_grain)
    assert (image.width, image.height) == (3000, 2000)


@pytest.mark.parametrize(
    ("frame", "size"),
    [
        ("0001000", (3000, 2000)),  # a key frame, as the first one is
        ("0001001", (65_536, 65_536)),
        ("00010100", (3000, 2000)),  # with tools for screens
        ("00010101", (65_536, 65_536)),
        ("001000000", (3000, 2000)),  # one that isn't shown
        ("001000001", (65_536, 65_536)),
        ("0110", (65_536, 65_536)),  # a switch frame has its own
        ("1", (3000, 2000)),  # one that was decoded before
    ],
)
def test_a_frame_with_a_size_of_its_own_may_have_the_largest(
    frame: str, size: tuple[int, int]
) -> None:
    unit_of_frame = unit(6, int(frame.ljust(64, "0"), 2).to_bytes(8, "big"))
    sequence = sequence_header(3000, 2000, is_reduced=False)
    image = av1_image(memoryview(sequence + unit_of_frame))
    assert (image.width, image.height) == size


@pytest.mark.parametrize(
    "items",
    [
        items_of_size(16_000, 12_000),
        [Item(b"av01", items_of_size(18_000, 12_000)[0].data, (size_of(64, 64), CONFIGURATION))],
        [Item(b"av01", items_of_size(64, 64)[0].data, (size_of(16_000, 12_000), CONFIGURATION))],
        [*items_of_size(64, 64), alpha_of(items_of_size(20_000, 12_000)[0], 1)],
        items_of_size(6000, 4000, frames=10),
        items_of_size(2000, 1000, is_reduced=False, frame=OF_ITS_OWN_SIZE),
    ],
    ids=["large", "said to be small", "said to be large", "alpha", "frames", "other frames"],
)
def test_what_needs_too_much_memory_is_refused_before_it_is_decoded(items: list[Item]) -> None:
    with pytest.raises(ImageRefusedError, match=r"^too large: \d+ x \d+ pixels as AVIF need "):
        PillowEngine("fit", 2**29).make(file_of(items))


@pytest.mark.parametrize(
    "items",
    [
        items_of_size(10_000, 9000),
        items_of_size(4000, 3000, frames=10),
        [Item(b"av01", sequence_header(64, 64) + FRAME + LONG, (size_of(64, 64), CONFIGURATION))],
    ],
    ids=["pixels", "frames", "bytes"],
)
def test_what_costs_too_much_is_refused_before_it_is_decoded(items: list[Item]) -> None:
    with pytest.raises(ImageRefusedError, match=r"^too costly: \d+ x \d+ pixels as AVIF may need "):
        PillowEngine("fit", 2**40).make(file_of(items))


@pytest.mark.parametrize(("width", "height", "length"), [(4000, 3000, 6e6), (8000, 6000, 12e6)])
def test_photographs_are_not_refused(width: int, height: int, length: float) -> None:
    data = sequence_header(width, height) + unit(6, bytes(int(length)))
    structure = structure_of(
        file_of([Item(b"av01", data, (size_of(width, height), CONFIGURATION))])
    )
    assert decode_seconds(structure) <= MAX_SECONDS
    assert decode_bytes(structure) <= 2**29


def test_units_are_counted() -> None:
    data = sequence_header(64, 64) + FRAME + b"\x12\0" * UNITS_LIMIT
    with pytest.raises(ImageRefusedError, match=r"^AVIF of more units than a picture has$"):
        av1_image(memoryview(data))


@pytest.mark.parametrize("name", [b"dimg", b"auxl"])
def test_a_structure_of_many_parts_takes_little_time(name: bytes) -> None:
    """Of items that refer to each other, with all the properties that they may have."""
    crowd = Item(b"av01", b"", (CONFIGURATION,) * 250).referring(name, *range(1, 2000))
    data = file_of([*items_of_size(64, 64), *[crowd] * 60])
    started = time.process_time()
    with suppress(ImageRefusedError):
        structure_of(data)
    assert time.process_time() - started < 0.2


def test_so_many_properties_are_looked_up_at_most() -> None:
    auxiliary = Item(b"av01", b"", (CONFIGURATION,) * 250).referring(b"auxl", 1)
    data = file_of([*items_of_size(64, 64), *[auxiliary] * 110])
    with pytest.raises(ImageRefusedError, match=r"^picture of more properties than a picture has$"):
        structure_of(data)
