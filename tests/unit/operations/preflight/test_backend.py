"""The state: where it is kept, whose it is, and who has locked it."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from operations.environments import Environment
from operations.preflight import aws, backend
from operations.preflight.state import Backend, State
from tests.unit.operations.preflight.conftest import (
    ACCOUNT,
    NOT_THERE,
    Cloud,
    Lines,
    Make,
    Refusal,
)
from tooling.paths import REPOSITORY

S3 = {"bucket": "states", "key": "dev/state", "region": "eu-west-1", "use_lockfile": True}
LOCK = {
    "ID": "11111111-2222-3333-4444-555555555555",
    "Operation": "OperationTypeApply",
    "Info": "",
    "Who": "anna@laptop",
    "Version": "1.11.4",
    "Created": "2026-11-30T10:00:00Z",
    "Path": "states/dev/state",
}
FREE = "ok    lock: nobody has locked the state"
LOCKED = (
    "fail  lock: the state is locked by anna@laptop since 2026-11-30T10:00:00Z for "
    "OperationTypeApply; wait, or if that run is dead: `terraform -chdir=terraform force-unlock "
    f"{LOCK['ID']}`"
)


def kept_in(kind: str = "s3", workspace: str = "default", **changes: Any) -> State:  # noqa: ANN401 - a backend's arguments
    settings = {} if kind == "local" else {**S3, **changes}
    return State(Backend(kind, settings, workspace), {})


def applied(
    account: str = ACCOUNT, region: str = "eu-central-1", environment: str | None = "dev"
) -> State:
    outputs: dict[str, Any] = {"account_id": {"value": account}, "region": {"value": region}}
    if environment is not None:
        outputs["environment"] = {"value": environment}
    content = {"outputs": outputs, "resources": [{}, {}]}
    return State(Backend("s3", S3), content)


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (kept_in("local"), "in a file on this machine alone: empty, this is the first apply"),
        (kept_in(), "in s3://states/dev/state: empty, this is the first apply"),
        (kept_in(workspace="blue"), "in s3://states/env:/blue/dev/state: empty, this is the"),
        (kept_in("http"), "in the backend http: empty, this is the first apply"),
        (applied(), "in s3://states/dev/state: 2 resources"),
    ],
)
def test_where_it_is_kept(lines: Lines, state: State, line: str) -> None:
    (found,) = lines(backend.check, state)
    assert found.startswith(f"ok    state: {line}")


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (
            applied(account="210987654321"),
            (
                f"fail  state: it is of a deployment in 210987654321, and you would deploy to "
                f"{ACCOUNT}; set AWS_PROFILE"
            ),
        ),
        (
            applied(region="eu-west-1"),
            (
                "fail  state: it is of a deployment in eu-west-1, and you would deploy to "
                "eu-central-1; each region needs its own state"
            ),
        ),
    ],
)
def test_a_state_of_another_deployment(lines: Lines, state: State, line: str) -> None:
    assert lines(backend.check, state)[1:] == [line]


@pytest.mark.parametrize(
    ("holds", "line"),
    [
        ("prod", "fail  state: the state of environment staging holds the environment 'prod': "),
        (None, "fail  state: the state of environment staging does not say which environment it "),
    ],
)
def test_a_state_of_another_environment(context: Make, holds: str | None, line: str) -> None:
    given = replace(context(applied(environment=holds)), environment=Environment("staging"))
    assert str(list(backend.check(given))[1]).startswith(line)
    theirs = replace(context(applied(environment="staging")), environment=Environment("staging"))
    assert len(list(backend.check(theirs))) == 1


def test_a_state_that_was_not_moved_to_its_backend(
    lines: Lines, context: Make, source: Path
) -> None:
    file = source / "terraform.tfstate"
    file.write_text("{}", "utf-8")
    assert lines(backend.check, kept_in())[1] == (
        "fail  state: what is deployed is in terraform.tfstate, which the backend does not have; "
        "move it: `terraform -chdir=terraform init -migrate-state`"
    )
    # Moved; not in use; of the deployment without a name.
    assert len(lines(backend.check, applied())) == len(lines(backend.check, kept_in("local"))) == 1
    given = context(kept_in())
    named = replace(given, environment=Environment("staging"))
    assert len(list(backend.check(named))) == 1
    file.write_text("", "utf-8")
    assert len(lines(backend.check, kept_in())) == 1


def test_a_state_that_can_not_be_read(lines: Lines) -> None:
    assert str(backend.unreadable(Environment(), "no\x1b[2J")).startswith(
        "fail  state: Terraform can't read it: no\\x1b[2J; correct backend.tf or your rights on "
        "its "
    )
    assert lines(backend.check, None) == lines(backend.check_lock, None) == []


def lock_object(asked: list[Any]) -> Callable[[Any], Any]:
    def answer(parameters: Any) -> Any:  # noqa: ANN401 - any answer
        asked.append(parameters)
        return {"Body": json.dumps(LOCK).encode()}

    return answer


@pytest.mark.parametrize(
    ("workspace", "prefix", "key"),
    [
        ("default", None, "dev/state.tflock"),
        ("blue", None, "env:/blue/dev/state.tflock"),
        ("blue", "stages", "stages/blue/dev/state.tflock"),
    ],
)
def test_somebody_has_locked_it_in_s3(
    cloud: Cloud, lines: Lines, workspace: str, prefix: str | None, key: str
) -> None:
    asked: list[Any] = []
    cloud.answer(aws.LOCK, lock_object(asked))
    state = kept_in(workspace=workspace, workspace_key_prefix=prefix)
    assert lines(backend.check_lock, state) == [LOCKED]
    assert asked == [{"Bucket": "states", "Key": key}]


@pytest.mark.parametrize(
    ("minutes", "status"), [(-16, "fail"), (-1, "warn"), (0, "warn"), (14, "warn"), (16, "fail")]
)
def test_a_plan_waits_for_a_young_lock(
    cloud: Cloud, lines: Lines, minutes: int, status: str
) -> None:
    # With nanoseconds, as Terraform writes it.
    created = f"{datetime.now(UTC) - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S.%f}789Z"
    lock = {**LOCK, "Created": created}
    cloud.answer(aws.LOCK, lambda _: {"Body": json.dumps(lock).encode()})
    (line,) = lines(backend.check_lock, kept_in())
    assert line.startswith(f"{status}  lock: the state is locked by anna@laptop since {created}")
    assert ("; `make plan` waits 15 minutes for it; if that run is dead: `" in line) == (
        status == "warn"
    )


@pytest.mark.parametrize("created", ["2026-11-30T10:00:00", "now", 1])
def test_a_lock_without_a_time_counts_as_old(cloud: Cloud, lines: Lines, created: object) -> None:
    lock = {**LOCK, "Created": created}
    cloud.answer(aws.LOCK, lambda _: {"Body": json.dumps(lock).encode()})
    assert lines(backend.check_lock, kept_in())[0].startswith("fail  lock: ")


def test_nobody_has_locked_it_in_s3(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.LOCK, NOT_THERE)
    assert lines(backend.check_lock, kept_in()) == [FREE]


def test_the_command_to_unlock_runs_nothing_else(cloud: Cloud, lines: Lines) -> None:
    """A stranger who may write the object has no command of theirs pasted into a shell."""
    cloud.answer(aws.LOCK, lambda _: {"Body": json.dumps({**LOCK, "ID": "x; rm *"}).encode()})
    assert lines(backend.check_lock, kept_in())[0].endswith(" force-unlock 'x; rm *'`")


def test_the_commands_are_those_of_the_environment(cloud: Cloud, context: Make) -> None:
    cloud.answer(aws.LOCK, lock_object([]))
    staging = Environment("staging")
    (line,) = backend.check_lock(replace(context(kept_in()), environment=staging))
    assert line.remedy.endswith(f"`{staging.terraform_command} force-unlock {LOCK['ID']}`")
    assert backend.unreadable(staging, "no").remedy.endswith(f"then `{staging.init_command}`")


def test_rights_on_the_state_are_those_of_the_documentation() -> None:
    remedy = backend.unreadable(Environment(), "no").remedy
    page = (REPOSITORY / "docs" / "preflight.md").read_text("utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith("| `s3:GetObject` ")]
    for action in ("s3:GetObject", "kms:Decrypt"):
        assert action in remedy
        assert f"`{action}`" in row


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff\x1b[2J"])
def test_a_lock_that_is_not_readable(cloud: Cloud, lines: Lines, body: bytes) -> None:
    cloud.answer(aws.LOCK, lambda _: {"Body": body})
    assert lines(backend.check_lock, kept_in())[0].startswith(
        "fail  lock: the state is locked by somebody unknown; wait"
    )


def test_a_lock_may_not_be_read(cloud: Cloud, context: Make) -> None:
    cloud.answer(aws.LOCK, Refusal("AccessDenied", 403))
    with pytest.raises(aws.NotAllowedError, match="s3:GetObject"):
        list(backend.check_lock(context(kept_in())))


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (kept_in(use_lockfile=None), "the backend locks nothing: two applies at once damage"),
        (
            kept_in(use_lockfile=None, dynamodb_table="locks"),
            "not checked: a DynamoDB table has it, which Terraform deprecates",
        ),
        (kept_in(profile="states"), "not checked: backend.tf has credentials or endpoints of"),
        (kept_in(assume_role={"role_arn": "a"}), "not checked: backend.tf has credentials or"),
        (kept_in("http"), "not checked: the backend is http; `make plan` says who has it"),
    ],
)
def test_a_lock_that_is_not_looked_at(cloud: Cloud, lines: Lines, state: State, line: str) -> None:
    (found,) = lines(backend.check_lock, state)
    assert found.startswith(f"warn  lock: {line}")
    assert cloud.asked == []


# As Terraform does, until its input ends.
LOCKING = """
import fcntl, os, sys
file = open(sys.argv[1], "r+b")
fcntl.lockf(file, fcntl.LOCK_EX)
os.write(1, b"1")
sys.stdin.read()
"""


def lock_file(folder: Path) -> Path:
    """A state with the description that Terraform leaves beside it."""
    file = folder / "terraform.tfstate"
    file.write_text("{}", "utf-8")
    (folder / ".terraform.tfstate.lock.info").write_text(json.dumps(LOCK), "utf-8")
    return file


def test_no_local_lock(lines: Lines) -> None:
    assert lines(backend.check_lock, kept_in("local")) == [FREE]


def test_a_killed_terraform_leaves_a_description_but_no_lock(lines: Lines, source: Path) -> None:
    file = lock_file(source)
    assert lines(backend.check_lock, kept_in("local")) == [FREE]
    file.unlink()
    assert lines(backend.check_lock, kept_in("local")) == [FREE]


def test_somebody_has_locked_the_file(lines: Lines, source: Path) -> None:
    # Another process: one's own locks don't exclude oneself.
    command = [sys.executable, "-I", "-S", "-c", LOCKING, str(lock_file(source))]
    with subprocess.Popen(  # noqa: S603 - this Python
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.read(1) == b"1"
        assert lines(backend.check_lock, kept_in("local")) == [LOCKED]


def test_the_lock_of_another_folder_is_not_ours(context: Make, source: Path) -> None:
    lock_file(source)
    given = context(kept_in("local"))
    elsewhere = replace(given, environment=Environment(source=source / "no"))
    assert [str(line) for line in backend.check_lock(elsewhere)] == [FREE]
