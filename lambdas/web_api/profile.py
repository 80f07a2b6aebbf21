"""A profile's image: whether its thumbnail is there yet, and a link to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from shared.errors import temporary_errors_named
from shared.profile_images import ORIGINAL_PREFIX, THUMBNAIL_PREFIX
from shared.user_table import text_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef
    from mypy_boto3_s3 import S3Client

LINK_SECONDS = 300


@dataclass(frozen=True, slots=True)
class ProfileImage:
    """What a profile shows.

    Attributes:
        state: "none" without an image, "processing" until its thumbnail is made, then "ready" or
            "failed".
        reason: Why there is no thumbnail, where it failed and that was noted.
        thumbnail_url: A link to the thumbnail that holds for five minutes, where it is ready. Kept
            out of `repr`, since whoever has it sees the picture.
        key: The original's key, where there is an image.
    """

    state: Literal["none", "processing", "ready", "failed"]
    reason: str | None = None
    thumbnail_url: str | None = field(default=None, repr=False)
    key: str | None = None


def image_of(
    dynamodb: "DynamoDBClient", s3: "S3Client", *, profile_table: str, bucket: str, profile_id: int
) -> ProfileImage:
    """A profile's image as it is now; "none" also where there is no such profile.

    An upload whose event S3 hasn't delivered yet doesn't show: the former image does. `key` tells
    which one it is.

    Args:
        dynamodb: The client.
        s3: The client of `shared.aws.presigning_s3`.
        profile_table: The user-profile table.
        bucket: The bucket of profile images.
        profile_id: The profile.

    Raises:
        ServiceUnavailableError: DynamoDB can't answer now.
    """
    with temporary_errors_named("table user-profile"):
        answer = dynamodb.get_item(
            TableName=profile_table,
            Key={"id": {"N": str(profile_id)}},
            ProjectionExpression="id, image, thumbnailStatus, thumbnail, thumbnailError",
            ConsistentRead=True,
        )
    profile = answer.get("Item", {})
    key = text_of(profile, "image")
    if not key:
        return ProfileImage("none")
    if text_of(profile, "thumbnailStatus") == "FAILED":
        return ProfileImage("failed", reason=text_of(profile, "thumbnailError") or None, key=key)
    if not _has_thumbnail_of(profile, key):
        return ProfileImage("processing", key=key)
    url = s3.generate_presigned_url(
        "get_object",
        Params={"Bucket": bucket, "Key": text_of(profile, "thumbnail")},
        ExpiresIn=LINK_SECONDS,
    )
    return ProfileImage("ready", thumbnail_url=url, key=key)


def _has_thumbnail_of(profile: Mapping[str, "AttributeValueTypeDef"], key: str) -> bool:
    """Whether the profile's thumbnail is that of its image.

    SetProfileImage removes what was recorded of the former image as it sets a new one. Another
    application that sets `image` itself leaves it there until CreateThumbnail has run: then the
    keys don't belong together.
    """
    thumbnail = THUMBNAIL_PREFIX + key.removeprefix(ORIGINAL_PREFIX)
    return (
        text_of(profile, "thumbnailStatus") == "DONE" and text_of(profile, "thumbnail") == thumbnail
    )
