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
from collections.abc import Callable
from functools import partial
from pathlib import Path

SIDE = 150
# Our engine's (create_thumbnail.thumbnail.QUALITY). It is not imported here, as it would count as
# the peers' memory.
QUALITY = 92
# The bare decode leaves twice the thumbnail's sides, as Pillow's documentation advises for a last
# step by Lanczos.
DECODED_SHORTER_SIDE = 2 * SIDE
# What our engine asks libjpeg for (create_thumbnail.thumbnail.REDUCING_GAP).
OUR_DECODED_LONGER_SIDE = 225
SCALES = (8, 4, 2, 1)
# A turn makes thumbnails for at least this long, and its figure is their median. A single thumbnail
# of a small picture takes a few milliseconds, and up to half as long again after another program.
TURN_SECONDS = 0.2

Engine = Callable[[bytes], int]


def ours() -> Engine:
    """Our engine, with no limit."""
    from create_thumbnail.thumbnail import PillowEngine  # noqa: PLC0415 - one engine is loaded

    engine = PillowEngine("fit", 2**40)
    return lambda data: len(engine.make(data).data)


def bare(side_of: Callable[[int, int], int], decoded_side: int) -> Engine:
    """libjpeg-turbo's scaled decode alone.

    Args:
        side_of: `min` or `max`: the side of the picture that `decoded_side` is about.
        decoded_side: the least pixels of that side after the decode.
    """
    import simplejpeg  # type: ignore[import-not-found]  # noqa: PLC0415 - only in this environment

    def decode(data: bytes) -> int:
        height, width, *_ = simplejpeg.decode_jpeg_header(data)
        scale = next(s for s in SCALES if side_of(width, height) // s >= decoded_side or s == 1)
        pixels = simplejpeg.decode_jpeg(
            data, "RGBX", min_width=-(-width // scale), min_height=-(-height // scale)
        )
        return int(pixels.nbytes)

    return decode


def libvips() -> Engine:
    """libvips, shrinking on load, with the same encoding as ours."""
    import pyvips  # type: ignore[import-not-found]  # noqa: PLC0415 - only in this environment

    pyvips.cache_set_max(0)

    def thumbnail(data: bytes) -> int:
        picture = pyvips.Image.thumbnail_buffer(data, SIDE, height=SIDE, size="down")
        return len(_saved_by_vips(picture, data))

    return thumbnail


def _saved_by_vips(picture: object, data: bytes) -> bytes:
    save = picture.write_to_buffer  # type: ignore[attr-defined]  # pyvips has no types
    if data.startswith(b"\x89PNG"):
        return bytes(save(".png", compression=9, keep="none"))
    if data.startswith(b"RIFF"):
        return bytes(save(".webp", Q=QUALITY, effort=6, keep="none"))
    return bytes(save(".jpg", Q=QUALITY, subsample_mode="on", keep="none"))


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
    "ours": ours,
    "bare": partial(bare, min, DECODED_SHORTER_SIDE),
    "bare_as_ours": partial(bare, max, OUR_DECODED_LONGER_SIDE),
    "libvips": libvips,
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
