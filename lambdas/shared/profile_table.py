"""The user-profile table: its key, the statuses of a thumbnail, and what a profile shows.

docs/architecture.md describes every attribute.
"""

from shared.dynamodb import Item, Table, text_of
from shared.profile_images import CONTRACT_SIZE, thumbnail_key_from_original

THUMBNAIL_DONE = "DONE"
THUMBNAIL_FAILED = "FAILED"

# What CreateThumbnail records of an image.
THUMBNAIL_ATTRIBUTES = (
    "thumbnailStatus",
    "thumbnail",
    "thumbnailSizes",
    "thumbnailVersion",
    "thumbnailError",
)


class ProfileTable(Table):
    """The user-profile table; its key is the profile's id."""

    label = "table user-profile"
    key_name = "id"
    key_type = "N"


def image_of(profile: Item | None) -> str:
    """The key of a profile's image; "" where it has none, or where there is no such profile."""
    return text_of(profile or {}, "image")


def has_own_thumbnail(profile: Item) -> bool:
    """Whether the recorded thumbnail is that of the profile's current image.

    SetProfileImage removes the former image's record when it sets a new one. An application that
    sets `image` itself leaves the record there until CreateThumbnail has run.
    """
    is_done = text_of(profile, "thumbnailStatus") == THUMBNAIL_DONE
    key = thumbnail_key_from_original(image_of(profile))
    return is_done and text_of(profile, "thumbnail") == key


def recorded_sizes(profile: Item) -> frozenset[int]:
    """The sizes of the thumbnails that are recorded; of a record without sizes the contract's."""
    sizes = frozenset(map(int, profile.get("thumbnailSizes", {}).get("NS", ())))
    if sizes or not text_of(profile, "thumbnail"):
        return sizes
    return frozenset({CONTRACT_SIZE})
