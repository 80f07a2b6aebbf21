"""Installing, compiling and writing zips, with an installer that needs no network."""

from __future__ import annotations

import os
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

import build
from packager.errors import InstallError
from tests.unit.packager.project import (
    ANY_HASH,
    FakeInstaller,
    bytes_in,
    write_requirements,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from packager.targets import Target

X86_64_HEADER = b"\x7fELF\x02\x01" + bytes(12) + (62).to_bytes(2, "little")


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_equal_locks_are_installed_once(run: Callable[..., str], installer: FakeInstaller) -> None:
    run()
    assert sorted(installer.installed) == [["boto3==1.44.5", "six==1.17.0"], ["pillow==13.0.0"]]


def test_function_without_packages_is_built_without_installing(
    root: Path, run: Callable[..., str], installer: FakeInstaller
) -> None:
    write_requirements(root / "lambdas" / "greet")
    run()
    assert names_in(root / "build" / "greet.zip")[0] == "greet/__init__.py"
    assert ["boto3==1.44.5", "six==1.17.0"] in installer.installed  # count's
    assert [] not in installer.installed


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
            path.chmod(0o700)
        run("--output", str(tmp_path / "elsewhere" / "second"))
    finally:
        os.umask(old_umask)
        monkeypatch.undo()
        time.tzset()
    assert bytes_in(tmp_path / "first") == bytes_in(tmp_path / "elsewhere" / "second")


@pytest.mark.parametrize(
    ("version", "message"),
    [("1.0.0", "locked at 1.44.5 but 1.0.0 was installed"), (None, "but nothing was installed")],
)
def test_installed_version_must_be_the_locked_one(
    fail: Callable[..., str], installer: FakeInstaller, version: str | None, message: str
) -> None:
    if version is None:
        installer.missing = {"boto3"}
    else:
        installer.versions = {"boto3": version}
    assert message in fail()


def test_package_that_is_not_locked(fail: Callable[..., str], installer: FakeInstaller) -> None:
    installer.extra_files = {"evil-1.0.dist-info/METADATA": b"Name: evil\nVersion: 1.0\n"}
    assert "evil was installed but is not locked" in fail()


def test_pin_with_a_marker_may_stay_out(
    root: Path, run: Callable[..., str], installer: FakeInstaller
) -> None:
    lock = root / "layers" / "pictures" / "requirements.txt"
    tomli = f'tomli==2.2.1 ; python_version < "3.11" {ANY_HASH}\n'
    lock.write_text(lock.read_text("utf-8") + tomli, "utf-8")
    installer.missing = {"tomli"}
    run()
    assert "tomli" not in str(names_in(root / "build" / "pictures.zip"))


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("Hash mismatch for `six==1.17.0`", "distrust the package index, else run `make lock`"),
        ("six==1.17.0 has no usable wheels", "has no wheel for this target"),
        ("Connection refused", "check the lock and the connection to the package index"),
    ],
)
def test_failed_installation_names_lock_reason_and_remedy(
    root: Path, capsys: pytest.CaptureFixture[str], words: str, remedy: str
) -> None:
    def refuse(lock: Path, destination: Path, target: Target) -> None:
        assert (lock.parent, target.name) == (destination.parent, "x86_64")
        if "pillow" in lock.read_text("utf-8"):
            raise InstallError(words)
        FakeInstaller()(lock, destination, target)

    assert build.main(["--target", "x86_64"], root=root, install=refuse) == 1
    error = capsys.readouterr().err
    assert str(root / "layers" / "pictures" / "requirements.txt") in error
    assert "cannot be installed for x86_64 (Python 3.13)" in error
    assert words in error
    assert remedy in error


def test_library_for_another_machine(fail: Callable[..., str], installer: FakeInstaller) -> None:
    installer.extra_files = {"fast/speed.abi3.so": X86_64_HEADER}
    error = fail()
    assert "`fast/speed.abi3.so` is for ELF machine 62 and cannot run on arm64" in error
