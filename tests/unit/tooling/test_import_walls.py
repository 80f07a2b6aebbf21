"""The walls of pyproject.toml hold: an import through one of them is found where it is planted."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tooling.paths import REPOSITORY

FOLDERS = ("benchmarks", "lambdas", "local_cloud", "operations", "packager", "scans", "tooling")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of this repository."""
    root = tmp_path_factory.mktemp("repository")
    shutil.copy(REPOSITORY / "pyproject.toml", root)
    for folder in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__", "requirements*")
        shutil.copytree(REPOSITORY / folder, root / folder, ignore=ignored)
    return root


def check(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tooling.import_walls"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_our_own_code_keeps_to_them(copy: Path) -> None:
    done = check(copy)
    assert done.returncode == 0, done.stdout
    assert "Contracts: 9 kept, 0 broken." in done.stdout


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("lambdas/set_profile_image/upload.py", "import create_thumbnail.engine", "No function"),
        ("lambdas/shared/batch.py", "import web_api.log", "share imports no function"),
        ("lambdas/web_api/app.py", "import tooling.paths", "developer's machine"),
        ("lambdas/shared/batch.py", "import tests.conftest", "developer's machine"),
        ("packager/report.py", "import build", "The packager imports nothing of ours"),
        ("packager/report.py", "import tooling.paths", "The packager imports nothing of ours"),
        ("tooling/polling.py", "import local_cloud.folders", "What the tools share"),
        ("tooling/polling.py", "import operations", "What the tools share"),
        ("scans/outcome.py", "import local_cloud.folders", "needs the local cloud"),
        ("local_cloud/engine/mails.py", "import local_cloud.demo", "The local cloud: commands"),
        ("local_cloud/demo.py", "import local_cloud.engine.hooks.executor", "imports its hooks"),
        ("operations/errors.py", "import operations.deployment", "No imports in a circle"),
    ],
)
def test_an_import_through_a_wall_is_found(copy: Path, file: str, line: str, broken: str) -> None:
    source = copy / file
    before = source.read_text(encoding="utf-8")
    source.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        done = check(copy)
    finally:
        source.write_text(before, encoding="utf-8")
    assert done.returncode == 1
    found = [shown for shown in done.stdout.splitlines() if shown.endswith(" BROKEN")]
    assert any(broken in shown for shown in found), done.stdout
