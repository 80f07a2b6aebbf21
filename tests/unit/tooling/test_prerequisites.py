import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from local_cloud.engine.process import ENGINE_VERSION
from tooling import prerequisites
from tooling.errors import ToolingError
from tooling.paths import REPOSITORY

THIS_PYTHON = list(sys.version_info[:2])


class Machine:
    """A fake machine with these programs."""

    def __init__(self, *, terraform: str | None, engine: dict[str, object] | None) -> None:
        self._terraform = terraform
        self._engine = engine

    def run(self, command: Sequence[str]) -> str | None:
        if command[0] == "terraform":
            return self._terraform
        return json.dumps(self._engine) if self._engine else None


def terraform(version: str) -> str:
    return json.dumps({"terraform_version": version, "platform": "linux_amd64"})


GOOD_ENGINE: dict[str, object] = {"python": THIS_PYTHON, "ministack": ENGINE_VERSION}


def complaint(machine: Machine, python: Path) -> str:
    with pytest.raises(ToolingError) as caught:
        prerequisites.check(python, ENGINE_VERSION, machine.run, lambda: True)
    return str(caught.value)


@pytest.fixture
def engine_python(tmp_path: Path) -> Path:
    file = tmp_path / "python"
    file.touch()
    return file


@pytest.mark.parametrize("version", ["1.11.0", "1.11.4", "1.12.0-rc1", "2.0.0"])
def test_complete_machine_is_fine(engine_python: Path, version: str) -> None:
    machine = Machine(terraform=terraform(version), engine=GOOD_ENGINE)

    prerequisites.check(engine_python, ENGINE_VERSION, machine.run, lambda: True)


def test_missing_terraform_says_where_to_get_it(engine_python: Path) -> None:
    message = complaint(Machine(terraform=None, engine=GOOD_ENGINE), engine_python)

    assert "terraform 1.11 or newer is not in PATH" in message
    assert "https://developer.hashicorp.com/terraform/install" in message


@pytest.mark.parametrize("version", ["1.9.8", "1.10.5", "0.15.0"])
def test_old_terraform_is_named(engine_python: Path, version: str) -> None:
    message = complaint(Machine(terraform=terraform(version), engine=GOOD_ENGINE), engine_python)

    assert f"terraform 1.11 or newer is needed, found {version}" in message


@pytest.mark.parametrize("answer", ["", "Terraform v1.11.4", "{}", '{"terraform_version": "x"}'])
def test_unknown_answer_of_terraform_is_shown(engine_python: Path, answer: str) -> None:
    message = complaint(Machine(terraform=answer, engine=GOOD_ENGINE), engine_python)

    assert "prints something unknown" in message


def test_provider_that_is_not_fetched(engine_python: Path) -> None:
    machine = Machine(terraform=terraform("1.11.4"), engine=GOOD_ENGINE)

    with pytest.raises(ToolingError, match="provider is not fetched: run `make setup`"):
        prerequisites.check(engine_python, ENGINE_VERSION, machine.run, lambda: False)


def test_missing_engine_environment(tmp_path: Path) -> None:
    machine = Machine(terraform=terraform("1.11.4"), engine=GOOD_ENGINE)

    message = complaint(machine, tmp_path / "missing" / "python")

    assert "missing: run `make setup`" in message


def test_environment_without_the_engine(engine_python: Path) -> None:
    message = complaint(Machine(terraform=terraform("1.11.4"), engine=None), engine_python)

    assert "has no ministack: run `make setup`" in message


def test_other_version_of_the_engine(engine_python: Path) -> None:
    engine = {**GOOD_ENGINE, "ministack": "1.4.0"}

    message = complaint(Machine(terraform=terraform("1.11.4"), engine=engine), engine_python)

    assert f"ministack {ENGINE_VERSION} is needed, found 1.4.0" in message


def test_engine_of_another_python(engine_python: Path) -> None:
    engine = {**GOOD_ENGINE, "python": [2, 7]}

    message = complaint(Machine(terraform=terraform("1.11.4"), engine=engine), engine_python)

    assert "Python 2.7" in message
    assert "make setup" in message


def test_everything_missing_is_listed_at_once(tmp_path: Path) -> None:
    message = complaint(Machine(terraform=None, engine=None), tmp_path / "missing")

    assert message.count("\n  - ") == 2


def test_command_that_is_missing_or_fails_has_no_answer() -> None:
    assert prerequisites.run_command(["no-such-command-anywhere"]) is None
    assert prerequisites.run_command([sys.executable, "-c", "raise SystemExit(3)"]) is None
    assert prerequisites.run_command([sys.executable, "-c", "print('here')"]) == "here\n"


def test_engine_version_is_the_one_that_setup_installs() -> None:
    pinned = (REPOSITORY / "local_cloud" / "requirements.in").read_text(encoding="utf-8")

    assert f"ministack=={ENGINE_VERSION}" in pinned.splitlines()
