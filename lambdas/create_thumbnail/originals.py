"""The bucket: reading an original, and putting its thumbnails."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from create_thumbnail.engine import ImageRefusedError, Thumbnail
from shared.errors import error_code
from shared.profile_images import (
    CONTRACT_SIZE,
    ORIGINAL_PREFIX,
    is_original,
    thumbnail_keys_from_original,
)
from shared.stored_pictures import NO_VERSION

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Original:
    """An uploaded picture.

    Attributes:
        data: The encoded picture.
        metadata: The object's user metadata.
        version_id: The object's version; "null" in a bucket that never had versioning.
    """

    data: bytes = field(repr=False)
    metadata: Mapping[str, str]
    version_id: str


def required_thumbnail_keys(original_key: str, sizes: Iterable[int]) -> dict[int, str]:
    """The keys of an original's thumbnails, by size; the contract's, and others that S3 takes.

    Raises:
        ImageRefusedError: The key is not under original/, or S3 takes none that is as long as the
            contract's thumbnail's would be.
    """
    keys = thumbnail_keys_from_original(original_key, sizes)
    if CONTRACT_SIZE in keys:
        return keys
    if is_original(original_key):
        raise ImageRefusedError(f"image: {original_key[:40]}… would be longer than S3 allows")
    raise ImageRefusedError(f"image: the key does not lie under {ORIGINAL_PREFIX}")


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
        return Original(
            data=body.read(),
            metadata=answer["Metadata"],
            version_id=answer.get("VersionId", NO_VERSION),
        )


def put_thumbnail(
    s3: "S3Client", bucket_name: str, key: str, thumbnail: Thumbnail, metadata: Mapping[str, str]
) -> str:
    """Put a thumbnail with its original's user metadata and the tag Thumbnail=true.

    Returns:
        Its version; "null" in a bucket that never had versioning.

    Raises:
        ImageRefusedError: S3 does not take the metadata.
    """
    try:
        answer = s3.put_object(
            Bucket=bucket_name,
            Key=key,
            Body=thumbnail.data,
            ContentType=thumbnail.content_type,
            Metadata=writable_metadata(metadata),
            Tagging="Thumbnail=true",
        )
    except ClientError as error:
        if error_code(error) == "MetadataTooLarge":
            raise ImageRefusedError("metadata: more than S3 takes on a thumbnail") from None
        raise
    return answer.get("VersionId", NO_VERSION)


def writable_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """User metadata as the SDK takes it: in ASCII, other text encoded by RFC 2047.

    S3 returns text in that form already. Other servers of its protocol return it as it was sent,
    and the SDK then refuses to send it.

    Raises:
        ImageRefusedError: A name is not in ASCII. Headers have no encoding for that.
    """
    for name in metadata:
        if not name.isascii():
            raise ImageRefusedError(f"metadata: the name {name!a} is not in ASCII")
    return {name: _encoded(value) for name, value in metadata.items()}


def _encoded(value: str) -> str:
    if value.isascii():
        return value
    return f"=?UTF-8?B?{b64encode(value.encode()).decode()}?="
