"""Makes thumbnails of one picture with one engine, one turn of them for each line of input.

Runs in the peers' environment. Prints a line of JSON for each: the `seconds` of one thumbnail, the
`bytes` of the result, and `peak_bytes`, the most growth of this process since it was idle, with the
encoded picture.
"""

import io
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

SIDE, TWO_SIDES = 150, (150, 300)
# Our engine's (create_thumbnail.encode). It is not imported here, as it would count as the peers'
# memory.
QUALITY, PNG_LEVEL = 92, 6
WEBP_METHOD, WEBP_METHOD_WITH_ALPHA = 6, 5
BICUBIC = 3  # Pillow's Resampling.BICUBIC, without its import
# The bare decode leaves twice the thumbnail's sides, as Pillow's documentation advises for a last
# step by Lanczos.
DECODED_SHORTER_SIDE = 2 * SIDE
# What our engine asks libjpeg for (create_thumbnail.scale.REDUCING_GAP).
OUR_DECODED_LONGER_SIDE = 225
SCALES = (8, 4, 2, 1)
# A turn makes thumbnails for at least this long, and its figure is their median. A single thumbnail
# of a small picture takes a few milliseconds, and up to half as long again after another program.
TURN_SECONDS = 0.2

Engine = Callable[[bytes], int]


def ours(sizes: Sequence[int]) -> Engine:
    """Our engine, with no limit."""
    from create_thumbnail.thumbnail import PillowEngine  # noqa: PLC0415 - one engine is loaded

    engine = PillowEngine("fit", 2**40, takes_heic=True)

    def thumbnails(data: bytes) -> int:
        return sum(len(one.data) for one in engine.make_sizes(data, sizes).values())

    return thumbnails


def bare(side_of: Callable[[int, int], int], decoded_side: int) -> Engine:
    """libjpeg-turbo's scaled decode alone.

    Args:
        side_of: `min` or `max`: the side of the picture that `decoded_side` is about.
        decoded_side: the least pixels of that side after the decode.
    """
    import simplejpeg  # type: ignore[import-not-found]  # noqa: PLC0415 - only in this environment

    def decode(data: bytes) -> int:
        height, width, *_ = simplejpeg.decode_jpeg_header(data)
        scale = _scale(side_of(width, height), decoded_side)
        return int(_decoded(data, width, height, scale).nbytes)

    return decode


