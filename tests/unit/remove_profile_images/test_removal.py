"""What is removed, and what is not."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError

from remove_profile_images import removal
from remove_profile_images.removal import CLOCKS_DIFFER_BY, Removal, UnknownThumbnailSizeError
from remove_profile_images.replaced_image import ReplacedImage
from shared.stored_pictures import StoredPictures
from shared.thumbnail_sizes import ThumbnailSizes
from tests.unit.builders import BUCKET, Profiles, fail, once_before
from tests.unit.web_api.calls import calls_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY, THUMBNAIL = "original/cat.jpg", "thumbnails/cat.jpg"
LARGE, LARGEST = "thumbnails-300/cat.jpg", "thumbnails-450/cat.jpg"
# Of 450 pixels there are only those of before.
SIZES = ThumbnailSizes((150, 300), (450,))


@pytest.fixture
def pictures(s3: "S3Client", profiles: Profiles) -> StoredPictures:
    return StoredPictures(s3, BUCKET, profiles.table)


def put(s3: "S3Client", key: str, owner: str | None = "42", body: bytes = b"bytes") -> str:
    """Put an object; answer its version."""
    metadata = {} if owner is None else {"user-profile-id": owner}
    return s3.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata=metadata)["VersionId"]


def keys(s3: "S3Client") -> list[str]:
    return [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def remove_pictures(pictures: StoredPictures, image: ReplacedImage) -> Removal:
    return removal.remove_pictures(pictures, image, SIZES)


def left(version_id: str | None, replaced_at: int | None = None, key: str = KEY) -> ReplacedImage:
    return ReplacedImage("42", key, version_id, replaced_at)


def test_original_and_thumbnail_go(s3: "S3Client", pictures: StoredPictures) -> None:
    version = put(s3, KEY)
    put(s3, THUMBNAIL)
    put(s3, "original/cat.jpg.other")
    assert remove_pictures(pictures, left(version)) == Removal(original=True, thumbnails=1)
    assert keys(s3) == ["original/cat.jpg.other"]


def test_the_original_can_be_fetched_back_and_the_thumbnail_is_gone_for_good(
    s3: "S3Client", pictures: StoredPictures
) -> None:
    version = put(s3, KEY)
    put(s3, THUMBNAIL, body=b"1")
    put(s3, THUMBNAIL, body=b"2")
    assert remove_pictures(pictures, left(version)).thumbnails == 2
    listed = s3.list_object_versions(Bucket=BUCKET)
    assert [(one["Key"], one["VersionId"]) for one in listed["Versions"]] == [(KEY, version)]
    assert [one["Key"] for one in listed["DeleteMarkers"]] == [KEY]


def test_doing_it_again_changes_nothing(s3: "S3Client", pictures: StoredPictures) -> None:
    version = put(s3, KEY)
    put(s3, THUMBNAIL)
    remove_pictures(pictures, left(version))
    assert remove_pictures(pictures, left(version)) == Removal(original=False, thumbnails=0)
    assert len(s3.list_object_versions(Bucket=BUCKET)["DeleteMarkers"]) == 1


def test_what_is_the_profiles_image_again_stays(
    s3: "S3Client", pictures: StoredPictures, profiles: Profiles
) -> None:
    version = put(s3, KEY)
    put(s3, THUMBNAIL)
    profiles.put(42, KEY)
    assert remove_pictures(pictures, left(version)) == Removal(original=False, thumbnails=0)
    assert keys(s3) == [KEY, THUMBNAIL]


@pytest.mark.parametrize("owner", ["43", "4", "-42", "nobody", None])
def test_what_names_another_profile_or_none_stays(
    s3: "S3Client", pictures: StoredPictures, owner: str | None
) -> None:
    version = put(s3, KEY, owner)
    put(s3, THUMBNAIL, owner)
    assert remove_pictures(pictures, left(version)) == Removal(original=False, thumbnails=0)
    assert keys(s3) == [KEY, THUMBNAIL]


def test_a_later_upload_to_the_same_key_stays(s3: "S3Client", pictures: StoredPictures) -> None:
    version = put(s3, KEY, body=b"1")
    put(s3, KEY, body=b"2")
    put(s3, THUMBNAIL)
    # Its event is still on its way to the profile; the thumbnail will be made again.
    assert remove_pictures(pictures, left(version, int(time.time()))) == Removal(
        original=False, thumbnails=1
    )
    assert keys(s3) == [KEY]


@pytest.mark.parametrize(
    ("seconds_later", "removed"),
    [(-60, False), (0, False), (CLOCKS_DIFFER_BY, False), (CLOCKS_DIFFER_BY + 2, True)],
)
def test_of_a_version_that_is_not_known_the_time_decides(
    s3: "S3Client", pictures: StoredPictures, seconds_later: int, *, removed: bool
) -> None:
    put(s3, KEY)
    put_at = int(s3.head_object(Bucket=BUCKET, Key=KEY)["LastModified"].timestamp())
    for version in (None, "version of another key"):
        assert remove_pictures(pictures, left(version, put_at + seconds_later)).original is (
            removed and version is None
        )
    assert (KEY in keys(s3)) is not removed


def test_with_neither_version_nor_time_the_original_stays(
    s3: "S3Client", pictures: StoredPictures
) -> None:
    put(s3, KEY)
    assert remove_pictures(pictures, left(None)).original is False


def test_only_what_was_found_is_deleted(pictures: StoredPictures) -> None:
    asked = fail(pictures.s3, "DeleteObject", "PreconditionFailed", status=412)
    put(boto3.client("s3"), KEY)
    found = pictures.find(KEY)
    assert found is not None
    assert remove_pictures(pictures, left(found.version_id)).original is False
    assert asked[0]["headers"]["If-Match"] == found.etag


def test_a_thumbnail_that_is_put_meanwhile_stays(
    s3: "S3Client", pictures: StoredPictures, profiles: Profiles
) -> None:
    put(s3, THUMBNAIL, body=b"same bytes")

    def come_back() -> None:
        other = boto3.client("s3")
        profiles.put(42, KEY)
        put(other, THUMBNAIL, body=b"same bytes")

    once_before(s3, "DeleteObject", come_back)
    assert remove_pictures(pictures, left(None)).thumbnails == 1
    assert keys(s3) == [THUMBNAIL]


def test_a_key_that_has_no_thumbnail_is_no_hindrance(
    s3: "S3Client", pictures: StoredPictures
) -> None:
    key = "original/" + "a" * 1014
    version = put(s3, key)
    assert remove_pictures(pictures, left(version, key=key)) == Removal(original=True, thumbnails=0)


@pytest.mark.parametrize("operation", ["HeadObject", "DeleteObject"])
def test_a_failing_bucket_is_an_error(
    s3: "S3Client", pictures: StoredPictures, operation: str
) -> None:
    version = put(s3, KEY)
    fail(s3, operation, "SlowDown", status=503)
    with pytest.raises(ClientError, match="SlowDown"):
        remove_pictures(pictures, left(version))


def test_thumbnails_of_every_size_go_that_may_be_there(
    s3: "S3Client", pictures: StoredPictures
) -> None:
    """Also those that no profile records, of a run that crashed before the sizes changed."""
    version = put(s3, KEY)
    for key in (THUMBNAIL, LARGE, LARGE, LARGEST):
        put(s3, key)
    put(s3, "thumbnails-450/dog.jpg")
    assert remove_pictures(pictures, left(version)).thumbnails == 4
    assert keys(s3) == ["thumbnails-450/dog.jpg"]


def test_a_size_stays_that_is_another_profiles(s3: "S3Client", pictures: StoredPictures) -> None:
    put(s3, THUMBNAIL)
    put(s3, LARGE, "43")
    assert remove_pictures(pictures, left(None)).thumbnails == 1
    assert keys(s3) == [LARGE]


def test_a_size_that_no_setting_names_is_an_error_once_the_others_are_gone(
    s3: "S3Client", pictures: StoredPictures
) -> None:
    version = put(s3, KEY)
    for key in (THUMBNAIL, "thumbnails-64/cat.jpg"):
        put(s3, key)
    image = replace(left(version), recorded_sizes=frozenset({64, 150, 96}))
    with pytest.raises(UnknownThumbnailSizeError, match=r"^thumbnailSizes: 64, 96: in neither "):
        remove_pictures(pictures, image)
    assert keys(s3) == ["thumbnails-64/cat.jpg"]


def test_of_a_key_that_was_uploaded_again_what_no_run_replaces_goes(
    s3: "S3Client", pictures: StoredPictures, profiles: Profiles
) -> None:
    for key in (KEY, THUMBNAIL, LARGE, LARGEST, LARGEST):
        put(s3, key)
    profiles.put(42, KEY, imageSequencer="2")
    done = remove_pictures(pictures, replace(left(None), has_key_again=True))
    assert done == Removal(original=False, thumbnails=2)
    assert keys(s3) == [KEY, LARGE, THUMBNAIL]


def test_the_profile_is_read_once_all_sizes_were_found(
    s3: "S3Client", pictures: StoredPictures, profiles: Profiles
) -> None:
    for key in (THUMBNAIL, LARGE):
        put(s3, key)
    asked = calls_of(profiles.dynamodb, "GetItem")
    remove_pictures(pictures, left(None))
    assert len(asked) == 1
