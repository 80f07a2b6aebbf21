"""The real Makefile in a hostile shell: its programs are fakes that note their environment."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.hostile_shell import DEAD_PROXIES, EACH, everything
from tooling.clean_environment import clean
from tooling.paths import REPOSITORY

# Notes how it was called. It runs tooling/clean_environment.py, and accepts all environments.
PROGRAM = f"""\
#!/bin/sh
case "$*" in
  *tooling/clean_environment.py*) exec {shlex.quote(sys.executable)} "$@" ;;
  *tooling/environments.py*) exit 0 ;;
esac
exec {shlex.quote(sys.executable)} -I -c '
import json, os, sys
with open("calls", "a", encoding="utf-8") as file:
    print(json.dumps([sys.argv[1:], dict(os.environ)]), file=file)
' "${{0##*/}}" "$@"
"""

# A target of each kind, and all targets that start a program.
OF_EACH_KIND = {"setup": "build", "aws": "apply", "local": "down"}
# What the Makefile itself sets.
OURS = {"setup": {}, "aws": {"PYTHONPATH": "lambdas"}, "local": {}}
TARGETS = {
    "setup": ["setup", "build", "test", "test-faults", "test-permissions", "bench", "scan", "lock"],
    "aws": [
        "plan",
        "apply",
        "rollback",
        "drift",
        "destroy",
        "failures",
        "redrive",
        "users",
        "smoke",
    ],
    "local": ["lint", "format", "openapi", "module-docs", "demo", "up", "down"],
}

ALLOWED = {
    "setup": {*DEAD_PROXIES},
    "aws": {*DEAD_PROXIES, "AWS_PROFILE", "AWS_ENDPOINT_URL"},
    "local": set(),
}


@dataclass(frozen=True)
class Call:
    """A call of a program."""

    command: list[str]
    environment: dict[str, str]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A minimal checkout for the Makefile, below a folder with a blank, quotes and an umlaut."""
    folder = tmp_path / "ü 'of' \"o neil\""
    for name in (".venv/bin/python", ".venv/bin/rumdl", "bin/terraform"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(PROGRAM, "utf-8")
        file.chmod(0o755)
    (folder / "tooling").symlink_to(REPOSITORY / "tooling")
    return folder


def make(folder: Path, shell: Mapping[str, str], *arguments: str) -> list[Call]:
    """The programs that a call of make started."""
    calls = folder / "calls"
    calls.write_text("", "utf-8")
    done = subprocess.run(  # noqa: S603 - the project's own Makefile
        ["make", "-f", REPOSITORY / "Makefile", *arguments],  # noqa: S607 - the user's own
        cwd=folder,
        env={**shell, "PATH": f"{folder}/bin{os.pathsep}{os.environ['PATH']}", "HOME": str(folder)},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = [json.loads(line) for line in calls.read_text("utf-8").splitlines()]
    return [Call(*call) for call in found]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """All variables at once, each with a hostile value."""
    return everything(tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize("kind", OF_EACH_KIND)
def test_a_variable_reaches_only_those_that_need_it(
    checkout: Path, hostile: dict[str, str], kind: str, name: str
) -> None:
    (call,) = make(checkout, {name: hostile[name]}, OF_EACH_KIND[kind])
    allowed = {**clean(kind, {name: hostile[name]}), **OURS[kind]}
    assert call.environment.get(name) == allowed.get(name)


@pytest.mark.parametrize("kind", TARGETS)
def test_with_all_of_them_each_target_gets_what_its_kind_needs(
    checkout: Path, hostile: dict[str, str], kind: str
) -> None:
    for target in TARGETS[kind]:
        calls = make(checkout, hostile, target)
        assert calls, target
        passed = {
            name for name, value in calls[-1].environment.items() if hostile.get(name) == value
        }
        assert passed == ALLOWED[kind], target
        assert calls[-1].environment["PYTHONUTF8"] == "1"
        assert calls[-1].environment.get("PIP_CONFIG_FILE", os.devnull) == os.devnull


def test_the_page_lists_the_targets_of_each_kind() -> None:
    page = (REPOSITORY / "docs" / "local-development.md").read_text("utf-8")
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    for start, variables in (("set-up", "SETUP"), ("AWS", "AWS|DEPLOYED"), ("this", "LOCAL")):
        (row,) = re.findall(rf"^\| {start}[\w ]* \| (.*?) \|", page, re.MULTILINE)
        listed = set(re.findall(r"`([a-z-]+)…?`", row))
        # The first program of a target with a line of help.
        targets = re.findall(
            rf"^([a-z-]+):.*## .*\n(?:ifeq.*\n)?\t[^\n]*?\$\((?:{variables})\)",
            makefile,
            re.MULTILINE,
        )
        # Of these two, others do the work: the environments, and each lock.
        assert {re.sub("^test-.+", "test", name) for name in targets} == listed - {"setup", "lock"}


@pytest.mark.parametrize(("python", "name"), [("", "python"), ("/gone/python3", "python3")])
def test_clean_ends_the_local_cloud_also_without_an_environment(
    checkout: Path, python: str, name: str
) -> None:
    environment = checkout / ".venv" / "bin" / "python"
    if python:
        environment.rename(checkout / "bin" / "python3")
        environment.symlink_to(python)
    (checkout / ".local" / "up").mkdir(parents=True)
    (call,) = make(checkout, {}, "clean")
    assert call.command == [name, "-m", "local_cloud", "down"]
    assert not (checkout / ".local").exists()
    assert not (checkout / ".venv").exists()


def test_some_tests_are_none_of_the_two_kinds_with_targets_of_their_own(checkout: Path) -> None:
    """`-m 'not end_to_end'`, for one, selects them too."""
    call = make(checkout, {}, "test", "PYTEST=-m 'not end_to_end'")[-1]
    rest = ["-m", "pytest", "--ignore=tests/faults", "--ignore=tests/permissions"]
    assert call.command[1:] == [*rest, "-m", "not end_to_end"]
