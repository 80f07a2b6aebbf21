"""Removing pictures from the bucket that a profile no longer uses, and no others.

Three rules protect a picture in use: an object is deleted only where its own metadata names the
profile; the profile is read after the object was found; and only what was found is deleted, never
what replaced it meanwhile. docs/adr/0022-removing-pictures.md shows why that is enough, whatever
runs at the same time or crashes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from shared.dynamodb import text_of
from shared.errors import error_code
from shared.profile_images import (
    InvalidProfileIdError,
    profile_id_from_metadata,
    thumbnail_keys_from_original,
)
from shared.profile_table import ProfileTable, image_of

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef, HeadObjectRequestTypeDef

IS_GONE = frozenset({"404", "NoSuchKey", "NoSuchVersion"})
HAS_CHANGED = "PreconditionFailed"
# S3's name for the version of an object that was put while its bucket had no versioning.
NO_VERSION = "null"


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """An object of the bucket, as it was found.

    Attributes:
        version_id: Its version; "null" in a bucket that never had versioning.
        etag: Its entity tag.
        last_modified: When it was put, to the second.
        profile_id: The profile that its metadata names; None where it names none, or not a number.
    """

    version_id: str
    etag: str
    last_modified: "datetime"
    profile_id: int | None


@dataclass(frozen=True, slots=True)
class ProfileState:
    """What a profile says about its picture now.

    Attributes:
        image: The key of its original; "" where it has none, or where there is no such profile.
        thumbnail_status: The status of its thumbnail; "" where none is recorded yet.
    """

    image: str
    thumbnail_status: str


# Whether a profile in this state still needs the thumbnails of an image.
AreWanted = Callable[[ProfileState], bool]


@dataclass(frozen=True, slots=True)
class StoredPictures:
    """The bucket of originals and thumbnails, and the profiles that they belong to."""

    s3: "S3Client"
    bucket_name: str
    profiles: ProfileTable

    def profile(self, profile_id: str) -> ProfileState:
        """What a profile says about its picture now (strongly consistent)."""
        item = self.profiles.get_item(profile_id, ("image", "thumbnailStatus")) or {}
        return ProfileState(image_of(item), text_of(item, "thumbnailStatus"))

    def find(self, key: str) -> StoredPicture | None:
        """The current object under a key; None where there is none."""
        found = self.head(key)
        if found is None:
            return None
        try:
            profile_id = profile_id_from_metadata(found["Metadata"])
        except InvalidProfileIdError:
            profile_id = None
        return StoredPicture(
            version_id=found.get("VersionId", NO_VERSION),
            etag=found["ETag"],
            last_modified=found["LastModified"],
            profile_id=profile_id,
        )

    def head(self, key: str, version_id: str | None = None) -> "HeadObjectOutputTypeDef | None":
        """The head of a version, or of the current object; None where there is none."""
        request: HeadObjectRequestTypeDef = {"Bucket": self.bucket_name, "Key": key}
        if version_id is not None:
            request["VersionId"] = version_id
        try:
            return self.s3.head_object(**request)
        except ClientError as error:
            if error_code(error) in IS_GONE:
                return None
            raise

    def hide_version(self, key: str, version_id: str) -> None:
        """Hide an original, if this version is still the current object.

        Compared by version: the same bytes have the same entity tag, and a later upload of them
        may be a profile's image.
        """
        current_object = self.find(key)
        if current_object is not None and current_object.version_id == version_id:
            self.hide_original(key, current_object.etag)

    def delete_refused(self, key: str, version_id: str) -> None:
        """Delete a refused original for good, if this version is still the current object.

        Below a delete marker it was a profile's image once, and can be restored for a while.
        """
        current_object = self.find(key)
        if current_object is not None and current_object.version_id == version_id:
            self.delete_version(key, version_id)

    def hide_original(self, key: str, etag: str) -> bool:
        """Delete an original, if its key still has the bytes that were found; otherwise False.

        With versioning it stays below a delete marker until the bucket's lifecycle rule removes it,
        so that an application's mistake can be undone.
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
        """
        try:
            self.s3.delete_object(Bucket=self.bucket_name, Key=key, IfMatch=etag)
        except ClientError as error:
            if error_code(error) == HAS_CHANGED or error_code(error) in IS_GONE:
                return False
            raise
        return True

    def delete_version(self, key: str, version_id: str) -> None:
        """Delete one version for good."""
        self.s3.delete_object(Bucket=self.bucket_name, Key=key, VersionId=version_id)

    def delete_thumbnails(
        self, image_key: str, sizes: Iterable[int], profile_id: str, *, are_wanted: AreWanted
    ) -> int:
        """Delete a profile's thumbnails of an image, until none of these sizes is left or wanted.

        The profile is read after all of them were found. So where a later image's thumbnail is
        found, the profile names that image already; where it isn't found yet, it has a version of
        its own, which is not touched.

        Args:
            image_key: The original's key.
            sizes: The sizes to look at.
            profile_id: The profile; thumbnails of others, and of nobody, stay.
            are_wanted: Whether a profile in this state still needs them.

        Returns:
            How many versions were deleted.
        """
        keys = thumbnail_keys_from_original(image_key, sizes)
        deleted = 0
        while found := self._find_thumbnails(keys, profile_id):
            if are_wanted(self.profile(profile_id)):
                return deleted
            for size, version_id in found.items():
                self.delete_version(keys[size], version_id)
            deleted += len(found)
            # Below the version that was deleted there may be another.
            keys = {size: keys[size] for size in found}
        return deleted

    def _find_thumbnails(self, keys: dict[int, str], profile_id: str) -> dict[int, str]:
        """The current versions of a profile's thumbnails, by size."""
        pictures = {size: self.find(key) for size, key in keys.items()}
        return {
            size: picture.version_id
            for size, picture in pictures.items()
            if picture is not None and picture.profile_id == int(profile_id)
        }
