"""Reading the state: before a first apply and later, from a file and from a backend."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from operations.environments import Environment
from operations.errors import OperationsError
from operations.preflight import state
from operations.preflight.state import Backend, State
from operations.terraform import TerraformCommand
from tooling import paths
from tooling.terraform import Result

CONTENT = {"version": 4, "outputs": {"region": {"value": "eu-central-1"}}, "resources": []}
S3: dict[str, Any] = {
    "type": "s3",
    "config": {"bucket": "states", "key": "dev/state", "region": "eu-west-1"},
}


class Terraform:
    """It writes the backend's record and the state, and keeps how it was called."""

    def __init__(self, *answers: tuple[int, str, str], record: Any = S3) -> None:  # noqa: ANN401 - JSON
        self.answers = list(answers)
        self.record = record
        self.calls: list[tuple[list[str], list[str]]] = []

    def run(self, arguments: Sequence[str], environment: Environment) -> Result:
        files = sorted(file.name for file in environment.source.iterdir())
        self.calls.append((list(arguments), files))
        result = Result(*self.answers.pop(0))
        if arguments[0] == "init" and result.exit_code == 0:
            write_record(environment.data_dir, self.record)
        return result


def write_record(data: Path, record: Any) -> None:  # noqa: ANN401 - JSON
    data.mkdir(parents=True, exist_ok=True)
    (data / "terraform.tfstate").write_text(json.dumps({"backend": record}), "utf-8")


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setattr(paths, "LOCAL", tmp_path / ".local")
    source = tmp_path / "terraform"
    source.mkdir()
    (source / "main.tf").write_text('resource "aws_sqs_queue" "it" {}\n', "utf-8")
    return Environment(source=source)


@pytest.fixture
def with_backend(module: Environment) -> Environment:
    (module.source / "backend.tf").write_text('terraform { backend "s3" {} }\n', "utf-8")
    return module


def use(monkeypatch: pytest.MonkeyPatch, terraform: Terraform) -> Terraform:
    monkeypatch.setattr(
        TerraformCommand,
        "run",
        lambda self, arguments: terraform.run(arguments, self.environment),
    )
    return terraform


def test_a_first_apply_has_no_state(module: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    terraform = use(monkeypatch, Terraform())
    assert state.read(module) == State(Backend("local", {}), {})
    assert terraform.calls == []


def test_a_state_in_a_file(module: Environment) -> None:
    (module.source / "terraform.tfstate").write_text(json.dumps(CONTENT), "utf-8")
    assert state.read(module) == State(Backend("local", {}), CONTENT)


def test_a_state_in_another_file(with_backend: Environment) -> None:
    write_record(with_backend.data_dir, {"type": "local", "config": {"path": "states/dev"}})
    (with_backend.source / "states").mkdir()
    (with_backend.source / "states" / "dev").write_text(json.dumps(CONTENT), "utf-8")
    assert state.read(with_backend).content == CONTENT


def test_a_backend_that_is_set_up(
    with_backend: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No module and no provider is needed, which may be newer than the last `init`."""
    write_record(with_backend.data_dir, S3)
    (with_backend.data_dir / "environment").write_text("blue", "utf-8")
    terraform = use(monkeypatch, Terraform((0, json.dumps(CONTENT), "")))
    assert state.read(with_backend) == State(Backend("s3", S3["config"], "blue"), CONTENT)
    assert terraform.calls == [(["state", "pull", "-no-color"], [".terraform", "backend.tf"])]


def test_a_backend_that_is_not_set_up(
    with_backend: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    terraform = use(monkeypatch, Terraform((0, "", ""), (0, "", "")))
    assert state.read(with_backend) == State(Backend("s3", S3["config"]), {})
    assert [arguments[0] for arguments, _files in terraform.calls] == ["init", "state"]
    assert not with_backend.data_dir.exists()


def test_a_backend_with_its_settings_in_a_file(
    with_backend: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = Environment("dev", with_backend.source)
    terraform = use(monkeypatch, Terraform((0, "", ""), (0, "", "")))
    state.read(chosen)
    assert f"-backend-config={chosen.backend_file}" in terraform.calls[0][0]


def test_a_record_from_before_the_settings_changed_is_not_used(
    with_backend: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The declaration is the same, so Terraform would read the former bucket."""
    chosen = Environment("dev", with_backend.source)
    write_record(chosen.data_dir, {"type": "s3", "config": {"bucket": "former", "key": "state"}})
    (chosen.data_dir / "environment").write_text("blue", "utf-8")
    terraform = use(monkeypatch, Terraform((0, "", ""), (0, json.dumps(CONTENT), "")))
    assert state.read(chosen) == State(Backend("s3", S3["config"], "blue"), CONTENT)
    assert [arguments[0] for arguments, _files in terraform.calls] == ["init", "state"]


def test_a_backend_in_another_file(module: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    """`init` has recorded it, and only the module itself declares it."""
    write_record(module.data_dir, S3)
    terraform = use(monkeypatch, Terraform((0, json.dumps(CONTENT), "")))
    assert state.read(module).backend.type == "s3"
    assert terraform.calls == [(["state", "pull", "-no-color"], [".terraform", "main.tf"])]


@pytest.mark.parametrize(
    "answers",
    [
        [(1, "", "\x1b[31m╷\n│ Error: no bucket\n│ \n╵")],
        [(0, "", ""), (1, "", "╷\n│ Error: no bucket\n╵")],
    ],
)
def test_what_terraform_says_is_passed_on(
    with_backend: Environment,
    monkeypatch: pytest.MonkeyPatch,
    answers: list[tuple[int, str, str]],
) -> None:
    use(monkeypatch, Terraform(*answers))
    with pytest.raises(OperationsError, match=r"^Error: no bucket$"):
        state.read(with_backend)


@pytest.mark.parametrize("text", ["{", "[]", "1"])
def test_a_damaged_state(module: Environment, text: str) -> None:
    (module.source / "terraform.tfstate").write_text(text, "utf-8")
    with pytest.raises(OperationsError, match="not JSON"):
        state.read(module)


def test_what_it_holds() -> None:
    resources = [
        {"mode": "managed", "instances": [{"attributes": {"arn": "a", "name": "it"}}]},
        {"mode": "managed", "instances": [{"attributes": {"arn": "b"}}, {"attributes": {}}, {}]},
        {"mode": "managed"},
        # It has only been read.
        {"mode": "data", "instances": [{"attributes": {"arn": "c"}}]},
    ]
    found = State(Backend("local", {}), {"resources": resources, "outputs": {"b": {"value": None}}})
    assert found.resources == {"a": {"arn": "a", "name": "it"}, "b": {"arn": "b"}}
    assert (found.output("a"), found.output("b")) == (None, None)


def test_nothing_of_it_is_printed_by_mistake() -> None:
    assert "secret" not in repr(State(Backend("s3", {"k": "secret"}), {"outputs": "secret"}))
