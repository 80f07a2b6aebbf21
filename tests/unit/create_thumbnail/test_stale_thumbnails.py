"""Which thumbnails are taken out again, and which stay."""

from typing import TYPE_CHECKING

import boto3
import pytest

from create_thumbnail.image_change import ImageChange
from create_thumbnail.profile import Superseded
from create_thumbnail.stale_thumbnails import StoredThumbnails, delete_refused, delete_superseded
from shared.stored_pictures import StoredPictures
from shared.thumbnail_sizes import ThumbnailSizes
from tests.unit.builders import BUCKET, Profiles, once_before

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY, THUMBNAIL = "original/cat.jpg", "thumbnails/cat.jpg"
KEYS = {150: THUMBNAIL, 300: "thumbnails-300/cat.jpg", 450: "thumbnails-450/cat.jpg"}
# Of 450 pixels there are only those of before.
SIZES = ThumbnailSizes((150, 300), (450,))
MADE = {size: KEYS[size] for size in SIZES.made}
CHANGE = ImageChange("42", KEY, "1")


@pytest.fixture
def pictures(s3: "S3Client", profiles: Profiles) -> StoredPictures:
    return StoredPictures(s3, BUCKET, profiles.table)


def put(s3: "S3Client", body: bytes, *sizes: int) -> dict[int, str]:
    """Put thumbnails; answer their versions."""
    metadata = {"user-profile-id": "42"}
    return {
        size: s3.put_object(Bucket=BUCKET, Key=KEYS[size], Body=body, Metadata=metadata)[
            "VersionId"
        ]
        for size in sizes or SIZES.made
    }


def lie(s3: "S3Client") -> dict[int, bytes]:
    """The current thumbnails, by size."""
    listed = {one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}
    return {
        size: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        for size, key in KEYS.items()
        if key in listed
    }


def both(body: bytes) -> dict[int, bytes]:
    return dict.fromkeys(SIZES.made, body)


def test_of_a_profile_that_moved_on_every_version_goes(
    s3: "S3Client", pictures: StoredPictures
) -> None:
    put(s3, b"of a run that died", 150, 300, 450)
    made = StoredThumbnails(MADE, put(s3, b"of this run"), "original", "1")
    delete_superseded(pictures, CHANGE, made, Superseded("original/dog.jpg", "another"), SIZES)
    assert lie(s3) == {}


def test_the_thumbnail_of_a_profile_that_came_back_meanwhile_stays(
    s3: "S3Client", pictures: StoredPictures, profiles: Profiles
) -> None:
    made = StoredThumbnails(MADE, put(s3, b"same"), "original", "1")

    def come_back() -> None:
        profiles.put(42, KEY)
        put(boto3.client("s3"), b"same")

    once_before(s3, "DeleteObject", come_back)
    delete_superseded(pictures, CHANGE, made, Superseded("", ""), SIZES)
    assert lie(s3) == both(b"same")


@pytest.mark.parametrize(("named", "shows"), [("v1", b"older"), ("v2", b"newer"), ("", b"newer")])
def test_of_the_same_key_only_what_was_made_of_former_bytes_goes(
    s3: "S3Client", pictures: StoredPictures, named: str, shows: bytes
) -> None:
    put(s3, b"older", 150, 300, 450)
    versions = put(s3, b"newer")
    # "newer" was made of the original's version v2, and the profile names another, or that one.
    read = "v2" if named else ""
    made = StoredThumbnails(MADE, versions, read, "1")
    delete_superseded(pictures, CHANGE, made, Superseded(KEY, named), SIZES)
    assert lie(s3) == both(shows)


@pytest.mark.parametrize(("status", "stays"), [("FAILED", False), ("DONE", True), (None, True)])
def test_a_refused_image_has_no_thumbnail(
    s3: "S3Client",
    pictures: StoredPictures,
    profiles: Profiles,
    status: str | None,
    *,
    stays: bool,
) -> None:
    put(s3, b"of former bytes", 150, 300, 450)
    profiles.put(42, KEY, **({} if status is None else {"thumbnailStatus": status}))
    delete_refused(pictures, CHANGE, SIZES)
    assert len(lie(s3)) == (3 if stays else 0)


def test_a_refused_key_that_is_no_original_has_nothing_to_delete(
    s3: "S3Client", pictures: StoredPictures
) -> None:
    put(s3, b"a thumbnail")
    delete_refused(pictures, ImageChange("42", THUMBNAIL, None), SIZES)
    assert lie(s3) == both(b"a thumbnail")
