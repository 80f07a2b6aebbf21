"""Which thumbnails are taken out again, and which stay."""

from typing import TYPE_CHECKING

import boto3
import pytest

from create_thumbnail.image_change import ImageChange
from create_thumbnail.profile import Superseded
from create_thumbnail.stale_thumbnails import StoredThumbnail, delete_refused, delete_superseded
from shared.stored_pictures import StoredPictures
from tests.unit.builders import BUCKET, Profiles, once_before

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY, THUMBNAIL = "original/cat.jpg", "thumbnails/cat.jpg"
CHANGE = ImageChange("42", KEY, "1")


@pytest.fixture
def pictures(s3: "S3Client", profiles: Profiles) -> StoredPictures:
    return StoredPictures(s3, BUCKET, profiles.table)


def put(s3: "S3Client", body: bytes, owner: str = "42") -> str:
    """Put the thumbnail; answer its version."""
    metadata = {"user-profile-id": owner}
    answer = s3.put_object(Bucket=BUCKET, Key=THUMBNAIL, Body=body, Metadata=metadata)
    return answer["VersionId"]


def lies(s3: "S3Client") -> bytes | None:
    if "Contents" not in s3.list_objects_v2(Bucket=BUCKET):
        return None
    return s3.get_object(Bucket=BUCKET, Key=THUMBNAIL)["Body"].read()


def test_of_a_profile_that_moved_on_every_version_goes(
    s3: "S3Client", pictures: StoredPictures
) -> None:
    put(s3, b"of a run that died")
    made = StoredThumbnail(THUMBNAIL, put(s3, b"of this run"), "original")
    delete_superseded(pictures, CHANGE, made, Superseded("original/dog.jpg", "another"))
    assert lies(s3) is None


def test_the_thumbnail_of_a_profile_that_came_back_meanwhile_stays(
    s3: "S3Client", pictures: StoredPictures, profiles: Profiles
) -> None:
    made = StoredThumbnail(THUMBNAIL, put(s3, b"same"), "original")

    def come_back() -> None:
        profiles.put(42, KEY)
        put(boto3.client("s3"), b"same")

    once_before(s3, "DeleteObject", come_back)
    delete_superseded(pictures, CHANGE, made, Superseded("", ""))
    assert lies(s3) == b"same"


@pytest.mark.parametrize(("named", "shows"), [("v1", b"older"), ("v2", b"newer"), ("", b"newer")])
def test_of_the_same_key_only_what_was_made_of_former_bytes_goes(
    s3: "S3Client", pictures: StoredPictures, named: str, shows: bytes
) -> None:
    put(s3, b"older")
    version = put(s3, b"newer")
    # "newer" was made of the original's version v2, and the profile names another, or that one.
    read = "v2" if named else ""
    delete_superseded(
        pictures, CHANGE, StoredThumbnail(THUMBNAIL, version, read), Superseded(KEY, named)
    )
    assert lies(s3) == shows


@pytest.mark.parametrize(("status", "stays"), [("FAILED", False), ("DONE", True), (None, True)])
def test_a_refused_image_has_no_thumbnail(
    s3: "S3Client",
    pictures: StoredPictures,
    profiles: Profiles,
    status: str | None,
    *,
    stays: bool,
) -> None:
    put(s3, b"of former bytes")
    profiles.put(42, KEY, **({} if status is None else {"thumbnailStatus": status}))
    delete_refused(pictures, CHANGE)
    assert (lies(s3) is not None) is stays


def test_a_refused_key_that_is_no_original_has_nothing_to_delete(
    s3: "S3Client", pictures: StoredPictures
) -> None:
    put(s3, b"a thumbnail")
    delete_refused(pictures, ImageChange("42", THUMBNAIL, None))
    assert lies(s3) == b"a thumbnail"
