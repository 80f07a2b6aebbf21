"""What build.py makes of this project, with the real uv and the real wheels."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).resolve().parents[2]
FUNCTIONS = sorted(path.parent.name for path in PROJECT.glob("lambdas/*/handler.py"))
LAYERS = sorted(path.parent.name for path in PROJECT.glob("layers/*/requirements.txt"))
INPUTS = {"build.py", "lambdas", "layers"}
AARCH64 = 183

# Imports a handler and every other module of the function with nothing but the standard library,
# the zip and the layers on the path; prints the files of modules that came from elsewhere.
IMPORT_FUNCTION = """
import importlib, pkgutil, sys
places = tuple([*sys.argv[2:], *(path for path in sys.path if path)])
sys.path[:0] = sys.argv[2:]
assert callable(importlib.import_module(sys.argv[1] + ".handler").handler)
package = sys.modules[sys.argv[1]]
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
files = [getattr(module, "__file__", None) or places[0] for module in sys.modules.values()]
print(*[file for file in files if not file.startswith(places)], end="")
"""


def files_in(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="session")
def arm64_zips(arm64_build: Path) -> dict[str, dict[str, bytes]]:
    """Contents by file name by component name."""
    return {name: files_in(arm64_build / f"{name}.zip") for name in FUNCTIONS + LAYERS}


@pytest.fixture(scope="session")
def unpacked_layers(host_build: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The python/ folder of each layer, built for this machine."""
    folder = tmp_path_factory.mktemp("layers")
    for name in LAYERS:
        with zipfile.ZipFile(host_build / f"{name}.zip") as archive:
            archive.extractall(folder / name)
    return [str(folder / name / "python") for name in LAYERS]


def test_every_function_and_layer_is_in_the_manifest(arm64_build: Path) -> None:
    manifest = json.loads((arm64_build / "manifest.json").read_bytes())
    assert FUNCTIONS
    assert sorted(manifest["functions"]) == FUNCTIONS
    assert sorted(manifest["layers"]) == LAYERS
    for entry in [*manifest["functions"].values(), *manifest["layers"].values()]:
        data = (arm64_build / entry["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
        assert len(data) == entry["size_bytes"]


def test_same_bytes_from_another_folder_user_and_time_zone(
    project: Path,
    arm64_build: Path,
    tmp_path: Path,
    run: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    copy = tmp_path / "another clone"
    # The other way round, so that the file system lists the files in another order.
    for path in sorted(project.rglob("*"), reverse=True):
        target = copy / path.relative_to(project)
        if path.is_file() and target.relative_to(copy).parts[0] in INPUTS:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            os.utime(target, (10**9, 10**9))
    environment = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "UV_COMPILE_BYTECODE": "1"}
    result = run(copy, environment=environment, umask=0o077)
    assert result.returncode == 0, result.stderr
    names = sorted(path.name for path in arm64_build.iterdir())
    assert sorted(path.name for path in (copy / "build").iterdir()) == names
    for name in names:
        assert (copy / "build" / name).read_bytes() == (arm64_build / name).read_bytes(), name


def test_compiled_files_are_for_arm64_and_python_3_13(
    arm64_zips: dict[str, dict[str, bytes]],
) -> None:
    compiled = [
        (f"{component}.zip", name, data)
        for component, files in arm64_zips.items()
        for name, data in files.items()
        if ".so" in Path(name).suffixes or data.startswith(b"\x7fELF")
    ]
    assert "python/PIL/_imaging.cpython-313-aarch64-linux-gnu.so" in {n for _, n, _ in compiled}
    for component, name, data in compiled:
        assert data[:6] == b"\x7fELF\x02\x01", (component, name)
        assert int.from_bytes(data[18:20], "little") == AARCH64, (component, name)
        if ".cpython-" in name:
            assert name.endswith(".cpython-313-aarch64-linux-gnu.so"), (component, name)


def test_pillows_own_libraries_are_kept(arm64_zips: dict[str, dict[str, bytes]]) -> None:
    libraries = {n for n in arm64_zips["pillow"] if n.startswith("python/pillow.libs/")}
    assert any("libjpeg" in name for name in libraries)
    assert any("libwebp" in name for name in libraries)


@pytest.mark.parametrize("component", FUNCTIONS + LAYERS)
def test_metadata_and_licences_are_kept(
    arm64_zips: dict[str, dict[str, bytes]], component: str
) -> None:
    files = arm64_zips[component]
    metadata = [name for name in files if name.endswith(".dist-info/METADATA")]
    assert metadata
    for name in metadata:
        headers = HeaderParser().parsestr(files[name].decode("utf-8"))
        folder = name.removesuffix("METADATA")
        for licence in headers.get_all("License-File", []):
            assert {f"{folder}{licence}", f"{folder}licenses/{licence}"} & files.keys(), name


@pytest.mark.parametrize("component", FUNCTIONS + LAYERS)
def test_nothing_of_the_builder_is_in_a_zip(
    arm64_zips: dict[str, dict[str, bytes]], project: Path, component: str
) -> None:
    for name, data in arm64_zips[component].items():
        path = Path(name)
        assert path.suffix not in {".pyc", ".pyo"}, name
        assert not {"__pycache__", ".lock", "bin"} & set(path.parts), name
        assert path.name not in {"RECORD", "INSTALLER", "requirements.in"}, name
        assert str(project).encode() not in data, name


@pytest.mark.parametrize("function", FUNCTIONS)
def test_sources_are_packaged_unchanged(
    arm64_zips: dict[str, dict[str, bytes]], project: Path, function: str
) -> None:
    for package in (function, "shared"):
        sources = list((project / "lambdas" / package).rglob("*.py"))
        assert sources
        for source in sources:
            name = source.relative_to(project / "lambdas").as_posix()
            assert arm64_zips[function][name] == source.read_bytes()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_function_imports_with_its_zip_and_the_layers_alone(
    host_build: Path, unpacked_layers: list[str], tmp_path: Path, function: str
) -> None:
    with zipfile.ZipFile(host_build / f"{function}.zip") as archive:
        archive.extractall(tmp_path)
    # Isolated, without site-packages and with an empty environment; the script is ours.
    result = subprocess.run(  # noqa: S603
        [
            *(sys.executable, "-I", "-S", "-B", "-c", IMPORT_FUNCTION),
            *(function, str(tmp_path), *unpacked_layers),
        ],
        env={},
        cwd=tmp_path,
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
