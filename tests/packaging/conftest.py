"""A copy of the project to build in, and what was built of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROJECT = Path(__file__).resolve().parents[2]
BUILD_SECONDS = 300


def run_build(
    root: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    umask: int = -1,
    python: str = sys.executable,
) -> subprocess.CompletedProcess[str]:
    """Run the build.py of the project copy at `root` as a user would, from another folder."""
    # Our own script and arguments.
    return subprocess.run(  # noqa: S603
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
    """A copy of what build.py reads, so that no test writes into the work tree."""
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
