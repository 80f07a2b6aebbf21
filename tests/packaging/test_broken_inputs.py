"""The errors of build.py with the real uv and wheels made here; no package index is asked.

Every error must name the file and the remedy, and leave the output folder as it was.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

PROJECT = Path(__file__).resolve().parents[2]
ARM64_WHEEL = "cp313-cp313-manylinux_2_28_aarch64"
X86_64_WHEEL = "cp313-cp313-manylinux_2_28_x86_64"
AARCH64, X86_64 = 183, 62


def elf_file(machine: int) -> bytes:
    return b"\x7fELF\x02\x01" + bytes(12) + machine.to_bytes(2, "little") + bytes(44)


class Workshop:
    """A project with one function, and wheels that only it can see."""

    def __init__(self, folder: Path, run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        self.root = folder / "project"
        self.wheels = folder / "wheels"
        self.cache = folder / "cache"
        self.function = self.root / "lambdas" / "greet"
        self.lock = self.function / "requirements.txt"
        self.output = self.root / "build"
        self._run = run
        self.wheels.mkdir()
        self.function.mkdir(parents=True)
        (self.root / "lambdas" / "shared").mkdir()
        shutil.copy(PROJECT / "build.py", self.root)
        shutil.copytree(
            PROJECT / "packager",
            self.root / "packager",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        (self.root / "lambdas" / "shared" / "__init__.py").touch()
        (self.function / "__init__.py").touch()
        (self.function / "handler.py").write_text("def handler(event, context): ...\n", "utf-8")

    def add_wheel(self, tag: str, files: dict[str, bytes] | None = None) -> str:
        """Make a wheel of `speedy` 1.0 and return its sha256."""
        contents = {"speedy/__init__.py": b"", **(files or {})}
        metadata = {
            "METADATA": "Metadata-Version: 2.1\nName: speedy\nVersion: 1.0\n",
            "WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n",
            "RECORD": "".join(f"{name},,\n" for name in contents),
        }
        path = self.wheels / f"speedy-1.0-{tag}.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            for name, data in contents.items():
                wheel.writestr(name, data)
            for name, text in metadata.items():
                wheel.writestr(f"speedy-1.0.dist-info/{name}", text)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def add_source_distribution(self) -> str:
        """Make a source distribution that would build anywhere, and return its sha256."""
        setup = b"from setuptools import setup\nsetup(name='speedy', version='1.0')\n"
        path = self.wheels / "speedy-1.0.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            entry = tarfile.TarInfo("speedy-1.0/setup.py")
            entry.size = len(setup)
            archive.addfile(entry, io.BytesIO(setup))
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def require(self, *hashes: str) -> None:
        """Lock `speedy` 1.0 to these files."""
        (self.function / "requirements.in").write_text("speedy==1.0\n", "utf-8")
        options = "".join(f" --hash=sha256:{digest}" for digest in hashes)
        self.lock.write_text(f"speedy==1.0{options}\n", "utf-8")

    def build(self) -> subprocess.CompletedProcess[str]:
        environment = {
            "UV_FIND_LINKS": str(self.wheels),
            "UV_OFFLINE": "1",
            "UV_CACHE_DIR": str(self.cache),
        }
        return self._run(self.root, environment=environment)

    def build_well(self) -> list[str]:
        """Build, expect success, return the names in the function's zip."""
        result = self.build()
        assert result.returncode == 0, result.stderr
        with zipfile.ZipFile(self.output / "greet.zip") as archive:
            return archive.namelist()

    def build_badly(self) -> str:
        """Build, expect an error that touches nothing, return its text."""
        before = self.snapshot()
        result = self.build()
        assert result.returncode == 1, result.stdout
        assert result.stderr.startswith("error: ")
        assert "Traceback" not in result.stderr
        assert self.snapshot() == before
        return result.stderr

    def snapshot(self) -> dict[str, tuple[int, bytes]]:
        """Return time and bytes of every file and folder, leftovers of a build included."""
        return {
            str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
            for path in self.root.rglob("*")
        }


@pytest.fixture
def workshop(tmp_path: Path, run: Callable[..., subprocess.CompletedProcess[str]]) -> Workshop:
    """A project that was built once."""
    workshop = Workshop(tmp_path, run)
    workshop.require(workshop.add_wheel(ARM64_WHEEL, {"speedy/x.abi3.so": elf_file(AARCH64)}))
    assert "speedy/x.abi3.so" in workshop.build_well()
    return workshop


