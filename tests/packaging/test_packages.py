"""What build.py makes of this project, with the real pip and the real wheels."""

from __future__ import annotations

import _imp
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

from packager.bytecode import bytecode_name

PROJECT = Path(__file__).resolve().parents[2]
FUNCTIONS = sorted(path.parent.name for path in PROJECT.glob("lambdas/*/handler.py"))
LAYERS = sorted(path.parent.name for path in PROJECT.glob("layers/*/requirements.txt"))
AARCH64 = 183
MAGIC_OF_3_13 = (3571).to_bytes(2, "little") + b"\r\n"
UNCHECKED_HASH = 0b01

# Imports a handler and every other module of the function with only the standard library,
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


# Runs a function that fails, with or without sources, and shows its traceback and its caches.
FAIL_IN_FUNCTION = """
import sys, traceback
sys.path[:0] = sys.argv[2:]
handler = __import__(sys.argv[1] + ".handler", fromlist=["handler"])
print(handler.__cached__)
try:
    handler.handler(None, None)
except Exception:
    traceback.print_exc(file=sys.stdout)
"""


def source_hash_of_3_13(source: bytes) -> bytes:
    return _imp.source_hash(int.from_bytes(MAGIC_OF_3_13, "little"), source)


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


def test_pillow_has_the_codecs_that_are_used_and_no_others(
    arm64_zips: dict[str, dict[str, bytes]],
) -> None:
    libraries = {n.removeprefix("python/pillow.libs/") for n in arm64_zips["pillow"]}
    names = {name.partition("-")[0] for name in libraries}
    assert {"libavif", "libjpeg", "liblcms2", "libwebp", "libtiff", "libxcb"} < names
    assert not names & {"libfreetype", "libharfbuzz", "libpng16"}
    modules = {Path(name).name.partition(".")[0] for name in arm64_zips["pillow"]}
    assert {"_avif", "_imaging", "_imagingcms", "_webp"} < modules
    assert not modules & {"AvifImagePlugin", "GifImagePlugin", "_imagingft", "_imagingmath"}


def test_heic_has_its_decoders_and_nothing_else(arm64_zips: dict[str, dict[str, bytes]]) -> None:
    files = [Path(name.removeprefix("python/")) for name in arm64_zips["heic"]]
    code = {file.name.partition("-")[0] for file in files if ".dist-info" not in file.parts[0]}
    assert code == {"_pi_heif.cpython", "libde265", "libheif"}
    # libheif can be built with codecs under the GPL.
    assert not any(
        b"x265" in data for name, data in arm64_zips["heic"].items() if "libheif" in name
    )


@pytest.mark.parametrize("component", FUNCTIONS + LAYERS)
def test_nothing_that_no_code_reads_is_in_a_zip(
    arm64_zips: dict[str, dict[str, bytes]], component: str
) -> None:
    for name in arm64_zips[component]:
        path = Path(name)
        assert path.suffix not in {".pyi", ".c", ".h", ".pyx", ".pyo"}, name
        assert not {"tests", "test", "examples"} & set(path.parts[:-1]), name
        assert "tkinter" not in name.lower(), name


@pytest.mark.parametrize("component", FUNCTIONS + LAYERS)
def test_every_source_has_bytecode_that_is_never_checked_against_it(
    compiled_build: Path, component: str
) -> None:
    files = files_in(compiled_build / f"{component}.zip")
    sources = {name for name in files if name.endswith(".py")}
    assert {bytecode_name(name, "3.13") for name in sources} == {
        name for name in files if name.endswith(".pyc")
    }
    for name in sources:
        bytecode = files[bytecode_name(name, "3.13")]
        assert bytecode[:4] == MAGIC_OF_3_13, name
        assert int.from_bytes(bytecode[4:8], "little") == UNCHECKED_HASH, name
        assert bytecode[8:16] == source_hash_of_3_13(files[name]), name


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
        assert not {".lock", "bin"} & set(path.parts), name
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
    result = subprocess.run(  # noqa: S603 - our own code
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


@pytest.mark.parametrize("function", FUNCTIONS)
def test_tracebacks_from_bytecode_show_the_lines_of_the_source(
    host_build: Path, unpacked_layers: list[str], tmp_path: Path, function: str
) -> None:
    with zipfile.ZipFile(host_build / f"{function}.zip") as archive:
        archive.extractall(tmp_path)
    result = subprocess.run(  # noqa: S603 - our own script
        [
            *(sys.executable, "-I", "-S", "-B", "-c", FAIL_IN_FUNCTION),
            *(function, str(tmp_path), *unpacked_layers),
        ],
        env={},
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    cache, _, traceback = result.stdout.partition("\n")
    assert Path(cache).is_file()
    frames = re.findall(r'File "(.+)", line (\d+), in .*\n    (.*)', traceback)
    path, number, shown = next(frame for frame in frames if frame[0].startswith(str(tmp_path)))
    assert Path(path).read_text("utf-8").splitlines()[int(number) - 1].strip() == shown
