"""The same bytes in all surroundings, and with every Python that runs build.py."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import sysconfig
import zipfile
from typing import TYPE_CHECKING

import pytest

from packager.wheels import cache_folder

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

INPUTS = {"build.py", "packager", "lambdas", "layers"}
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


def sha256_in(output: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in output.iterdir()}


def test_same_bytes_from_another_folder_user_and_time_zone(
    project: Path,
    arm64_build: Path,
    tmp_path: Path,
    run: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    copy = tmp_path / "another clone"
    # In reverse, so that the file system lists the files in another order.
    for path in sorted(project.rglob("*"), reverse=True):
        target = copy / path.relative_to(project)
        if path.is_file() and target.relative_to(copy).parts[0] in INPUTS:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            os.utime(target, (10**9, 10**9))
    environment = {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "PYTHONOPTIMIZE": "2",
        "SOURCE_DATE_EPOCH": "1",
    }
    result = run(copy, environment=environment, umask=0o077)
    assert result.returncode == 0, result.stderr
    assert sha256_in(copy / "build") == sha256_in(arm64_build)


def test_same_bytes_from_another_python(
    project: Path,
    compiled_build: Path,
    another_python: str,
    tmp_path: Path,
    run: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    result = run(
        project,
        *("--output", str(tmp_path / "build")),
        # The tools that build.py imports are built for every Python from 3.11 on.
        environment={"PYTHONPATH": sysconfig.get_path("purelib")},
        python=another_python,
    )
    assert result.returncode == 0, result.stderr
    assert sha256_in(tmp_path / "build") == sha256_in(compiled_build)


def test_build_verifies_itself(
    project: Path, arm64_build: Path, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    before = sha256_in(arm64_build)
    result = run(project, "--verify", "--output", str(arm64_build))
    assert (result.returncode, result.stderr) == (0, "")
    printed = dict(line.split("  ")[::-1] for line in result.stdout.splitlines() if "  " in line)
    assert printed == {name: sha for name, sha in before.items() if name.endswith(".zip")}
    assert sha256_in(arm64_build) == before


def test_without_the_targets_python_the_build_says_so(
    project: Path,
    tmp_path: Path,
    run: Callable[..., subprocess.CompletedProcess[str]],
    request: pytest.FixtureRequest,
) -> None:
    # The Python that builds can't be taken away, so it is another one than the target's.
    python = sys.executable if RUNNING != "3.13" else request.getfixturevalue("another_python")
    result = run(
        project,
        *("--output", str(tmp_path / "build")),
        environment={
            "PATH": os.defpath,
            "HOME": str(tmp_path),
            "PYENV_ROOT": str(tmp_path),
            "ONBOARDING_CACHE_DIR": str(cache_folder()),
            "PYTHONPATH": sysconfig.get_path("purelib"),
        },
        python=python,
    )
    assert result.returncode == 0, result.stderr
    manifest = json.loads((tmp_path / "build" / "manifest.json").read_bytes())
    if manifest["bytecode"]:
        pytest.skip("the system's own Python is the target's: it cannot be taken away")
    assert result.stderr.startswith("warning: no Python 3.13 on this machine, so the zips are")
    with zipfile.ZipFile(tmp_path / "build" / "set_profile_image.zip") as archive:
        assert not [name for name in archive.namelist() if name.endswith(".pyc")]
