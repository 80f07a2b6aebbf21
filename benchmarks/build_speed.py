"""Measures the time and size of builds, beside other builders.

All build the same functions and layers from the same locks, for Lambda on arm64.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.environments import (
    HERE,
    PROJECT,
    TARGET_PYTHON,
    Finished,
    PeerMissingError,
    announce,
    explained,
    python_environment,
    run,
    target_python,
    uv_program,
)
from benchmarks.measures import Samples, as_ratio, as_size, as_time, turn_ratio
from benchmarks.report import Section, Table, Verdict

DEFAULT_RUNS = 5
RUNS_OF_OTHERS = 3
ARCHITECTURE = "arm64"
COLD_LIMIT = 0.8
NO_OP_FACTOR = 20

# build.py doesn't read these: its copies of the project leave them out.
NOT_BUILT = shutil.ignore_patterns(
    ".git",
    ".venv*",
    ".local",
    ".*_cache",
    ".hypothesis",
    "build",
    "__pycache__",
    "tests",
    "docs",
    "terraform",
    "local_cloud",
    "benchmarks",
)

# The usual script: one folder after the other.
SCRIPT = """set -eu
for source in "$SOURCE"/*/; do
  name=$(basename "$source")
  contents="$OUTPUT/$name"
  packages="$contents"
  if [ ! -d "$source/$name" ]; then packages="$contents/python"; fi
  mkdir -p "$packages"
  {install} --target "$packages" --only-binary :all: --require-hashes --no-deps \\
    --requirement "$source/requirements.txt"
  if [ -d "$source/$name" ]; then cp -r "$source/." "$contents"; fi
  (cd "$contents" && zip -qr "../$name.zip" .)
done
"""
UV_INSTALL = (
    '"$UV" pip install --quiet --no-config --python-version 3.13'
    " --python-platform aarch64-manylinux_2_34"
)
PIP_INSTALL = (
    '"$PYTHON" -m pip install --quiet --python-version 3.13 --implementation cp'
    " --platform manylinux_2_34_aarch64 --platform manylinux_2_28_aarch64"
    " --platform manylinux_2_17_aarch64 --platform manylinux2014_aarch64"
)


@dataclass
class Contender:
    """One builder with one state of the caches.

    Attributes:
        name: its name in the table.
        once: builds once in a temporary folder; returns the measured command and the folder of the
            zips (None if their sizes are known).
        is_prepared: whether a first build, not measured, fills the cache or makes the result.
        is_judged: whether a promise is about it; the others are slow and build less often.
        samples: the measurements so far.
        sizes: the size of each zip in bytes, by name.
    """

    name: str
    once: Callable[[Path], tuple[Finished, Path | None]]
    is_prepared: bool = False
    is_judged: bool = False
    samples: Samples = field(default_factory=Samples)
    sizes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Workshop:
    """The folders that outlive a run.

    Attributes:
        folder: the folder around them.
        source: a folder for each function and layer, in the form that the peers need.
        sam_environment: the environment of the peers from PyPI, or None.
    """

    folder: Path
    source: Path
    sam_environment: Path | None

    def kept(self, name: str) -> Path:
        """Return a folder, made on first use, that outlives a run."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder


def measure(runs: int) -> Section:
    """Build with all available builders, `runs` times in turn."""
    section = Section("Build")
    environment = _sam_environment(section)
    with tempfile.TemporaryDirectory(prefix="bench-build-") as folder:
        workshop = Workshop(Path(folder), peers_source(Path(folder, "source")), environment)
        contenders = _contenders(workshop)
        announce("build, filling the caches")
        for contender in [contender for contender in contenders if contender.is_prepared]:
            _build_once(contender, contenders, workshop, section)
            contender.samples = Samples()
        for number in range(runs):
            announce(f"build, run {number + 1} of {runs}")
            for contender in list(contenders):
                if contender.is_judged or number < RUNS_OF_OTHERS:
                    _build_once(contender, contenders, workshop, section)
    _judge(section, {contender.name: contender for contender in contenders})
    return section


def _sam_environment(section: Section) -> Path | None:
    python = target_python()
    if python is None:
        section.missing.append(
            f"pip, aws-lambda-builders and SAM: this machine has no Python {TARGET_PYTHON}"
        )
        return None
    try:
        return python_environment("sam", python, [HERE / "requirements-sam.txt"])
    except PeerMissingError as error:
        section.missing.append(explained("pip, aws-lambda-builders and SAM", error))
        return None


def peers_source(folder: Path) -> Path:
    """Make a folder for each function (with the shared code) and layer; return their parent."""
    ignore = shutil.ignore_patterns("__pycache__", "requirements.*")
    for handler in sorted(PROJECT.glob("lambdas/*/handler.py")):
        function = handler.parent
        shutil.copytree(function, folder / function.name / function.name, ignore=ignore)
        shutil.copytree(
            PROJECT / "lambdas/shared", folder / function.name / "shared", ignore=ignore
        )
        shutil.copy(function / "requirements.txt", folder / function.name)
    for lock in sorted(PROJECT.glob("layers/*/requirements.txt")):
        (folder / lock.parent.name).mkdir()
        shutil.copy(lock, folder / lock.parent.name)
    return folder


