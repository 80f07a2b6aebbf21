"""What `make preflight` expects of a deployment is what Terraform would create."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest

from operations.environments import Environment
from operations.preflight import capacity, names, state, variables
from operations.preflight.account import Account
from operations.preflight.aws import Aws
from operations.preflight.context import Context
from operations.preflight.settings import WEB_API_MEMORY, Settings
from operations.preflight.variables import VariablesError
from operations.terraform import TerraformCommand
from scans.policies import ACCOUNT, FROM_ADDRESS, REGION, Stack, variants
from tooling import paths
from tooling.terraform import Result

VARIANTS = variants(paths.TERRAFORM_SOURCE)
# The type of each kind of name, and the argument that names it.
TYPES = {
    "bucket": ("aws_s3_bucket", "bucket"),
    "function": ("aws_lambda_function", "function_name"),
    "log group": ("aws_cloudwatch_log_group", "name"),
    "parameter": ("aws_ssm_parameter", "name"),
    "queue": ("aws_sqs_queue", "name"),
    "role": ("aws_iam_role", "name"),
    "SES configuration set": ("aws_sesv2_configuration_set", "configuration_set_name"),
    "state machine": ("aws_sfn_state_machine", "name"),
    "table": ("aws_dynamodb_table", "name"),
    "topic": ("aws_sns_topic", "name"),
}


@pytest.fixture
def module(tmp_path: Path) -> Environment:
    """The declared variables, without anybody's values."""
    folder = tmp_path / "terraform"
    folder.mkdir()
    shutil.copy(paths.TERRAFORM_SOURCE / "variables.tf", folder)
    return Environment(source=folder)


def put(module: Environment, values: Mapping[str, object]) -> None:
    text = json.dumps({"from_address": FROM_ADDRESS, **values})
    (module.source / "terraform.tfvars.json").write_text(text, "utf-8")


def expected(module: Environment, variant: str) -> Context:
    """What is checked for a variant, with Terraform's own values of its variables."""
    put(module, VARIANTS[variant])
    settings = Settings(variables.evaluate(module))
    account = Account(ACCOUNT, "aws", "nobody")
    return Context(module, settings, Aws(boto3.Session(), REGION), account, None)


def planned(stack: Stack, kind: str) -> set[str]:
    name, argument = TYPES[kind]
    return {str(resource.values[argument]) for resource in stack.of_type(name)}


@pytest.mark.parametrize("variant", VARIANTS)
def test_names(module: Environment, stacks: dict[str, Stack], variant: str) -> None:
    found = names.names_of(expected(module, variant))
    for kind in TYPES:
        assert {name.name for name in found if name.kind == kind} == planned(stacks[variant], kind)
    assert set(names.KINDS) - set(TYPES) == {"domain name"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_identity_memory_and_concurrency(
    module: Environment, stacks: dict[str, Stack], variant: str
) -> None:
    settings, stack = expected(module, variant).settings, stacks[variant]
    identity = settings.from_address
    if settings.mail("identity_kind") == "domain":
        identity = identity.rpartition("@")[2]
    made = [found.values["email_identity"] for found in stack.of_type("aws_sesv2_email_identity")]
    assert made == ([identity] if settings.mail("create_identity") else [])
    functions = stack.of_type("aws_lambda_function")
    most = max(function.values["memory_size"] for function in functions)
    assert most == max(settings.thumbnails("memory_size"), WEB_API_MEMORY)
    reserved = [function.values["reserved_concurrent_executions"] for function in functions]
    assert sum(max(0, number or 0) for number in reserved) == capacity.reserved(settings)


def lanes(stack: Stack) -> dict[str, Any]:
    """The parallelization factor or the maximum concurrency of each mapping, by its module."""
    return {
        mapping.address: mapping.values["parallelization_factor"]
        or mapping.values["scaling_config"][0]["maximum_concurrency"]
        for mapping in stack.of_type("aws_lambda_event_source_mapping")
    }


@pytest.mark.parametrize("variant", VARIANTS)
def test_lanes(module: Environment, stacks: dict[str, Stack], variant: str) -> None:
    capped = capacity.capped(expected(module, variant).settings)
    shards = dict.fromkeys(capped, capacity.SHARDS) | {"record_mail_feedback": 1}
    assert sorted(number // shards[name] for name, number in capped.items()) == sorted(
        lanes(stacks[variant]).values()
    )


def test_values_come_from_files_and_the_environment(
    module: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(module, {"region": "eu-west-1", "mail": {"rate_per_second": 5}})
    (module.source / "dev.auto.tfvars").write_text('environment = "${"dev"}"\n', "utf-8")
    staging = Environment("staging", module.source)
    staging.variables_file.parent.mkdir()
    staging.variables_file.write_text(
        'name_prefix = "it"\nmail = { rate_per_second = "7" }\n', "utf-8"
    )
    monkeypatch.setenv("TF_VAR_enable_web_api", "false")
    monkeypatch.setenv("TF_VAR_region", "us-east-1")  # the files win
    settings = Settings(variables.evaluate(staging))
    assert settings.prefix == "it-staging"
    assert (settings.region, settings.has_page) == ("eu-west-1", False)
    assert settings.mail("rate_per_second") == 7


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"from_address": None}, "Set from_address, the sender address of the activation mails"),
        ({"region": "Frankfurt"}, "region must be the name of an AWS region"),
        ({"mail": "x"}, "The given value is not suitable for var.mail declared at variables.tf:"),
    ],
)
def test_what_terraform_refuses(
    module: Environment, values: Mapping[str, object], problem: str
) -> None:
    put(module, values)
    with pytest.raises(VariablesError) as refused:
        variables.evaluate(module)
    assert refused.value.problems[0].startswith(problem)


def test_the_secret_is_in_no_file(module: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    put(module, {})
    monkeypatch.setenv("TF_VAR_tinypng_api_key", "only-in-the-environment")
    written: list[bytes] = []
    run = TerraformCommand.run

    def keep(terraform: TerraformCommand, arguments: Sequence[str]) -> Result:
        done = run(terraform, arguments)
        written.extend(file.read_bytes() for file in terraform.environment.source.iterdir())
        written.append(done.output.encode())
        return done

    monkeypatch.setattr(TerraformCommand, "run", keep)
    variables.evaluate(module)
    assert len(written) > 4
    assert not any(b"only-in-the-environment" in text for text in written)


def test_a_state_in_another_file(module: Environment) -> None:
    """`init` records a backend, here one that needs no network."""
    (module.source / "backend.tf").write_text('terraform {\n  backend "local" {}\n}\n', "utf-8")
    dev = Environment("dev", module.source)
    dev.backend_file.parent.mkdir()
    dev.backend_file.write_text('path = "states/dev"\n', "utf-8")
    (module.source / "states").mkdir()
    content = {"version": 4, "resources": []}
    (module.source / "states" / "dev").write_text(json.dumps(content), "utf-8")
    found = state.read(dev)
    assert (found.backend.type, found.content) == ("local", content)
    assert not module.data_dir.exists()
