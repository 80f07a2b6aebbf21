"""`make apply`: only what was planned, and each deployment is recorded."""

import os
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from operations.deploy import plan
from operations.deploy.__main__ import main
from operations.deploy.records import KEPT, Records
from operations.environments import Environment
from operations.terraform import TerraformCommand
from tests.unit.builders import fail
from tests.unit.operations.deploy.conftest import BUCKET, FakeTerraform, build, keys

Capture = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("bucket")
# Before a fixture replaces it.
SHOW = TerraformCommand.show
APPLY = ["apply", "--environment=staging"]


def test_the_plan_is_applied_once_and_recorded(
    staging: Environment, terraform: FakeTerraform, capsys: Capture
) -> None:
    plan.plan(staging)
    assert main(APPLY) == 0
    assert terraform.shown[-1] == [
        *("apply", "-input=false", "-lock-timeout=15m"),
        *(*staging.variable_arguments, str(staging.plan_file)),
    ]
    said = capsys.readouterr()
    target = "AWS, account 123456789012, region eu-central-1, environment staging"
    assert said.out.startswith(f"Applying the plan to {target}.\n")
    ((record,), _) = Records(boto3.client("s3"), BUCKET).all()
    assert f"Recorded as {record.id}." in said.out
    assert main(APPLY) == 2
    assert "there is no plan of environment staging" in capsys.readouterr().err


def test_other_packages_are_refused(
    staging: Environment, terraform: FakeTerraform, checkout: Path, capsys: Capture
) -> None:
    plan.plan(staging)
    manifest = checkout / "build" / "manifest.json"
    before = manifest.read_bytes()

    build(checkout, "second")
    assert main(APPLY) == 2
    assert "built again since the plan: run `make plan ENV=staging`" in capsys.readouterr().err
    # The manifest alone does not make them the same.
    manifest.write_bytes(before)
    assert main(APPLY) == 2
    assert "web_api.zip does not have the SHA-256" in capsys.readouterr().err
    (checkout / "build" / "web_api.zip").unlink()
    assert main(APPLY) == 2
    assert "web_api.zip, which manifest.json names" in capsys.readouterr().err
    manifest.unlink()
    assert main(APPLY) == 2
    assert "run `make plan` again" in capsys.readouterr().err
    assert "apply" not in terraform.commands


def test_the_same_packages_of_a_later_build_are_fine(staging: Environment, checkout: Path) -> None:
    plan.plan(staging)
    build(checkout, "second")
    build(checkout, "first")
    assert main(APPLY) == 0


def test_another_plan_than_the_noted_one_is_refused(
    staging: Environment, terraform: FakeTerraform, capsys: Capture
) -> None:
    plan.plan(staging)
    staging.plan_file.write_text("another plan", "utf-8")
    assert main(APPLY) == 2
    assert "the plan is not the one that was noted" in capsys.readouterr().err
    assert "apply" not in terraform.commands


def test_an_apply_that_ended_well_in_spite_of_ctrl_c_is_recorded(
    staging: Environment, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.plan(staging)
    # terraform itself, as a script: an interruption reaches both while it finishes its work.
    monkeypatch.setattr(TerraformCommand, "show", SHOW)
    script = checkout / "bin" / "terraform"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\nkill -INT $PPID\n", "utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    assert main(APPLY) == 0
    assert len(Records(boto3.client("s3"), BUCKET).all()[0]) == 1


def test_another_account_is_refused(
    staging: Environment, terraform: FakeTerraform, capsys: Capture
) -> None:
    terraform.outputs["account_id"] = "999999999999"
    plan.plan(staging)
    assert main(APPLY) == 2
    assert "the deployment is in account 999999999999" in capsys.readouterr().err
    assert "apply" not in terraform.commands


def test_a_failed_apply_is_not_recorded(staging: Environment, terraform: FakeTerraform) -> None:
    plan.plan(staging)
    terraform.fails = "apply"
    assert main(APPLY) == 2
    assert keys() == ["functions/web_api/0.zip"]


def test_a_failed_recording_is_said_and_undoes_nothing(
    staging: Environment,
    terraform: FakeTerraform,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    plan.plan(staging)
    s3 = boto3.client("s3")
    fail(s3, "PutObject", "AccessDenied", status=403)
    monkeypatch.setattr("operations.deployment.Deployment.client", client_or(s3))
    assert main(APPLY) == 1
    assert "applied, but not recorded" in capsys.readouterr().err
    assert terraform.commands[-1] == "apply"
    assert not staging.plan_file.exists()


def test_a_deployment_without_the_output_is_not_recorded(
    staging: Environment, terraform: FakeTerraform, capsys: Capture
) -> None:
    plan.plan(staging)
    del terraform.outputs["artifacts_bucket_name"]
    assert main(APPLY) == 1
    assert "no output artifacts_bucket_name" in capsys.readouterr().err


def test_an_old_record_that_stays_is_only_a_warning(
    staging: Environment, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    planned = plan.plan(staging)
    s3 = boto3.client("s3")
    for minute in range(KEPT):
        Records(s3, BUCKET).add(planned, datetime(2026, 11, 1, 12, minute, tzinfo=UTC))
    fail(s3, "DeleteObject", "AccessDenied", status=403)
    monkeypatch.setattr("operations.deployment.Deployment.client", client_or(s3))
    assert main(APPLY) == 0
    said = capsys.readouterr()
    assert "Recorded as" in said.out
    assert said.err.startswith("warning: ")
    assert "an old one could not be removed" in said.err


def client_or(s3: object) -> object:
    """Makes all clients of a deployment but that for S3, which is this one."""

    def client(_self: object, service: str) -> object:
        return s3 if service == "s3" else boto3.client(service)  # type: ignore[call-overload] # a name as data

    return client
