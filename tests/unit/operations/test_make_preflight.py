"""`make preflight`, and what `make plan` begins with."""

import json
from pathlib import Path

import pytest

from tests import fake_python

SENDER = {"TF_VAR_from_address": "hello@example.com"}
ONLY_ACCOUNT = ["-m", "operations.preflight", "--only-account"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing in it but a Python that only prints its arguments."""
    fake_python.put_in(tmp_path)
    return tmp_path


def test_preflight_takes_nothing(folder: Path) -> None:
    made = fake_python.make(folder, "preflight")
    assert json.loads(made.stdout) == ["-m", "operations.preflight"]


def test_plan_looks_at_the_account_before_it_builds(folder: Path) -> None:
    made = fake_python.make(folder, "plan", environment=SENDER)
    called = [json.loads(line) for line in made.stdout.splitlines() if line.startswith("[")]
    assert called[0] == ["-m", "operations.deploy", "start"]
    assert called[1] == ONLY_ACCOUNT
    assert called[2][0] == "build.py"


def test_plan_builds_nothing_without_credentials(folder: Path) -> None:
    python = folder / ".venv" / "bin" / "python"
    refusing = 'case "$*" in "-m operations.preflight"*) exit 1 ;; esac'
    start, rest = python.read_text("utf-8").split("\n", 1)
    python.write_text(f"{start}\n{refusing}\n{rest}", "utf-8")
    made = fake_python.make(folder, "plan", environment=SENDER)
    assert made.returncode != 0
    assert "build.py" not in made.stdout
