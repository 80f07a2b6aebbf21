"""Removing the original and the thumbnail of a replaced image."""

from dataclasses import dataclass

from remove_profile_images.replaced_image import ReplacedImage
from shared.profile_images import thumbnail_key_from_original
from shared.stored_pictures import StoredPicture, StoredPictures

# S3 gives the time of an object to the second, and its clock is not DynamoDB's.
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


def remove_pictures(pictures: StoredPictures, image: ReplacedImage) -> Removal:
    """Remove a replaced image, unless it is the profile's again, or another profile's.

    Idempotent, also after a crash half-way.
    """
    removed_original = _remove_original(pictures, image)
    thumbnail_key = thumbnail_key_from_original(image.key)
    if thumbnail_key is None:
        return Removal(removed_original, 0)
    removed_thumbnails = pictures.delete_thumbnail(
        thumbnail_key, image.profile_id, is_wanted=lambda profile: profile.image == image.key
    )
    return Removal(removed_original, removed_thumbnails)


def _remove_original(pictures: StoredPictures, image: ReplacedImage) -> bool:
    found = pictures.find(image.key)
    if (
        found is None
        or found.profile_id != int(image.profile_id)
        or not _is_the_replaced_one(found, image)
    ):
        return False
    if pictures.profile(image.profile_id).image == image.key:
        return False
    return pictures.hide_original(image.key, found.etag)


def _is_the_replaced_one(found: StoredPicture, image: ReplacedImage) -> bool:
    """Whether an object is what was replaced, and not a later upload under the same key.

    A later upload has an event of its own, which may still be on its way to the profile.
    """
    if found.version_id == image.version_id:
        return True
    # The version isn't known of an image that SetProfileImage didn't set.
    return (
        image.replaced_at is not None
        and found.last_modified.timestamp() + CLOCKS_DIFFER_BY < image.replaced_at
    )
