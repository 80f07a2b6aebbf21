"""Pixels that are damaged or not all there are refused. No thumbnail has a black or grey rest."""

import random
import re
import zlib
from collections.abc import Callable
from itertools import pairwise, product

import pytest
from PIL import Image

from create_thumbnail.engine import Fit, ImageRefusedError
from create_thumbnail.thumbnail import PillowEngine
from tests.unit.create_thumbnail.costly_pictures import BASELINE, COLOURS, codes, jpeg, scan
from tests.unit.pictures import (
    encoded,
    interlaced_png,
    jpeg_segment,
    lossless_jpeg,
    noise,
    opened,
    png_of,
    saved,
)

FITS: tuple[Fit, ...] = ("fit", "cover")
SIZES = ((99, 150), (150, 99), (300, 140))
# Bits a sample, type of colours and bytes of a row of 40 pixels.
KINDS = (
    (1, 0, 5),
    (2, 0, 10),
    (8, 0, 40),
    (16, 0, 80),
    (8, 2, 120),
    (16, 2, 240),
    (4, 3, 20),
    (8, 3, 40),
    (8, 4, 80),
    (16, 4, 160),
    (8, 6, 160),
    (16, 6, 320),
)
MISSING = r"^damaged picture: the file ends before its last pixels$"
BROKEN = r"^damaged picture: its pixels can't be decoded$"
DAMAGED = r"^damaged picture: (the file ends before its last pixels|its pixels can't be decoded)$"


def make(data: bytes, fit: Fit = "fit") -> Image.Image:
    return opened(PillowEngine(fit, 2**29).make(data).data)


def refused(data: bytes, fit: Fit = "fit", words: str = DAMAGED) -> None:
    with pytest.raises(ImageRefusedError, match=words):
        make(data, fit)


def rows_of(width: int, height: int) -> bytes:
    """Rows of RGB with a pattern."""
    return b"".join(
        b"\0" + bytes((x * 7 + y * 13 + c * 50) % 256 for x in range(width) for c in range(3))
        for y in range(height)
    )


