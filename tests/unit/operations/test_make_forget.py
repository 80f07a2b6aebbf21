"""`make forget` and `make user`: a name arrives as it was typed, no matter who chose it."""

import json
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests import fake_python


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing in it but a Python that only prints its arguments."""
    fake_python.put_in(tmp_path)
    return tmp_path


def make_forget(folder: Path, *arguments: str, **more: Mapping[str, str]) -> CompletedProcess[str]:
    return fake_python.make(folder, "forget", *arguments, **more)


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
@pytest.mark.parametrize("command", ["forget", "user"])
def test_a_name_arrives_as_it_was_typed(folder: Path, command: str, name: str) -> None:
    made = fake_python.make(folder, command, f"USERNAME={name}")
    assert made.stderr == ""
    assert json.loads(made.stdout) == ["-m", f"operations.{command}", "--", name]
    assert not (folder / "RAN").exists()


def test_the_operators_own_arguments_come_before_the_name(folder: Path) -> None:
    made = make_forget(folder, "USERNAME=ada", "CLOUD=aws", "FORGET=--yes --search-bucket")
    assert json.loads(made.stdout) == [
        *("-m", "operations.forget", "--cloud", "aws", "--yes", "--search-bucket"),
        *("--", "ada"),
    ]


@pytest.mark.parametrize("command", ["forget", "user"])
@pytest.mark.parametrize("options", [(), ("-e",)])
def test_a_name_that_the_shell_brings_is_not_taken(
    folder: Path, command: str, options: tuple[str, ...]
) -> None:
    environment = {"USERNAME": "operator", "WHOM": "operator"}
    made = fake_python.make(folder, command, *options, environment=environment)
    assert made.returncode == 2
    assert made.stdout == ""
    assert f"say whom: make {command} USERNAME=ada" in made.stderr


@pytest.mark.parametrize("options", [(), ("-e",), ("WHOM=operator",)])
def test_the_name_that_was_typed_wins(folder: Path, options: tuple[str, ...]) -> None:
    environment = {"USERNAME": "operator", "WHOM": "operator"}
    made = make_forget(folder, "USERNAME=ada", *options, environment=environment)
    assert json.loads(made.stdout)[-2:] == ["--", "ada"]
