"""The variables' values: what terraform is asked, and what it answers."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from operations.environments import Environment
from operations.errors import OperationsError
from operations.preflight.variables import VariablesError, evaluate
from operations.terraform import TerraformCommand
from tooling.terraform import Result

DETAIL = 'Set from_address, such\n as "hello@example.com".'
CHECKED = "\n\nThis was checked by the validation rule at variables.tf:90,3-13."


def problem(**diagnostic: str) -> str:
    return json.dumps(
        {"@level": "error", "@message": "Error: it failed", "diagnostic": diagnostic or None}
    )


class Terraform:
    """Keeps what it was asked and what there was in the folder."""

    def __init__(self, code: int, output: str, errors: str = "", shown: str = "{}") -> None:
        self.answers = [Result(code, output, errors), Result(0, shown)]
        self.asked: list[list[str]] = []
        self.files: dict[str, str] = {}

    def run(self, arguments: Sequence[str], folder: Path) -> Result:
        self.asked.append(list(arguments))
        self.files = {file.name: file.read_text("utf-8") for file in folder.iterdir()}
        return self.answers[len(self.asked) - 1]


@pytest.fixture
def module(tmp_path: Path) -> Environment:
    for name in (
        *("main.tf", "variables.tf", "variables_more.tf", "backend.tf"),
        *("terraform.tfvars", "dev.auto.tfvars", "b.auto.tfvars.json", "other.tfvars"),
    ):
        (tmp_path / name).write_text(name, "utf-8")
    return Environment(source=tmp_path)


def use(monkeypatch: pytest.MonkeyPatch, terraform: Terraform) -> Terraform:
    monkeypatch.setattr(
        TerraformCommand,
        "run",
        lambda self, arguments: terraform.run(arguments, self.environment.source),
    )
    return terraform


def test_what_is_asked(module: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"region": "eu-central-1"}
    shown = json.dumps({"planned_values": {"outputs": {"values": {"value": values}}}})
    terraform = use(monkeypatch, Terraform(0, "", shown=shown))
    assert evaluate(module) == values
    assert terraform.asked[0][0] == "plan"
    assert terraform.asked[1][:2] == ["show", "-json"]
    # No resource, so no provider; and the state is not reached.
    output = json.loads(terraform.files.pop("preflight.tf.json"))
    assert sorted(terraform.files) == [
        *("b.auto.tfvars.json", "dev.auto.tfvars", "terraform.tfvars"),
        *("variables.tf", "variables_more.tf"),
    ]
    assert output["output"]["values"]["value"]["region"] == "${var.region}"
    assert "tinypng" not in json.dumps(output)


@pytest.mark.parametrize(
    ("output", "problems"),
    [
        (
            problem(summary="Invalid value", detail=DETAIL + CHECKED),
            ['Set from_address, such as "hello@example.com".'],
        ),
        (problem(summary="Invalid value", detail=""), ["Invalid value"]),
        (problem(), ["Error: it failed"]),
        (
            "\n".join(["not JSON", "1", '{"@level": "info"}', problem(summary="a"), problem()]),
            ["a", "Error: it failed"],
        ),
        ("", ["no such option"]),
    ],
)
def test_what_terraform_refuses(
    module: Environment, monkeypatch: pytest.MonkeyPatch, output: str, problems: list[str]
) -> None:
    use(monkeypatch, Terraform(1, output, "no such option\n"))
    with pytest.raises(VariablesError) as refused:
        evaluate(module)
    assert refused.value.problems == problems


@pytest.mark.parametrize("shown", ["", "[]", '{"planned_values": {}}'])
def test_an_unknown_answer(
    module: Environment, monkeypatch: pytest.MonkeyPatch, shown: str
) -> None:
    use(monkeypatch, Terraform(0, "", shown=shown))
    with pytest.raises(OperationsError, match="something unknown"):
        evaluate(module)


def test_a_file_that_can_not_be_read(module: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_copy(*_: Any) -> None:  # noqa: ANN401 - as shutil's
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(shutil, "copy", no_copy)
    with pytest.raises(OperationsError, match=r"can't be read: Permission denied"):
        evaluate(module)


def test_an_environments_file_and_name_win(
    module: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = json.dumps({"planned_values": {"outputs": {"values": {"value": {}}}}})
    terraform = use(monkeypatch, Terraform(0, "", shown=shown))
    staging = Environment("staging", module.source)
    evaluate(staging)
    assert terraform.asked[0][-3:] == staging.variable_arguments