def _contenders(workshop: Workshop) -> list[Contender]:
    no_op_copy = workshop.kept("ours-no-op") / "project"
    shutil.copytree(PROJECT, no_op_copy, ignore=NOT_BUILT)

    def ours(caches: Callable[[Path], Path]) -> Callable[[Path], tuple[Finished, Path]]:
        def once(folder: Path) -> tuple[Finished, Path]:
            shutil.copytree(PROJECT, folder / "project", ignore=NOT_BUILT)
            return _run_ours(folder / "project", folder, caches(folder)), folder / "output"

        return once

    def ours_again(_folder: Path) -> tuple[Finished, Path]:
        kept = workshop.kept("ours-no-op")
        return _run_ours(no_op_copy, kept), kept / "output"

    def fresh(folder: Path) -> Path:
        return folder

    def warm(_folder: Path) -> Path:
        return workshop.kept("warm")

    contenders = [
        Contender("ours, cold cache", ours(fresh), is_judged=True),
        Contender("ours, warm cache", ours(warm), is_prepared=True, is_judged=True),
        Contender("ours, nothing changed", ours_again, is_prepared=True, is_judged=True),
        Contender("uv + zip, cold cache", _script(workshop, UV_INSTALL, fresh), is_judged=True),
        Contender("uv + zip, warm cache", _script(workshop, UV_INSTALL, warm), is_prepared=True),
    ]
    if workshop.sam_environment:
        contenders += [
            Contender("pip + zip, cold cache", _script(workshop, PIP_INSTALL, fresh)),
            Contender("lambda-builders + zip, cold cache", _lambda_builders(workshop)),
            Contender("sam build, cold cache", _sam(workshop, is_cached=False)),
            Contender(
                "sam build --cached, nothing changed",
                _sam(workshop, is_cached=True),
                is_prepared=True,
                is_judged=True,
            ),
        ]
    return contenders


def _caches(folder: Path) -> dict[str, str]:
    """The environment with every cache below this folder."""
    return os.environ | {
        "UV_CACHE_DIR": str(folder / "uv-cache"),
        "PIP_CACHE_DIR": str(folder / "pip-cache"),
        "ONBOARDING_CACHE_DIR": str(folder / "wheel-store"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _run_ours(project: Path, folder: Path, caches: Path | None = None) -> Finished:
    """Run build.py in a copy of the project."""
    environment = _caches(caches or folder)
    command: list[str | Path] = [
        sys.executable,
        project / "build.py",
        "--target",
        ARCHITECTURE,
        "--output",
        folder / "output",
    ]
    return run(command, environment=environment, folder=project)


def _script(
    workshop: Workshop, install: str, caches: Callable[[Path], Path]
) -> Callable[[Path], tuple[Finished, Path]]:
    def once(folder: Path) -> tuple[Finished, Path]:
        environment = _caches(caches(folder)) | {
            "SOURCE": str(workshop.source),
            "OUTPUT": str(folder / "output"),
            "UV": uv_program(),
            "PYTHON": str((workshop.sam_environment or folder) / "bin/python"),
        }
        script = SCRIPT.replace("{install}", install)
        return run(["bash", "-c", script], environment=environment), folder / "output"

    return once


def _lambda_builders(workshop: Workshop) -> Callable[[Path], tuple[Finished, Path]]:
    def once(folder: Path) -> tuple[Finished, Path]:
        environment, programs = _sam_variables(workshop, folder)
        command: list[str | Path] = [
            programs / "python",
            HERE / "lambda_builders_peer.py",
            workshop.source,
            folder / "output",
            f"python{TARGET_PYTHON}",
            ARCHITECTURE,
        ]
        return run(command, environment=environment), folder / "output"

    return once


def _sam(workshop: Workshop, *, is_cached: bool) -> Callable[[Path], tuple[Finished, Path | None]]:
    template = workshop.folder / "template.json"
    template.write_text(json.dumps(sam_template(workshop.source)), encoding="utf-8")

    def once(folder: Path) -> tuple[Finished, Path | None]:
        kept = workshop.kept("sam-cached") if is_cached else folder
        environment, programs = _sam_variables(workshop, kept)
        command: list[str | Path] = [
            programs / "sam",
            "build",
            "--template",
            template,
            "--build-dir",
            kept / "output",
        ]
        if not is_cached:
            finished = run(command, environment=environment, folder=folder)
            _zip_each(folder / "output")
            return finished, folder / "output"
        command += ["--cached", "--cache-dir", kept / "sam-cache"]
        return run(command, environment=environment, folder=kept), None

    return once


def _sam_variables(workshop: Workshop, caches: Path) -> tuple[dict[str, str], Path]:
    """The environment for SAM and lambda-builders, and the folder of their programs."""
    if workshop.sam_environment is None:
        raise PeerMissingError("its environment is missing")
    programs = workshop.sam_environment / "bin"
    variables = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    return _caches(caches) | variables, programs


def sam_template(source: Path) -> dict[str, object]:
    """Return SAM's template for the folders of `source`."""
    runtime = f"python{TARGET_PYTHON}"
    resources: dict[str, object] = {}
    for folder in sorted(source.iterdir()):
        resource: dict[str, object]
        if (folder / folder.name).is_dir():
            resource = {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "CodeUri": str(folder),
                    "Handler": f"{folder.name}.handler.handler",
                    "Runtime": runtime,
                    "Architectures": [ARCHITECTURE],
                },
            }
        else:
            resource = {
                "Type": "AWS::Serverless::LayerVersion",
                "Properties": {"ContentUri": str(folder), "CompatibleRuntimes": [runtime]},
                "Metadata": {"BuildMethod": runtime, "BuildArchitecture": ARCHITECTURE},
            }
        resources[folder.name.replace("_", "")] = resource
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": resources,
    }


