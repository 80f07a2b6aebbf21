"""Handling S3's events, each upload by itself."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger

from set_profile_image.upload import Upload, upload_of
from shared.errors import InvalidEventError


def handle_each_upload(
    event: Mapping[str, Any], handle: Callable[[Upload], object], logger: Logger
) -> None:
    """Pass every upload in an event to `handle`; one that raises never holds back the others.

    Lambda tries the whole event again, so `handle` must be idempotent.

    Raises:
        InvalidEventError: The event is not an S3 event.
        Exception: What one record failed with; an ExceptionGroup where several failed. Lambda
            retries the event, then sends it to the failure queue.
    """
    if not isinstance(event, Mapping):
        raise InvalidEventError("event: not an object")
    if event.get("Event") == "s3:TestEvent":  # sent once, when the notification is set up
        logger.info("S3 test event ignored")
        return
    records = event.get("Records")
    if not isinstance(records, list):
        raise InvalidEventError("Records: missing, or not a list")
    errors = [error for record in records if (error := _attempt(record, handle, logger))]
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ExceptionGroup(f"{len(errors)} of {len(records)} records failed", errors)


def _attempt(
    record: Mapping[str, Any], handle: Callable[[Upload], object], logger: Logger
) -> Exception | None:
    """Handle one record; return what it failed with."""
    upload = None
    try:
        upload = upload_of(record)
        if upload is not None:
            handle(upload)
    except Exception as error:  # any error: the next record gets its turn, the caller raises it
        logger.exception("Upload failed", key=upload.key if upload else None)
        return error
    return None
