"""Permission for one upload of one picture, which the browser sends to the bucket itself."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from shared.profile_images import PROFILE_ID_METADATA, user_folders

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# What may be uploaded, and how the key then ends.
CONTENT_TYPES: Mapping[str, str] = MappingProxyType(
    {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
)
EXPIRES_IN_SECONDS = 300


@dataclass(frozen=True, slots=True)
class UploadPermission:
    """A form that the browser posts, with the picture as its last field, `file`.

    Attributes:
        url: Where to.
        fields: The form's other fields. Kept out of `repr`, since they are the permission.
        key: Where the picture will lie.
        max_bytes: How large it may be, in bytes.
        expires_in_seconds: How long the permission holds.
    """

    url: str
    fields: Mapping[str, str] = field(repr=False)
    key: str
    max_bytes: int
    expires_in_seconds: int


def permit_one_upload(
    s3: "S3Client", *, bucket: str, profile_id: int, content_type: str, max_bytes: int
) -> UploadPermission:
    """Permit one profile's owner to upload one picture.

    S3 holds the upload against everything that is fixed here: the key, whose profile it is for, the
    content type, and the length. The key is a new one for each upload, so nothing is overwritten.

    Args:
        s3: The client of `shared.aws.presigning_s3`.
        bucket: The bucket of profile images.
        profile_id: The profile that the picture is for.
        content_type: One of `CONTENT_TYPES`.
        max_bytes: How large the picture may be, in bytes.

    Raises:
        KeyError: The content type is none of them.
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
