"""What the functions of the profile image pipeline share: the contract's names, and our own."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from shared.errors import InvalidEventError

ORIGINAL_PREFIX = "original/"
THUMBNAIL_PREFIX = "thumbnails/"

KEY_BYTES_LIMIT = 1024  # of S3, in UTF-8

# User metadata of an upload, without the header's "x-amz-meta-".
PROFILE_ID_METADATA = "user-profile-id"

# DynamoDB's numbers have 38 digits.
PROFILE_ID = re.compile(r"-?[0-9]{1,38}")


class InvalidProfileIdError(Exception):
    """The metadata user-profile-id is no whole number of at most 38 digits."""


def user_folders(profile_id: int) -> tuple[str, str]:
    """Where the web API puts a profile's originals, and where their thumbnails then lie."""
    below = f"users/{profile_id}/"
    return ORIGINAL_PREFIX + below, THUMBNAIL_PREFIX + below


def is_original(key: str) -> bool:
    """Whether a key names something that lies under original/."""
    return key.startswith(ORIGINAL_PREFIX) and key != ORIGINAL_PREFIX


def thumbnail_key_from_original(original_key: str) -> str | None:
    """Where the thumbnail of an original lies: the same path, under thumbnails/.

    None where it lies nowhere: the key is no original's, or so long that S3 takes no thumbnail of
    that name.
    """
    if not is_original(original_key):
        return None
    key = THUMBNAIL_PREFIX + original_key.removeprefix(ORIGINAL_PREFIX)
    return key if len(key.encode()) <= KEY_BYTES_LIMIT else None


def profile_id_from_metadata(metadata: Mapping[str, str]) -> int | None:
    """The profile that an object's user metadata names; None where it names none.

    Raises:
        InvalidProfileIdError: It is no whole number of at most 38 digits.
    """
    value = metadata.get(PROFILE_ID_METADATA)
    if value is None:
        return None
    if not PROFILE_ID.fullmatch(value.strip()):
        raise InvalidProfileIdError(f"{PROFILE_ID_METADATA}: not a whole number")
    return int(value)


def profile_id_from_item(image: Mapping[str, Any], name: str) -> str:
    """The id of a profile in a stream record, as DynamoDB writes it.

    Args:
        image: The profile as it was or is, or its key.
        name: What the error's message calls it, such as "NewImage".

    Raises:
        InvalidEventError: There is none, or it is not a whole number.
    """
    value = image.get("id")
    if not isinstance(value, Decimal) or not _is_whole(value):
        raise InvalidEventError(f"dynamodb.{name}.id: missing, or not a whole number")
    return f"{value:f}"


def _is_whole(value: Decimal) -> bool:
    return value.is_finite() and value == value.to_integral_value()
