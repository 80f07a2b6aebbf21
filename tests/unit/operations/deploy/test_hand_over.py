"""`store-plan` and `fetch-plan`: that very plan is applied elsewhere, or none."""

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from operations.deploy import build_record, hand_over, packages, plan
from operations.deploy.__main__ import main
from operations.deploy.records import Records
from operations.environments import Environment
from operations.errors import OperationsError
from tests.unit.operations.deploy.conftest import BUCKET, FakeTerraform, build, plan_of

Capture = pytest.CaptureFixture[str]
STATES, KEY = "states", "onboarding/staging.tfstate"
FOLDER = f"plans/{KEY}@7-1/"
ID = ["--id", "7-1"]
OF_STAGING = "--environment=staging"


@pytest.fixture
def states(aws: None, staging: Environment) -> str:
    """The bucket of the states, which `terraform init` has noted."""
    del aws
    boto3.client("s3").create_bucket(
        Bucket=STATES, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    config = {"bucket": STATES, "key": KEY, "region": "eu-central-1"}
    note_backend(staging, {"type": "s3", "config": config})
    return STATES


def note_backend(environment: Environment, backend: object) -> None:
    environment.data_dir.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"version": 3, "backend": backend})
    (environment.data_dir / "terraform.tfstate").write_text(text, "utf-8")


@pytest.fixture
def stored(states: str, staging: Environment, checkout: Path) -> str:
    """A plan that is stored, and a build of the same; returns what is handed over beside it."""
    del states
    plan.plan(staging)
    sha256 = hand_over.store(staging, "7-1")
    build_record.remove(staging)
    build(checkout, "first")
    return sha256


def keys() -> list[str]:
    found = boto3.client("s3").list_objects_v2(Bucket=STATES).get("Contents", [])
    return [item["Key"] for item in found]


def fetch(sha256: str) -> int:
    return main(["fetch-plan", OF_STAGING, *ID, "--sha256", sha256])


@pytest.mark.usefixtures("bucket")
def test_that_very_plan_is_applied(
    stored: str, staging: Environment, terraform: FakeTerraform, capsys: Capture
) -> None:
    assert keys() == [
        FOLDER + name for name in ("manifest.json", "onboarding.tfplan", "record.json")
    ]
    assert fetch(stored) == 0
    said = capsys.readouterr().out
    target = "AWS, account 123456789012, region eu-central-1, environment staging"
    assert f"Fetched the plan 7-1 for {target}. `make apply ENV=staging` applies it." in said
    assert main(["apply", OF_STAGING]) == 0
    assert terraform.shown[-1][-1] == str(staging.plan_file)


def another_build(_terraform: FakeTerraform, checkout: Path) -> None:
    build(checkout, "second")


def a_changed_zip(_terraform: FakeTerraform, checkout: Path) -> None:
    (checkout / "build" / "web_api.zip").write_bytes(b"changed")


def other_variables(terraform: FakeTerraform, _checkout: Path) -> None:
    terraform.variables["name_prefix"] = "other"


def other_code(_terraform: FakeTerraform, checkout: Path) -> None:
    (checkout / "terraform" / "main.tf").write_text("# other\n", "utf-8")


CHANGES: list[tuple[Callable[[FakeTerraform, Path], None], str]] = [
    (another_build, r"the packages that were built here: web_api\.zip"),
    (a_changed_zip, r"web_api\.zip does not have the SHA-256 in manifest\.json"),
    (other_variables, "variables: name_prefix"),
    (other_code, "the Terraform code: "),
]


@pytest.mark.parametrize("changed", CHANGES, ids=lambda changed: changed[0].__name__)
def test_what_the_plan_was_made_from_must_be_here(
    stored: str,
    staging: Environment,
    terraform: FakeTerraform,
    checkout: Path,
    changed: tuple[Callable[[FakeTerraform, Path], None], str],
) -> None:
    change, message = changed
    change(terraform, checkout)
    with pytest.raises(OperationsError, match=message):
        hand_over.fetch(staging, "7-1", stored)
    assert list(staging.plan_file.parent.glob("onboarding*")) == []


