"""Permission for one upload, which the browser sends to the bucket itself.

docs/adr/0034-a-permission-is-good-for-one-upload.md
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from shared.profile_images import PERMITTED_AT_METADATA, PROFILE_ID_METADATA, user_folder
from shared.profile_table import ProfileTable
from web_api.limits import Limit, Use

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

HEIC = "image/heic"
# The types that may be uploaded, and the endings of their keys. HEIC needs thumbnails.heic.
CONTENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "image/jpeg": "jpg",
        "image/png": "png",
        "image/webp": "webp",
        "image/gif": "gif",
        "image/avif": "avif",
        HEIC: "heic",
    }
)
# For the upload's start only: S3 checks a presigned URL's age when the request arrives.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
EXPIRES_IN_SECONDS = 60

DAY = 24 * 60 * 60  # seconds


@dataclass(frozen=True, slots=True)
class UploadPermission:
    """A request that uploads one picture, with the picture as its body.

    Attributes:
        url: Where to PUT it. Kept out of `repr`: it is the permission.
        headers: The headers to send. All are signed, and so is the picture's length.
        key: The picture's key.
        expires_in_seconds: How long the upload may be begun.
    """

    url: str = field(repr=False)
    headers: Mapping[str, str]
    key: str
    expires_in_seconds: int


def upload_to(profile_id: int, *, most: int) -> Use:
    """What the permission of an upload to a profile uses, of `most` in a day."""
    return Limit("upload#profile", most=most, seconds=DAY).of(str(profile_id))


def permit_one_upload(  # noqa: PLR0913 - what the signature covers
    s3: "S3Client", *, bucket: str, profile_id: int, content_type: str, length: int, now: float
) -> UploadPermission:
    """Permit the upload of one picture to a profile.

    S3 enforces what is signed here: key, profile, content type, length, and that nothing is
    overwritten. Each permission has a new key, so S3 refuses a second upload with 412.

    Args:
        s3: From `shared.aws.presigning_s3`.
        bucket: The bucket of profile images.
        profile_id: The picture's profile.
        content_type: One of `CONTENT_TYPES`.
        length: The picture's bytes.
        now: The time, in seconds since the epoch.
    """
    name = f"{secrets.token_hex(8)}.{CONTENT_TYPES[content_type]}"
    originals = user_folder(profile_id)
    key = f"{originals}{name}"
    metadata = {PROFILE_ID_METADATA: str(profile_id), PERMITTED_AT_METADATA: _precise(now)}
    url = s3.generate_presigned_url(
        "put_object",
        Params={
            "Bucket": bucket,
            "Key": key,
            "ContentType": content_type,
            "ContentLength": length,
            "IfNoneMatch": "*",
            "Metadata": metadata,
        },
        ExpiresIn=EXPIRES_IN_SECONDS,
    )
    return UploadPermission(
        url=url,
        headers={
            "Content-Type": content_type,
            "If-None-Match": "*",
            **{f"x-amz-meta-{name}": value for name, value in metadata.items()},
        },
        key=key,
        expires_in_seconds=EXPIRES_IN_SECONDS,
    )


def close_uploads(profiles: ProfileTable, profile_id: int | None, *, now: float) -> None:
    """End all permissions of a profile: an upload that begins after this is refused.

    SetProfileImage refuses it. Nothing happens without a profile.

    Args:
        profiles: The user-profile table.
        profile_id: The profile of who signs out; None for an account without one.
        now: The time, in seconds since the epoch.
    """
    if profile_id is not None:
        profiles.update_if(
            str(profile_id),
            "SET uploadsClosedAt = :now",
            condition="attribute_exists(id)",
            values={":now": {"N": _precise(now)}},
        )


def _precise(now: float) -> str:
    """A time as DynamoDB's number.

    With its fraction: a permission that follows a sign-out within the same second is good.
    """
    return f"{now:.6f}"
