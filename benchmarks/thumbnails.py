"""Measures thumbnails (time, size, quality) beside the bare decoder, libvips, sharp and Pillow.

Each engine has a process for one picture, which makes a turn of thumbnails for each line of input.
So the engines are measured in turn, and each one's memory separately.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import (
    BENCH,
    HERE,
    PROJECT,
    PeerMissingError,
    announce,
    explained,
    npm_environment,
    python_environment,
    run,
    target_python,
)
from benchmarks.measures import Samples, as_ratio, as_size, as_time, ratio, turn_ratio
from benchmarks.report import Section, Table, Verdict

DEFAULT_RUNS = 31
ENGINE_PACKAGES = ("layers/pillow", "layers/heic", "lambdas/create_thumbnail")
SAMPLES = PROJECT / "tests" / "samples"
MEGAPIXELS = (1, 12, 48, 108)
FORMATS_PIXELS = 12_000_000
MAX_DECODE_BYTES = 512 * 2**20
HELD_IN_STRIPS = 0.2  # bytes a pixel; with less, a picture is decoded strip by strip

BARE_LIMIT = 1.25
SAME_WORK_LIMIT = 1.15
SMALL = 1  # megapixels
PEER_LIMIT = 1.1  # level, with room for noise
TWO_SIZES_LIMIT = 1.25  # of what one costs
# Two sizes against libvips: what one cost against it on 2026-11-28, before there were two.
TWO_SIZES_PEER_LIMITS = {
    "1.jpg": 0.58,
    "grey-16-bit.png": 0.73,
    "rgb.png": 1.36,
    "rgba.png": 1.18,
    "rgb.webp": 1.68,
}
PEAK_LIMIT_MB = 64
SIMILARITY_LIMIT = 0.98
SIZE_LIMIT = 1.1
BASELINE_NOTE = (
    "Peaks hold the encoded picture too, where it does not fit into what the process has free."
    " The bare decode is simplejpeg's (libjpeg-turbo), by 1/2, 1/4 or 1/8 to at least twice the"
    " thumbnail's sides; the others also resize, turn upright and encode at one quality, libvips"
    " and sharp with as many threads as they choose. Ours decodes to 1.5 times the thumbnail's"
    " sides: of 1 MP a quarter, where the bare decode takes half; so there is a bare decode to"
    " that scale as well. A turn lasts 0.2 s at least, and its figure is the median of its"
    " thumbnails. A picture of 1 MP is held against the same work and not against the bare decode."
    " That takes some 4 ms, of which a quarter is 1 ms: less than any engine takes to resize and"
    " encode 150 pixels. The same work is the bare decode at our scale, one resize by Pillow and"
    " an encode by simplejpeg."
)
FORMATS_COLUMNS = (
    *("format", "ours", "libvips", "ratio", "sharp", "ratio"),
    *("peak", "libvips peak", "sharp peak", "bytes a pixel", "limit"),
)
TWO_SIZES_COLUMNS = (
    *("picture", "150", "150 and 300", "ratio", "libvips, both", "ratio"),
    *("libvips, chained", "ratio", "peak", "libvips peak"),
)
TWO_SIZES_NOTE = (
    "libvips makes each thumbnail from the picture, as its users do; the limits against it are what"
    " one size cost against it before there were two. Chained, it makes that of 300 pixels, and"
    " that of 150 from it: one decode as ours, but a thumbnail that was reduced twice."
)
WITHOUT_PEERS = (".heic",)
MOZJPEG_QUALITIES = tuple(str(quality) for quality in range(60, 99, 2))

NAMES = {
    "ours": "ours",
    "bare": "bare scaled decode",
    "bare_as_ours": "bare decode at our scale",
    "same_work": "bare decode, one resize, bare encode",
    "libvips": "libvips (pyvips)",
    "sharp": "sharp",
    "naive": "Pillow: open, turn, resize",
}
TWICE = {
    "ours_twice": "ours, two sizes",
    "libvips_twice": "libvips, two sizes",
    "libvips_chained": "libvips, one size from the other",
}
# Each of its runs takes as long as ten of the others.
RUNS_OF_NAIVE = 3
# The position of a process in memory moves all of its figures by some percent. So each engine's
# turns are divided among this many processes.
PROCESSES = 3
FORMAT_RUNS, TWO_SIZES_RUNS = 5, 11
PROMISED_PEERS = {"bare": BARE_LIMIT, "libvips": PEER_LIMIT, "sharp": PEER_LIMIT}
PROMISED_PEERS_OF_SMALL = {
    "same_work": SAME_WORK_LIMIT,
    "libvips": PEER_LIMIT,
    "sharp": PEER_LIMIT,
}


@dataclass(frozen=True)
class Workshop:
    """The folders of the engines and the pictures; `sharp` is None if it is not available."""

    images: Path
    sharp: Path | None
    pictures: Path

    def command(self, engine: str, picture: Path) -> list[str | Path]:
        """Return the command that starts an engine on a picture."""
        arguments = [picture, self.pictures / "warm-up.jpg"]
        if engine == "sharp" and self.sharp is not None:
            return ["node", HERE / "sharp_worker.mjs", self.sharp, *arguments]
        return [self.images / "bin/python", "-m", "benchmarks.thumbnail_worker", engine, *arguments]


@dataclass
class Worker:
    """An engine's process, and the engine's measurements so far."""

    process: subprocess.Popen[str]
    samples: Samples

    def once(self) -> None:
        """Let it make a turn of thumbnails.

        Raises:
            PeerMissingError: it ended instead.
        """
        if self.process.stdin is None or self.process.stdout is None:
            raise PeerMissingError("it was started without pipes")
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise PeerMissingError("it ended; its output is above") from None
        line = self.process.stdout.readline()
        if not line:
            raise PeerMissingError("it ended; its output is above")
        answer = json.loads(line)
        self.samples.seconds.append(answer["seconds"])
        self.samples.saw_peak(answer["peak_bytes"])
        self.samples.size_bytes = answer["bytes"]


def measure(runs: int) -> Section:
    """Make every thumbnail `runs` times, in turn.

    Raises:
        PeerMissingError: our own engine can't be measured.
    """
    section = Section("Thumbnails")
    workshop = _workshop(section)
    engines = [name for name in NAMES if name != "sharp" or workshop.sharp]
    by_size = {
        megapixels: _turns(
            section, workshop, engines, workshop.pictures / f"{megapixels}.jpg", runs
        )
        for megapixels in MEGAPIXELS
    }
    _judge_sizes(section, by_size)
    _judge_quality(section, workshop)
    section.tables.append(_formats_table(section, workshop, runs))
    section.tables.append(_two_sizes_table(section, workshop, runs))
    section.versions = _versions(workshop)
    return section


def _workshop(section: Section) -> Workshop:
    python = target_python() or Path(sys.executable)
    # What the engine shares with other functions imports some of its function's packages.
    locks = [PROJECT / name / "requirements.txt" for name in ENGINE_PACKAGES]
    images = python_environment("images", python, [HERE / "requirements-images.txt", *locks])
    sharp = None
    try:
        sharp = npm_environment("sharp")
        run(["node", "--version"])
    except PeerMissingError as error:
        section.missing.append(explained("sharp, and mozjpeg with it", error))
    return Workshop(images, sharp, _pictures(images))


def _pictures(images: Path) -> Path:
    """Return the folder of the large pictures; make them if pictures.py has changed."""
    recipe = (HERE / "pictures.py").read_text(encoding="utf-8")
    folder = BENCH / "pictures"
    stamp = folder / "recipe.txt"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != recipe:
        announce("thumbnails, making the pictures")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        run(
            [images / "bin/python", "-m", "benchmarks.pictures", SAMPLES, folder],
            environment=_variables(),
        )
        stamp.write_text(recipe, encoding="utf-8")
    return folder


def _variables() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "lambdas")])}


@contextmanager
def _started(command: Sequence[str | Path]) -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen(  # noqa: S603 - our own worker, no shell
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_variables()
    )
    with process:
        try:
            yield process
        finally:
            # The buffer may hold input that a worker which has ended did not read.
            if process.stdin is not None:
                with suppress(BrokenPipeError):
                    process.stdin.close()


def _turns(
    section: Section, workshop: Workshop, engines: Sequence[str], picture: Path, runs: int
) -> dict[str, Samples]:
    """Let the engines make thumbnails of one picture in turn; return the measurements.

    A peer that fails is left out, and noted as missing in the section.

    Raises:
        PeerMissingError: our engine fails.
    """
    announce(f"thumbnails, {picture.name}")
    found = {name: Samples() for name in engines}
    for first in range(PROCESSES):
        with ExitStack() as stack:
            workers = {
                name: Worker(
                    stack.enter_context(_started(workshop.command(name, picture))), samples
                )
                for name, samples in found.items()
            }
            for number in range(first, runs, PROCESSES):
                for name in rotated(list(workers), number):
                    if name != "naive" or number < RUNS_OF_NAIVE:
                        _take_turn(section, workers, name, picture)
            found = {name: worker.samples for name, worker in workers.items()}
    return found


def rotated(names: list[str], turn: int) -> list[str]:
    """The order of the engines in a turn: each turn starts with another one.

    Otherwise an engine would always run after the same other one, whose threads and memory are just
    being freed.
    """
    first = turn % len(names)
    return [*names[first:], *names[:first]]


def _take_turn(section: Section, workers: dict[str, Worker], name: str, picture: Path) -> None:
    try:
        workers[name].once()
    except PeerMissingError as error:
        if name.startswith("ours"):
            raise
        del workers[name]
        section.missing.append(explained(f"{(NAMES | TWICE)[name]}, {picture.name}", error))


def _judge_sizes(section: Section, by_size: dict[int, dict[str, Samples]]) -> None:
    rows = []
    for megapixels, samples in by_size.items():
        for name, peer in samples.items():
            rows.append(
                (
                    f"{megapixels} MP, {NAMES[name]}",
                    as_time(peer.median),
                    as_ratio(turn_ratio(peer, samples.get("bare"))),
                    as_size(peer.peak_bytes),
                    "-" if name.startswith("bare") else as_size(peer.size_bytes),
                )
            )
        peers = PROMISED_PEERS_OF_SMALL if megapixels == SMALL else PROMISED_PEERS
        for name, limit in peers.items():
            section.verdicts.append(
                Verdict(
                    f"thumbnail of {megapixels} MP: time against {NAMES[name]}",
                    turn_ratio(samples["ours"], samples.get(name)),
                    limit,
                )
            )
    peak = by_size[108]["ours"].peak_bytes
    section.verdicts.append(
        Verdict(
            "thumbnail of 108 MP: peak memory above idle, in MB",
            None if peak is None else peak / 1e6,
            PEAK_LIMIT_MB,
        )
    )
    section.tables.append(
        Table(
            "Baseline JPEG",
            ("picture and engine", "median", "against bare decode", "peak above idle", "thumbnail"),
            rows,
            BASELINE_NOTE,
        )
    )


def _judge_quality(section: Section, workshop: Workshop) -> None:
    """Compare our thumbnails of the samples with the best ones, and with mozjpeg's in size."""
    announce("thumbnails, quality")
    python: list[str | Path] = [workshop.images / "bin/python", "-m", "benchmarks.quality_worker"]
    with tempfile.TemporaryDirectory(prefix="bench-quality-") as work:
        run([*python, "capture", SAMPLES, work], environment=_variables())
        for folder in sorted(Path(work).iterdir()) if workshop.sharp else ():
            run(
                [
                    "node",
                    HERE / "mozjpeg_encode.mjs",
                    workshop.sharp or "",
                    folder / "pixels.png",
                    folder,
                    *MOZJPEG_QUALITIES,
                ]
            )
        judged = run([*python, "judge", SAMPLES, work], environment=_variables()).output
    results: dict[str, dict[str, float]] = json.loads(judged)
    ours = sum(result["bytes"] for result in results.values())
    mozjpeg = sum(result.get("mozjpeg_bytes", 0) for result in results.values())
    section.verdicts += [
        Verdict(
            "thumbnails of the samples: lowest similarity to full decode and Lanczos",
            min(result["similarity"] for result in results.values()),
            SIMILARITY_LIMIT,
            at_least=True,
        ),
        Verdict(
            "thumbnails of the samples: bytes against mozjpeg at equal similarity",
            ratio(ours, mozjpeg),
            SIZE_LIMIT,
        ),
    ]
    section.tables.append(_quality_table(results))


