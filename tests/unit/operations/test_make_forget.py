"""`make forget`, from the real Makefile: a name arrives as it was typed, whoever chose it."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import fake_python
from tooling.paths import REPOSITORY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing in it but a Python that only prints its arguments."""
    fake_python.put_in(tmp_path)
    return tmp_path


def make_forget(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    # Not the settings of a make that runs the tests; and the environment for the tools is there.
    return subprocess.run(  # noqa: S603 - the project's own Makefile
        ["make", "-f", REPOSITORY / "Makefile", "-o", ".venv/.installed", "forget", *arguments],  # noqa: S607 - the user's own
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(environment or {})},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "name",
    [
        "ada",
        "",  # operations.forget says what is wrong with it
        "a$bc",
        "a$$bc",
        "$",
        "${PATH}",
        "$(shell touch RAN)x",
        "$(error no)",
        "$(shell touch RAN",
        "`touch RAN`",
        "$(touch RAN)",
        "; touch RAN #",
        "it's",
        'say "ada"',
        "'\"",
        "a b  c ",
        "-ada",
        "--yes",
        "--",
        "*",
        "=ada",
        ":=ada",
        "a\\b\\",
        "a\\#b",
        "a,b)",
        "a\nb",
        "ädä",
    ],
)
def test_a_name_arrives_as_it_was_typed(folder: Path, name: str) -> None:
    made = make_forget(folder, f"USERNAME={name}")
    assert made.stderr == ""
    assert json.loads(made.stdout) == ["-m", "operations.forget", "--", name]
    assert not (folder / "RAN").exists()


def test_the_operators_own_arguments_come_before_the_name(folder: Path) -> None:
    made = make_forget(folder, "USERNAME=ada", "CLOUD=aws", "FORGET=--yes --search-bucket")
    assert json.loads(made.stdout) == [
        *("-m", "operations.forget", "--cloud", "aws", "--yes", "--search-bucket"),
        *("--", "ada"),
    ]


@pytest.mark.parametrize("options", [(), ("-e",)])
def test_a_name_that_the_shell_brings_is_not_taken(folder: Path, options: tuple[str, ...]) -> None:
    environment = {"USERNAME": "operator", "WHOM": "operator"}
    made = make_forget(folder, *options, environment=environment)
    assert made.returncode == 2
    assert made.stdout == ""
    assert "say whom: make forget USERNAME=ada" in made.stderr


@pytest.mark.parametrize("options", [(), ("-e",), ("WHOM=operator",)])
def test_the_name_that_was_typed_wins(folder: Path, options: tuple[str, ...]) -> None:
    environment = {"USERNAME": "operator", "WHOM": "operator"}
    made = make_forget(folder, "USERNAME=ada", *options, environment=environment)
    assert json.loads(made.stdout)[-2:] == ["--", "ada"]
