"""Removing the original and the thumbnail that a profile has left."""

from dataclasses import dataclass

from remove_profile_images.left_image import LeftImage
from shared.profile_images import thumbnail_key_for
from shared.stored_pictures import StoredPicture, StoredPictures

# S3 tells when an object was put to the second, and its clock is not DynamoDB's.
CLOCKS_DIFFER_BY = 10  # seconds


@dataclass(frozen=True, slots=True)
class Removal:
    """What was removed.

    Attributes:
        original: Whether the original was.
        thumbnails: How many versions of the thumbnail were.
    """

    original: bool
    thumbnails: int


def remove_pictures(pictures: StoredPictures, left: LeftImage) -> Removal:
    """Remove what a profile has left, unless it is the profile's image again or another's.

    Doing it twice, or again after dying half-way, comes to the same.

    Args:
        pictures: The bucket and the profiles.
        left: What the profile has left.
    """
    removed_original = _remove_original(pictures, left)
    thumbnail_key = thumbnail_key_for(left.key)
    if thumbnail_key is None:
        return Removal(removed_original, 0)
    removed_thumbnails = pictures.delete_thumbnail(
        thumbnail_key, left.profile_id, is_wanted=lambda profile: profile.image == left.key
    )
    return Removal(removed_original, removed_thumbnails)


def _remove_original(pictures: StoredPictures, left: LeftImage) -> bool:
    found = pictures.find(left.key)
    if (
        found is None
        or found.profile_id != int(left.profile_id)
        or not _is_what_was_left(found, left)
    ):
        return False
    if pictures.profile(left.profile_id).image == left.key:
        return False
    return pictures.hide_original(left.key, found.etag)


def _is_what_was_left(found: StoredPicture, left: LeftImage) -> bool:
    """Whether an object is what the profile left, and no later upload under the same key.

    A later upload has an event of its own, which may still be on its way to the profile.
    """
    if found.version_id == left.version_id:
        return True
    # Of an image that SetProfileImage didn't set, the version isn't known.
    return (
        left.left_at is not None
        and found.last_modified.timestamp() + CLOCKS_DIFFER_BY < left.left_at
    )
