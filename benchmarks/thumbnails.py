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
SAMPLES = PROJECT / "tests" / "samples"
MEGAPIXELS = (1, 12, 48, 108)
FORMATS_PIXELS = 12_000_000
MAX_DECODE_BYTES = 512 * 2**20
HELD_IN_STRIPS = 0.2  # bytes a pixel; with less, a picture is decoded strip by strip

BARE_LIMIT = 1.25
PEER_LIMIT = 1.1  # level, with room for noise
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
    " thumbnails."
)
MOZJPEG_QUALITIES = tuple(str(quality) for quality in range(60, 99, 2))

NAMES = {
    "ours": "ours",
    "bare": "bare scaled decode",
    "bare_as_ours": "bare decode at our scale",
    "libvips": "libvips (pyvips)",
    "sharp": "sharp",
    "naive": "Pillow: open, turn, resize",
}
# Each of its runs takes as long as ten of the others.
RUNS_OF_NAIVE = 3
# The position of a process in memory moves all of its figures by some percent. So each engine's
# turns are divided among this many processes.
PROCESSES = 3
PROMISED_PEERS = {"bare": BARE_LIMIT, "libvips": PEER_LIMIT, "sharp": PEER_LIMIT}


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
    section.versions = _versions(workshop)
    return section


def _workshop(section: Section) -> Workshop:
    python = target_python() or Path(sys.executable)
    layer_lock = PROJECT / "layers/pillow/requirements.txt"
    images = python_environment("images", python, [HERE / "requirements-images.txt", layer_lock])
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
        if name == "ours":
            raise
        del workers[name]
        section.missing.append(explained(f"{NAMES[name]}, {picture.name}", error))


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
        for name, limit in PROMISED_PEERS.items():
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
    """Measure every other format with our engine and libvips."""
    rows = []
    for path in sorted((workshop.pictures / "formats").iterdir()):
        samples = _turns(section, workshop, ["ours", "libvips"], path, min(runs, 5))
        ours, libvips = samples["ours"], samples.get("libvips", Samples())
        held = max((ours.peak_bytes or 0) - path.stat().st_size, 1) / FORMATS_PIXELS
        rows.append(
            (
                path.name,
                as_time(ours.median),
                as_time(libvips.median),
                as_ratio(turn_ratio(ours, libvips)),
                as_size(ours.peak_bytes),
                as_size(libvips.peak_bytes),
                f"{held:.2f}",
                pixel_limit(held),
            )
        )
    return Table(
        "Formats, at 12 megapixels",
        ("format", "ours", "libvips", "ratio", "peak", "libvips peak", "bytes a pixel", "limit"),
        rows,
        (
            "Bytes a pixel are of the peak without the encoded picture. The limit is what fits into"
            " the function's MAX_DECODE_BYTES of 512 MiB by this measure; the function itself tells"
            " it from the header (decode_memory.py, ADR 0006)."
        ),
    )


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
