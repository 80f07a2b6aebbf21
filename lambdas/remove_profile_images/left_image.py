"""Which stream record tells that a profile has left its image."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from shared.profile_images import is_original, profile_id_in
from shared.stored_pictures import NO_VERSION


@dataclass(frozen=True, slots=True)
class LeftImage:
    """An image that was a profile's, and is no longer.

    Attributes:
        profile_id: The profile's id, a whole number as DynamoDB writes it.
        key: The key of the original.
        version_id: The version of the original that SetProfileImage set; None where it isn't known.
            Where an application has set `image` itself since, it may be that of another key.
        left_at: When the profile left it, in seconds since the epoch; None where it isn't known.
    """

    profile_id: str
    key: str
    version_id: str | None
    left_at: int | None


def left_image_of(record: DynamoDBRecord) -> LeftImage | None:
    """The image that a profile has left; None where it has left none.

    It has where the profile is removed, and where `image` is, or becomes another key. The same key
    uploaded again is still the profile's. What lies elsewhere than under original/ was never one.

    Raises:
        InvalidEventError: The profile's id is missing or of the wrong kind.
    """
    if record.dynamodb is None:
        return None
    old, new = record.dynamodb.old_image or {}, record.dynamodb.new_image or {}
    key = _text(old, "image")
    if not is_original(key) or key == _text(new, "image"):
        return None
    version_id = _text(old, "imageVersionId")
    return LeftImage(
        profile_id=profile_id_in(old, "OldImage"),
        key=key,
        version_id=None if version_id in {"", NO_VERSION} else version_id,
        left_at=record.dynamodb.approximate_creation_date_time,
    )


def _text(image: Mapping[str, Any], name: str) -> str:
    """An attribute as text; what is no text is no key of an object."""
    value = image.get(name)
    return value if isinstance(value, str) else ""
