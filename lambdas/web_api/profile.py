"""A profile's image: the state of its thumbnails, and links to them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared import profile_table
from shared.dynamodb import text_of
from shared.profile_images import CONTRACT_SIZE, thumbnail_keys_from_original
from shared.profile_table import (
    THUMBNAIL_ATTRIBUTES,
    THUMBNAIL_FAILED,
    ProfileTable,
    has_own_thumbnail,
    recorded_sizes,
)
from web_api.thumbnail_links import ThumbnailLinks


@dataclass(frozen=True, slots=True)
class ProfileImage:
    """The image of a profile.

    Attributes:
        state: "none" without an image, "processing" until its thumbnail is made, then "ready" or
            "failed".
        reason: Why it failed, where that was recorded.
        thumbnail_urls: The thumbnails' addresses by size, where they are ready: links for five
            minutes, or public. Kept out of `repr`: they let anybody see the picture.
        key: The original's key, where there is an image.
    """

    state: Literal["none", "processing", "ready", "failed"]
    reason: str | None = None
    thumbnail_urls: Mapping[int, str] = field(default_factory=dict, repr=False)
    key: str | None = None

    @property
    def thumbnail_url(self) -> str | None:
        """The link to the contract's thumbnail, where it is ready."""
        return self.thumbnail_urls.get(CONTRACT_SIZE)


def image_of(
    profiles: ProfileTable, links: ThumbnailLinks, *, sizes: Collection[int], profile_id: int
) -> ProfileImage:
    """A profile's image as it is now; "none" also where there is no such profile.

    Until S3 has delivered an upload's event, this is the former image: see `key`.

    Args:
        profiles: The user-profile table.
        links: Make the thumbnails' addresses.
        sizes: The sizes that are made now. The profile may lack some of them.
        profile_id: The profile.
    """
    profile = profiles.get_item(str(profile_id), ("id", "image", *THUMBNAIL_ATTRIBUTES)) or {}
    key = profile_table.image_of(profile)
    if not key:
        return ProfileImage("none")
    if text_of(profile, "thumbnailStatus") == THUMBNAIL_FAILED:
        return ProfileImage("failed", reason=text_of(profile, "thumbnailError") or None, key=key)
    if not has_own_thumbnail(profile):
        return ProfileImage("processing", key=key)
    there = recorded_sizes(profile).intersection(sizes)
    version = text_of(profile, "thumbnailVersion")
    urls = {
        size: links(thumbnail_key, version)
        for size, thumbnail_key in thumbnail_keys_from_original(key, sorted(there)).items()
    }
    return ProfileImage("ready", thumbnail_urls=urls, key=key)