def _quality_table(results: dict[str, dict[str, float]]) -> Table:
    rows = [
        (
            name,
            f"{result['similarity']:.4f}",
            as_size(result["bytes"]),
            as_size(result.get("mozjpeg_bytes")),
            as_ratio(ratio(result["bytes"], result.get("mozjpeg_bytes"))),
        )
        for name, result in results.items()
    ]
    return Table(
        "Quality and size of the samples' thumbnails",
        ("sample", "similarity", "as JPEG", "mozjpeg's", "ratio"),
        rows,
        (
            "The similarity (SSIM of luma) is that of the finished thumbnail, in the sample's own"
            " format, to the picture decoded whole and reduced by Lanczos. For the sizes every"
            " sample is a JPEG; mozjpeg encodes the same pixels, to the similarity that ours has."
        ),
    )


def _formats_table(section: Section, workshop: Workshop, runs: int) -> Table:
    """Measure every other format with our engine, libvips and sharp."""
    peers = ["libvips", *(["sharp"] if workshop.sharp else [])]
    rows = []
    for path in sorted((workshop.pictures / "formats").iterdir()):
        engines = ["ours", *(() if path.suffix in WITHOUT_PEERS else peers)]
        samples = _turns(section, workshop, engines, path, min(runs, FORMAT_RUNS))
        ours = samples["ours"]
        libvips, sharp = (samples.get(name, Samples()) for name in ("libvips", "sharp"))
        held = max((ours.peak_bytes or 0) - path.stat().st_size, 1) / FORMATS_PIXELS
        rows.append(
            (
                path.name,
                as_time(ours.median),
                as_time(libvips.median),
                as_ratio(turn_ratio(ours, libvips)),
                as_time(sharp.median),
                as_ratio(turn_ratio(ours, sharp)),
                as_size(ours.peak_bytes),
                as_size(libvips.peak_bytes),
                as_size(sharp.peak_bytes),
                f"{held:.2f}",
                pixel_limit(held),
            )
        )
    return Table(
        "Formats, at 12 megapixels",
        FORMATS_COLUMNS,
        rows,
        (
            "Bytes a pixel are of the peak without the encoded picture. The limit is what fits into"
            " the function's MAX_DECODE_BYTES of 512 MiB by this measure; the function itself tells"
            " it from the header (limits.py, ADR 0006). Thumbnails of GIF and AVIF are WebPs, with"
            " all three engines. HEIC is a grid of tiles, as a phone's; the published binaries of"
            " libvips and sharp have no decoder for it."
        ),
    )