def cut(rows: bytes) -> bytes:
    data = zlib.compress(rows)
    return data[: len(data) // 2]


def flipped(rows: bytes) -> bytes:
    data = bytearray(zlib.compress(rows))
    data[len(data) // 2] ^= 0xFF
    return bytes(data)


def few_rows(rows: bytes) -> bytes:
    return zlib.compress(rows[: len(rows) // 2])


@pytest.mark.parametrize("damage", [cut, flipped, few_rows])
@pytest.mark.parametrize("size", SIZES)
def test_a_damaged_png_is_refused_whatever_its_size_and_fit(
    size: tuple[int, int], damage: Callable[[bytes], bytes]
) -> None:
    for fit in FITS:
        refused(png_of(size, (8, 2, 0, 0, 0), damage(rows_of(*size))), fit)


@pytest.mark.parametrize(("depth", "colour_type", "row_bytes"), KINDS)
@pytest.mark.parametrize("missing", [1, 15, 30])
def test_a_stream_with_too_few_rows_is_refused_in_every_kind(
    depth: int, colour_type: int, row_bytes: int, missing: int
) -> None:
    chunks = {b"PLTE": bytes(range(48)) * 16} if colour_type == 3 else {}
    row = b"\0" + bytes((number * 37 + 11) % 256 for number in range(row_bytes))
    kind = (depth, colour_type, 0, 0, 0)
    make(png_of((40, 30), kind, zlib.compress(row * 30), chunks))
    for level in (0, 9):
        compressed = zlib.compress(row * (30 - missing), level)
        refused(png_of((40, 30), kind, compressed, chunks), words=MISSING)
        # What follows the stream are no rows.
        refused(png_of((40, 30), kind, compressed + bytes(row_bytes * 30), chunks), words=MISSING)


def test_a_row_that_is_cut_is_missing() -> None:
    rows = rows_of(40, 30)
    refused(png_of((40, 30), (8, 2, 0, 0, 0), zlib.compress(rows[:-1])), words=MISSING)


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", [(20, 20), (3, 20), (20, 1), (1, 1), (5, 2)])
def test_an_interlaced_png_with_too_few_rows_is_refused(mode: str, size: tuple[int, int]) -> None:
    picture = Image.radial_gradient("L").resize(size).convert(mode)
    data = interlaced_png(picture)
    assert make(data).convert(mode).tobytes() == picture.tobytes()
    start = data.index(b"IDAT") + 4
    rows = zlib.decompress(data[start:-16])
    row_bytes = 1 + len(picture.tobytes()) // size[1]
    kind = (8, 2 if mode == "RGB" else 0, 0, 0, 1)
    for left in (len(rows) - 1, len(rows) - min(row_bytes, len(rows)), len(rows) // 2):
        refused(png_of(size, kind, zlib.compress(rows[:left])), words=MISSING)
    refused(png_of(size, kind, flipped_checksum(zlib.compress(rows))), words=BROKEN)


@pytest.mark.parametrize(("depth", "colour_type", "row_bytes"), KINDS)
@pytest.mark.parametrize("size", [(40, 30), (7, 5), (2, 9)])
def test_rows_of_interlaced_pngs_are_counted_in_every_kind(
    depth: int, colour_type: int, row_bytes: int, size: tuple[int, int]
) -> None:
    bits = row_bytes * 8 // 40
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
    length = 0
    for left, top, across, down in (*passes, (0, 1, 1, 2)):
        columns, rows = len(range(left, size[0], across)), len(range(top, size[1], down))
        length += rows * (1 + (columns * bits + 7) // 8) if columns else 0
    chunks = {b"PLTE": bytes(768)} if colour_type == 3 else {}
    kind = (depth, colour_type, 0, 0, 1)
    assert make(png_of(size, kind, zlib.compress(bytes(length)), chunks)).size == size
    assert make(png_of(size, kind, zlib.compress(bytes(length + 9)), chunks)).size == size
    refused(png_of(size, kind, zlib.compress(bytes(length - 1)), chunks), words=MISSING)


def flipped_checksum(stream: bytes) -> bytes:
    return stream[:-1] + bytes([stream[-1] ^ 1])


def test_a_flip_that_can_be_inflated_is_seen_by_the_streams_checksum() -> None:
    rows = rows_of(40, 30)
    stored = zlib.compress(rows, 0)
    for stream in (stored, zlib.compress(rows)):
        refused(png_of((40, 30), (8, 2, 0, 0, 0), flipped_checksum(stream)), words=BROKEN)
    for at in (20, len(stored) // 2, len(stored) - 6):
        changed = bytearray(stored)
        changed[at] ^= 4
        refused(png_of((40, 30), (8, 2, 0, 0, 0), bytes(changed)), words=BROKEN)


def test_whatever_follows_the_last_row_is_no_reason_to_refuse() -> None:
    rows = rows_of(40, 30)
    whole = zlib.compress(rows)
    unfinished = zlib.compressobj()
    without_end = unfinished.compress(rows) + unfinished.flush(zlib.Z_SYNC_FLUSH)
    expected = make(png_of((40, 30), (8, 2, 0, 0, 0), whole)).tobytes()
    for stream in (
        whole + b"garbage" * 20_000,
        zlib.compress(rows + rows),  # more rows
        zlib.compress(rows + b"\0\1"),
        whole[:-4],  # without its checksum
        whole[:-2],
        without_end,
    ):
        assert make(png_of((40, 30), (8, 2, 0, 0, 0), stream)).tobytes() == expected
    data = png_of((40, 30), (8, 2, 0, 0, 0), whole)
    for missing in (1, 12, 16, 20):  # of IEND, of the checksums
        assert make(data[:-missing]).tobytes() == expected


def test_a_last_row_that_looks_like_the_mark_is_a_row() -> None:
    from create_thumbnail.png_decode import MARK  # noqa: PLC0415 - the one test that knows of it

    row = b"\0" + MARK[:48]
    data = png_of((16, 30), (8, 2, 0, 0, 0), zlib.compress(row * 30))
    assert make(data).tobytes() == MARK[:48] * 30
    refused(png_of((16, 30), (8, 2, 0, 0, 0), zlib.compress(row * 29)), words=MISSING)


def test_many_pieces_are_one_stream() -> None:
    rows = rows_of(40, 30)
    data = png_of((40, 30), (8, 2, 0, 0, 0), zlib.compress(rows))
    start, whole = data.index(b"IDAT") - 4, zlib.compress(rows)
    pieces = b"".join(
        png_of((1, 1), (8, 2, 0, 0, 0), whole[at : at + 7])[33:-12]
        for at in range(0, len(whole), 7)
    )
    assert make(data[:start] + pieces + data[-12:]).tobytes() == make(data).tobytes()
    few = png_of((1, 1), (8, 2, 0, 0, 0), whole[: len(whole) // 2])[33:-12]
    refused(data[:start] + few + data[-12:], words=MISSING)


def test_an_animations_default_image_with_too_few_rows_is_refused() -> None:
    first, second = Image.effect_noise((40, 30), 90), Image.new("L", (40, 30))
    data = saved(first, "PNG", save_all=True, append_images=[second])
    make(data)
    start = data.index(b"IDAT") - 4
    length = int.from_bytes(data[start : start + 4], "big")
    rows = zlib.decompress(data[start + 8 : start + 8 + length])
    few = png_of((1, 1), (8, 0, 0, 0, 0), zlib.compress(rows[: 41 * 20]))[33:-12]
    refused(data[:start] + few + data[start + 12 + length :], words=MISSING)


JPEGS: dict[str, dict[str, object]] = {
    "baseline": {"quality": 90},
    "unsampled": {"quality": 90, "subsampling": "4:4:4"},
    "progressive": {"quality": 90, "progressive": True},
    "restart": {"quality": 90, "restart_marker_blocks": 4},
}


def scene(mode: str = "RGB") -> Image.Image:
    """The same coarse noise each time, so that a cut always falls on the same bytes."""
    chance = random.Random("scene")  # noqa: S311 - no secret
    coarse = Image.frombytes("RGB", (80, 60), chance.randbytes(80 * 60 * 3))
    return coarse.resize((320, 240), Image.Resampling.BICUBIC).convert(mode)


@pytest.mark.parametrize(("kind", "mode"), list(product(JPEGS, ["RGB", "L", "CMYK"])))
def test_a_jpeg_without_its_end_marker_is_whole_and_a_cut_one_is_not(kind: str, mode: str) -> None:
    data = saved(scene(mode), "JPEG", **JPEGS[kind])
    for fit in FITS:
        assert make(data[:-2], fit).tobytes() == make(data, fit).tobytes()
        assert make(data[:-1], fit).tobytes() == make(data, fit).tobytes()
        for share in (0.3, 0.6, 0.9, 0.98):
            refused(data[: int(len(data) * share)], fit)


@pytest.mark.parametrize("kind", ["baseline", "unsampled", "progressive"])
def test_a_cut_jpeg_with_an_end_marker_put_back_has_no_grey_rest(kind: str) -> None:
    data = saved(scene(), "JPEG", **JPEGS[kind])
    scan = data.index(b"\xff\xda") + 14
    lengths = (300,) if kind == "progressive" else (300, 3000, len(data) - scan - 300)
    for length in lengths:
        refused(data[: scan + length] + b"\xff\xd9", words=MISSING)


SMALL = {"quality": 90, "subsampling": "4:4:4"}


def small(**options: object) -> bytes:
    """A picture that isn't scaled, so that all coefficients count."""
    return saved(scene().crop((0, 0, 96, 72)), "JPEG", **SMALL, **options)


def places(data: bytes, marker: re.Pattern[bytes]) -> list[int]:
    return [found.start() for found in marker.finditer(data)]


RESTART_MARKER = re.compile(rb"\xff[\xd0-\xd7]")
SCAN_MARKER = re.compile(rb"\xff\xda")
SCAN_OR_TABLE = re.compile(rb"\xff[\xda\xc4]")


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_jpeg_that_is_cut_between_restart_markers_has_no_grey_rest(
    options: dict[str, object],
) -> None:
    data = small(restart_marker_blocks=4, **options)
    markers = places(data, RESTART_MARKER)
    assert len(markers) > 16  # each number more than once
    assert make(data[:-2]).tobytes() == make(data).tobytes()
    for at in (*markers[:9], *markers[-9:]):
        for length in (at, at + 1, at + 2):
            refused(data[:length])
    half = len(data) // 2
    refused(data[:half] + bytes(len(data) - half))  # a download into a file of full length


def test_a_long_stretch_without_a_restart_marker_is_searched_for_the_last_one() -> None:
    wide = scene().resize((900, 600)).crop((0, 0, 900, 592))
    data = saved(wide, "JPEG", quality=99, subsampling="4:4:4", restart_marker_rows=73)
    (marker,) = places(data, RESTART_MARKER)
    assert marker > 2**17
    assert make(data[:-2]).tobytes() == make(data).tobytes()
    for length in (marker, marker + 1, marker + 2):
        refused(data[:length])


@pytest.mark.parametrize("options", [{}, {"restart_marker_blocks": 4}])
@pytest.mark.parametrize("end", [b"", b"\xff\xd9"])
def test_a_segment_behind_the_cut_is_no_end_of_a_picture(
    options: dict[str, object], end: bytes
) -> None:
    data = small(**options)
    segment = jpeg_segment(0xE1, b"x" * 50)
    for share in (0.3, 0.6, 0.9):
        refused(data[: int(len(data) * share)] + segment + end, words=MISSING)
    assert make(data[:-2] + segment + end).tobytes() == make(data).tobytes()


def test_a_progressive_jpeg_without_its_later_scans_is_cut() -> None:
    data = small(progressive=True)
    for start in places(data, SCAN_MARKER)[1:]:
        refused(data[:start], words=MISSING)
        refused(data[:start] + bytes(len(data) - start), words=MISSING)
        segment = jpeg_segment(0xE1, b"x" * 50)
        refused(data[:start] + segment, words=MISSING)
    last = places(data, SCAN_MARKER)[-1]
    refused(data[: (last + len(data)) // 2], words=MISSING)


def test_an_end_marker_put_back_inside_a_scan_is_seen() -> None:
    data = small(progressive=True)
    for start, end in pairwise(places(data, SCAN_OR_TABLE)):
        if data[start + 1] == 0xDA:
            refused(data[: (start + 14 + end) // 2] + b"\xff\xd9", words=MISSING)


def test_a_progressive_jpeg_of_some_whole_scans_is_shown_as_browsers_do() -> None:
    data = small(progressive=True)
    for start in places(data, SCAN_MARKER)[1:]:
        few = data[: data.rindex(b"\xff\xc4", 0, start)] + b"\xff\xd9"
        shown = saved(opened(few), "JPEG", quality=100, subsampling="4:4:4")
        expected = make(shown).tobytes()
        found = make(few).tobytes()
        differences = [abs(a - b) for a, b in zip(found, expected, strict=True)]
        assert sum(differences) / len(differences) < 2


@pytest.mark.parametrize("options", [{}, {"restart_marker_blocks": 4}])
def test_a_jpeg_that_lacks_its_last_bytes_is_cut(options: dict[str, object]) -> None:
    data = small(**options)
    for missing in (3, 4, 5):
        refused(data[:-missing], words=MISSING)


def test_a_jpeg_of_a_scan_for_each_colour_has_all_of_the_last() -> None:
    tables = codes(0, {1: [7]}) + codes(0x10, {1: [0]})  # eight blocks, each darker, in 9 bytes
    scans = [scan([number], (0, 63, 0), bytes(9)) for number in (1, 2, 3)]
    data = jpeg(BASELINE, (64, 8), COLOURS, tables, *scans)
    assert make(data[:-2]).tobytes() == make(data).tobytes()
    refused(data[:-7], words=MISSING)
    refused(data[:-7] + b"\xff\xd9", words=MISSING)
    refused(data[: data.rindex(b"\xff\xda")], words=MISSING)


def test_a_jpeg_that_is_grey_where_it_ends_is_whole() -> None:
    for mode in ("RGB", "L"):
        for options in JPEGS.values():
            data = encoded("JPEG", mode, (320, 240), (128,) * len(mode), **options)
            assert make(data).size == (150, 113)
            for whole in (data[:-2], data[:-1], data[:-2] + b"\xff\xff\xff\xd9"):
                assert make(whole).tobytes() == make(data).tobytes()


def test_a_cut_webp_is_refused() -> None:
    kinds: tuple[dict[str, object], ...] = (
        {},
        {"lossless": True},
        {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"},
    )
    for options in kinds:
        data = noise("WEBP", "RGB", **options)
        for share in (0.05, 0.5, 0.95):
            for fit in FITS:
                with pytest.raises(ImageRefusedError, match=r"^damaged picture: "):
                    make(data[: int(len(data) * share)], fit)


def test_a_cut_webp_whose_lengths_were_corrected_is_refused() -> None:
    data = noise("WEBP", lossless=True)
    half = data[: len(data) // 4 * 2]
    length = len(half)
    corrected = half[:4] + (length - 8).to_bytes(4, "little") + half[8:16]
    corrected += (length - 20).to_bytes(4, "little") + half[20:]
    refused(corrected, words=BROKEN)


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_lossless_jpeg_is_decoded_whole(mode: str) -> None:
    picture = Image.radial_gradient("L").resize((320, 40)).convert(mode)
    data = lossless_jpeg(picture)
    thumbnail = make(data)
    assert thumbnail.size == (150, 19)
    expected = picture.resize((150, 19), Image.Resampling.BICUBIC)
    found, wanted = thumbnail.convert("L").tobytes(), expected.convert("L").tobytes()
    assert max(abs(one - other) for one, other in zip(found, wanted, strict=True)) < 16
    assert make(data[:-2]).tobytes() == thumbnail.tobytes()
    refused(data[: len(data) // 2])


def test_a_second_frame_in_a_jpeg_is_never_what_the_decoder_gets() -> None:
    data = encoded("JPEG", size=(40, 30))
    large = jpeg_segment(
        0xC0, data[data.index(b"\xff\xc0") + 4 :][:15].replace(b"\0\x1e", b"\x40\0")
    )
    assert opened(data).size == (40, 30)
    frame_end = data.index(b"\xff\xc0") + 19
    assert make(data[:frame_end] + large + data[frame_end:]).size == (40, 30)
