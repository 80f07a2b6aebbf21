"""What the commands' arguments may be, and how they end."""

import argparse
from datetime import UTC, datetime, timedelta

import pytest

from operations import command, deployment
from operations.deployment import Deployment
from operations.errors import OperationsError
from tests.unit.builders import fail

Capture = pytest.CaptureFixture[str]
FOUND = Deployment({}, "eu-central-1", "http://127.0.0.1:4566")


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "find", lambda _cloud, _environment: FOUND)
    monkeypatch.setattr(Deployment, "prepare", lambda _self: None)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("1h", 3600), ("2d", 172_800), ("0s", 0)]
)
def test_a_duration_has_a_unit(text: str, seconds: int) -> None:
    assert command.duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "1", "h", "1w", "-1h", "1.5h", "1h ", "\u0661h", "9999999h"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="such as 15m, 1h or 2d"):
        command.duration(text)


@pytest.mark.parametrize(
    "text",
    ["2026-01-22T10:00", "2026-01-22T10:00Z", "2026-01-22T11:00+01:00", "2026-01-22 10:00:00"],
)
def test_a_moment_is_in_utc_unless_it_says_otherwise(text: str) -> None:
    assert command.moment(text) == datetime(2026, 1, 22, 10, tzinfo=UTC)


def test_a_moment_may_be_given_by_how_long_ago_it_was() -> None:
    before = datetime.now(UTC)
    assert before <= command.moment("2h") + timedelta(hours=2) <= datetime.now(UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "0001-01-01T00:00+23:00"])
def test_other_moments_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="such as 2026-11-22T10:00"):
        command.moment(text)


def test_a_moment_in_the_future_is_refused() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is in the future, it is 20"):
        command.moment("2999-01-01")


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.0", ""])
def test_a_limit_is_a_positive_number(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        command.positive(text)


def test_the_work_decides_on_the_exit_code(capsys: Capture) -> None:
    assert command.run("local", lambda found: 1 if found is FOUND else 0, "") == 1
    assert capsys.readouterr().out == "Acting on the local cloud at http://127.0.0.1:4566.\n\n"


def test_an_error_of_ours_is_its_message(capsys: Capture) -> None:
    def work(_found: Deployment) -> int:
        raise OperationsError("no such queue")

    assert command.run(None, work, "") == command.NOT_DONE
    assert capsys.readouterr().err == "error: no such queue\n"


def test_an_error_of_aws_is_its_message(aws: None, capsys: Capture) -> None:
    del aws
    client = FOUND.client("sqs")
    fail(client, "ListQueues", "AccessDenied", status=403)

    assert command.run(None, lambda _found: len(client.list_queues()), "") == command.NOT_DONE
    assert "AccessDenied" in capsys.readouterr().err


def test_an_interruption_says_what_to_do(capsys: Capture) -> None:
    def work(_found: Deployment) -> int:
        raise KeyboardInterrupt

    assert command.run(None, work, "run it again") == 130
    assert capsys.readouterr().err == "\ninterrupted: run it again\n"
