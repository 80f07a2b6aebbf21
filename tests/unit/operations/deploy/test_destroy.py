"""`make destroy`: in which order, after which question, and from which state."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from operations.deploy import plan
from operations.deploy.__main__ import main
from operations.environments import Environment
from tests.unit.operations.deploy.conftest import ACCOUNT, FakeTerraform

Capture = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("aws")
DESTROY = ["destroy", "--environment=staging"]


def resource(address: str, mode: str = "managed", arn: str = "") -> Mapping[str, Any]:
    *module, kind, name = address.rsplit(".", 2)
    return {
        **({"module": module[0]} if module else {}),
        "mode": mode,
        "type": kind,
        "name": name,
        "instances": [{"attributes": {"arn": arn}}],
    }


ROLE = "arn:aws:iam::{account}:role/onboarding-staging-web"


def role(account: str = ACCOUNT) -> Mapping[str, Any]:
    return resource("module.a.aws_iam_role.this", arn=ROLE.format(account=account))


@pytest.fixture(autouse=True)
def resources(terraform: FakeTerraform) -> None:
    terraform.resources = [
        resource("module.context.aws_region.current", "data"),
        resource("module.user_activation[0].aws_dynamodb_table.user"),
        resource("module.profile_images[0].module.bucket.aws_s3_bucket.this"),
        resource("module.profile_images[0].module.bucket.aws_s3_bucket_policy.this"),
        resource("aws_s3_bucket.at_the_top"),
        resource("module.a.aws_lambda_function.aws_s3_bucket"),
    ]


def type_in(text: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def reply(_question: str) -> str:
        if text is None:
            raise EOFError
        return text

    monkeypatch.setattr("builtins.input", reply)


def test_protection_is_removed_from_what_exists_and_then_all_is_destroyed(
    staging: Environment,
    terraform: FakeTerraform,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    plan.plan(staging)
    staging.rollback_dir.mkdir()
    terraform.shown.clear()
    type_in("staging", monkeypatch)
    assert main(DESTROY) == 0
    assert terraform.commands == ["init", "plan", "apply", "destroy"]
    _, shown, force, end = terraform.shown
    assert "-destroy" in shown
    for arguments in (shown, force, end):
        assert "force_destroy=true" in arguments
        assert set(staging.variable_arguments) <= set(arguments)
        assert "-input=false" in arguments
    assert [argument for argument in force if argument.startswith("-target")] == [
        "-target=module.user_activation[0].aws_dynamodb_table.user",
        "-target=module.profile_images[0].module.bucket.aws_s3_bucket.this",
        "-target=aws_s3_bucket.at_the_top",
    ]
    said = capsys.readouterr().out
    assert "Destroying AWS, account 123456789012, region eu-central-1, environment staging." in said
    assert not staging.plan_file.exists()
    assert not staging.rollback_dir.exists()


def test_packages_need_not_be_built(
    staging: Environment, terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    del staging
    seen: list[bool] = []

    def reply(_question: str) -> str:
        folder = Path(terraform.variables["build_dir"])
        seen.append((folder / "manifest.json").is_file())
        return "staging"

    monkeypatch.setattr("builtins.input", reply)
    assert main(DESTROY) == 0
    assert seen == [True]
    assert not Path(terraform.variables["build_dir"]).exists()


@pytest.mark.parametrize("text", ["", "yes", "prod", "STAGING", None])
@pytest.mark.usefixtures("staging")
def test_another_name_destroys_nothing(
    terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch, capsys: Capture, text: str | None
) -> None:
    type_in(text, monkeypatch)
    assert main(DESTROY) == 2
    assert terraform.commands == ["init", "plan"]
    assert capsys.readouterr().out.endswith("Nothing was destroyed.\n")


@pytest.mark.usefixtures("staging")
def test_what_aws_keeps_is_said_before_the_question(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    asked: list[str] = []

    def reply(_question: str) -> str:
        asked.append(capsys.readouterr().out)
        return "no"

    monkeypatch.setattr("builtins.input", reply)
    assert main(DESTROY) == 2
    (said,) = asked
    assert "a system backup with all items, for 35 days" in said


@pytest.mark.usefixtures("staging")
def test_an_earlier_attempt_is_continued(
    terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    terraform.outputs.clear()
    terraform.resources = [role()]
    type_in("staging", monkeypatch)
    assert main(DESTROY) == 0
    assert terraform.commands == ["init", "plan", "destroy"]
    said = capsys.readouterr().out
    assert "staging, which an earlier `make destroy` has deleted in part." in said
    assert "in AWS, account 123456789012, region eu-central-1, environment staging." in said


@pytest.mark.usefixtures("staging")
def test_there_is_nothing(terraform: FakeTerraform, capsys: Capture) -> None:
    terraform.resources = [resource("module.context.aws_region.current", "data")]
    assert main(DESTROY) == 0
    assert terraform.commands == ["init"]
    assert "there is nothing to destroy" in capsys.readouterr().out


@pytest.mark.usefixtures("staging")
def test_another_account_is_refused(terraform: FakeTerraform, capsys: Capture) -> None:
    terraform.outputs["account_id"] = "999999999999"
    assert main(DESTROY) == 2
    assert terraform.commands == ["init"]
    assert "set AWS_PROFILE" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arn",
    [
        ROLE.format(account="999999999999"),
        "arn:aws:s3:::onboarding-staging-images-999999999999-eu-central-1",
    ],
)
@pytest.mark.usefixtures("staging")
def test_another_account_is_refused_half_way_too(
    terraform: FakeTerraform, capsys: Capture, arn: str
) -> None:
    terraform.outputs.clear()
    terraform.resources = [resource("aws_any.this", arn=arn)]
    assert main(DESTROY) == 2
    assert terraform.commands == ["init", "plan"]
    assert "the deployment is in account 999999999999" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sqs:eu-central-1:123456789012:onboarding-staging-failures",
        "arn:aws:s3:::onboarding-staging-images-123456789012-eu-central-1",
        None,
    ],
)
@pytest.mark.usefixtures("staging")
def test_another_region_is_refused(
    terraform: FakeTerraform, capsys: Capture, arn: str | None
) -> None:
    terraform.variables["region"] = "eu-west-1"
    if arn is not None:
        terraform.outputs.clear()
        terraform.resources = [resource("aws_any.this", arn=arn)]
    assert main(DESTROY) == 2
    assert terraform.commands == ["init", "plan"]
    said = capsys.readouterr().err
    assert "is in region eu-central-1, and the variable region is eu-west-1" in said


@pytest.mark.parametrize(("output", "name"), [("dev", "dev"), (None, "default")])
def test_the_environment_without_a_name_has_that_of_its_variables(
    staging: Environment,
    terraform: FakeTerraform,
    monkeypatch: pytest.MonkeyPatch,
    output: str | None,
    name: str,
) -> None:
    del staging
    terraform.outputs["environment"] = output
    type_in(name, monkeypatch)
    assert main(["destroy"]) == 0
