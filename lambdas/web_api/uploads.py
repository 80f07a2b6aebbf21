"""Permission for one upload, which the browser sends to the bucket itself."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from shared.profile_images import PROFILE_ID_METADATA, user_folders

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# The types that may be uploaded, and the endings of their keys.
CONTENT_TYPES: Mapping[str, str] = MappingProxyType(
    {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
)
EXPIRES_IN_SECONDS = 300


@dataclass(frozen=True, slots=True)
class UploadPermission:
    """A form that the browser posts, with the picture as its last field, `file`.

    Attributes:
        url: Where to post it.
        fields: The form's other fields. Kept out of `repr`: they are the permission.
        key: The picture's key.
        max_bytes: The size of the largest picture.
        expires_in_seconds: How long the permission lasts.
    """

    url: str
    fields: Mapping[str, str] = field(repr=False)
    key: str
    max_bytes: int
    expires_in_seconds: int


def permit_one_upload(
    s3: "S3Client", *, bucket: str, profile_id: int, content_type: str, max_bytes: int
) -> UploadPermission:
    """Permit the upload of one picture to a profile.

    S3 enforces what is signed here: key, profile, content type and length. Each upload has a new
    key, so nothing is overwritten.

    Args:
        s3: From `shared.aws.presigning_s3`.
        bucket: The bucket of profile images.
        profile_id: The picture's profile.
        content_type: One of `CONTENT_TYPES`.
        max_bytes: The size of the largest picture.
    """
    name = f"{secrets.token_hex(8)}.{CONTENT_TYPES[content_type]}"
    originals, _ = user_folders(profile_id)
    key = f"{originals}{name}"
    fixed = {
        "Content-Type": content_type,
        f"x-amz-meta-{PROFILE_ID_METADATA}": str(profile_id),
    }
    form = s3.generate_presigned_post(
        Bucket=bucket,
        Key=key,
        Fields=fixed,
        Conditions=[
            *({field_name: value} for field_name, value in fixed.items()),
            ["content-length-range", 1, max_bytes],
        ],
        ExpiresIn=EXPIRES_IN_SECONDS,
    )
    return UploadPermission(
        url=form["url"],
        fields=form["fields"],
        key=key,
        max_bytes=max_bytes,
        expires_in_seconds=EXPIRES_IN_SECONDS,
    )
