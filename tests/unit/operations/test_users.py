"""Users by status and age, and executions for those who wait for a mail."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from operations import deployment as deployments
from operations import users as command
from operations.deployment import Deployment
from operations.users import User, user_of, users_of
from tests.unit.builders import USER_TABLE, Item, Users, fail

Capture = pytest.CaptureFixture[str]
HOUR = 3600


@pytest.fixture
def found(users: Users, state_machine_arn: str, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """A deployment without users."""
    del users
    outputs = {
        "account_id": "123456789012",
        "user_table_name": USER_TABLE,
        "state_machine_arn": state_machine_arn,
    }
    found = Deployment(outputs, "eu-central-1")
    monkeypatch.setattr(deployments, "find", lambda _cloud, _environment: found)
    return found


def put(users: Users, username: str, *, age: int | None = None, **attributes: Any) -> None:  # noqa: ANN401 - attribute values
    """Put a user who was registered so many seconds ago; None: by another application."""
    item = {
        "username": {"S": username},
        "activationStatus": {"S": "NONE"},
        **({} if age is None else {"registeredAt": {"N": str(int(time.time()) - age)}}),
        **attributes,
    }
    users.dynamodb.put_item(TableName=USER_TABLE, Item=item)


def names(found: Deployment, status: str = "NONE", *, older: int | None = None) -> list[str]:
    before = None if older is None else datetime.now(UTC) - timedelta(seconds=older)
    return [user.username for user in users_of(found, status, before)]


def started(found: Deployment) -> int:
    executions = boto3.client("stepfunctions").list_executions(
        stateMachineArn=found.output("state_machine_arn")
    )
    return len(executions["executions"])


def test_the_oldest_come_first_and_those_without_a_time_last(
    found: Deployment, users: Users
) -> None:
    put(users, "bob", age=HOUR)
    put(users, "zoe")
    put(users, "ada", age=2 * HOUR)
    put(users, "cy")
    assert names(found) == ["ada", "bob", "cy", "zoe"]


def test_other_statuses_are_left_out(found: Deployment, users: Users) -> None:
    put(users, "ada", activationStatus={"S": "MAIL_SENT"})
    put(users, "bob")
    assert names(found) == ["bob"]
    assert names(found, "MAIL_SENT") == ["ada"]


def test_younger_ones_are_left_out_and_those_without_a_time_are_not(
    found: Deployment, users: Users
) -> None:
    put(users, "old", age=HOUR + 60)
    put(users, "young", age=HOUR - 60)
    put(users, "timeless")
    assert names(found, older=HOUR) == ["old", "timeless"]


def test_the_time_is_that_of_the_registration_or_else_of_the_first_mail() -> None:
    item: Item = {"username": {"S": "ada"}, "activationTokenCreatedAt": {"N": "1795342800.5"}}
    tried = datetime.fromtimestamp(1_795_342_800.5, UTC)
    assert user_of(item) == User("ada", "", tried)
    signed_up = replace(user_of(item), since=datetime.fromtimestamp(1_795_340_000, UTC))
    assert user_of({**item, "registeredAt": {"N": "1795340000"}}) == signed_up


def test_all_pages_of_the_table_are_read(found: Deployment, users: Users) -> None:
    for number in range(12):
        put(users, f"user-{number:02d}", filler={"S": "x" * 200_000})  # a page has a megabyte
    assert len(names(found)) == 12


def test_a_list_says_since_when_and_changes_nothing(
    found: Deployment, users: Users, capsys: Capture
) -> None:
    put(users, "ada", registeredAt={"N": "1600000000"})
    put(users, "e\x1b[2J")
    assert command.main(["--status", "NONE", "--older", "0s"]) == 0
    printed = capsys.readouterr().out
    assert "\n  2020-09-13 12:26:40 UTC  NONE       ada\n" in printed
    assert "\n  no time on the item      NONE       e\\x1b[2J\n" in printed
    assert printed.endswith("\n2 user(s)\n")
    assert started(found) == 0


def test_a_list_says_whose_mail_is_withheld(
    found: Deployment, users: Users, capsys: Capture
) -> None:
    put(users, "ada", age=HOUR, mailWithheld={"BOOL": True})
    put(users, "bob", age=HOUR)
    assert command.main([]) == 0
    printed = capsys.readouterr().out
    assert "NONE       ada  mail withheld\n" in printed
    assert "NONE       bob\n" in printed
    assert started(found) == 0


def test_a_limit_takes_the_oldest_and_says_how_many_there_are(
    found: Deployment, users: Users, capsys: Capture
) -> None:
    for number in range(3):
        put(users, f"user-{number}", age=HOUR - number)
    assert command.main(["--limit", "2", "--start"]) == 0
    printed = capsys.readouterr().out
    assert "user-0" in printed
    assert "user-2" not in printed
    assert printed.endswith("\n2 user(s), and 1 more, beyond the limit\n")
    assert started(found) == 2


def test_a_dry_run_starts_nobody(found: Deployment, users: Users, capsys: Capture) -> None:
    put(users, "ada")
    assert command.main(["--start", "--dry-run"]) == 0
    assert "ada\n" in capsys.readouterr().out
    assert started(found) == 0


def test_each_is_started_as_often_as_it_is_asked_for(
    found: Deployment, users: Users, capsys: Capture
) -> None:
    put(users, "ada")
    assert command.main(["--start"]) == 0
    assert command.main(["--start"]) == 0
    assert "1/1  no time on the item      NONE       ada  started" in capsys.readouterr().out
    assert started(found) == 2


def test_a_link_that_has_expired_is_replaced(
    found: Deployment, users: Users, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    outputs = {**found.outputs, "activation_link_hours": 24}
    monkeypatch.setattr(
        deployments, "find", lambda _cloud, _environment: Deployment(outputs, "eu-central-1")
    )
    put(
        users,
        "ada",
        keepOnlyTokenHash={"BOOL": True},
        activationTokenHash={"S": "hash"},
        activationTokenCreatedAt={"N": str(int(time.time()) - 25 * HOUR)},
    )
    assert command.main(["--start"]) == 0
    assert "started, its link had expired and is replaced" in capsys.readouterr().out
    assert "activationTokenHash" not in users.get("ada")


def test_one_user_alone(found: Deployment, users: Users, capsys: Capture) -> None:
    put(users, "ada")
    put(users, "bob")
    assert command.main(["--username", "ada", "--start"]) == 0
    assert "bob" not in capsys.readouterr().out
    assert started(found) == 1


@pytest.mark.parametrize(
    "attribute", [{"activationStatus": {"S": "DONE"}}, {"mailWithheld": {"BOOL": True}}]
)
def test_who_waits_for_no_mail_is_not_started(
    found: Deployment, users: Users, capsys: Capture, attribute: dict[str, Any]
) -> None:
    put(users, "ada", **attribute)
    assert command.main(["--username", "ada", "--start"]) == 0
    assert "not started: nobody waits for a mail" in capsys.readouterr().out
    assert started(found) == 0


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize(
    ("name", "message"),
    [("", "the username is empty"), ("n\x1bo", "there is no user n\\x1bo")],
)
def test_an_unknown_user_is_an_error(name: str, message: str, capsys: Capture) -> None:
    assert command.main(["--username", name]) == 2
    assert capsys.readouterr().err == f"error: {message}\n"


@pytest.mark.parametrize("arguments", [["--status", "none"], ["--older", "1"], ["--limit", "0"]])
def test_wrong_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(arguments)


def test_a_table_that_cannot_be_read_is_an_error(
    found: Deployment, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    client = found.client("dynamodb")
    fail(client, "Scan", "AccessDeniedException", status=400)
    monkeypatch.setattr(Deployment, "client", lambda _self, _service: client)
    monkeypatch.setattr(Deployment, "prepare", lambda _self: None)
    assert command.main([]) == 2
    assert "AccessDeniedException" in capsys.readouterr().err