def _two_sizes_table(section: Section, workshop: Workshop, runs: int) -> Table:
    """Measure thumbnails of 150 and 300 pixels from one decode, beside one of 150 and libvips."""
    formats = sorted((workshop.pictures / "formats").iterdir())
    paths = [workshop.pictures / f"{megapixels}.jpg" for megapixels in (SMALL, 12)]
    rows = []
    for path in [*paths, *(path for path in formats if path.suffix != ".jpg")]:
        twice = ["ours_twice"] if path.suffix in WITHOUT_PEERS else TWICE
        samples = _turns(section, workshop, ["ours", *twice], path, min(runs, TWO_SIZES_RUNS))
        one, ours = samples["ours"], samples["ours_twice"]
        libvips = samples.get("libvips_twice", Samples())
        chained = samples.get("libvips_chained", Samples())
        against_one, against_libvips = turn_ratio(ours, one), turn_ratio(ours, libvips)
        section.verdicts += _two_sizes_verdicts(path.name, against_one, against_libvips)
        rows.append(
            (
                path.name,
                as_time(one.median),
                as_time(ours.median),
                as_ratio(against_one),
                as_time(libvips.median),
                as_ratio(against_libvips),
                as_time(chained.median),
                as_ratio(turn_ratio(ours, chained)),
                as_size(ours.peak_bytes),
                as_size(libvips.peak_bytes),
            )
        )
    return Table("Two sizes from one decode", TWO_SIZES_COLUMNS, rows, TWO_SIZES_NOTE)


