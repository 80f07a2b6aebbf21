"""A batch of SQS messages, each handled by itself."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger

from shared.batch import BatchItemFailures, ItemFailure
from shared.errors import InvalidEventError


def handle_each_message(
    event: Mapping[str, Any], handle: Callable[[str], object], logger: Logger
) -> BatchItemFailures:
    """Pass every message's body to `handle`; one that raises is logged and holds back no other.

    SQS delivers a failed message again after the queue's visibility timeout, and moves it to the
    dead-letter queue once it has failed as often as the queue allows. Messages may come twice:
    `handle` must be idempotent.

    Returns:
        The ids of the failed messages.

    Raises:
        InvalidEventError: The event has no list of records, or a record has no id or no body.
            Lambda then counts the whole batch as failed.
    """
    if not isinstance(event, Mapping) or not isinstance(event.get("Records"), list):
        raise InvalidEventError("Records: missing, or not a list")
    failures: list[ItemFailure] = []
    for record in event["Records"]:
        message_id = _text(record, "messageId")
        body = _text(record, "body")
        try:
            handle(body)
        except Exception:
            # Any error: the message is reported as failed, and the next one gets its turn.
            failures.append({"itemIdentifier": message_id})
            logger.exception("Message failed", queue_message_id=message_id)
    return {"batchItemFailures": failures}


def _text(record: object, name: str) -> str:
    value = record.get(name) if isinstance(record, Mapping) else None
    if not isinstance(value, str):
        raise InvalidEventError(f"{name}: missing, or not a string")
    return value