def test_code_inside_the_plan_that_is_not_the_records_is_refused(
    states: str, staging: Environment, checkout: Path
) -> None:
    """As code that runs in the planning job could store it."""
    del states
    planned = plan.plan(staging)
    main_file = staging.source / "main.tf"
    honest = main_file.read_text("utf-8")
    main_file.write_text("# evil\n", "utf-8")
    staging.plan_file.write_bytes(plan_of(staging.source))
    main_file.write_text(honest, "utf-8")
    plan_sha256 = packages.sha256(staging.plan_file.read_bytes())
    dataclasses.replace(planned, plan_sha256=plan_sha256).write(staging.build_record)
    sha256 = hand_over.store(staging, "7-1")
    build(checkout, "first")
    with pytest.raises(OperationsError, match=r"the code inside the plan: 'tfconfig/m-/main\.tf'"):
        hand_over.fetch(staging, "7-1", sha256)
    assert list(staging.plan_file.parent.glob("onboarding*")) == []


def test_all_differences_are_said_at_once(
    stored: str, checkout: Path, terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(checkout, "second")
    other_variables(terraform, checkout)
    monkeypatch.setattr(build_record, "_checked_out", lambda: ("abc1234", True))
    with pytest.raises(OperationsError) as refused:
        hand_over.fetch(Environment("staging", checkout / "terraform"), "7-1", stored)
    assert str(refused.value).splitlines()[1:-1] == [
        "  - the commit: unknown, here abc1234",
        "  - whether files differ from the commit: False, here True",
        "  - variables: name_prefix",
        "  - the packages that were built here: web_api.zip",
    ]


def test_another_folder_of_packages_is_no_difference(
    stored: str, staging: Environment, terraform: FakeTerraform, checkout: Path
) -> None:
    (checkout / "build").rename(checkout / "elsewhere")
    terraform.variables["build_dir"] = "../elsewhere"
    fetched = hand_over.fetch(staging, "7-1", stored)
    assert fetched.build_dir == str(checkout / "elsewhere")
    assert build_record.read(staging) == fetched


def test_another_account_is_refused(
    stored: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("operations.deployment.account_of", lambda _sts: "999999999999")
    assert fetch(stored) == 2
    assert "in account 123456789012, and the AWS credentials are of" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["onboarding.tfplan", "manifest.json", "record.json"])
def test_what_somebody_replaced_or_removed_is_refused(
    stored: str, capsys: Capture, name: str
) -> None:
    s3 = boto3.client("s3")
    s3.put_object(Bucket=STATES, Key=FOLDER + name, Body=b"other")
    assert fetch(stored) == 2
    where = f"s3://{STATES}/{FOLDER}{name}"
    assert f"{where} is not what was stored" in capsys.readouterr().err
    s3.delete_object(Bucket=STATES, Key=FOLDER + name)
    assert fetch(stored) == 2
    assert f"{where} is missing: make the plan again" in capsys.readouterr().err


def test_a_record_of_another_version_is_refused(stored: str, capsys: Capture) -> None:
    del stored
    text = b'{"commit": "x"}'
    boto3.client("s3").put_object(Bucket=STATES, Key=FOLDER + "record.json", Body=text)
    assert fetch(packages.sha256(text)) == 2
    assert "stored by another version of this project" in capsys.readouterr().err


def test_a_refused_plan_leaves_no_earlier_one(
    stored: str, staging: Environment, checkout: Path
) -> None:
    plan.plan(staging)
    build(checkout, "second")
    assert fetch(stored) == 2
    with pytest.raises(OperationsError, match="there is no plan"):
        build_record.read(staging)


@pytest.mark.usefixtures("stored")
def test_a_stored_plan_is_never_replaced(staging: Environment, checkout: Path) -> None:
    build(checkout, "second")
    plan.plan(staging)
    with pytest.raises(OperationsError, match="exists already: take another ID"):
        hand_over.store(staging, "7-1")


@pytest.mark.usefixtures("states")
def test_only_a_whole_plan_of_a_build_is_stored(staging: Environment, checkout: Path) -> None:
    with pytest.raises(OperationsError, match="there is no plan"):
        hand_over.store(staging, "7-1")
    planned = plan.plan(staging)
    build(checkout, "second")
    with pytest.raises(OperationsError, match="built again since the plan"):
        hand_over.store(staging, "7-1")
    build(checkout, "first")
    dataclasses.replace(planned, rollback_to="id").write(staging.build_record)
    with pytest.raises(OperationsError, match="a rollback's packages are not built"):
        hand_over.store(staging, "7-1")
    assert keys() == []


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("backend", "message"),
    [
        ({"type": "local", "config": {}}, r"not in S3 \(its backend is local\)"),
        ({"type": "s3", "config": {"bucket": "b", "key": "k"}}, "says no 'region': set it in"),
    ],
)
def test_the_state_must_be_in_s3(staging: Environment, backend: object, message: str) -> None:
    note_backend(staging, backend)
    plan.plan(staging)
    with pytest.raises(OperationsError, match=message):
        hand_over.store(staging, "7-1")


