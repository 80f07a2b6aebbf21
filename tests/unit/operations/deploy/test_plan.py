"""`make plan`: what is checked before the build, and what is noted beside the plan."""

import json
import os
from pathlib import Path

import pytest

from operations.deploy import build_record, plan
from operations.deploy.__main__ import main
from operations.environments import Environment
from operations.errors import OperationsError
from tests.unit.operations.deploy.conftest import FakeTerraform, build, commit_all, plan_of


@pytest.fixture(autouse=True)
def terraform_in_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "bin" / "terraform"
    file.parent.mkdir()
    file.touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{file.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("checkout")
def test_terraform_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(OperationsError, match=r"terraform is not in PATH: 1\.11"):
        plan.start("staging", ())


@pytest.mark.usefixtures("checkout")
def test_values_must_be_there() -> None:
    assert plan.start("staging", ()).name == "staging"
    assert plan.start(None, ("TF_VAR_from_address",)).name is None
    with pytest.raises(OperationsError, match=r"copy .*tfvars\.example .* or say ENV=staging"):
        plan.start(None, ("PATH",))


def test_a_file_of_values_is_enough(checkout: Path) -> None:
    (checkout / "terraform" / "terraform.tfvars").touch()
    (checkout / "terraform" / "environments" / "staging.tfvars").unlink()
    assert plan.start(None, ()).name is None


def test_a_failure_leaves_no_earlier_plan(staging: Environment, terraform: FakeTerraform) -> None:
    plan.plan(staging)
    staging.variables_file.unlink()
    with pytest.raises(OperationsError, match=r"no .*staging\.tfvars"):
        plan.start("staging", ())
    assert not staging.plan_file.exists()

    staging.variables_file.touch()
    plan.plan(staging)
    terraform.fails = "plan"
    with pytest.raises(OperationsError, match="plan failed"):
        plan.plan(staging)
    assert list(staging.plan_file.parent.iterdir()) == []


def test_terraform_is_called_with_the_environments_files(
    staging: Environment, terraform: FakeTerraform
) -> None:
    plan.plan(staging)
    partial = f"-out={staging.plan_file}.partial"
    assert terraform.shown == [
        staging.init_arguments,
        ["plan", "-input=false", "-lock-timeout=15m", *staging.variable_arguments, partial],
    ]
    assert staging.plan_file.read_bytes() == plan_of(staging.source)


def test_a_state_of_another_environment_stops_it_before_the_plan(
    staging: Environment, terraform: FakeTerraform
) -> None:
    terraform.outputs["environment"] = "prod"
    with pytest.raises(OperationsError, match="holds the environment 'prod'"):
        plan.plan(staging)
    assert terraform.commands == ["init"]


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ([], None),
        (["arn:aws:iam::123456789012:role/onboarding-staging-Web"], None),
        (["arn:aws:s3:::onboarding-prod-images"], "holds the environment 'prod'"),
        (["arn:aws:s3:::onboarding-eu-staging-images"], "holds the environment 'eu-staging'"),
        (["arn:aws:s3:::onboarding-staging-2-images"], "holds the environment 'staging-2'"),
        (["arn:aws:s3:::onboarding-images"], "does not say which environment"),
        # Not one address of the sender decides it.
        (
            [
                *["arn:aws:sns:eu-central-1:123456789012:onboarding-staging-alarms"] * 2,
                "arn:aws:ses:eu-central-1:123456789012:identity/our-prod-mail.example",
            ],
            None,
        ),
    ],
)
def test_without_outputs_the_names_say_which_environment_it_is(
    staging: Environment, terraform: FakeTerraform, resources: list[str], message: str | None
) -> None:
    for name in ("prod", "eu-staging", "staging-2"):
        (staging.source / "environments" / f"{name}.tfvars").touch()
    terraform.outputs.clear()
    terraform.resources = [
        {"mode": "managed", "type": "t", "name": "n", "instances": [{"attributes": {"arn": arn}}]}
        for arn in resources
    ]
    if message is None:
        plan.initialise(staging)
        return
    with pytest.raises(OperationsError, match=message):
        plan.initialise(staging)


