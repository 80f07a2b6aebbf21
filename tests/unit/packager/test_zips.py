"""Unpacking, compiling and writing zips, with wheels that need no network."""

from __future__ import annotations

import os
import shutil
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.unit.packager.project import (
    ANY_HASH,
    FakeWheels,
    bytes_in,
    write_requirements,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from packager.locks import Pin
    from packager.tools import Wheel

X86_64_HEADER = b"\x7fELF\x02\x01" + bytes(12) + (62).to_bytes(2, "little")


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_each_wheel_is_asked_for_once(run: Callable[..., str], wheels: FakeWheels) -> None:
    run()
    assert wheels.asked == [["boto3==1.44.5", "pillow==13.0.0", "six==1.17.0"]]


def test_function_without_packages_is_its_own_code(root: Path, run: Callable[..., str]) -> None:
    write_requirements(root / "lambdas" / "greet")
    run()
    assert {name.split("/")[0] for name in names_in(root / "build" / "greet.zip")} == {
        "greet",
        "shared",
    }


def test_project_without_packages_asks_for_no_wheel(
    root: Path, run: Callable[..., str], wheels: FakeWheels
) -> None:
    write_requirements(root / "lambdas" / "greet")
    write_requirements(root / "lambdas" / "count")
    shutil.rmtree(root / "layers")
    run()
    assert wheels.asked == []


def test_two_builds_are_byte_identical_whatever_the_surroundings(
    root: Path, tmp_path: Path, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("--output", str(tmp_path / "first"))
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    old_umask = os.umask(0o077)
    try:
        for path in root.rglob("*"):
            os.utime(path, (10**9, 10**9))
            path.chmod(0o700)  # no file of this test's project begins with #!
        run("--output", str(tmp_path / "elsewhere" / "second"))
    finally:
        os.umask(old_umask)
        monkeypatch.undo()
        time.tzset()
    assert bytes_in(tmp_path / "first") == bytes_in(tmp_path / "elsewhere" / "second")


@pytest.mark.parametrize(
    ("marker", "is_packaged"),
    [
        ('python_version < "3.13"', False),
        ('python_full_version >= "3.13"', True),
        ('sys_platform == "win32"', False),
        ('platform_machine == "aarch64" and platform_system == "Linux"', True),
        ('platform_machine == "x86_64"', False),
        ('implementation_name == "cpython"', True),
    ],
)
def test_markers_are_those_of_the_target_and_not_of_the_builder(
    root: Path, run: Callable[..., str], marker: str, *, is_packaged: bool
) -> None:
    lock = root / "layers" / "pictures" / "requirements.txt"
    lock.write_text(f"{lock.read_text('utf-8')}tomli==2.2.1 ; {marker} {ANY_HASH}\n", "utf-8")
    run()
    assert ("tomli" in str(names_in(root / "build" / "pictures.zip"))) is is_packaged


def test_missing_wheel_names_lock_target_and_remedy(
    root: Path, fail: Callable[..., str], wheels: FakeWheels
) -> None:
    wheels.missing = {"pillow"}
    lock = root / "layers" / "pictures" / "requirements.txt"
    assert fail("--target", "x86_64") == (
        f"error: {lock}: its wheels are not available for x86_64 (Python 3.13); "
        "no wheel of pillow\n"
    )


def test_file_that_two_packages_bring_with_different_content(
    fail: Callable[..., str], wheels: FakeWheels
) -> None:
    class Quarrel(FakeWheels):
        def wheel(self, pin: Pin) -> Wheel:
            self.extra_files = {"common/x.py": pin.name.encode(), "tests/x.py": pin.name.encode()}
            return super().wheel(pin)

    wheels.__class__ = Quarrel
    error = fail()
    assert "boto3 1.44.5 and six 1.17.0 bring different files `common/x.py`" in error


def test_library_for_another_machine(fail: Callable[..., str], wheels: FakeWheels) -> None:
    wheels.extra_files = {"fast/speed.abi3.so": X86_64_HEADER}
    error = fail()
    assert "`fast/speed.abi3.so` is for ELF machine 62 and cannot run on arm64" in error