def _zip_each(output: Path) -> None:
    """Zip what SAM built, to measure its size; SAM itself zips only when it uploads."""
    for folder in sorted(path for path in output.iterdir() if path.is_dir()):
        run(["zip", "-qr", f"../{folder.name}.zip", "."], folder=folder)


def _build_once(
    contender: Contender, contenders: list[Contender], workshop: Workshop, section: Section
) -> None:
    """Measure one build; drop a contender that fails."""
    with tempfile.TemporaryDirectory(dir=workshop.folder) as folder:
        try:
            finished, output = contender.once(Path(folder))
        except PeerMissingError as error:
            contenders.remove(contender)
            section.missing.append(explained(contender.name, error))
            return
        contender.samples.seconds.append(finished.seconds)
        contender.samples.saw_peak(finished.peak_bytes)
        if output is not None:
            contender.sizes = {path.stem: path.stat().st_size for path in output.glob("*.zip")}


def _judge(section: Section, contenders: dict[str, Contender]) -> None:
    def turns(one: str, other: str) -> float | None:
        samples = {name: contender.samples for name, contender in contenders.items()}
        return turn_ratio(samples.get(one), samples.get(other))

    section.verdicts += [
        Verdict(
            "build, cold cache: time against uv + zip",
            turns("ours, cold cache", "uv + zip, cold cache"),
            COLD_LIMIT,
        ),
        Verdict(
            "build, nothing changed: times faster than sam build --cached",
            turns("sam build --cached, nothing changed", "ours, nothing changed"),
            NO_OP_FACTOR,
            at_least=True,
        ),
    ]
    section.tables += [_times_table(contenders), _sizes_table(contenders)]
    section.versions = _versions()


def _times_table(contenders: dict[str, Contender]) -> Table:
    base = contenders.get("uv + zip, cold cache")
    rows = [
        (
            contender.name,
            as_time(contender.samples.median),
            as_ratio(turn_ratio(contender.samples, base.samples if base else None)),
            as_size(contender.samples.peak_bytes),
            as_size(sum(contender.sizes.values()) or None),
        )
        for contender in contenders.values()
    ]
    return Table(
        f"Time to build all packages for {ARCHITECTURE}",
        ("builder", "median", "against uv + zip, cold", "peak of one process", "all zips"),
        rows,
        (
            "A cold cache is empty and everything is downloaded; a warm one has the packages but"
            " none of the results. SAM zips only when it uploads: its time is without, its size as"
            " `zip -r` makes it."
        ),
    )


def _sizes_table(contenders: dict[str, Contender]) -> Table:
    columns = {
        "ours": "ours, cold cache",
        "uv + zip": "uv + zip, cold cache",
        "pip + zip": "pip + zip, cold cache",
        "lambda-builders + zip": "lambda-builders + zip, cold cache",
    }
    present = {head: contenders[name] for head, name in columns.items() if name in contenders}
    names = sorted({name for contender in present.values() for name in contender.sizes})
    rows = [
        (name, *(as_size(contender.sizes.get(name)) for contender in present.values()))
        for name in names
    ]
    return Table(f"Size of each zip for {ARCHITECTURE}", ("package", *present), rows)


def _versions() -> dict[str, str]:
    pins = (HERE / "requirements-sam.txt").read_text(encoding="utf-8").splitlines()
    versions = dict(pin.split("==") for pin in pins if "==" in pin)
    return versions | {"uv": run([uv_program(), "--version"]).output.split()[1]}
