"""Makes the files of a release: zips and manifests, a bill of materials, checksums."""

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from packager.locks import Pin, read_lock
from packager.manifest import MANIFEST_NAME
from tooling.release import sbom
from tooling.release.errors import ReleaseError

ARCHITECTURES = ("arm64", "x86_64")
SBOM_NAME = "sbom.cdx.json"
CHECKSUMS_NAME = "SHA256SUMS"

# Arguments: the project, the architecture, and a new folder for the packages.
Build = Callable[[Path, str, Path], None]


def build_packages(root: Path, architecture: str, output: Path) -> None:
    """Run build.py and show its output.

    Raises:
        ReleaseError: the build failed, and has printed why.
    """
    built = subprocess.run(  # noqa: S603 - our own build.py, no shell
        [sys.executable, root / "build.py", "--target", architecture, "--output", output],
        check=False,
    )
    if built.returncode != 0:
        raise ReleaseError(f"build.py failed for {architecture}")


def make(root: Path, version: str, output: Path, build: Build = build_packages) -> list[Path]:
    """Write all files of a release into `output`, and return them.

    Raises:
        ReleaseError: `output` is not empty, or two builds of the same sources differ.
    """
    output.mkdir(parents=True, exist_ok=True)
    if any(output.iterdir()):
        raise ReleaseError(f"{output} is not empty: name a new folder")
    zips = [
        released
        for architecture in ARCHITECTURES
        for released in _released_zips(root, architecture, output, build)
    ]
    (output / SBOM_NAME).write_text(sbom.document(version, zips), encoding="utf-8")
    attached = sorted(output.iterdir())
    checksums = "".join(f"{_sha256(path)}  {path.name}\n" for path in attached)
    (output / CHECKSUMS_NAME).write_text(checksums, encoding="utf-8")
    return [*attached, output / CHECKSUMS_NAME]


def _released_zips(
    root: Path, architecture: str, output: Path, build: Build
) -> Iterator[sbom.ReleasedZip]:
    """Build twice, compare, and put the packages into `output`, named by architecture."""
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder, "first"), Path(folder, "the second")
        for target in (first, second):
            build(root, architecture, target)
        _compare(first, second, architecture)
        manifest = json.loads((first / MANIFEST_NAME).read_text(encoding="utf-8"))
        for kind, source in (("functions", "lambdas"), ("layers", "layers")):
            for name, entry in manifest[kind].items():
                content = (first / entry["file"]).read_bytes()
                # So that Terraform can read the manifest, once renamed, beside these zips.
                entry["file"] = f"{name}-{architecture}.zip"
                (output / entry["file"]).write_bytes(content)
                yield sbom.ReleasedZip(entry["file"], entry["sha256"], _pins(root / source / name))
    text = f"{json.dumps(manifest, indent=2)}\n"
    (output / f"manifest-{architecture}.json").write_text(text, encoding="utf-8")


def _compare(first: Path, second: Path, architecture: str) -> None:
    """Raise a ReleaseError unless two builds have the same files with the same content."""
    names = sorted({path.name for folder in (first, second) for path in folder.iterdir()})
    for name in names:
        one, other = first / name, second / name
        if not (one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes()):
            raise ReleaseError(
                f"{name} for {architecture}: two builds differ; `build.py --target {architecture} "
                "--verify` names the first file that does"
            )


def _pins(folder: Path) -> tuple[Pin, ...]:
    return read_lock(folder / "requirements.txt")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
