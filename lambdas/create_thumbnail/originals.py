"""The bucket: reading an original, and putting its thumbnail beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from create_thumbnail.engine import ImageRefusedError, Thumbnail
from shared.errors import error_code
from shared.profile_images import ORIGINAL_PREFIX, THUMBNAIL_PREFIX

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY_BYTES_LIMIT = 1024  # of S3, in UTF-8


@dataclass(frozen=True, slots=True)
class Original:
    """An uploaded picture.

    Attributes:
        data: The encoded picture.
        metadata: The object's user metadata.
    """

    data: bytes = field(repr=False)
    metadata: Mapping[str, str]


def thumbnail_key_of(original_key: str) -> str:
    """Where the thumbnail of an original goes: the same path, under thumbnails/.

    Raises:
        ImageRefusedError: The key does not lie under original/, or is so long that S3 takes no
            thumbnail of that name.
    """
    path = original_key.removeprefix(ORIGINAL_PREFIX)
    if path == original_key or not path:
        raise ImageRefusedError(f"image: the key does not lie under {ORIGINAL_PREFIX}")
    thumbnail_key = THUMBNAIL_PREFIX + path
    if len(thumbnail_key.encode()) > KEY_BYTES_LIMIT:
        raise ImageRefusedError(f"image: {thumbnail_key[:40]}… would be longer than S3 allows")
    return thumbnail_key


def read_original(s3: "S3Client", bucket_name: str, key: str, max_bytes: int) -> Original:
    """Read an original.

    Raises:
        ImageRefusedError: It has been deleted, or is larger than `max_bytes`.
    """
    try:
        answer = s3.get_object(Bucket=bucket_name, Key=key)
    except ClientError as error:
        if error_code(error) == "NoSuchKey":
            raise ImageRefusedError("the original has been deleted") from None
        raise
    with answer["Body"] as body:
        size = answer["ContentLength"]
        if size > max_bytes:
            raise ImageRefusedError(f"too large: {size:,} bytes, {max_bytes:,} are allowed")
        return Original(body.read(), answer["Metadata"])


def put_thumbnail(
    s3: "S3Client", bucket_name: str, key: str, thumbnail: Thumbnail, metadata: Mapping[str, str]
) -> None:
    """Put a thumbnail with its original's user metadata and the tag Thumbnail=true."""
    s3.put_object(
        Bucket=bucket_name,
        Key=key,
        Body=thumbnail.data,
        ContentType=thumbnail.content_type,
        Metadata=metadata,
        Tagging="Thumbnail=true",
    )
