"""`make release` in the real Makefile: the version arrives as typed, and nothing in it runs."""

import json
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests import fake_python


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with only a Python that prints its arguments."""
    fake_python.put_in(tmp_path)
    return tmp_path


def make_release(folder: Path, *arguments: str, **more: Mapping[str, str]) -> CompletedProcess[str]:
    return fake_python.make(folder, "release", *arguments, **more)


@pytest.mark.parametrize(
    "version",
    [
        "1.0.0",
        "",
        "$(shell touch RAN)1.0.0",
        "`touch RAN`",
        "; touch RAN #",
        "--help",
        "it's",
        "a\nb",
    ],
)
def test_a_version_arrives_as_it_was_typed(folder: Path, version: str) -> None:
    made = make_release(folder, f"VERSION={version}")
    assert made.stderr == ""
    assert json.loads(made.stdout) == ["-m", "tooling.release", "prepare", "--", version]
    assert not (folder / "RAN").exists()


@pytest.mark.parametrize("options", [(), ("-e",)])
def test_a_version_that_the_shell_brings_is_not_taken(
    folder: Path, options: tuple[str, ...]
) -> None:
    made = make_release(folder, *options, environment={"VERSION": "1.0.0", "RELEASE": "1.0.0"})
    assert made.returncode == 2
    assert made.stdout == ""
    assert "say which: make release VERSION=1.0.0" in made.stderr
