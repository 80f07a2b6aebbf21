"""Which stream record says that a profile's image was replaced."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from shared.dynamodb_stream import change_of, position_of, text_or_none
from shared.profile_images import is_original, profile_id_from_item
from shared.stored_pictures import NO_VERSION


@dataclass(frozen=True, slots=True)
class ReplacedImage:
    """An image that was a profile's and is no longer: replaced, also under its key, or removed.

    Attributes:
        profile_id: The profile's id, a whole number as DynamoDB writes it.
        key: The key of the original.
        version_id: The version of the original that SetProfileImage set; None where it isn't known.
            Where an application has set `image` itself since, it may be that of another key.
        replaced_at: When that was, in seconds since the epoch; None where it isn't known.
        recorded_sizes: The sizes of its thumbnails, as far as they were recorded.
        has_key_again: Whether its key was uploaded again, and is the profile's still.
        position: The record's position in the stream.
    """

    profile_id: str
    key: str
    version_id: str | None
    replaced_at: int | None
    recorded_sizes: frozenset[int] = frozenset()
    has_key_again: bool = False
    position: str = field(default="", compare=False)


def replaced_image_of(record: DynamoDBRecord) -> ReplacedImage | None:
    """The image that a record says was replaced; None where it says no such thing.

    An image is replaced where the profile is removed, `image` is removed or becomes another key, or
    the same key was uploaded again. A key outside original/ never was one.

    Raises:
        InvalidEventError: The profile's id is missing or of the wrong type, or it isn't a stream
            record at all.
    """
    change = change_of(record)
    key = text_or_none(change.old, "image")
    if key is None or not is_original(key):
        return None
    has_key_again = key == text_or_none(change.new, "image")
    if has_key_again and _upload_of(change.old) == _upload_of(change.new):
        return None
    version_id = text_or_none(change.old, "imageVersionId")
    return ReplacedImage(
        profile_id=profile_id_from_item(change.old, "OldImage"),
        key=key,
        version_id=None if version_id == NO_VERSION else version_id,
        replaced_at=change.at,
        recorded_sizes=_sizes_of(change.old),
        has_key_again=has_key_again,
        position=position_of(record),
    )


def _upload_of(image: Mapping[str, Any]) -> str | None:
    return text_or_none(image, "imageSequencer")


def _sizes_of(image: Mapping[str, Any]) -> frozenset[int]:
    """The sizes that CreateThumbnail recorded; none where it is not a set of numbers."""
    sizes = image.get("thumbnailSizes")
    return frozenset(map(int, sizes)) if isinstance(sizes, set) else frozenset()
