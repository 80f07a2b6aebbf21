"""One user's account: what each act writes, and what the operator reads."""

from collections.abc import Callable

import pytest
import time_machine

from operations import deployment as deployments
from operations.deployment import Deployment
from operations.user import __main__ as command
from operations.user.acts import ACTS
from tests.unit.builders import USER_TABLE, Users, fail
from tests.unit.web_api.calls import calls_of

Capture = pytest.CaptureFixture[str]
NOW = 1_795_341_600
Do = Callable[..., int]


@pytest.fixture
def do(users: Users, monkeypatch: pytest.MonkeyPatch) -> Do:
    """Runs the command on a deployment in which anna is a user."""
    users.put(activationStatus="DONE", sessionGeneration="first")
    found = Deployment(
        {"account_id": "123456789012", "user_table_name": USER_TABLE}, "eu-central-1"
    )
    monkeypatch.setattr(Deployment, "client", lambda *_: users.dynamodb)
    monkeypatch.setattr(Deployment, "prepare", lambda _: None)
    monkeypatch.setattr(deployments, "find", lambda _cloud, _environment: found)

    def run(act: str, username: str = "anna", *, now: int = NOW) -> int:
        with time_machine.travel(now, tick=False):
            return command.main(["--do", act, "--", username])

    return run


def test_who_is_disabled_has_no_session_after_the_same_write(
    do: Do, users: Users, capsys: Capture
) -> None:
    writes = calls_of(users.dynamodb, "UpdateItem")
    assert do("disable") == 0
    assert len(writes) == 1
    user = users.get()
    assert user["disabledAt"] == str(NOW)
    assert user["sessionGeneration"] != "first"
    assert len(user["sessionGeneration"]) == 22
    line = "  2026-11-22 10:00:00 UTC  anna  disabled, and all sessions ended\n"
    assert capsys.readouterr().out.endswith(line)


def test_disabling_again_keeps_since_when(do: Do, users: Users) -> None:
    assert do("disable") == 0
    assert do("disable", now=NOW + 60) == 0
    assert users.get()["disabledAt"] == str(NOW)


def test_no_former_session_is_valid_after_enabling_who_was_disabled_by_hand(
    do: Do, users: Users, capsys: Capture
) -> None:
    users.set(disabledAt="1")
    assert do("enable") == 0
    user = users.get()
    assert "disabledAt" not in user
    assert user["sessionGeneration"] != "first"
    assert capsys.readouterr().out.endswith("UTC  anna  enabled\n")


@pytest.mark.parametrize("generation", ["first", None])
def test_sessions_end_and_nothing_else_changes(
    do: Do, users: Users, generation: str | None, capsys: Capture
) -> None:
    users.put(activationStatus="DONE", sessionGeneration=generation)
    before = users.get()
    assert do("end-sessions") == 0
    after = users.get()
    assert after.pop("sessionGeneration") != before.pop("sessionGeneration", None)
    assert after == before
    assert capsys.readouterr().out.endswith("UTC  anna  all sessions ended\n")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("username", ["nobody", "", "\udcff", "x" * 3000, "e\x1b[2J"])
def test_a_user_who_is_not_there_is_not_made(
    do: Do, users: Users, act: str, username: str, capsys: Capture
) -> None:
    assert do(act, username) == 2
    printed = capsys.readouterr()
    assert "there is no user" in printed.err
    assert "\x1b" not in printed.err
    assert users.dynamodb.scan(TableName=USER_TABLE)["Count"] == 1


def test_a_table_that_does_not_answer_is_told(do: Do, users: Users, capsys: Capture) -> None:
    fail(users.dynamodb, "UpdateItem")
    assert do("disable") == 2
    assert "table User" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["anna"], ["--do", "delete", "anna"], ["--do", "disable"]])
def test_what_is_not_said_or_not_known_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