def _two_sizes_verdicts(
    name: str, against_one: float | None, against_libvips: float | None
) -> list[Verdict]:
    verdicts = []
    if name == "12.jpg":
        claim = "thumbnails of 12 MP, 150 and 300: time against 150 alone"
        verdicts.append(Verdict(claim, against_one, TWO_SIZES_LIMIT))
    if name in TWO_SIZES_PEER_LIMITS:
        claim = f"thumbnails of {name}, 150 and 300: time against libvips"
        verdicts.append(Verdict(claim, against_libvips, TWO_SIZES_PEER_LIMITS[name]))
    return verdicts


def pixel_limit(bytes_per_pixel: float) -> str:
    """Return the largest picture that the memory for decoding allows."""
    if bytes_per_pixel < HELD_IN_STRIPS:
        return "file size"
    return f"{MAX_DECODE_BYTES / bytes_per_pixel / 1e6:.0f} MP"


def _versions(workshop: Workshop) -> dict[str, str]:
    show = (
        "import json, platform, pyvips, simplejpeg, PIL.features as f; "
        "print(json.dumps({'Pillow': f.version('pil'), 'simplejpeg': simplejpeg.__version__, "
        "'libjpeg-turbo (in Pillow)': f.version('libjpeg_turbo'), "
        "'libvips': '.'.join(str(pyvips.version(n)) for n in range(3)), "
        "'Python': platform.python_version()}))"
    )
    versions: dict[str, str] = json.loads(run([workshop.images / "bin/python", "-c", show]).output)
    if workshop.sharp:
        package = workshop.sharp / "node_modules/sharp/package.json"
        versions["sharp"] = json.loads(package.read_text(encoding="utf-8"))["version"]
        versions["Node.js"] = run(["node", "--version"]).output.strip()
    return versions
