"""Which stream record says that a profile no longer has its image."""

from dataclasses import dataclass

from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from shared.dynamodb_stream import change_of, text_or_none
from shared.profile_images import is_original, profile_id_from_item
from shared.stored_pictures import NO_VERSION


@dataclass(frozen=True, slots=True)
class ReplacedImage:
    """An image that was a profile's and is no longer: replaced by another one, or removed.

    Attributes:
        profile_id: The profile's id, a whole number as DynamoDB writes it.
        key: The key of the original.
        version_id: The version of the original that SetProfileImage set; None where it isn't known.
            Where an application has set `image` itself since, it may be that of another key.
        replaced_at: When that was, in seconds since the epoch; None where it isn't known.
    """

    profile_id: str
    key: str
    version_id: str | None
    replaced_at: int | None


def replaced_image_of(record: DynamoDBRecord) -> ReplacedImage | None:
    """The image that a record says was replaced; None where it says no such thing.

    An image is replaced where the profile is removed, or `image` is removed or becomes another key.
    The same key uploaded again is still the profile's. A key outside original/ never was one.

    Raises:
        InvalidEventError: The profile's id is missing or of the wrong type, or it isn't a stream
            record at all.
    """
    change = change_of(record)
    key = text_or_none(change.old, "image")
    if key is None or not is_original(key) or key == text_or_none(change.new, "image"):
        return None
    version_id = text_or_none(change.old, "imageVersionId")
    return ReplacedImage(
        profile_id=profile_id_from_item(change.old, "OldImage"),
        key=key,
        version_id=None if version_id == NO_VERSION else version_id,
        replaced_at=change.at,
    )