@pytest.mark.parametrize("glibc", ["manylinux2014", "manylinux_2_17", "manylinux_2_34"])
def test_wheels_for_older_glibcs_are_taken(workshop: Workshop, glibc: str) -> None:
    for wheel in workshop.wheels.iterdir():
        wheel.unlink()
    workshop.require(workshop.add_wheel(f"cp313-cp313-{glibc}_aarch64", {"speedy/here": b""}))
    assert "speedy/here" in workshop.build_well()


def test_wheel_with_another_hash(workshop: Workshop) -> None:
    workshop.require("0" * 64)
    error = workshop.build_badly()
    assert f"{workshop.lock}: cannot be installed for arm64 (Python 3.13)" in error
    assert "Hash mismatch" in error
    assert "distrust the package index, else run `make lock`" in error


@pytest.mark.parametrize(
    "tag",
    [
        X86_64_WHEEL,  # another machine
        "cp312-cp312-manylinux_2_28_aarch64",  # another Python
        "cp313-cp313t-manylinux_2_28_aarch64",  # the free-threaded Python
        "cp313-cp313-manylinux_2_35_aarch64",  # a newer glibc than Amazon Linux 2023 has
        "cp313-cp313-musllinux_1_2_aarch64",  # another C library
        "cp313-cp313-macosx_11_0_arm64",
    ],
)
def test_no_wheel_for_the_target(workshop: Workshop, tag: str) -> None:
    for wheel in workshop.wheels.iterdir():
        wheel.unlink()
    workshop.require(workshop.add_wheel(tag))
    error = workshop.build_badly()
    assert f"{workshop.lock}: cannot be installed for arm64 (Python 3.13)" in error
    assert "a package has no wheel for this target" in error


def test_lock_with_the_hash_of_another_platforms_wheel(workshop: Workshop) -> None:
    workshop.require(workshop.add_wheel(X86_64_WHEEL))
    error = workshop.build_badly()
    assert "Hash mismatch" in error
    assert str(workshop.lock) in error


def test_source_distribution_is_never_built(workshop: Workshop) -> None:
    for wheel in workshop.wheels.iterdir():
        wheel.unlink()
    workshop.require(workshop.add_source_distribution())
    assert "a package has no wheel for this target" in workshop.build_badly()


def test_wheel_that_lies_about_its_machine(workshop: Workshop) -> None:
    workshop.require(workshop.add_wheel(ARM64_WHEEL, {"speedy/x.abi3.so": elf_file(X86_64)}))
    error = workshop.build_badly()
    assert f"{workshop.function}: `speedy/x.abi3.so` is for ELF machine 62" in error


def test_wheel_that_lies_about_its_python(workshop: Workshop) -> None:
    name = "speedy/x.cpython-312-aarch64-linux-gnu.so"
    workshop.require(workshop.add_wheel(ARM64_WHEEL, {name: elf_file(AARCH64)}))
    assert f"`{name}` is not tagged" in workshop.build_badly()


def test_wheel_that_hides_the_functions_code(workshop: Workshop) -> None:
    workshop.require(workshop.add_wheel("py3-none-any", {"greet/__init__.py": b""}))
    for wheel in workshop.wheels.glob(f"*{ARM64_WHEEL}*"):
        wheel.unlink()
    assert "brings `greet/__init__.py`, which collides" in workshop.build_badly()


def test_lock_that_was_not_made_again(workshop: Workshop) -> None:
    (workshop.function / "requirements.in").write_text("speedy==1.0\nother\n", "utf-8")
    error = workshop.build_badly()
    assert f"{workshop.lock}: other, named in requirements.in, is not locked" in error
    assert "run `make lock`" in error


@pytest.mark.parametrize("folder", ["lambdas", "lambdas/shared", "lambdas/greet"])
def test_missing_folder(workshop: Workshop, folder: str) -> None:
    shutil.move(workshop.root / folder, workshop.root.parent / "away")
    error = workshop.build_badly()
    assert str(workshop.root / "lambdas") in error


def test_index_that_cannot_be_reached_and_an_empty_cache(workshop: Workshop) -> None:
    for wheel in workshop.wheels.iterdir():
        wheel.unlink()
    shutil.rmtree(workshop.cache)
    (workshop.function / "handler.py").write_text("handler = print\n", "utf-8")
    error = workshop.build_badly()
    assert f"{workshop.lock}: cannot be installed" in error
    assert "a package is not in uv's cache; build once without --offline" in error


def test_build_after_an_error_works(workshop: Workshop) -> None:
    before = json.loads((workshop.output / "manifest.json").read_bytes())
    lock = workshop.lock.read_text("utf-8")
    workshop.require("0" * 64)
    workshop.build_badly()
    workshop.lock.write_text(lock, "utf-8")
    workshop.build_well()
    assert json.loads((workshop.output / "manifest.json").read_bytes()) == before
