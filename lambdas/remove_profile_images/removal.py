"""Removing the original and the thumbnails of a replaced image."""

from collections.abc import Iterable
from dataclasses import dataclass

from remove_profile_images.replaced_image import ReplacedImage
from shared.edge import Edge
from shared.profile_images import thumbnail_keys_from_original
from shared.stored_pictures import StoredPicture, StoredPictures
from shared.thumbnail_sizes import ThumbnailSizes

# S3 gives the time of an object to the second, and its clock is not DynamoDB's.
CLOCKS_DIFFER_BY = 10  # seconds


class UnknownThumbnailSizeError(Exception):
    """A profile had thumbnails of a size that the settings don't name: they may be there still."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What was removed.

    Attributes:
        original: Whether the original was.
        thumbnails: How many versions of thumbnails were.
    """

    original: bool
    thumbnails: int


def remove_pictures(
    pictures: StoredPictures,
    image: ReplacedImage,
    sizes: ThumbnailSizes,
    edge: Edge | None = None,
) -> Removal:
    """Remove a replaced image, unless it is the profile's again, or another profile's.

    Idempotent, also after a crash half-way: at the edge it is removed even where nothing is left to
    delete, as the run that deleted it may have crashed before that.

    Raises:
        UnknownThumbnailSizeError: There may be more, of a size that is missing in the settings.
    """
    if image.has_key_again:
        removal = Removal(original=False, thumbnails=_remove_former_sizes(pictures, image, sizes))
        _remove_at_edge(edge, image, sizes.former)
    else:
        removed_original = _remove_original(pictures, image)
        removed_thumbnails = pictures.delete_thumbnails(
            image.key,
            sizes.known,
            image.profile_id,
            are_wanted=lambda profile: profile.image == image.key,
        )
        removal = Removal(removed_original, removed_thumbnails)
        _remove_at_edge(edge, image, image.recorded_sizes.union(sizes.known))
    unknown = image.recorded_sizes.difference(sizes.known)
    if unknown:
        names = ", ".join(map(str, sorted(unknown)))
        raise UnknownThumbnailSizeError(
            f"thumbnailSizes: {names}: in neither thumbnails.sizes nor thumbnails.former_sizes"
        )
    return removal


def _remove_former_sizes(
    pictures: StoredPictures, image: ReplacedImage, sizes: ThumbnailSizes
) -> int:
    """Remove what may show the former picture of a key that was uploaded again.

    CreateThumbnail puts the new picture's thumbnails over the others, and makes none of these.
    """
    return pictures.delete_thumbnails(
        image.key, sizes.former, image.profile_id, are_wanted=lambda _: False
    )


def _remove_at_edge(edge: Edge | None, image: ReplacedImage, sizes: Iterable[int]) -> None:
    if edge is not None:
        keys = thumbnail_keys_from_original(image.key, sizes)
        reason = f"profile {image.profile_id}: replaced by {image.position}"
        edge.invalidate(keys.values(), reason=reason)


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