@pytest.mark.usefixtures("states", "bucket")
def test_the_command_says_whether_there_is_anything_to_apply(
    staging: Environment, terraform: FakeTerraform, tmp_path: Path
) -> None:
    outputs, summary = tmp_path / "outputs", tmp_path / "summary"
    store = ["store-plan", OF_STAGING, *ID, f"--outputs={outputs}", f"--summary={summary}"]
    terraform.changes = False
    record(plan.plan(staging))
    assert main(store) == 0
    assert outputs.read_text("utf-8") == "changes=false\nsha256=\n"
    assert keys() == []

    terraform.changes = True
    plan.plan(staging)
    assert main(store) == 0
    changes, sha256 = outputs.read_text("utf-8").splitlines()[2:]
    assert changes == "changes=true"
    assert sha256.startswith("sha256=")
    assert fetch(sha256.removeprefix("sha256=")) == 0
    page = summary.read_text("utf-8")
    assert "## Plan for AWS, account 123456789012, region eu-central-1, environment staging" in page
    assert "```text\nthe plan in words\n```" in page


def record(planned: build_record.BuildRecord) -> None:
    now = datetime(2020, 11, 30, 16, tzinfo=UTC)
    Records(boto3.client("s3"), BUCKET).add(planned, now)


def nothing(_terraform: FakeTerraform, _checkout: Path) -> None:
    pass


@pytest.mark.usefixtures("states", "bucket")
@pytest.mark.parametrize("change", [nothing, another_build, other_variables, other_code])
def test_what_was_applied_but_not_recorded_is_applied_again(
    staging: Environment,
    terraform: FakeTerraform,
    checkout: Path,
    tmp_path: Path,
    change: Callable[[FakeTerraform, Path], None],
) -> None:
    """Such as after a job that was cut off behind `terraform apply`."""
    if change is not nothing:
        record(plan.plan(staging))
    change(terraform, checkout)
    terraform.changes = False
    plan.plan(staging)
    summary, outputs = tmp_path / "summary", tmp_path / "outputs"
    store = ["store-plan", OF_STAGING, *ID, f"--summary={summary}", f"--outputs={outputs}"]
    assert main(store) == 0
    assert "The plan changes nothing. The last record has other" in summary.read_text("utf-8")
    changes, sha256 = outputs.read_text("utf-8").split()
    assert changes == "changes=true"
    assert fetch(sha256.removeprefix("sha256=")) == 0
    assert main(["apply", OF_STAGING]) == 0
    recorded, _ = Records(boto3.client("s3"), BUCKET).all()
    assert len(recorded) == (1 if change is nothing else 2)
    plan.plan(staging)
    assert main([*store, "--id=7-2"]) == 0
    assert outputs.read_text("utf-8").endswith("\nchanges=false\nsha256=\n")


@pytest.mark.parametrize("options", [["--id", "../x"], [*ID, "--sha256", "abc"], ID])
def test_ids_and_hashes_are_checked(options: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["fetch-plan", OF_STAGING, *options])
    assert "error: " in capsys.readouterr().err
