"""Profile images: keys in the bucket, and the profile that an object or a record names.

The forms of all keys stand here and nowhere else; Terraform's are local.thumbnail_prefixes.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from shared.contract import CONTRACT_SIZE as CONTRACT_SIZE  # noqa: PLC0414 - it is for importers
from shared.errors import InvalidEventError

ORIGINAL_PREFIX = "original/"
THUMBNAIL_PREFIX = "thumbnails/"

THUMBNAIL_PREFIX_OF_ANY_SIZE = re.compile(r"thumbnails(-[1-9][0-9]*)?/")

KEY_BYTES_LIMIT = 1024  # of S3, in UTF-8

# User metadata of an upload, without the header's "x-amz-meta-".
PROFILE_ID_METADATA = "user-profile-id"
# When the web API permitted an upload: seconds since the epoch, with their fraction. Uploads of
# other applications have no such metadata.
PERMITTED_AT_METADATA = "upload-permitted-at"

SECONDS = re.compile(r"[0-9]{1,12}\.[0-9]{1,6}")

# DynamoDB's numbers have 38 digits.
PROFILE_ID = re.compile(r"-?[0-9]{1,38}")


class InvalidProfileIdError(Exception):
    """The metadata user-profile-id is not a whole number of at most 38 digits."""


def thumbnail_prefix(size: int) -> str:
    """The prefix of the thumbnails of a size: with its number, but for the contract's."""
    return THUMBNAIL_PREFIX if size == CONTRACT_SIZE else f"thumbnails-{size}/"


def is_thumbnail_prefix(prefix: str) -> bool:
    """Whether thumbnails of some size lie below a prefix."""
    return THUMBNAIL_PREFIX_OF_ANY_SIZE.fullmatch(prefix) is not None


def user_folder(profile_id: int, prefix: str = ORIGINAL_PREFIX) -> str:
    """A profile's folder below a prefix, where the web API took the upload."""
    return f"{prefix}users/{profile_id}/"


def is_in_user_folder(key: str, profile_id: int) -> bool:
    """Whether a key is that of an original or a thumbnail in a profile's folder."""
    prefix = key[: key.find("/") + 1]
    is_ours = prefix == ORIGINAL_PREFIX or is_thumbnail_prefix(prefix)
    return is_ours and key.startswith(user_folder(profile_id, prefix))


def is_original(key: str) -> bool:
    """Whether a key lies under original/."""
    return key.startswith(ORIGINAL_PREFIX) and key != ORIGINAL_PREFIX


def thumbnail_key_from_original(original_key: str, size: int = CONTRACT_SIZE) -> str | None:
    """The key of an original's thumbnail: the same path, under the prefix of its size.

    None where there can't be one: the key isn't an original's, or S3 takes no key that long.
    """
    if not is_original(original_key):
        return None
    key = thumbnail_prefix(size) + original_key.removeprefix(ORIGINAL_PREFIX)
    return key if len(key.encode()) <= KEY_BYTES_LIMIT else None


def thumbnail_keys_from_original(original_key: str, sizes: Iterable[int]) -> dict[int, str]:
    """The keys of an original's thumbnails by size, without sizes for which there can't be one."""
    keys = {size: thumbnail_key_from_original(original_key, size) for size in sizes}
    return {size: key for size, key in keys.items() if key is not None}


def profile_id_from_metadata(metadata: Mapping[str, str]) -> int | None:
    """The profile that an object's user metadata names; None where it names none.

    Raises:
        InvalidProfileIdError: It is not a whole number of at most 38 digits.
    """
    value = metadata.get(PROFILE_ID_METADATA)
    if value is None:
        return None
    if not PROFILE_ID.fullmatch(value.strip()):
        raise InvalidProfileIdError(f"{PROFILE_ID_METADATA}: not a whole number")
    return int(value)


def permitted_at_from_metadata(metadata: Mapping[str, str]) -> Decimal | None:
    """When the web API permitted an upload; None where its user metadata has no such time."""
    value = metadata.get(PERMITTED_AT_METADATA, "")
    return Decimal(value) if SECONDS.fullmatch(value) else None


def profile_id_from_item(image: Mapping[str, Any], name: str) -> str:
    """The id of a profile from a stream record's "NewImage" or "OldImage", as DynamoDB writes it.

    Raises:
        InvalidEventError: There is none, or it is not a whole number. The message has the name.
    """
    value = image.get("id")
    if not isinstance(value, Decimal) or not _is_whole(value):
        raise InvalidEventError(f"dynamodb.{name}.id: missing, or not a whole number")
    return f"{value:f}"


def _is_whole(value: Decimal) -> bool:
    return value.is_finite() and value == value.to_integral_value()
