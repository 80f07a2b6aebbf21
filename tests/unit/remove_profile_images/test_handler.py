"""RemoveProfileImages, from the stream of profiles to the bucket."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from remove_profile_images import handler as function
from remove_profile_images.handler import handler, logger
from shared import aws
from shared.environment import ConfigurationError
from shared.errors import InvalidEventError
from tests.unit.builders import BUCKET, Invalidations, fail, profile_image, profile_record

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ReadLog = Callable[[Logger], Callable[[], list[Any]]]
KEY = "original/cat.jpg"


@pytest.fixture(autouse=True)
def sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sizes of a usual deployment."""
    monkeypatch.setenv("THUMBNAIL_SIZES", "150,300")


def upload(s3: "S3Client", profile_id: int, key: str) -> dict[str, Any]:
    """Put an original; answer the record of its profile's removal."""
    metadata = {"user-profile-id": str(profile_id)}
    put = s3.put_object(Bucket=BUCKET, Key=key, Body=b"bytes", Metadata=metadata)
    old = profile_image(profile_id, key, imageVersionId=put["VersionId"])
    return profile_record(None, old, number=str(profile_id))


@pytest.mark.usefixtures("profiles")
def test_what_a_profile_has_left_is_removed(
    s3: "S3Client", context: LambdaContext, read_log: ReadLog
) -> None:
    record = upload(s3, 42, KEY)
    lines = read_log(logger)
    assert handler({"Records": [record, record]}, context) == {"batchItemFailures": []}
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)
    told = [(line["profile_id"], line["key"], line["original"]) for line in lines()]
    assert told == [("42", KEY, True), ("42", KEY, False)]


def test_a_record_that_leaves_nothing_makes_no_client(
    context: LambdaContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(function, "pictures", pytest.fail)
    record = profile_record(profile_image(42, KEY, nickname="x"), profile_image(42, KEY))
    assert handler({"Records": [record]}, context) == {"batchItemFailures": []}


@pytest.mark.usefixtures("profiles")
def test_a_record_that_fails_holds_back_no_other(s3: "S3Client", context: LambdaContext) -> None:
    records = [upload(s3, 1, "original/1.jpg"), upload(s3, 2, "original/2.jpg")]
    fail(aws.s3(), "DeleteObject", "InternalError", status=500, times=1)
    response = handler({"Records": records}, context)
    assert response == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    left = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert left == ["original/1.jpg"]


@pytest.mark.usefixtures("s3", "profiles")
def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROFILE_IMAGES_BUCKET_NAME")
    with pytest.raises(ConfigurationError, match=r"^PROFILE_IMAGES_BUCKET_NAME: "):
        function.pictures()


def test_missing_sizes_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THUMBNAIL_SIZES")
    with pytest.raises(ConfigurationError, match=r"^THUMBNAIL_SIZES: "):
        function.sizes()


def test_an_event_without_records_is_an_error(context: LambdaContext) -> None:
    with pytest.raises(InvalidEventError, match=r"^Records: "):
        handler({}, context)


@pytest.fixture
def invalidations(monkeypatch: pytest.MonkeyPatch, s3: "S3Client") -> Invalidations:
    """Those of the distribution, where thumbnails have public addresses."""
    del s3  # before any client is made
    monkeypatch.setenv("DELIVERY_DISTRIBUTION_ID", "E2EXAMPLE")
    return Invalidations().answer(aws.cloudfront())


PATHS = ["/thumbnails-300/cat.jpg*", "/thumbnails/cat.jpg*"]


@pytest.mark.usefixtures("profiles")
def test_removed_picture_is_invalidated_once_however_often_it_is_delivered(
    s3: "S3Client", context: LambdaContext, invalidations: Invalidations
) -> None:
    record = upload(s3, 42, KEY)
    for _ in range(2):
        assert handler({"Records": [record]}, context) == {"batchItemFailures": []}
    assert invalidations.paths == PATHS
    assert invalidations.requests == 2


@pytest.mark.usefixtures("profiles")
def test_picture_that_was_not_deleted_is_not_invalidated_yet(
    s3: "S3Client", context: LambdaContext, invalidations: Invalidations
) -> None:
    # A repetition could not invalidate again what is deleted by then.
    record = upload(s3, 42, KEY)
    fail(aws.s3(), "DeleteObject", "InternalError", status=500, times=1)
    assert handler({"Records": [record]}, context)["batchItemFailures"]
    assert invalidations.requests == 0
    assert handler({"Records": [record]}, context) == {"batchItemFailures": []}
    assert invalidations.paths == PATHS


@pytest.mark.usefixtures("profiles")
def test_invalidation_that_fails_is_tried_again(
    s3: "S3Client", context: LambdaContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DELIVERY_DISTRIBUTION_ID", "E2EXAMPLE")
    record = upload(s3, 42, KEY)
    fail(aws.cloudfront(), "CreateInvalidation", "TooManyInvalidationsInProgress", status=400)
    assert handler({"Records": [record]}, context) == {
        "batchItemFailures": [{"itemIdentifier": "42"}]
    }


@pytest.mark.usefixtures("profiles")
def test_thumbnail_of_an_unknown_size_is_invalidated_too(
    s3: "S3Client", context: LambdaContext, invalidations: Invalidations
) -> None:
    put = s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"1", Metadata={"user-profile-id": "42"})
    old = profile_image(42, KEY, imageVersionId=put["VersionId"])
    old["thumbnailSizes"] = {"NS": ["150", "600"]}
    handler({"Records": [profile_record(None, old)]}, context)
    assert invalidations.paths == sorted([*PATHS, "/thumbnails-600/cat.jpg*"])


@pytest.mark.usefixtures("profiles")
def test_nothing_is_invalidated_without_a_distribution(
    s3: "S3Client", context: LambdaContext
) -> None:
    invalidations = Invalidations().answer(aws.cloudfront())
    assert handler({"Records": [upload(s3, 42, KEY)]}, context) == {"batchItemFailures": []}
    assert invalidations.requests == 0
