"""A copy of the project, and builds of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from packager.bytecode import find_interpreter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROJECT = Path(__file__).resolve().parents[2]
BUILD_SECONDS = 300


# Set where the target's Python and another one exist, such as in CI: then a check
# that cannot run is an error instead of a skip.
REQUIRE_TWO_PYTHONS = "REQUIRE_TWO_PYTHONS"


def cannot_run(reason: str) -> NoReturn:
    """Skip or fail a test that needs a missing Python."""
    if os.environ.get(REQUIRE_TWO_PYTHONS):
        pytest.fail(f"{reason}, and {REQUIRE_TWO_PYTHONS} is set")
    pytest.skip(f"NOT CHECKED: {reason}")


def run_build(
    root: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    umask: int = -1,
    python: str = sys.executable,
) -> subprocess.CompletedProcess[str]:
    """Run build.py of the project copy at `root` as a user would, from another folder."""
    # Our own script and arguments.
    return subprocess.run(  # noqa: S603 - our own script
        [python, str(root / "build.py"), *arguments],
        cwd=root.parent,
        env={**os.environ, **(environment or {})},
        umask=umask,
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=BUILD_SECONDS,
    )


@pytest.fixture(scope="session")
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run build.py of a project copy; see run_build."""
    return run_build


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of build.py's inputs, so that no test writes into the work tree."""
    root = tmp_path_factory.mktemp("project")
    shutil.copy(PROJECT / "build.py", root)
    for folder in ("packager", "lambdas", "layers"):
        shutil.copytree(PROJECT / folder, root / folder)
    return root


def built(root: Path, target: str) -> Path:
    output = root / "output" / target
    result = run_build(root, "--target", target, "--output", str(output))
    assert result.returncode == 0, result.stderr
    return output


@pytest.fixture(scope="session")
def arm64_build(project: Path) -> Path:
    """The output folder of a build for AWS on arm64."""
    return built(project, "arm64")


@pytest.fixture(scope="session")
def host_build(project: Path) -> Path:
    """The output folder of a build for this interpreter."""
    return built(project, "host")


@pytest.fixture(scope="session")
def compiled_build(arm64_build: Path) -> Path:
    """As arm64_build, with bytecode in its zips."""
    if not json.loads((arm64_build / "manifest.json").read_bytes())["bytecode"]:
        cannot_run("this machine has no Python 3.13, so the zips are without bytecode")
    return arm64_build


@pytest.fixture(scope="session")
def another_python() -> str:
    """The program of a Python of another version than this one."""
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    for version in ("3.13", "3.12", "3.11", "3.14"):
        if version != running and (found := find_interpreter(version)):
            return found.program
    return cannot_run(f"this machine has no Python from 3.11 on but {running}")
