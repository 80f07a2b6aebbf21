"""A queue, message by message: what is done goes, everything else stays and is counted."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from operations.redrive.drain import RedriveFailedError, Tally, drain
from operations.redrive.failure_queue import FailureQueue, Message
from operations.redrive.failures import NotUnderstoodError
from shared.errors import ServiceUnavailableError
from tests.unit.operations.redrive.conftest import bodies, send

ERRORS: dict[str, Exception] = {
    "odd": NotUnderstoodError("input.username: missing"),
    "bad": RedriveFailedError("ProfileNotFoundError"),
    "aws": ClientError({"Error": {"Code": "ThrottlingException"}}, "StartExecution"),
    "table": ServiceUnavailableError("table User: ThrottlingException"),
}


def redrive(message: Message, _still_working: object) -> str:
    if message.body in ERRORS:
        raise ERRORS[message.body]
    return f"put back {message.body}"


def test_one_that_fails_holds_up_no_other(queue: FailureQueue) -> None:
    ids = {text: send(queue, text) for text in ("odd", "a", "bad", "b", "aws", "table")}
    lines: list[str] = []
    tally = drain(queue, redrive, None, lines.append)
    assert tally == Tally("activation", done=2, failed=3, not_understood=1)
    assert not tally.is_empty
    assert sorted(bodies(queue)) == ["aws", "bad", "odd", "table"]
    said = "\n".join(lines)
    assert f"{ids['a']}  done: put back a" in said
    assert f"{ids['odd']}  not understood, left: input.username: missing" in said
    assert f"{ids['bad']}  failed, left: ProfileNotFoundError" in said


def test_an_empty_queue_is_empty(queue: FailureQueue) -> None:
    assert drain(queue, redrive, None, print).is_empty


def test_what_lies_beyond_the_limit_is_left(queue: FailureQueue) -> None:
    send(queue, "a")
    send(queue, "b")
    tally = drain(queue, redrive, 1, print)
    assert (tally.done, tally.has_more, tally.is_empty) == (1, True, False)
    assert len(bodies(queue)) == 1


def test_a_message_that_takes_long_stays_this_runs(queue: FailureQueue) -> None:
    send(queue, "a")
    held: list[str] = []

    def slow(_message: Message, still_working: Callable[[], None]) -> str:
        still_working()
        held.extend(bodies(queue))
        return "done"

    assert drain(queue, slow, None, print).done == 1
    assert held == []


def test_a_bug_leaves_the_message(queue: FailureQueue) -> None:
    send(queue, "a")

    def broken(_message: Message, _still_working: object) -> str:
        raise AssertionError("a bug")

    with pytest.raises(AssertionError, match="a bug"):
        drain(queue, broken, None, print)
    assert bodies(queue) == ["a"]


def test_what_a_stranger_wrote_can_do_nothing_to_the_terminal(queue: FailureQueue) -> None:
    send(queue, "a")
    lines: list[str] = []
    drain(queue, lambda _message, _working: "\x1b[2Jgone\n\u202e" + "x" * 1000, None, lines.append)
    assert lines[0].isprintable()
    assert "\\x1b[2Jgone\\n\\u202e" in lines[0]
    assert len(lines[0]) < 400
