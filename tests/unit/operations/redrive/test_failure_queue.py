"""Taking messages out of a queue, one after the other, and leaving the rest."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from operations.redrive.failure_queue import HELD_SECONDS, FailureQueue
from tests.unit.operations.redrive.conftest import bodies, send


def walk(queue: FailureQueue, limit: int | None = None) -> list[str]:
    with closing(queue.messages(limit)) as messages:
        return [message.body for message in messages]


def test_each_message_is_taken_once_and_then_is_back(queue: FailureQueue) -> None:
    for text in ("a", "b", "c"):
        send(queue, text)
    assert sorted(walk(queue)) == ["a", "b", "c"]
    assert sorted(bodies(queue)) == ["a", "b", "c"]
    assert (queue.newer, queue.has_more) == (0, False)


def test_an_empty_queue_has_none(queue: FailureQueue) -> None:
    assert walk(queue) == []


def test_a_deleted_message_is_gone(queue: FailureQueue) -> None:
    send(queue, "a")
    send(queue, "b")
    with closing(queue.messages()) as messages:
        for message in messages:
            if message.body == "a":
                queue.delete(message)
    assert bodies(queue) == ["b"]


def test_a_message_that_is_being_worked_on_is_no_other_runs(queue: FailureQueue) -> None:
    send(queue, "a")
    other = FailureQueue(queue.sqs, queue.name, queue.url)
    with closing(queue.messages()) as messages:
        next(messages)
        assert walk(other) == []
    assert walk(other) == ["a"]


def test_a_message_can_be_held_for_longer(queue: FailureQueue) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 10, tzinfo=UTC), tick=False) as clock:
        send(queue, "a")
        with closing(queue.messages()) as messages:
            message = next(messages)
            clock.shift(HELD_SECONDS - 10)
            queue.hold(message)
            clock.shift(20)
            assert bodies(queue) == []
        clock.shift(1)
        assert bodies(queue) == ["a"]


def test_a_message_that_was_held_too_long_is_not_taken_again(queue: FailureQueue) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 10, tzinfo=UTC), tick=False) as clock:
        send(queue, "a")
        with closing(queue.messages()) as messages:
            next(messages)
            clock.shift(HELD_SECONDS + 1)
            assert list(messages) == []
        clock.shift(1)
        assert bodies(queue) == ["a"]


def test_the_limit_leaves_the_rest(queue: FailureQueue) -> None:
    for text in ("a", "b", "c"):
        send(queue, text)
    assert len(walk(queue, limit=2)) == 2
    assert queue.has_more
    assert len(walk(queue, limit=3)) == 3
    assert not queue.has_more


def test_what_comes_in_meanwhile_is_left(queue: FailureQueue) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 10, tzinfo=UTC), tick=False) as clock:
        send(queue, "a")
        with closing(queue.messages()) as messages:
            queue.delete(next(messages))
            clock.shift(2)
            send(queue, "failed again")
            assert list(messages) == []
        assert queue.newer == 1
        clock.shift(1)
        assert bodies(queue) == ["failed again"]


def test_an_interruption_gives_everything_back(queue: FailureQueue) -> None:
    send(queue, "a")
    send(queue, "b")
    with closing(queue.messages()) as messages:
        next(messages)
    assert len(bodies(queue)) == 2


class DeliversTwice:
    """SQS that delivers a message once more after it was deleted, as it may."""

    def __init__(self) -> None:
        self.receipts = ["first", "second"]
        self.deleted: list[str] = []

    def receive_message(self, **_: object) -> dict[str, Any]:
        answer: dict[str, Any] = {"ResponseMetadata": {"HTTPHeaders": {}}}
        if self.receipts:
            message = {"MessageId": "a", "ReceiptHandle": self.receipts.pop(0), "Body": "a"}
            answer["Messages"] = [{**message, "Attributes": {"SentTimestamp": "0"}}]
        return answer

    def delete_message(self, *, ReceiptHandle: str, **_: object) -> None:  # noqa: N803 - AWS's name
        self.deleted.append(ReceiptHandle)


def test_a_copy_of_what_is_done_is_deleted_too_and_not_done_again() -> None:
    sqs = DeliversTwice()
    queue = FailureQueue(sqs, "activation", "url")  # type: ignore[arg-type]
    with closing(queue.messages()) as messages:
        taken = []
        for message in messages:
            taken.append(message.receipt)
            queue.delete(message)
    assert taken == ["first"]
    assert sqs.deleted == ["first", "second"]


def refuse_to_give_back(
    queue: FailureQueue, monkeypatch: pytest.MonkeyPatch, code: str
) -> list[str]:
    """Let each message that is to be given back be refused; answers the list of these."""
    refused = []

    def refuse(*, ReceiptHandle: str, **_: object) -> None:  # noqa: N803 - AWS's name
        refused.append(ReceiptHandle)
        raise ClientError({"Error": {"Code": code}}, "ChangeMessageVisibility")

    monkeypatch.setattr(queue.sqs, "change_message_visibility", refuse)
    return refused


@pytest.mark.parametrize(
    "code",
    [
        "AWS.SimpleQueueService.MessageNotInflight",
        "InvalidParameterValue",
        "MessageNotInflight",
        "ReceiptHandleIsInvalid",
    ],
)
def test_messages_that_are_no_longer_held_hold_up_no_other(
    queue: FailureQueue, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    send(queue, "a")
    send(queue, "b")
    refused = refuse_to_give_back(queue, monkeypatch, code)
    assert sorted(walk(queue)) == ["a", "b"]
    assert len(refused) == 2


def test_a_message_that_may_not_be_given_back_is_told_of(
    queue: FailureQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(queue, "a")
    send(queue, "b")
    refused = refuse_to_give_back(queue, monkeypatch, "AccessDenied")
    with pytest.raises(ClientError, match="AccessDenied"):
        walk(queue)
    assert len(refused) == 2  # the second was tried, too
