"""The errors of build.py with the real pip and our own wheels, without a package index.

Every error must name the file and the remedy, and leave the output folder as it was.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uv

from tests.wheel_files import sha256, wheel_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROJECT = Path(__file__).resolve().parents[2]
ARM64_WHEEL = "cp313-cp313-manylinux_2_28_aarch64"
X86_64_WHEEL = "cp313-cp313-manylinux_2_28_x86_64"
AARCH64, X86_64 = 183, 62


def elf_file(machine: int) -> bytes:
    return b"\x7fELF\x02\x01" + bytes(12) + machine.to_bytes(2, "little") + bytes(44)


class Workshop:
    """A project with one function, and wheels that only it can see.

    Args:
        folder: made by `prepare`, or a copy of such a folder.
        run: runs build.py.
    """

    def __init__(self, folder: Path, run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        self.root = folder / "project"
        self.wheels = folder / "wheels"
        self.cache = folder / "cache"
        self.function = self.root / "lambdas" / "greet"
        self.lock = self.function / "requirements.txt"
        self.output = self.root / "build"
        self._run = run

    def prepare(self) -> None:
        """Make the project and build it once."""
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
        self.require(self.add_wheel(ARM64_WHEEL, {"speedy/x.abi3.so": elf_file(AARCH64)}))
        assert "speedy/x.abi3.so" in self.build_well()

    def add_wheel(self, tag: str, files: dict[str, bytes] | None = None) -> str:
        """Make a wheel of `speedy` 1.0 and return its sha256."""
        data = wheel_bytes("speedy", "1.0", {"speedy/__init__.py": b"", **(files or {})})
        (self.wheels / f"speedy-1.0-{tag}.whl").write_bytes(data)
        return sha256(data)

    def add_source_distribution(self) -> str:
        """Make a source distribution that would build anywhere, and return its sha256."""
        setup = b"from setuptools import setup\nsetup(name='speedy', version='1.0')\n"
        path = self.wheels / "speedy-1.0.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            entry = tarfile.TarInfo("speedy-1.0/setup.py")
            entry.size = len(setup)
            archive.addfile(entry, io.BytesIO(setup))
        return sha256(path.read_bytes())

    def require(self, *hashes: str) -> None:
        """Lock `speedy` 1.0 to these files."""
        (self.function / "requirements.in").write_text("speedy==1.0\n", "utf-8")
        options = "".join(f" --hash=sha256:{digest}" for digest in hashes)
        self.lock.write_text(f"speedy==1.0{options}\n", "utf-8")

    def build(
        self, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_NO_INDEX": "1",
            "PIP_CONFIG_FILE": os.devnull,
            "ONBOARDING_CACHE_DIR": str(self.cache),
            **(variables or {}),
        }
        return self._run(self.root, *arguments, environment=environment)

    def build_well(self) -> list[str]:
        """Build, expect success, return the names in the function's zip."""
        result = self.build()
        assert result.returncode == 0, result.stderr
        with zipfile.ZipFile(self.output / "greet.zip") as archive:
            return archive.namelist()

    def build_badly(self, *arguments: str) -> str:
        """Build, expect an error that touches nothing, return its text."""
        before = self.snapshot()
        result = self.build(*arguments)
        assert result.returncode == 1, result.stdout
        assert result.stderr.startswith("error: ")
        assert "Traceback" not in result.stderr
        assert self.snapshot() == before
        return result.stderr

    def snapshot(self) -> dict[str, tuple[int, bytes]]:
        """Return time and bytes of every file and folder, also those that a build left behind."""
        return {
            str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
            for path in self.root.rglob("*")
        }


@pytest.fixture(scope="session")
def built(
    tmp_path_factory: pytest.TempPathFactory, run: Callable[..., subprocess.CompletedProcess[str]]
) -> Path:
    """The folder of a project that was built once."""
    folder = tmp_path_factory.mktemp("workshop")
    Workshop(folder, run).prepare()
    return folder


@pytest.fixture
def workshop(
    built: Path, tmp_path: Path, run: Callable[..., subprocess.CompletedProcess[str]]
) -> Workshop:
    """A copy of its own of a project that was built once."""
    folder = tmp_path / "workshop"
    shutil.copytree(built, folder, symlinks=True)
    return Workshop(folder, run)


@pytest.mark.parametrize("glibc", ["manylinux2014", "manylinux_2_17", "manylinux_2_34"])
def test_wheels_for_older_glibcs_are_taken(workshop: Workshop, glibc: str) -> None:
    for wheel in workshop.wheels.iterdir():
        wheel.unlink()
    workshop.require(workshop.add_wheel(f"cp313-cp313-{glibc}_aarch64", {"speedy/here": b""}))
    assert "speedy/here" in workshop.build_well()


def test_wheel_with_another_hash(workshop: Workshop) -> None:
    workshop.require("0" * 64)
    error = workshop.build_badly()
    assert f"{workshop.lock}: its wheels are not available for arm64 (Python 3.13)" in error
    assert "DO NOT MATCH THE HASHES" in error
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
    assert f"{workshop.lock}: its wheels are not available for arm64 (Python 3.13)" in error
    assert "the index has no wheel for this target" in error


def test_lock_with_the_hash_of_another_platforms_wheel(workshop: Workshop) -> None:
    workshop.require(workshop.add_wheel(X86_64_WHEEL))
    error = workshop.build_badly()
    assert "DO NOT MATCH THE HASHES" in error
    assert str(workshop.lock) in error


