"""Thumbnails that their profile no longer needs when they are put.

RemoveProfileImages reads the same stream independently. Where it was quicker, there was nothing to
remove yet, so CreateThumbnail checks after it has put one: docs/adr/0022-removing-pictures.md
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
        version_id: Its version.
        original_version_id: The version of the original that it was made from.
    """

    key: str
    version_id: str
    original_version_id: str


def delete_superseded(
    pictures: StoredPictures, change: ImageChange, made: StoredThumbnail, superseded: Superseded
) -> None:
    """Delete a thumbnail that was put after its profile had got another image or upload."""
    if superseded.image != change.key:
        pictures.delete_thumbnail(
            made.key, change.profile_id, is_wanted=lambda profile: profile.image == change.key
        )
    elif made.original_version_id != superseded.version_id:
        # The same key was uploaded again, and this thumbnail may hide that upload's own. Only this
        # version goes: the other one is then current, or still to be made.
        pictures.delete_version(made.key, made.version_id)


def delete_refused(pictures: StoredPictures, change: ImageChange) -> None:
    """Delete the thumbnail under the key that a refused image's would have.

    It belongs to an earlier upload of the same key, or was put before the original was deleted.
    """
    key = thumbnail_key_from_original(change.key)
    if key is None:
        return

    def is_wanted(profile: ProfileState) -> bool:
        return profile.image == change.key and profile.thumbnail_status != THUMBNAIL_FAILED

    pictures.delete_thumbnail(key, change.profile_id, is_wanted=is_wanted)
