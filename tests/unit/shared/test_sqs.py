"""A batch of messages: each by itself, and none that fails is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from shared.errors import InvalidEventError
from shared.sqs import handle_each_message

ReadLog = Callable[[Logger], Callable[[], list[Any]]]


@pytest.fixture
def logger() -> Logger:
    return Logger(service="test_sqs")


def batch(*bodies: str) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m{n}", "body": body} for n, body in enumerate(bodies)]}


def test_each_body_is_handled(logger: Logger) -> None:
    handled: list[str] = []
    answer = handle_each_message(batch("a", "", "c"), handled.append, logger)
    assert handled == ["a", "", "c"]
    assert answer == {"batchItemFailures": []}


def test_a_message_that_fails_is_reported_and_holds_back_no_other(
    logger: Logger, read_log: ReadLog
) -> None:
    handled: list[str] = []

    def handle(body: str) -> None:
        if body == "bad":
            raise ValueError(body)
        handled.append(body)

    lines = read_log(logger)
    answer = handle_each_message(batch("a", "bad", "c", "bad"), handle, logger)
    assert handled == ["a", "c"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m3"}]}
    assert [line["queue_message_id"] for line in lines()] == ["m1", "m3"]


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({}, "Records"),
        ({"Records": "x"}, "Records"),
        ([], "Records"),
        ({"Records": [None]}, "messageId"),
        ({"Records": [{"body": "a"}]}, "messageId"),
        ({"Records": [{"messageId": "m", "body": None}]}, "body"),
    ],
)
def test_a_batch_that_cannot_be_reported_on_fails_whole(
    event: Any,  # noqa: ANN401 - anything that is no event
    field: str,
    logger: Logger,
) -> None:
    with pytest.raises(InvalidEventError, match=f"^{field}: "):
        handle_each_message(event, lambda _: None, logger)
