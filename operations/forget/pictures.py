"""A person's pictures in the bucket, in all their versions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from botocore.exceptions import ClientError

from operations.bucket import thumbnail_prefixes
from operations.errors import OperationsError
from operations.forget.person import Person
from shared.profile_images import (
    ORIGINAL_PREFIX,
    InvalidProfileIdError,
    is_in_user_folder,
    is_original,
    profile_id_from_metadata,
    user_folder,
)

MOST_AT_ONCE = 1000  # that DeleteObjects takes

# Clients are made by name, and are of no type that could be stated.
# ruff: noqa: ANN401 - clients made by name


@dataclass(frozen=True, slots=True)
class Picture:
    """An object of the bucket.

    Attributes:
        key: Its key.
        version_ids: The versions, and the delete markers, that are the person's.
    """

    key: str
    version_ids: tuple[str, ...]

    def delete(self, s3: Any, bucket: str) -> None:
        """Delete the versions for good.

        Raises:
            OperationsError: S3 has deleted some of them only.
        """
        for start in range(0, len(self.version_ids), MOST_AT_ONCE):
            chunk = self.version_ids[start : start + MOST_AT_ONCE]
            objects = [{"Key": self.key, "VersionId": version_id} for version_id in chunk]
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
            for error in answer.get("Errors", []):
                raise OperationsError(f"{self.key}: {error['Code']}: {error['Message']}")


def pictures_of(s3: Any, bucket: str, person: Person, *, search_bucket: bool) -> list[Picture]:
    """A person's pictures, in all their versions and with their delete markers.

    Those below the profile's own folder are the person's. Of any other key those versions are whose
    metadata names the profile: an application may have put another's, or nobody's, under it.

    Args:
        s3: A client.
        bucket: The bucket of profile images.
        person: Who it is.
        search_bucket: Whether to look at every key, and not just at those that are known.
    """
    if person.profile_id is None:
        return []
    prefixes = (ORIGINAL_PREFIX, *thumbnail_prefixes(s3, bucket))
    folders = [user_folder(person.profile_id, prefix) for prefix in prefixes]
    keys = person.picture_keys | set(_thumbnail_keys(person.picture_keys, prefixes[1:]))
    looked_at: tuple[str, ...] = prefixes if search_bucket else (*folders, *keys)
    versions: dict[str, dict[str, bool]] = {}
    for key, version_id, is_marker in _versions_below(s3, bucket, looked_at):
        if search_bucket or is_in_user_folder(key, person.profile_id) or key in keys:
            versions.setdefault(key, {})[version_id] = is_marker
    found = []
    for key, of_key in sorted(versions.items()):
        theirs = (
            tuple(of_key)
            if is_in_user_folder(key, person.profile_id)
            else _named_versions(s3, bucket, key, of_key, person.profile_id)
        )
        if theirs:
            found.append(Picture(key, theirs))
    return found


def _thumbnail_keys(keys: Iterable[str], prefixes: Iterable[str]) -> Iterator[str]:
    """The keys that the thumbnails of these originals have, of every size that there is."""
    for key, prefix in product(filter(is_original, keys), prefixes):
        yield prefix + key.removeprefix(ORIGINAL_PREFIX)


def _versions_below(
    s3: Any, bucket: str, prefixes: Iterable[str]
) -> Iterator[tuple[str, str, bool]]:
    """Key, version, and whether it is a delete marker."""
    for prefix in prefixes:
        pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            for kind, is_marker in (("Versions", False), ("DeleteMarkers", True)):
                for one in page.get(kind, []):
                    yield one["Key"], one["VersionId"], is_marker


def _named_versions(
    s3: Any, bucket: str, key: str, versions: dict[str, bool], profile_id: int
) -> tuple[str, ...]:
    """The versions whose metadata names a profile; with the markers, where there are no others."""
    objects = [version_id for version_id, is_marker in versions.items() if not is_marker]
    named = [one for one in objects if _owner(s3, bucket, key, one) == profile_id]
    return tuple(versions) if named and named == objects else tuple(named)


def _owner(s3: Any, bucket: str, key: str, version_id: str) -> int | None:
    try:
        head = s3.head_object(Bucket=bucket, Key=key, VersionId=version_id)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchVersion"}:
            return None  # deleted since it was listed
        raise
    try:
        return profile_id_from_metadata(head["Metadata"])
    except InvalidProfileIdError:
        return None
