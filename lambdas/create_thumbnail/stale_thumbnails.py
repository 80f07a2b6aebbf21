"""Thumbnails that their profile has no use for by now.

RemoveProfileImages reads the same stream by itself. Where it was quicker, it has found no thumbnail
to remove yet: so who puts one must look whether it is still asked for.
docs/adr/0022-removing-pictures.md
"""

from dataclasses import dataclass

from create_thumbnail.image_change import ImageChange
from create_thumbnail.profile import Superseded
from shared.profile_images import thumbnail_key_from_original
from shared.profile_table import THUMBNAIL_FAILED
from shared.stored_pictures import ProfileState, StoredPictures


@dataclass(frozen=True, slots=True)
class StoredThumbnail:
    """A thumbnail that has been put.

    Attributes:
        key: Its key.
        version_id: The version that it was put as.
        original_version_id: The version of the original that it was made from.
    """

    key: str
    version_id: str
    original_version_id: str


def delete_superseded(
    pictures: StoredPictures, change: ImageChange, made: StoredThumbnail, superseded: Superseded
) -> None:
    """Take out a thumbnail that was put when its profile had moved on.

    Args:
        pictures: The bucket and the profiles.
        change: What asked for the thumbnail.
        made: The thumbnail.
        superseded: What the profile says by now.
    """
    if superseded.image != change.key:
        pictures.delete_thumbnail(
            made.key, change.profile_id, is_wanted=lambda profile: profile.image == change.key
        )
    elif made.original_version_id != superseded.version_id:
        # The same key has been uploaded again, and this thumbnail may lie on top of that upload's
        # own. Only what was put here goes: either that one shows again, or it is still to be made.
        pictures.delete_version(made.key, made.version_id)


def delete_refused(pictures: StoredPictures, change: ImageChange) -> None:
    """Take out the thumbnail that lies where an image that was refused would have its own.

    It is that of an earlier upload to the same key, or was put before the original was deleted.
    """
    key = thumbnail_key_from_original(change.key)
    if key is None:
        return

    def is_wanted(profile: ProfileState) -> bool:
        return profile.image == change.key and profile.thumbnail_status != THUMBNAIL_FAILED

    pictures.delete_thumbnail(key, change.profile_id, is_wanted=is_wanted)
