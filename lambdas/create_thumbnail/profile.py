"""Recording on a profile what became of its image."""

from dataclasses import dataclass

from create_thumbnail.image_change import ImageChange
from shared.dynamodb import Item, Updated, text_of
from shared.profile_table import THUMBNAIL_DONE, THUMBNAIL_FAILED, ProfileTable, image_of


@dataclass(frozen=True, slots=True)
class Superseded:
    """What a profile says now, where a later change has superseded this one.

    Attributes:
        image: The key of its original; "" where it has none, or where the profile is gone.
        version_id: The version of the original that SetProfileImage set; "" where it isn't known.
    """

    image: str
    version_id: str


def record_thumbnail(
    profiles: ProfileTable, change: ImageChange, thumbnail_key: str
) -> Superseded | None:
    """Record a profile's thumbnail: `thumbnailStatus` DONE and `thumbnail`, its key.

    Returns:
        None; or, with nothing written, what the profile says where it has another image or upload
        by now, or is gone.
    """
    return _update(
        profiles,
        change,
        "SET thumbnailStatus = :status, thumbnail = :thumbnail REMOVE thumbnailError",
        {":status": {"S": THUMBNAIL_DONE}, ":thumbnail": {"S": thumbnail_key}},
    )


def record_refusal(profiles: ProfileTable, change: ImageChange, reason: str) -> Superseded | None:
    """Record why an image has no thumbnail: `thumbnailStatus` FAILED and `thumbnailError`.

    Returns as `record_thumbnail` does.
    """
    return _update(
        profiles,
        change,
        "SET thumbnailStatus = :status, thumbnailError = :reason REMOVE thumbnail",
        {":status": {"S": THUMBNAIL_FAILED}, ":reason": {"S": reason}},
    )


def _update(
    profiles: ProfileTable, change: ImageChange, update: str, values: Item
) -> Superseded | None:
    values = {**values, ":key": {"S": change.key}}
    condition = "image = :key"
    if change.sequencer is not None:
        values[":sequencer"] = {"S": change.sequencer}
        condition += " AND imageSequencer = :sequencer"
    result = profiles.update_if(
        change.profile_id, update, condition=condition, values=values, found_item=True
    )
    if isinstance(result, Updated):
        return None
    found = result.item or {}
    return Superseded(image_of(found), text_of(found, "imageVersionId"))
