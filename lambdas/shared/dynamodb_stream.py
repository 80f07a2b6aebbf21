"""A batch of DynamoDB stream records, each handled by itself."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import (
    DynamoDBRecord,
    DynamoDBRecordEventName,
)

from shared.batch import BatchItemFailures, ItemFailure
from shared.errors import InvalidEventError

# What Powertools raises on something that isn't a stream record: it doesn't check the shape.
MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class ItemChange(NamedTuple):
    """What a stream record says.

    Attributes:
        kind: Whether the item was inserted, modified or removed.
        new: The item after the change; empty where there is none, or the stream leaves it out.
        old: The item before the change, in the same way.
        at: When it changed, in seconds since the epoch; None where the record doesn't say.
    """

    kind: DynamoDBRecordEventName
    new: Mapping[str, Any]
    old: Mapping[str, Any]
    at: int | None = None


def handle_each_record(
    event: Mapping[str, Any],
    handle: Callable[[DynamoDBRecord], object],
    logger: Logger,
) -> BatchItemFailures:
    """Pass every record to `handle`; one that raises is logged and holds back no other.

    Lambda retries from the first failed record on and so may deliver later records again:
    `handle` must be idempotent.

    Returns:
        The sequence numbers of the failed records.

    Raises:
        InvalidEventError: The event has no list of records, or a failed record has no sequence
            number. Lambda then counts the whole batch as failed.
    """
    if not isinstance(event, Mapping) or not isinstance(event.get("Records"), list):
        raise InvalidEventError("Records: missing, or not a list")
    failures: list[ItemFailure] = []
    for record in event["Records"]:
        try:
            handle(DynamoDBRecord(record))
        except Exception:
            # Any error: the record is reported as failed, and the next one gets its turn.
            failures.append({"itemIdentifier": _sequence_number(record)})
            # Only the item's key: its other attributes are private.
            logger.exception(
                "Stream record failed",
                event_id=record.get("eventID"),
                item=record["dynamodb"].get("Keys"),
            )
    return {"batchItemFailures": failures}


def _sequence_number(record: object) -> str:
    change = record.get("dynamodb") if isinstance(record, Mapping) else None
    number = change.get("SequenceNumber") if isinstance(change, Mapping) else None
    if not isinstance(number, str) or not number:
        raise InvalidEventError("dynamodb.SequenceNumber: missing, or not a string")
    return number


def change_of(record: DynamoDBRecord) -> ItemChange:
    """What a stream record says, with attributes as Python's types.

    Raises:
        InvalidEventError: It is not as a stream writes it. The message holds none of its values.
    """
    try:
        kind, change = record.event_name, record.dynamodb
    except MALFORMED:
        kind = change = None
    if kind is None:
        raise InvalidEventError("eventName: missing, or not one of a stream")
    if change is None:
        return ItemChange(kind, {}, {})
    try:
        at = change.approximate_creation_date_time
        return ItemChange(kind, change.new_image, change.old_image, at)
    except MALFORMED:
        raise InvalidEventError("dynamodb: an image is not as a stream writes it") from None


def position_of(record: DynamoDBRecord) -> str:
    """The record's sequence number, the same each time it is delivered; "" without one."""
    change = record.dynamodb
    return (change.sequence_number if change is not None else None) or ""


def text_attribute(image: Mapping[str, Any] | None, name: str) -> str | None:
    """An attribute of a stream record's image as text; None where it is absent or empty.

    Raises:
        InvalidEventError: The attribute is not a string.
    """
    value = (image or {}).get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidEventError(f"{name}: not a string but {type(value).__name__}")
    return value or None


def text_or_none(image: Mapping[str, Any], name: str) -> str | None:
    """The same, but None for another type: an item's past is no reason to fail now."""
    value = image.get(name)
    return value if isinstance(value, str) and value else None
