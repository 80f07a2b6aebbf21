"""Thumbnails that their profile no longer needs when they are put.

RemoveProfileImages reads the same stream independently. Where it was quicker, there was nothing to
remove yet, so CreateThumbnail checks after it has put them: docs/adr/0022-removing-pictures.md
"""

from collections.abc import Mapping
from dataclasses import dataclass

from create_thumbnail.image_change import ImageChange
from create_thumbnail.profile import Superseded
from shared.profile_table import THUMBNAIL_FAILED
from shared.stored_pictures import ProfileState, StoredPictures
from shared.thumbnail_sizes import ThumbnailSizes


@dataclass(frozen=True, slots=True)
class StoredThumbnails:
    """The thumbnails of an original that have been put.

    Attributes:
        keys: Their keys, by size.
        version_ids: Their versions, by size.
        original_version_id: The version of the original that they were made from.
        version: What their public addresses end with.
    """

    keys: Mapping[int, str]
    version_ids: Mapping[int, str]
    original_version_id: str
    version: str


def delete_superseded(
    pictures: StoredPictures,
    change: ImageChange,
    made: StoredThumbnails,
    superseded: Superseded,
    sizes: ThumbnailSizes,
) -> None:
    """Delete thumbnails that were put after their profile had got another image or upload."""
    if superseded.image != change.key:
        pictures.delete_thumbnails(
            change.key,
            sizes.known,
            change.profile_id,
            are_wanted=lambda profile: profile.image == change.key,
        )
        return
    if made.original_version_id != superseded.version_id:
        # The same key was uploaded again, and these thumbnails may hide that upload's own. Only
        # these versions go: the others are then current, or still to be made.
        for size, version_id in made.version_ids.items():
            pictures.delete_version(made.keys[size], version_id)
    # Of a run with other sizes that crashed. No later run puts another over it.
    pictures.delete_thumbnails(
        change.key, sizes.former, change.profile_id, are_wanted=lambda _: False
    )


def delete_refused(pictures: StoredPictures, change: ImageChange, sizes: ThumbnailSizes) -> int:
    """Delete the thumbnails under the keys that a refused image's would have; return how many.

    They belong to an earlier upload of the same key, or were put before the original was deleted.
    """

    def are_wanted(profile: ProfileState) -> bool:
        return profile.image == change.key and profile.thumbnail_status != THUMBNAIL_FAILED

    return pictures.delete_thumbnails(
        change.key, sizes.known, change.profile_id, are_wanted=are_wanted
    )
