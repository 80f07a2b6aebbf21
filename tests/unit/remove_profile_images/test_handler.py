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
from tests.unit.builders import BUCKET, fail, profile_image, profile_record

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ReadLog = Callable[[Logger], Callable[[], list[Any]]]
KEY = "original/cat.jpg"


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


def test_an_event_without_records_is_an_error(context: LambdaContext) -> None:
    with pytest.raises(InvalidEventError, match=r"^Records: "):
        handler({}, context)