def test_a_shared_state_stops_it_before_the_plan(
    staging: Environment, terraform: FakeTerraform
) -> None:
    for folder in (staging.data_dir, staging.source / ".terraform"):
        folder.mkdir(parents=True)
    with pytest.raises(OperationsError, match="keep their state in one place"):
        plan.plan(staging)
    assert terraform.commands == ["init"]


def test_the_record_says_what_the_plan_was_made_from(
    staging: Environment, terraform: FakeTerraform, checkout: Path
) -> None:
    planned = plan.plan(staging)
    assert build_record.read(staging) == planned
    assert planned.build_dir == str(checkout / "build")
    assert (planned.account_id, planned.region) == ("123456789012", "eu-central-1")
    # No repository is around the checkout of this test.
    assert (planned.commit, planned.dirty) == ("unknown", False)
    assert planned.variables.keys() == {"build_dir", "region"}
    assert "never noted" not in staging.build_record.read_text("utf-8")

    build(checkout, "second")
    terraform.variables["region"] = "eu-west-1"
    (staging.source / "main.tf").write_text("# other code\n", "utf-8")
    again = plan.plan(staging)
    assert again.manifest_sha256 != planned.manifest_sha256
    assert again.variables["region"] != planned.variables["region"]
    assert again.code_sha256 != planned.code_sha256


def test_the_record_has_the_commit_and_whether_files_differ(
    staging: Environment, checkout: Path
) -> None:
    commit = commit_all(checkout)
    planned = plan.plan(staging)
    assert (planned.commit, planned.dirty) == (commit, False)
    (checkout / "new").touch()
    assert plan.plan(staging).dirty


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("more.tf", True),
        ("modules/web/machine.asl.json", True),
        ("modules/web/README.md", False),
        ("backend.tf", False),
        ("environments/prod.tfvars", False),
        ("tests/plan.tftest.hcl", False),
    ],
)
def test_the_digest_of_the_code_is_that_of_what_is_deployed(
    checkout: Path, file: str, *, counts: bool
) -> None:
    source = checkout / "terraform"
    before = build_record.code_digest(source)
    (source / file).parent.mkdir(exist_ok=True)
    (source / file).write_text("something\n", "utf-8")
    assert (build_record.code_digest(source) != before) == counts


def test_a_moved_file_is_other_code(checkout: Path) -> None:
    source = checkout / "terraform"
    before = build_record.code_digest(source)
    (source / "main.tf").rename(source / "other.tf")
    assert build_record.code_digest(source) != before


@pytest.mark.parametrize("text", [None, "", "{}", json.dumps({"commit": "x"})])
def test_without_a_whole_record_there_is_no_plan(staging: Environment, text: str | None) -> None:
    plan.plan(staging)
    staging.build_record.unlink()
    if text is not None:
        staging.build_record.write_text(text, "utf-8")
    with pytest.raises(OperationsError, match=r"run `make plan ENV=staging` and read it"):
        build_record.read(staging)


def test_the_command_says_what_it_plans_and_what_comes_next(
    staging: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["start", "--environment=staging"]) == 0
    assert capsys.readouterr().out == "Planning environment staging.\n"
    assert main(["plan", "--environment=staging"]) == 0
    assert capsys.readouterr().out == (
        "\nThis plan is for AWS, account 123456789012, region eu-central-1, environment staging. "
        "`make apply ENV=staging` applies it.\n"
    )
    assert staging.plan_file.exists()


@pytest.mark.usefixtures("staging")
def test_the_command_says_what_it_can_not_plan(
    terraform: FakeTerraform, capsys: pytest.CaptureFixture[str]
) -> None:
    terraform.fails = "plan"
    assert main(["plan", "--environment=staging"]) == 2
    assert capsys.readouterr().err == "error: terraform plan failed\n"
