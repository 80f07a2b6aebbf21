"""Handling a batch of DynamoDB stream records, each by itself."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from shared.errors import InvalidEventError


def handle_each_record(
    event: Mapping[str, Any],
    handle: Callable[[DynamoDBRecord], object],
    logger: Logger,
) -> PartialItemFailureResponse:
    """Hand every record to `handle`; a record that raises never holds back the others.

    Lambda tries again from the first failed record on, so records behind it may be handled twice:
    `handle` must be idempotent.

    Args:
        event: The batch, as Lambda delivers it.
        handle: Handles one record; what it raises is logged and makes the record a failed one.
        logger: Logs each failed record.

    Returns:
        The partial batch response: the sequence numbers of the failed records.

    Raises:
        InvalidEventError: The event has no list of records.
    """
    if not isinstance(event, Mapping) or not isinstance(event.get("Records"), list):
        raise InvalidEventError("Records: missing, or not a list")

    if not event["Records"]:
        return {"batchItemFailures": []}

    def handle_and_log(record: DynamoDBRecord) -> object:
        try:
            return handle(record)
        except Exception:
            # Whatever it is, this record is reported as failed and the next one gets its turn.
            # The item by its key alone: its other attributes are private.
            change = record.raw_event.get("dynamodb") or {}
            logger.exception(
                "Stream record failed", event_id=record.event_id, item=change.get("Keys")
            )
            raise

    # A batch in which every record fails is reported like any other: raising instead would only
    # hide which record is the first to try again.
    processor = BatchProcessor(EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
    return process_partial_response(dict(event), handle_and_log, processor)


def text_attribute(image: Mapping[str, Any] | None, name: str) -> str | None:
    """An attribute of a stream record's image as text; None where it is absent or empty.

    Raises:
        InvalidEventError: The attribute is not a string.
    """
    value = (image or {}).get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidEventError(f"{name}: not a string but {type(value).__name__}")
    return value or None
