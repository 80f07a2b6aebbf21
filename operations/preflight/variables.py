"""The values of Terraform's variables, as Terraform itself evaluates them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from operations.environments import Environment
from operations.errors import OperationsError
from operations.preflight.excerpt import VARIABLES, excerpt
from operations.terraform import TerraformCommand

# Those that a check reads. tinypng_api_key is a secret and must not be among them.
READ = (
    "alarms",
    "aws_endpoint_url",
    "delivery",
    "enable_profile_images",
    "enable_user_activation",
    "enable_web_api",
    "encryption",
    "environment",
    "former_kms_key_arns",
    "from_address",
    "mail",
    "name_prefix",
    "permissions_boundary",
    "region",
    "streams",
    "thumbnails",
    "web_api",
)
_OUTPUT = "values"
_OUTPUT_FILE = "preflight.tf.json"
_PLAN_FILE = "preflight.tfplan"
_PLAN = ("plan", "-input=false", "-lock=false", "-refresh=false", "-json", f"-out={_PLAN_FILE}")


class VariablesError(OperationsError):
    """Terraform refuses the variables.

    Attributes:
        problems: What it said, one message for each.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def evaluate(environment: Environment) -> Mapping[str, Any]:
    """The variables' values by name: from files, TF_VAR_... and the declared defaults.

    Raises:
        VariablesError: Terraform refuses them, such as a value of another type.
        OperationsError: terraform is missing, or wrote something unknown.
    """
    with excerpt(environment, VARIABLES) as copy:
        values = {name: f"${{var.{name}}}" for name in READ}
        outputs = {"output": {_OUTPUT: {"value": values}}}
        (copy.source / _OUTPUT_FILE).write_text(json.dumps(outputs), encoding="utf-8")
        return _planned(TerraformCommand(copy), environment.variable_arguments)


def _planned(terraform: TerraformCommand, arguments: Sequence[str]) -> Mapping[str, Any]:
    planned = terraform.run([*_PLAN, *arguments])
    if planned.exit_code != 0:
        problems = _problems(planned.output)
        raise VariablesError(problems or [planned.complaints.strip() or "terraform plan failed"])
    shown = terraform.run(["show", "-json", _PLAN_FILE])
    try:
        found: Mapping[str, Any] = json.loads(shown.output)["planned_values"]["outputs"][_OUTPUT][
            "value"
        ]
    except (ValueError, KeyError, TypeError):
        raise OperationsError("terraform show -json wrote something unknown") from None
    return found


def _problems(output: str) -> list[str]:
    """The messages of the errors in the lines of `terraform plan -json`."""
    found = []
    for line in output.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("@level") == "error":
            found.append(_message(event))
    return found


def _message(event: Mapping[str, Any]) -> str:
    """One error in one line; where it was checked says little to a person."""
    match event.get("diagnostic"):
        case {"detail": str(detail)} if detail:
            return " ".join(detail.split("\n\nThis was checked by")[0].split())
        case {"summary": str(summary)}:
            return summary
        case _:
            return str(event.get("@message", "terraform plan failed"))
