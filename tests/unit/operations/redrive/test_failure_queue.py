"""Taking messages out of a queue, one after the other, and leaving the rest."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from operations.redrive.failure_queue import HELD_SECONDS, FailureQueue
from tests.unit.operations.redrive.conftest import SlowSqs, bodies, send


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
    queue = FailureQueue(sqs, "activation", "url")  # type: ignore[arg-type] # a fake of what is used
    with closing(queue.messages()) as messages:
        taken = []
        for message in messages:
            taken.append(message.receipt)
            queue.delete(message)
    assert taken == ["first"]
    assert sqs.deleted == ["first", "second"]


def slow(sqs: SlowSqs) -> FailureQueue:
    return FailureQueue(sqs, "activation", "url")  # type: ignore[arg-type] # a fake of what is used


def test_a_walk_ends_where_the_first_come_round_before_the_last() -> None:
    sqs = SlowSqs(25, seconds=100)
    queue = slow(sqs)
    assert sorted(map(int, walk(queue))) == list(range(25))
    assert (queue.newer, queue.has_more) == (0, True)
    # For so long nothing new came: as long as one is held.
    assert sqs.asked == 25 + 1 + HELD_SECONDS // 100 + 1
    assert all(at <= sqs.now for at in sqs.visible_at.values())


def test_a_walk_ends_where_the_last_never_come() -> None:
    queue = slow(SlowSqs(25, seconds=100, again_first=True))
    assert len(set(walk(queue))) == HELD_SECONDS // 100 + 1
    assert queue.has_more


def test_a_walk_ends_where_new_ones_come_faster_than_they_are_taken() -> None:
    queue = slow(SlowSqs(3, seconds=100, arrive=2))
    assert walk(queue) == ["0", "1", "2"]
    assert queue.newer
    assert queue.has_more


def test_what_is_worked_on_for_long_keeps_no_other_from_being_taken() -> None:
    sqs = SlowSqs(5, seconds=0.1, again_first=True)
    queue = slow(sqs)
    taken = []
    with closing(queue.messages()) as messages:
        for message in messages:
            taken.append(message.id)
            sqs.now += HELD_SECONDS * 2
    assert sorted(taken) == ["0", "1", "2", "3", "4"]
    assert not queue.has_more


def test_a_large_queue_whose_messages_are_deleted_is_walked_through() -> None:
    sqs = SlowSqs(50, seconds=100)
    queue = slow(sqs)
    with closing(queue.messages()) as messages:
        for message in messages:
            queue.delete(message)
    assert sqs.visible_at == {}
    assert not queue.has_more


def refuse_to_give_back(
    queue: FailureQueue, monkeypatch: pytest.MonkeyPatch, code: str
) -> list[str]:
    """Let each message that is to be given back be refused; return the list of these."""
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


def test_a_message_that_may_not_be_given_back_is_said(
    queue: FailureQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(queue, "a")
    send(queue, "b")
    refused = refuse_to_give_back(queue, monkeypatch, "AccessDenied")
    with pytest.raises(ClientError, match="AccessDenied"):
        walk(queue)
    assert len(refused) == 2  # the second was tried, too
