"""Taking pictures out of the bucket that a profile has left behind, and no others.

Three rules keep a picture that somebody still has: an object goes only where its own metadata names
the profile that left it; the profile is read after the object was found; and what is deleted is
what was found, never what has been put in its place meanwhile. docs/adr/0022-removing-pictures.md
argues why that is enough, whatever else runs at the same time or dies half-way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from shared.dynamodb import text_of
from shared.errors import error_code
from shared.profile_images import InvalidProfileIdError, profile_id_from_metadata
from shared.profile_table import ProfileTable, image_of

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef, HeadObjectRequestTypeDef

IS_GONE = frozenset({"404", "NoSuchKey", "NoSuchVersion"})
HAS_CHANGED = "PreconditionFailed"
# What S3 calls the version of an object that was put while its bucket had none.
NO_VERSION = "null"


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """An object of the bucket, as it was found.

    Attributes:
        version_id: Its version; "null" in a bucket that has never had versions.
        etag: Its entity tag.
        last_modified: When it was put, to the second.
        profile_id: The profile that its metadata names; None where that is none, or no number.
    """

    version_id: str
    etag: str
    last_modified: "datetime"
    profile_id: int | None


@dataclass(frozen=True, slots=True)
class ProfileState:
    """What a profile says of its picture now.

    Attributes:
        image: The key of its original; "" where it has none, or where there is no such profile.
        thumbnail_status: What came of it; "" where nothing has yet.
    """

    image: str
    thumbnail_status: str


@dataclass(frozen=True, slots=True)
class StoredPictures:
    """The bucket of pictures, and the profiles that they belong to.

    Attributes:
        s3: The client.
        bucket_name: The bucket of originals and thumbnails.
        profiles: The user-profile table.
    """

    s3: "S3Client"
    bucket_name: str
    profiles: ProfileTable

    def profile(self, profile_id: str) -> ProfileState:
        """What a profile says of its picture now (strongly consistent)."""
        item = self.profiles.get_item(profile_id, ("image", "thumbnailStatus")) or {}
        return ProfileState(image_of(item), text_of(item, "thumbnailStatus"))

    def find(self, key: str) -> StoredPicture | None:
        """The object that lies under a key now; None where there is none."""
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
        """The head of a version, or of what lies under a key now; None where there is none."""
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
        """Hide an original, unless another version lies under its key by now.

        Told by the version: the same bytes have the same entity tag, and a later upload of them may
        be somebody's image.
        """
        current_object = self.find(key)
        if current_object is not None and current_object.version_id == version_id:
            self.hide_original(key, current_object.etag)

    def hide_original(self, key: str, etag: str) -> bool:
        """Delete an original, if the bytes under its key are still the ones that were found.

        With versions it lies below a delete marker then, until the bucket's lifecycle rule removes
        it for good: an application's mistake can be undone.
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html

        Returns:
            False where it is gone, or where other bytes have been put there since.
        """
        try:
            self.s3.delete_object(Bucket=self.bucket_name, Key=key, IfMatch=etag)
        except ClientError as error:
            if error_code(error) == HAS_CHANGED or error_code(error) in IS_GONE:
                return False
            raise
        return True

    def delete_version(self, thumbnail_key: str, version_id: str) -> None:
        """Delete one version of a thumbnail for good: it can be made again from its original."""
        self.s3.delete_object(Bucket=self.bucket_name, Key=thumbnail_key, VersionId=version_id)

    def delete_thumbnail(
        self, thumbnail_key: str, profile_id: str, *, is_wanted: Callable[[ProfileState], bool]
    ) -> int:
        """Delete a profile's thumbnail, version by version, until none lies there or it is wanted.

        A version is found first, and the profile read then. So one that belongs to a later image is
        either found, and then the profile names that image already; or it is not found, and has a
        version of its own, which is not touched.

        Args:
            thumbnail_key: The thumbnail.
            profile_id: The profile; thumbnails of others, and of nobody, stay.
            is_wanted: Whether a profile that says this has use for the thumbnail.

        Returns:
            How many versions were deleted.
        """
        deleted = 0
        while True:
            found = self.find(thumbnail_key)
            if found is None or found.profile_id != int(profile_id):
                return deleted
            if is_wanted(self.profile(profile_id)):
                return deleted
            self.delete_version(thumbnail_key, found.version_id)
            deleted += 1
