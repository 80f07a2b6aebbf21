"""A profile's image: the state of its thumbnail, and a link to it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from shared import profile_table
from shared.dynamodb import text_of
from shared.profile_table import (
    THUMBNAIL_ATTRIBUTES,
    THUMBNAIL_FAILED,
    ProfileTable,
    has_own_thumbnail,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LINK_SECONDS = 300


@dataclass(frozen=True, slots=True)
class ProfileImage:
    """The image of a profile.

    Attributes:
        state: "none" without an image, "processing" until its thumbnail is made, then "ready" or
            "failed".
        reason: Why it failed, where that was recorded.
        thumbnail_url: A link to the thumbnail for five minutes, where it is ready. Kept out of
            `repr`: it lets anybody see the picture.
        key: The original's key, where there is an image.
    """

    state: Literal["none", "processing", "ready", "failed"]
    reason: str | None = None
    thumbnail_url: str | None = field(default=None, repr=False)
    key: str | None = None


def image_of(
    profiles: ProfileTable, s3: "S3Client", *, bucket: str, profile_id: int
) -> ProfileImage:
    """A profile's image as it is now; "none" also where there is no such profile.

    Until S3 has delivered an upload's event, this is the former image: see `key`. `s3` is
    `shared.aws.presigning_s3`.
    """
    profile = profiles.get_item(str(profile_id), ("id", "image", *THUMBNAIL_ATTRIBUTES)) or {}
    key = profile_table.image_of(profile)
    if not key:
        return ProfileImage("none")
    if text_of(profile, "thumbnailStatus") == THUMBNAIL_FAILED:
        return ProfileImage("failed", reason=text_of(profile, "thumbnailError") or None, key=key)
    if not has_own_thumbnail(profile):
        return ProfileImage("processing", key=key)
    url = s3.generate_presigned_url(
        "get_object",
        Params={"Bucket": bucket, "Key": text_of(profile, "thumbnail")},
        ExpiresIn=LINK_SECONDS,
    )
    return ProfileImage("ready", thumbnail_url=url, key=key)