def _scale(side: int, decoded_side: int) -> int:
    """The greatest factor by which libjpeg can reduce a side and leave that many pixels of it."""
    return next(scale for scale in SCALES if side // scale >= decoded_side or scale == 1)


def _decoded(data: bytes, width: int, height: int, scale: int) -> Any:  # noqa: ANN401 - numpy's array
    import simplejpeg  # noqa: PLC0415 - only in this environment

    return simplejpeg.decode_jpeg(
        data, "RGBX", min_width=-(-width // scale), min_height=-(-height // scale)
    )


def same_work() -> Engine:
    """The least that a thumbnail of a JPEG takes: decode to our scale, resize once, encode."""
    import numpy as np  # type: ignore[import-not-found]  # noqa: PLC0415 - only in this environment
    import simplejpeg  # noqa: PLC0415 - only in this environment
    from PIL import Image  # noqa: PLC0415 - one engine is loaded

    def thumbnail(data: bytes) -> int:
        height, width, *_ = simplejpeg.decode_jpeg_header(data)
        scale = _scale(max(width, height), OUR_DECODED_LONGER_SIDE)
        pixels = _decoded(data, width, height, scale)
        size = (pixels.shape[1], pixels.shape[0])
        picture = Image.frombuffer("RGBX", size, pixels, "raw", "RGBX", 0, 1)
        factor = SIDE / max(width, height)
        small = picture.resize((round(width * factor), round(height * factor)), BICUBIC)
        content = simplejpeg.encode_jpeg(np.asarray(small), QUALITY, "RGBX", "420")
        return len(content)

    return thumbnail


def libvips(sizes: Sequence[int], *, is_chained: bool = False) -> Engine:
    """libvips, shrinking on load, with the same encoding as ours.

    Args:
        sizes: The thumbnails' longest sides.
        is_chained: Whether only the largest thumbnail is made from the picture, and the others from
            that: one decode, and less sharp.
    """
    import pyvips  # type: ignore[import-not-found]  # noqa: PLC0415 - only in this environment

    pyvips.cache_set_max(0)

    def each(data: bytes) -> int:
        pictures = (_vips_thumbnail(data, size) for size in sizes)
        return sum(len(_saved_by_vips(picture, data)) for picture in pictures)

    def chained(data: bytes) -> int:
        largest = _vips_thumbnail(data, max(sizes)).copy_memory()
        smaller = (size for size in sizes if size < max(sizes))
        pictures = [largest, *(largest.thumbnail_image(size, height=size) for size in smaller)]
        return sum(len(_saved_by_vips(picture, data)) for picture in pictures)

    return chained if is_chained else each


def _vips_thumbnail(data: bytes, size: int) -> Any:  # noqa: ANN401 - pyvips has no types
    import pyvips  # noqa: PLC0415 - only in this environment

    return pyvips.Image.thumbnail_buffer(data, size, height=size, size="down")


def _saved_by_vips(picture: object, data: bytes) -> bytes:
    save = picture.write_to_buffer  # type: ignore[attr-defined]  # pyvips has no types
    if data.startswith(b"\x89PNG"):
        return bytes(save(".png", compression=PNG_LEVEL, keep="none"))
    if data.startswith(b"\xff\xd8"):
        return bytes(save(".jpg", Q=QUALITY, subsample_mode="on", keep="none"))
    has_alpha = picture.hasalpha()  # type: ignore[attr-defined]  # pyvips has no types
    effort = WEBP_METHOD_WITH_ALPHA if has_alpha else WEBP_METHOD
    return bytes(save(".webp", Q=QUALITY, effort=effort, keep="none"))


def naive() -> Engine:
    """Pillow in the usual order: open, turn upright, resize."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - one engine is loaded

    Image.MAX_IMAGE_PIXELS = None

    def thumbnail(data: bytes) -> int:
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        small = ImageOps.contain(upright.convert("RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        small.save(buffer, "JPEG", quality=QUALITY)
        return len(buffer.getvalue())

    return thumbnail


ENGINES: dict[str, Callable[[], Engine]] = {
    "ours": partial(ours, (SIDE,)),
    "ours_twice": partial(ours, TWO_SIDES),
    "bare": partial(bare, min, DECODED_SHORTER_SIDE),
    "bare_as_ours": partial(bare, max, OUR_DECODED_LONGER_SIDE),
    "same_work": same_work,
    "libvips": partial(libvips, (SIDE,)),
    "libvips_twice": partial(libvips, TWO_SIDES),
    "libvips_chained": partial(libvips, TWO_SIDES, is_chained=True),
    "naive": naive,
}


def peak_bytes() -> int:
    """Return the most memory that this process has used, in bytes."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    except OSError:  # not Linux: macOS counts in bytes
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def forget_peak() -> None:
    """Reset the peak to the current memory, if the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return  # the peak of the start remains, so the measured growth is a little less


def timed(engine: Engine, data: bytes) -> tuple[float, int]:
    """Return the median time of a thumbnail in one turn, in seconds, and its bytes."""
    taken: list[float] = []
    while sum(taken) < TURN_SECONDS:
        start = time.perf_counter()
        size = engine(data)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken), size


def main(engine_name: str, picture: Path, warm_up: Path) -> None:
    """Make a turn for each line of input."""
    engine = ENGINES[engine_name]()
    engine(warm_up.read_bytes())
    forget_peak()
    idle = peak_bytes()
    data = picture.read_bytes()
    for _ in sys.stdin:
        seconds, size = timed(engine, data)
        answer = {"seconds": seconds, "bytes": size, "peak_bytes": peak_bytes() - idle}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
