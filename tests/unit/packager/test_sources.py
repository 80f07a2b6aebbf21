"""Which of our files are executable in a zip, the same on every machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.unit.packager.project import FakeWheels, write, write_function
from tests.unit.packager.test_build_steps import unchanged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCRIPT = b"#!/bin/sh\necho hello\n"
WITHOUT_GIT_SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def git(root: Path, *arguments: str) -> None:
    program = shutil.which("git")
    assert program
    subprocess.run(  # noqa: S603 - git, and our own arguments
        [program, "-C", str(root), *arguments], check=True, env=os.environ | WITHOUT_GIT_SETTINGS
    )


def mode_of(root: Path, name: str) -> int:
    with zipfile.ZipFile(root / "build" / "greet.zip") as opened:
        return opened.getinfo(name).external_attr >> 16 & 0o777


@pytest.fixture
def tool(root: Path) -> Path:
    path = root / "lambdas" / "greet" / "tool.sh"
    write(path, SCRIPT)
    return path


@pytest.mark.parametrize(("mode", "packaged"), [(0o555, 0o755), (0o744, 0o755), (0o655, 0o644)])
def test_outside_git_the_owners_bit_counts(
    root: Path, run: Callable[..., str], tool: Path, mode: int, packaged: int
) -> None:
    tool.chmod(mode)
    run()
    assert mode_of(root, "greet/tool.sh") == packaged


@pytest.mark.parametrize(("in_git", "packaged"), [("+x", 0o755), ("-x", 0o644)])
def test_in_git_its_mode_counts_whatever_is_on_disk(
    root: Path, run: Callable[..., str], tool: Path, in_git: str, packaged: int
) -> None:
    git(root, "init", "--quiet")
    git(root, "config", "core.fileMode", "false")
    git(root, "add", ".")
    git(root, "update-index", f"--chmod={in_git}", str(tool))
    tool.chmod(0o644 if in_git == "+x" else 0o755)
    run()
    assert mode_of(root, "greet/tool.sh") == packaged


def test_file_that_git_does_not_have_keeps_its_own_bit(
    root: Path, run: Callable[..., str], tool: Path
) -> None:
    git(root, "init", "--quiet")
    tool.chmod(0o755)
    run()
    assert mode_of(root, "greet/tool.sh") == 0o755


def test_git_of_another_project_is_not_asked(
    root: Path, tmp_path: Path, run: Callable[..., str], tool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    git_variables = {name for name in os.environ if name.startswith("GIT_")}
    assert git_variables
    tool.chmod(0o755)
    run()
    assert mode_of(root, "greet/tool.sh") == 0o755


def test_without_git_the_files_own_bit_counts(
    root: Path, tmp_path: Path, run: Callable[..., str], tool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    tool.chmod(0o755)
    run()
    assert mode_of(root, "greet/tool.sh") == 0o755


def test_only_scripts_are_executable(root: Path, run: Callable[..., str], tool: Path) -> None:
    tool.chmod(0o755)
    for name, data in (("data.txt", b"text"), ("late.sh", b"\n#!/bin/sh\n")):
        write(root / "lambdas" / "greet" / name, data)
        (root / "lambdas" / "greet" / name).chmod(0o755)
    run()
    assert mode_of(root, "greet/data.txt") == mode_of(root, "greet/late.sh") == 0o644


def test_script_of_a_package_is_executable_where_it_is_in_the_wheel(
    root: Path, run: Callable[..., str], wheels: FakeWheels
) -> None:
    wheels.extra_files = {"six/run.sh": SCRIPT, "six/plain.sh": SCRIPT, "six/data": b"data"}
    wheels.executable = {"six/run.sh", "six/data"}
    old_umask = os.umask(0o077)
    try:
        run()
    finally:
        os.umask(old_umask)
    modes = [mode_of(root, name) for name in ("six/run.sh", "six/plain.sh", "six/data")]
    assert modes == [0o755, 0o644, 0o644]


def test_new_mode_is_a_change(root: Path, run: Callable[..., str], tool: Path) -> None:
    tool.chmod(0o644)
    write_function(root, "other")
    run()
    tool.chmod(0o755)
    assert unchanged(run()) == ["count.zip", "other.zip", "pictures.zip"]
    assert mode_of(root, "greet/tool.sh") == 0o755
