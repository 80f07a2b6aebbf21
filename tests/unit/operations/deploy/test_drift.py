"""`make drift`: what was deployed last is planned again, and a change is drift."""

from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from operations.deploy import build_record, plan
from operations.deploy.__main__ import main
from operations.deploy.drift import deployed_code
from operations.deploy.records import Record, Records
from operations.environments import Environment
from operations.errors import OperationsError
from tests.unit.operations.deploy.conftest import BUCKET, FakeTerraform, build, commit_all

Capture = pytest.CaptureFixture[str]
DRIFT = ["drift", "--environment=staging"]
AS_DEPLOYED = [*DRIFT, "--as-deployed"]


@pytest.fixture
def deployed(staging: Environment, checkout: Path, bucket: str) -> Record:
    """A deployment of a commit, which is recorded."""
    del bucket
    commit_all(checkout)
    planned = plan.plan(staging)
    build_record.remove(staging)
    staging.data_dir.mkdir(parents=True)
    now = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    return Records(boto3.client("s3"), BUCKET).add(planned, now)


def test_what_is_deployed_is_planned_again(
    deployed: Record,
    staging: Environment,
    terraform: FakeTerraform,
    checkout: Path,
    capsys: Capture,
) -> None:
    # Whatever is in build/, and beside a plan that waits for its apply.
    build(checkout, "second")
    plan.plan(staging)
    terraform.changes = False
    assert main(DRIFT) == 0
    planned = terraform.shown[-1]
    assert planned[:4] == ["plan", "-input=false", "-detailed-exitcode", "-lock-timeout=15m"]
    assert set(staging.variable_arguments) < set(planned)
    assert f"No drift: AWS is as {deployed.id} left it." in capsys.readouterr().out
    assert build_record.read(staging).manifest_sha256 != deployed.manifest_sha256


def test_a_change_is_drift(deployed: Record, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "summary"
    assert main([*DRIFT, f"--summary={file}"]) == 1
    said = capsys.readouterr().out
    assert "AWS is not as the last deployment left it" in said
    assert "`make plan ENV=staging`" in said
    page = file.read_text("utf-8")
    assert "## environment staging: AWS is not as it was deployed" in page
    assert f"Last deployment: {deployed}" in page
    assert "the plan in words" in page


def test_without_drift_there_is_no_summary(
    deployed: Record, terraform: FakeTerraform, tmp_path: Path
) -> None:
    del deployed
    terraform.changes = False
    assert main([*DRIFT, f"--summary={tmp_path / 'summary'}"]) == 0
    assert not (tmp_path / "summary").exists()


def test_what_is_not_deployed_yet_is_named(
    deployed: Record, checkout: Path, terraform: FakeTerraform, capsys: Capture
) -> None:
    (checkout / "terraform" / "main.tf").write_text("# newer\n", "utf-8")
    terraform.variables["region"] = "eu-west-1"
    assert main(DRIFT) == 1
    said = capsys.readouterr().out
    assert "Differs from the last deployment: variables with other values now: region." in said
    assert f"check out {deployed.commit[:12]}" in said


def test_a_failed_plan_is_no_drift(deployed: Record, terraform: FakeTerraform) -> None:
    del deployed
    terraform.fails = "plan"
    assert main(DRIFT) == 2


@pytest.mark.usefixtures("bucket")
def test_without_a_record_nothing_can_be_compared(
    staging: Environment, terraform: FakeTerraform, capsys: Capture
) -> None:
    staging.data_dir.mkdir(parents=True)
    assert main(DRIFT) == 2
    assert "no deployment is recorded yet" in capsys.readouterr().err
    terraform.outputs.clear()
    assert main(DRIFT) == 0
    assert "Nothing is deployed in environment staging." in capsys.readouterr().out


def test_a_lost_state_is_a_failure_each_night(
    deployed: Record, terraform: FakeTerraform, capsys: Capture
) -> None:
    del deployed
    terraform.outputs.clear()
    assert main(AS_DEPLOYED) == 2
    assert "nothing is deployed in environment staging: its state is" in capsys.readouterr().err


def test_the_code_of_the_deployed_commit_is_taken_and_put_back(
    deployed: Record,
    staging: Environment,
    terraform: FakeTerraform,
    checkout: Path,
    capsys: Capture,
) -> None:
    source = checkout / "terraform"
    (source / "main.tf").write_text("# newer\n", "utf-8")
    (source / "more.tf").touch()
    commit_all(checkout)
    with deployed_code(staging, deployed):
        assert (source / "main.tf").read_text("utf-8") == "# code\n"
        assert not (source / "more.tf").exists()
        assert (source / "backend.tf").exists()
    assert (source / "main.tf").read_text("utf-8") == "# newer\n"
    assert (source / "more.tf").exists()
    terraform.changes = False
    assert main(AS_DEPLOYED) == 0
    assert "Differs" not in capsys.readouterr().out


def test_the_code_comes_back_after_a_failure(
    deployed: Record, terraform: FakeTerraform, checkout: Path
) -> None:
    del deployed
    main_file = checkout / "terraform" / "main.tf"
    main_file.write_text("# newer\n", "utf-8")
    commit_all(checkout)
    terraform.fails = "plan"
    assert main(AS_DEPLOYED) == 2
    assert main_file.read_text("utf-8") == "# newer\n"


def test_changed_files_are_not_lost(deployed: Record, staging: Environment, checkout: Path) -> None:
    main_file = checkout / "terraform" / "main.tf"
    main_file.write_text("# not committed\n", "utf-8")
    with (
        pytest.raises(OperationsError, match="files in terraform/ differ from the commit"),
        deployed_code(staging, deployed),
    ):
        pass
    assert main_file.read_text("utf-8") == "# not committed\n"


# What differs in the record, and what is said.
WITHOUT_A_COMMIT = [
    ({"commit": "unknown"}, "Commit unknown is not part of this branch"),
    ({"commit": "0" * 40}, "is not part of this branch"),
    # As after a rollback: the packages are of that commit, the Terraform code is not.
    ({"code_sha256": "0" * 64}, "No commit is known that has the deployed code"),
]


@pytest.mark.parametrize("case", WITHOUT_A_COMMIT, ids=["unknown", "of elsewhere", "rollback"])
def test_without_such_a_commit_the_checkout_stays(
    deployed: Record,
    staging: Environment,
    checkout: Path,
    capsys: Capture,
    case: tuple[dict[str, str], str],
) -> None:
    fields, message = case
    main_file = checkout / "terraform" / "main.tf"
    main_file.write_text("# newer\n", "utf-8")
    commit_all(checkout)
    with deployed_code(staging, Record(**{**vars(deployed), **fields})):
        assert main_file.read_text("utf-8") == "# newer\n"
    assert message in capsys.readouterr().out
