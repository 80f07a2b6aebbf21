"""Recording on a profile what became of its image."""

from collections.abc import Mapping
from dataclasses import dataclass

from create_thumbnail.image_change import ImageChange
from shared.dynamodb import Item, Updated, text_of
from shared.profile_images import CONTRACT_SIZE
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


def record_thumbnails(
    profiles: ProfileTable, change: ImageChange, keys: Mapping[int, str], version: str
) -> Superseded | None:
    """Record a profile's thumbnails: `thumbnailStatus` DONE, and which thumbnails there are.

    `thumbnail` is the key of the contract's. Those of the other sizes, in `thumbnailSizes`, follow
    from it. `thumbnailVersion` is what their public addresses end with.

    Returns:
        None; or, with nothing written, what the profile says where it has another image or upload
        by now, or is gone.
    """
    return _update(
        profiles,
        change,
        "SET thumbnailStatus = :status, thumbnail = :thumbnail, thumbnailSizes = :sizes,"
        " thumbnailVersion = :version REMOVE thumbnailError",
        {
            ":status": {"S": THUMBNAIL_DONE},
            ":thumbnail": {"S": keys[CONTRACT_SIZE]},
            ":sizes": {"NS": [str(size) for size in sorted(keys)]},
            ":version": {"S": version},
        },
    )


def record_refusal(profiles: ProfileTable, change: ImageChange, reason: str) -> Superseded | None:
    """Record why an image has no thumbnail: `thumbnailStatus` FAILED and `thumbnailError`.

    Returns as `record_thumbnails` does.
    """
    return _update(
        profiles,
        change,
        "SET thumbnailStatus = :status, thumbnailError = :reason"
        " REMOVE thumbnail, thumbnailSizes, thumbnailVersion",
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
