"""`make rollback`: which deployment is meant, what is said and asked, and what is planned."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from operations.deploy import build_record, plan
from operations.deploy.__main__ import main
from operations.deploy.records import Record, Records
from operations.deploy.rollback import choose, named
from operations.environments import Environment
from operations.errors import OperationsError
from tests.unit.operations.deploy.conftest import BUCKET, FakeTerraform, build, running

Capture = pytest.CaptureFixture[str]
ROLLBACK = ["rollback", "--environment=staging"]


def record(number: int, manifest: str, rollback_to: int | None = None) -> Record:
    to = None if rollback_to is None else f"{rollback_to:03}"
    return Record(f"{number:03}", "commit", False, manifest, {"a.zip": "zip"}, {}, "", to)


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ([record(1, "a"), record(2, "b")], "001"),
        # Other variables alone.
        ([record(1, "a"), record(2, "b"), record(3, "b")], "001"),
        # A second rollback goes further, and not forward again.
        ([record(1, "a"), record(2, "b"), record(3, "c"), record(4, "b", 2)], "001"),
        # After it, another build.
        ([record(1, "a"), record(2, "b"), record(3, "a", 1), record(4, "c")], "003"),
    ],
)
def test_the_one_before_the_current_one(recorded: list[Record], expected: str) -> None:
    for zips in (set(), {"zip"}):
        assert choose(recorded, zips).id == expected


def test_the_last_recorded_one_after_an_apply_that_was_not_recorded() -> None:
    recorded = [record(1, "a"), record(2, "b"), record(3, "a", 1)]
    assert choose(recorded, {"zip", "other"}).id == "003"
    assert choose(recorded[:1], {"other"}).id == "001"


@pytest.mark.parametrize(
    ("recorded", "message"),
    [
        ([], "no deployment is recorded yet"),
        ([record(1, "a")], "no earlier deployment"),
        ([record(1, "a"), record(2, "a")], "no earlier deployment"),
    ],
)
def test_there_is_none(recorded: list[Record], message: str) -> None:
    with pytest.raises(OperationsError, match=message):
        choose(recorded, set())


@pytest.mark.parametrize("wanted", ["002", "../x"])
def test_an_unknown_id_is_an_error(wanted: str) -> None:
    with pytest.raises(OperationsError, match=r"no deployment .* is recorded: LIST=1"):
        named([record(1, "a")], wanted, [])


@pytest.fixture
def deployed(
    staging: Environment, checkout: Path, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> list[Record]:
    """Two deployments, of which the second is the current one."""
    del bucket
    found = []
    for minute, content in enumerate(("first", "second")):
        build(checkout, content)
        planned = plan.plan(staging)
        now = datetime(2026, 11, 30, 16, minute, tzinfo=UTC)
        found.append(Records(boto3.client("s3"), BUCKET).add(planned, now))
    build_record.remove(staging)
    monkeypatch.setattr("builtins.input", no_question)
    staging.data_dir.mkdir(parents=True)
    return found


def no_question(_text: str) -> str:
    raise AssertionError("nothing is asked")


def test_the_packages_are_planned_without_a_build(
    deployed: list[Record],
    staging: Environment,
    terraform: FakeTerraform,
    checkout: Path,
    capsys: Capture,
) -> None:
    assert main(ROLLBACK) == 0
    folder = staging.rollback_dir / deployed[0].id
    assert (folder / "web_api.zip").read_bytes() == b"first"
    assert terraform.shown[-1][-3:-1] == ["-var", f"build_dir={folder}"]
    said = capsys.readouterr().out
    assert said.startswith("Acting on AWS, account 123456789012, region eu-central-1, environment ")
    assert f"Rolling back to {deployed[0].id}" in said
    planned = build_record.read(staging)
    assert planned.build_dir == str(folder)
    assert planned.rollback_to == deployed[0].id
    assert planned.manifest_sha256 == deployed[0].manifest_sha256

    # Whatever is in build/.
    build(checkout, "third")
    assert main(["apply", "--environment=staging"]) == 0
    found, _ = Records(boto3.client("s3"), BUCKET).all()
    assert found[-1].rollback_to == deployed[0].id
    assert found[-1].zips == deployed[0].zips


def test_a_dry_run_only_says_which_one_and_how(
    deployed: list[Record], staging: Environment, terraform: FakeTerraform, capsys: Capture
) -> None:
    shown = len(terraform.shown)
    assert main([*ROLLBACK, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert (
        f"To go back to {deployed[0]}:\n  make rollback TO={deployed[0].id} ENV=staging\n" in said
    )
    assert "  make apply ENV=staging\n" in said
    assert not staging.plan_file.exists()
    assert len(terraform.shown) == shown


@pytest.mark.parametrize("first", ["first", "second"])
def test_a_dry_run_names_none_where_the_packages_did_not_change(
    deployed: list[Record],
    staging: Environment,
    terraform: FakeTerraform,
    capsys: Capture,
    first: str,
) -> None:
    """Terraform code alone changed: an older one's packages would not undo that."""
    records = Records(boto3.client("s3"), BUCKET)
    if first == "second":
        key = f"deployments/{deployed[0].id}/record.json"
        boto3.client("s3").delete_object(Bucket=BUCKET, Key=key)
    (staging.source / "main.tf").write_text("# newer\n", "utf-8")
    last = records.add(plan.plan(staging), datetime(2026, 11, 30, 16, 2, tzinfo=UTC))
    assert main([*ROLLBACK, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert f"did not change from {deployed[1].id} to {last.id}" in said
    assert "revert the commit" in said
    assert "make rollback" not in said

    # A later apply, which is not recorded, did change them.
    terraform.resources = [running("third")]
    assert main([*ROLLBACK, "--dry-run"]) == 0
    assert f"make rollback TO={last.id}" in capsys.readouterr().out


def test_a_chosen_one_is_planned(deployed: list[Record], staging: Environment) -> None:
    assert main([*ROLLBACK, "--to", deployed[1].id]) == 0
    assert build_record.read(staging).rollback_to == deployed[1].id


def test_the_list_says_which_is_current(
    deployed: list[Record], terraform: FakeTerraform, capsys: Capture
) -> None:
    terraform.shown.clear()
    assert main([*ROLLBACK, "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()[2:]
    assert lines == [
        f"  {deployed[1].id}  commit unknown  (current)",
        f"  {deployed[0].id}  commit unknown",
        "2 deployment(s)",
    ]
    assert terraform.shown == []


def test_an_unreadable_record_is_listed_and_passed_over(
    deployed: list[Record], staging: Environment, capsys: Capture
) -> None:
    between, last = "20261130T160030Z-0123456789ab", "20261130T170000Z-0123456789ab"
    for folder in (between, last):
        key = f"deployments/{folder}/record.json"
        boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b'{"format": 2}')
    assert main([*ROLLBACK, "--list"]) == 0
    unreadable = "unreadable: written by another version of this project"
    assert capsys.readouterr().out.splitlines()[2:] == [
        f"  {last}  {unreadable}",
        f"  {deployed[1].id}  commit unknown  (current)",
        f"  {between}  {unreadable}",
        f"  {deployed[0].id}  commit unknown",
        "4 deployment(s)",
    ]
    assert main(ROLLBACK) == 0
    assert build_record.read(staging).rollback_to == deployed[0].id
    assert main([*ROLLBACK, "--to", last]) == 2
    assert f"the record of {last} is {unreadable}" in capsys.readouterr().err


def test_after_a_failed_apply_the_last_good_one_is_planned(
    deployed: list[Record],
    staging: Environment,
    terraform: FakeTerraform,
    checkout: Path,
    capsys: Capture,
) -> None:
    build(checkout, "third")
    assert main(["plan", "--environment=staging"]) == 0
    terraform.fails = "apply"
    assert main(["apply", "--environment=staging"]) == 2
    assert f"make rollback TO={deployed[1].id} ENV=staging" in capsys.readouterr().err

    # It stopped behind the first of two functions.
    terraform.resources = [running("third"), running("second")]
    assert main([*ROLLBACK, "--list"]) == 0
    said = capsys.readouterr().out
    assert "(the last one recorded; a later apply failed or was not recorded)" in said
    assert "(current)" not in said
    assert main(ROLLBACK) == 0
    assert build_record.read(staging).rollback_to == deployed[1].id

    # It stopped before any function.
    terraform.resources = [running("second")]
    assert main(ROLLBACK) == 0
    assert build_record.read(staging).rollback_to == deployed[0].id


@pytest.mark.parametrize("answer", ["no", "", "Yes", None])
@pytest.mark.usefixtures("deployed")
def test_other_variables_or_code_are_said_and_asked_about(
    staging: Environment,
    terraform: FakeTerraform,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    answer: str | None,
) -> None:
    def reply(_question: str) -> str:
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", reply)
    terraform.variables |= {"region": "eu-west-1", "new": 1}
    (staging.source / "main.tf").write_text("# other code\n", "utf-8")
    assert main(ROLLBACK) == 2
    said = capsys.readouterr().out
    assert "variables with other values now: new, region" in said
    assert "the Terraform code: to have it as it was, check out unknown first" in said
    assert said.endswith("Nothing was planned.\n")
    assert not staging.plan_file.exists()
    assert not staging.build_record.exists()


@pytest.mark.parametrize("options", [[], ["--yes"]])
@pytest.mark.usefixtures("deployed")
def test_who_agrees_gets_the_plan(
    staging: Environment,
    terraform: FakeTerraform,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
) -> None:
    if not options:
        monkeypatch.setattr("builtins.input", lambda _question: "yes")
    terraform.variables["region"] = "eu-west-1"
    assert main([*ROLLBACK, *options]) == 0
    assert staging.plan_file.exists()


def test_a_changed_zip_is_not_planned(
    deployed: list[Record], terraform: FakeTerraform, capsys: Capture
) -> None:
    key = f"deployments/zips/{deployed[0].zips['web_api.zip']}.zip"
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"another")
    terraform.shown.clear()
    assert main(ROLLBACK) == 2
    assert "does not have this hash" in capsys.readouterr().err
    assert terraform.shown == []


def test_a_deployment_with_changes_shows_it() -> None:
    shown = str(replace(record(2, "a", 1), dirty=True))
    assert shown == "002  commit commit, with changes  rollback to 001"
