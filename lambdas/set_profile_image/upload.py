"""A record of S3's event, parsed into its upload."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from shared.errors import InvalidEventError
from shared.profile_images import ORIGINAL_PREFIX

HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
# Sequencers are compared as text, the shorter one padded with zeros on the right:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
# S3's have 16 to 18 digits; a fixed width lets DynamoDB compare them.
SEQUENCER_WIDTH = 32


@dataclass(frozen=True, slots=True)
class Upload:
    """An object that was created under original/.

    Attributes:
        bucket: The bucket.
        key: The object's key, decoded.
        version_id: The object's version; None in a bucket without versioning.
        event_time: When S3 took it: ISO 8601, UTC, milliseconds, so that text order is time order.
        sequencer: The order of this one key's events, padded so that it is text order.
    """

    bucket: str
    key: str
    version_id: str | None
    event_time: str
    sequencer: str


def upload_of(record: Mapping[str, Any]) -> Upload | None:
    """The upload that a record of an S3 event reports; None for any other event.

    Only an object created under original/ counts: a thumbnail must never start the chain again.

    Raises:
        InvalidEventError: A field is missing or of the wrong type.
    """
    if not _text(record, "eventName").startswith("ObjectCreated:"):
        return None
    key = _key(_text(record, "s3.object.key"))
    if not key.startswith(ORIGINAL_PREFIX):
        return None
    return Upload(
        bucket=_text(record, "s3.bucket.name"),
        key=key,
        version_id=_optional_text(record, "s3.object.versionId"),
        event_time=_event_time(_text(record, "eventTime")),
        sequencer=_sequencer(_text(record, "s3.object.sequencer")),
    )


def _key(value: str) -> str:
    """A key as it was before S3 encoded it. Replacing invalid UTF-8 would name another object."""
    try:
        key = unquote_plus(value, errors="strict")
        key.encode()
    except UnicodeError:
        raise InvalidEventError("s3.object.key: not in UTF-8") from None
    return key


def _sequencer(value: str) -> str:
    if not HEXADECIMAL.fullmatch(value):
        raise InvalidEventError("s3.object.sequencer: not hexadecimal")
    return value.upper().ljust(SEQUENCER_WIDTH, "0")


def _event_time(value: str) -> str:
    try:
        time = datetime.fromisoformat(value)
        in_utc = time.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter of a time before the year 1 in UTC
        raise InvalidEventError("eventTime: not an ISO 8601 time") from None
    if time.tzinfo is None:
        raise InvalidEventError("eventTime: has no time zone")
    return in_utc.isoformat(timespec="milliseconds")


def _optional_text(record: Mapping[str, Any], path: str) -> str | None:
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) and value else None


def _text(record: Mapping[str, Any], path: str) -> str:
    value = _optional_text(record, path)
    if value is None:
        raise InvalidEventError(f"{path}: missing, empty, or not a string")
    return value
