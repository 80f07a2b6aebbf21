"""The stream records that need a thumbnail."""

from dataclasses import dataclass, field

from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import (
    DynamoDBRecord,
    DynamoDBRecordEventName,
)

from shared.dynamodb_stream import change_of, position_of, text_attribute, text_or_none
from shared.profile_images import profile_id_from_item


@dataclass(frozen=True, slots=True)
class ImageChange:
    """A profile's new image.

    Attributes:
        profile_id: The profile's id, a whole number as DynamoDB writes it.
        key: The key of the original.
        sequencer: The upload, as SetProfileImage marked it; None where an application set `image`.
        has_key_again: Whether the former image has the same key: it was uploaded again.
        position: The record's position in the stream.
    """

    profile_id: str
    key: str
    sequencer: str | None
    has_key_again: bool = False
    position: str = field(default="", compare=False)


def image_change_of(record: DynamoDBRecord) -> ImageChange | None:
    """The new image in a stream record; None where there is none, or it is the former one.

    The same key with another sequencer is another picture: the object was uploaded again. This
    function's own writes change neither, so it never starts itself.

    Raises:
        InvalidEventError: An attribute is of the wrong type, or it isn't a stream record at all.
    """
    change = change_of(record)
    if change.kind is DynamoDBRecordEventName.REMOVE:
        return None
    key = text_attribute(change.new, "image")
    sequencer = text_attribute(change.new, "imageSequencer")
    former_key = text_or_none(change.old, "image")
    was = (former_key, text_or_none(change.old, "imageSequencer"))
    if key is None or (key, sequencer) == was:
        return None
    return ImageChange(
        profile_id_from_item(change.new, "NewImage"),
        key,
        sequencer,
        has_key_again=key == former_key,
        position=position_of(record),
    )