def test_source_distribution_is_never_built(workshop: Workshop) -> None:
    for wheel in workshop.wheels.iterdir():
        wheel.unlink()
    workshop.require(workshop.add_source_distribution())
    assert "the index has no wheel for this target" in workshop.build_badly()


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


def test_index_that_cannot_be_reached(workshop: Workshop) -> None:
    shutil.rmtree(workshop.cache)
    (workshop.function / "handler.py").write_text("handler = print\n", "utf-8")
    result = workshop.build(
        variables={
            "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
            "PIP_NO_INDEX": "0",
            "PIP_FIND_LINKS": "",
            "PIP_RETRIES": "0",
        }
    )
    assert result.returncode == 1
    assert f"{workshop.lock}: its wheels are not available" in result.stderr
    assert "the package index cannot be reached; check the connection" in result.stderr


def test_offline_with_an_empty_store(workshop: Workshop) -> None:
    shutil.rmtree(workshop.cache)
    (workshop.function / "handler.py").write_text("handler = print\n", "utf-8")
    error = workshop.build_badly("--offline")
    assert f"{workshop.lock}: its wheels are not available" in error
    assert "speedy 1.0 is not in the wheel store; build once without --offline" in error


def test_offline_takes_wheels_from_the_store(workshop: Workshop) -> None:
    shutil.rmtree(workshop.output)
    for wheel in workshop.wheels.iterdir():
        wheel.unlink()
    result = workshop.build("--offline")
    assert result.returncode == 0, result.stderr


def test_wheel_that_was_changed_in_the_store_is_never_used(workshop: Workshop) -> None:
    (stored,) = workshop.cache.rglob("*.whl")
    right = stored.read_bytes()
    (workshop.function / "handler.py").write_text("handler = print\n", "utf-8")
    # A valid wheel with another sha256.
    stored.write_bytes(wheel_bytes("speedy", "1.0", {"speedy/__init__.py": b"evil = True"}))
    error = workshop.build_badly("--offline")
    assert f"{stored} is not the locked file" in error
    assert "build once without --offline to replace it" in error
    assert "speedy/x.abi3.so" in workshop.build_well()
    assert stored.read_bytes() == right


def test_library_that_was_edited_in_uvs_cache_is_not_in_the_zip(
    workshop: Workshop, tmp_path: Path
) -> None:
    variables = {"UV_CACHE_DIR": str(tmp_path / "uv-cache"), "UV_OFFLINE": "1"}
    workshop.require(workshop.add_wheel("py3-none-any"))
    for wheel in workshop.wheels.glob(f"*{ARM64_WHEEL}*"):
        wheel.unlink()
    # uv links what it installs from its cache, so this edits the cache too.
    subprocess.run(  # noqa: S603 - the pinned uv, and our own arguments
        [
            *(uv.find_uv_bin(), "pip", "install", "--no-config", "--quiet", "--no-index"),
            *("--python", sys.executable, "--find-links", str(workshop.wheels)),
            *("--target", str(tmp_path / "other"), "speedy"),
        ],
        check=True,
        env=os.environ | variables,
    )
    with (tmp_path / "other" / "speedy" / "__init__.py").open("a", encoding="utf-8") as file:
        file.write("debugging = True\n")
    result = workshop.build(variables=variables)
    assert result.returncode == 0, result.stderr
    with zipfile.ZipFile(workshop.output / "greet.zip") as archive:
        assert archive.read("speedy/__init__.py") == b""


def test_wheel_whose_content_is_not_as_its_record_says(workshop: Workshop) -> None:
    data = wheel_bytes(
        "speedy", "1.0", {"speedy/x.py": b"evil = 1"}, record={"speedy/x.py": "speedy/x.py,,"}
    )
    (workshop.wheels / f"speedy-1.0-{ARM64_WHEEL}.whl").write_bytes(data)
    workshop.require(sha256(data))
    error = workshop.build_badly()
    (stored,) = workshop.cache.rglob("*.whl")
    assert f"error: {stored}: has no usable hash of `speedy/x.py` in its RECORD" in error
    assert "it is the file that was locked, so lock another version" in error


def test_users_pip_settings_change_nothing(workshop: Workshop, tmp_path: Path) -> None:
    before = json.loads((workshop.output / "manifest.json").read_bytes())
    shutil.rmtree(workshop.cache)
    shutil.rmtree(workshop.output)
    settings = tmp_path / "pip.conf"
    settings.write_text(
        "[global]\nuser = true\ntarget = /nowhere\nprefix = /nowhere\n"
        f"require-virtualenv = true\nconstraint = {tmp_path / 'missing.txt'}\n"
        "no-binary = :all:\n[download]\nuser = true\ntarget = /nowhere\n",
        "utf-8",
    )
    result = workshop.build(
        variables={
            "PIP_CONFIG_FILE": str(settings),
            "PIP_USER": "1",
            "PIP_TARGET": "/nowhere",
            "PIP_PREFIX": "/nowhere",
            "PIP_REQUIRE_VIRTUALENV": "1",
            "PIP_NO_BINARY": ":all:",
            "PIP_DEST": "/nowhere",
        }
    )
    assert result.returncode == 0, result.stderr
    assert json.loads((workshop.output / "manifest.json").read_bytes()) == before


def test_build_after_an_error_works(workshop: Workshop) -> None:
    before = json.loads((workshop.output / "manifest.json").read_bytes())
    lock = workshop.lock.read_text("utf-8")
    workshop.require("0" * 64)
    workshop.build_badly()
    workshop.lock.write_text(lock, "utf-8")
    workshop.build_well()
    assert json.loads((workshop.output / "manifest.json").read_bytes()) == before
