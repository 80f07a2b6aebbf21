"""The user-profile table: its key, the statuses of a thumbnail, and what a profile shows.

docs/architecture.md describes every attribute.
"""

from shared.dynamodb import Item, Table, text_of
from shared.profile_images import ORIGINAL_PREFIX, THUMBNAIL_PREFIX

THUMBNAIL_DONE = "DONE"
THUMBNAIL_FAILED = "FAILED"

# What CreateThumbnail records of an image.
THUMBNAIL_ATTRIBUTES = ("thumbnailStatus", "thumbnail", "thumbnailError")


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
    thumbnail = THUMBNAIL_PREFIX + image_of(profile).removeprefix(ORIGINAL_PREFIX)
    is_done = text_of(profile, "thumbnailStatus") == THUMBNAIL_DONE
    return is_done and text_of(profile, "thumbnail") == thumbnail
