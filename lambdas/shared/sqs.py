"""Handling a batch of SQS messages, each by itself."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger

from shared.batch import BatchItemFailures, ItemFailure
from shared.errors import InvalidEventError


def handle_each_message(
    event: Mapping[str, Any], handle: Callable[[str], object], logger: Logger
) -> BatchItemFailures:
    """Hand the body of every message to `handle`; one that raises never holds back the others.

    A failed message shows up again after the queue's visibility timeout, and goes to the
    dead-letter queue when it has failed as often as the queue allows. Messages may come twice:
    `handle` must be idempotent.

    Args:
        event: The batch, as Lambda delivers it.
        handle: Handles one body; what it raises is logged and makes the message a failed one.
        logger: Logs each failed message.

    Returns:
        The partial batch response: the ids of the failed messages.

    Raises:
        InvalidEventError: The event has no list of records, or a record has no id to report it by
            or no body. Lambda then takes the whole batch as failed.
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
            # Whatever it is, this message is reported as failed and the next one gets its turn.
            failures.append({"itemIdentifier": message_id})
            logger.exception("Message failed", queue_message_id=message_id)
    return {"batchItemFailures": failures}


def _text(record: object, name: str) -> str:
    value = record.get(name) if isinstance(record, Mapping) else None
    if not isinstance(value, str):
        raise InvalidEventError(f"{name}: missing, or not a string")
    return value
