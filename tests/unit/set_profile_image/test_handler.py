"""SetProfileImage, from S3's event to the profile."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from set_profile_image import handler as function
from set_profile_image.handler import handler, logger
from set_profile_image.profile import ProfileNotFoundError
from shared import aws
from shared.environment import ConfigurationError
from shared.errors import InvalidEventError
from shared.profile_images import InvalidProfileIdError
from tests.unit.builders import BUCKET, Profiles, event, fail, upload_record
from tests.unit.hostile import ANY_JSON, changed
from web_api.uploads import close_uploads

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ReadLog = Callable[[Logger], Callable[[], list[Any]]]


def put_object(s3: "S3Client", key: str, metadata: Mapping[str, str]) -> str:
    """Upload a picture; answer its version."""
    return s3.put_object(Bucket=BUCKET, Key=key, Body=b"bytes", Metadata=metadata)["VersionId"]


def upload(
    s3: "S3Client", quoted_key: str, key: str, profile_id: str, **changes: str | None
) -> dict[str, Any]:
    """Upload a picture; return the record that reports it."""
    version = put_object(s3, key, {"user-profile-id": profile_id})
    return upload_record(quoted_key, **{"versionId": version, **changes})


def test_an_upload_sets_the_image_of_its_profile(
    s3: "S3Client", profiles: Profiles, context: LambdaContext, read_log: ReadLog
) -> None:
    profiles.put(42, nickname="kitty")
    records = event("s3_put_encoded_key")
    version = put_object(s3, "original/München café/a+b.jpg", {"user-profile-id": "42"})
    records["Records"][0]["s3"]["object"]["versionId"] = version
    lines = read_log(logger)
    handler(records, context)
    assert profiles.get(42)["image"] == "original/München café/a+b.jpg"
    assert profiles.get(42)["nickname"] == "kitty"
    (line,) = lines()
    assert (line["key"], line["profile_id"]) == ("original/München café/a+b.jpg", 42)


def test_s3s_test_event_is_ignored(context: LambdaContext, read_log: ReadLog) -> None:
    lines = read_log(logger)
    handler(event("s3_test_event"), context)
    assert [line["message"] for line in lines()] == ["S3 test event ignored"]


@pytest.mark.parametrize("wrong", [{}, {"Records": None}, {"Records": "x"}, {"Event": "other"}])
def test_an_event_without_records_is_an_error(
    wrong: dict[str, Any], context: LambdaContext
) -> None:
    with pytest.raises(InvalidEventError, match=r"^Records: "):
        handler(wrong, context)


@pytest.mark.parametrize("wrong", [None, [], "text"])
def test_an_event_that_is_no_object_is_an_error(wrong: Any, context: LambdaContext) -> None:  # noqa: ANN401 - anything may arrive
    with pytest.raises(InvalidEventError, match=r"^event: "):
        handler(wrong, context)


@pytest.mark.usefixtures("profiles")
@pytest.mark.parametrize("key", ["original/cat.jpg", "original/folder/"])
def test_an_upload_that_names_no_profile_changes_nothing(
    s3: "S3Client", context: LambdaContext, read_log: ReadLog, key: str
) -> None:
    version = put_object(s3, key, {"photographer": "anna"})
    lines = read_log(logger)
    handler({"Records": [upload_record(key, versionId=version)]}, context)
    assert [(line["message"], line["key"]) for line in lines()] == [
        ("Upload is gone or names no profile", key)
    ]


def test_an_upload_that_is_gone_changes_nothing(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    profiles.put(42)
    record = upload(s3, "original/cat.jpg", "original/cat.jpg", "42")
    s3.delete_object(
        Bucket=BUCKET, Key="original/cat.jpg", VersionId=record["s3"]["object"]["versionId"]
    )
    handler({"Records": [record]}, context)
    handler({"Records": [upload_record("original/never.jpg", versionId=None)]}, context)
    assert profiles.get(42) == {"id": "42"}


def test_the_uploaded_version_is_read_not_the_last_one(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    profiles.put(1)
    profiles.put(2)
    first = upload(s3, "original/a.jpg", "original/a.jpg", "1")
    put_object(s3, "original/a.jpg", {"user-profile-id": "2"})
    handler({"Records": [first]}, context)
    assert profiles.get(1)["image"] == "original/a.jpg"
    assert "image" not in profiles.get(2)


def test_a_bucket_without_versions_works_too(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    profiles.put(42)
    handler(
        {"Records": [upload(s3, "original/a.jpg", "original/a.jpg", "42", versionId=None)]},
        context,
    )
    assert profiles.get(42)["image"] == "original/a.jpg"


@pytest.mark.parametrize("profile_id", ["abc", "1.5", "9" * 39])
def test_a_bad_id_is_an_error(
    s3: "S3Client", profiles: Profiles, context: LambdaContext, profile_id: str
) -> None:
    record = upload(s3, "original/a.jpg", "original/a.jpg", profile_id)
    with pytest.raises(InvalidProfileIdError):
        handler({"Records": [record]}, context)
    assert profiles.count() == 0


def test_a_missing_profile_is_an_error_and_stays_missing(
    s3: "S3Client", profiles: Profiles, context: LambdaContext, read_log: ReadLog
) -> None:
    lines = read_log(logger)
    with pytest.raises(ProfileNotFoundError, match="no profile 7"):
        handler({"Records": [upload(s3, "original/a.jpg", "original/a.jpg", "7")]}, context)
    assert profiles.count() == 0
    assert [(line["message"], line["key"]) for line in lines()] == [
        ("Upload failed", "original/a.jpg")
    ]


def test_a_thumbnail_is_not_even_looked_at(
    profiles: Profiles, context: LambdaContext, s3: "S3Client"
) -> None:
    profiles.put(42)
    asked = fail(aws.s3(), "HeadObject")
    record = upload(s3, "thumbnails/a.jpg", "thumbnails/a.jpg", "42")
    handler({"Records": [record]}, context)
    assert asked == []
    assert profiles.get(42) == {"id": "42"}


def test_a_bad_record_holds_back_no_other_and_is_raised(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    for profile_id in (1, 3):
        profiles.put(profile_id)
    records = [
        upload(s3, "original/1.jpg", "original/1.jpg", "1"),
        upload(s3, "original/2.jpg", "original/2.jpg", "no number"),
        upload(s3, "original/3.jpg", "original/3.jpg", "3"),
    ]
    with pytest.raises(InvalidProfileIdError):
        handler({"Records": records}, context)
    assert profiles.get(1)["image"] == "original/1.jpg"
    assert profiles.get(3)["image"] == "original/3.jpg"


def test_several_bad_records_are_raised_together(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    profiles.put(1)
    records = [
        {},
        upload(s3, "original/1.jpg", "original/1.jpg", "1"),
        upload(s3, "original/2.jpg", "original/2.jpg", "2"),
    ]
    with pytest.raises(ExceptionGroup, match="2 of 3 records failed") as caught:
        handler({"Records": records}, context)
    assert [type(error) for error in caught.value.exceptions] == [
        InvalidEventError,
        ProfileNotFoundError,
    ]
    assert profiles.get(1)["image"] == "original/1.jpg"


@pytest.mark.usefixtures("profiles")
@pytest.mark.parametrize(("code", "status"), [("403", 403), ("InternalError", 500)])
def test_an_object_that_cannot_be_read_is_not_taken_for_a_missing_one(
    s3: "S3Client", context: LambdaContext, code: str, status: int
) -> None:
    record = upload(s3, "original/a.jpg", "original/a.jpg", "1")
    fail(aws.s3(), "HeadObject", code, status=status)
    with pytest.raises(ClientError, match=code):
        handler({"Records": [record]}, context)


def test_events_in_the_wrong_order_leave_the_later_upload(
    s3: "S3Client", profiles: Profiles, context: LambdaContext, read_log: ReadLog
) -> None:
    profiles.put(42)
    earlier = upload(s3, "original/a.jpg", "original/a.jpg", "42", sequencer="0066")
    later = upload(s3, "original/a.jpg", "original/a.jpg", "42", sequencer="00661")
    lines = read_log(logger)
    handler({"Records": [later]}, context)
    handler({"Records": [earlier]}, context)
    assert profiles.get(42)["imageSequencer"] == "00661".ljust(32, "0")
    assert [line["message"] for line in lines()] == [
        "Profile image set",
        "The profile image had been set by this upload, or a later one to its key",
    ]
    assert s3.head_object(Bucket=BUCKET, Key="original/a.jpg")


def test_an_upload_that_a_later_one_had_overtaken_is_removed(
    s3: "S3Client", profiles: Profiles, context: LambdaContext, read_log: ReadLog
) -> None:
    profiles.put(42)
    earlier = upload(s3, "original/a.jpg", "original/a.jpg", "42")
    later = upload(
        s3, "original/b.jpg", "original/b.jpg", "42", eventTime="2100-01-01T00:00:00.000Z"
    )
    lines = read_log(logger)
    for _ in range(2):  # also when it is delivered again
        handler({"Records": [later, earlier]}, context)
    assert profiles.get(42)["image"] == "original/b.jpg"
    listed = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert [one["Key"] for one in listed] == ["original/b.jpg"]
    assert lines()[1]["message"] == "A later upload had set the profile image"


def test_a_later_upload_of_the_same_bytes_stays(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    profiles.put(42)
    earlier = upload(s3, "original/a.jpg", "original/a.jpg", "42")
    later = upload(
        s3, "original/b.jpg", "original/b.jpg", "42", eventTime="2100-01-01T00:00:00.000Z"
    )
    upload(s3, "original/a.jpg", "original/a.jpg", "42")  # its event is still on its way
    handler({"Records": [later, earlier]}, context)
    assert profiles.get(42)["image"] == "original/b.jpg"
    assert s3.head_object(Bucket=BUCKET, Key="original/a.jpg")


def permitted_upload(s3: "S3Client", key: str, given_at: str, event_time: str) -> dict[str, Any]:
    """Upload a picture with a permission of the web API; return the record that reports it."""
    metadata = {"user-profile-id": "42", "upload-permitted-at": given_at}
    version = put_object(s3, key, metadata)
    # S3's sequencers grow from event to event of a key; those of its times do, too.
    sequencer = event_time[11:].translate(str.maketrans("", "", ":.Z"))
    return upload_record(key, versionId=version, eventTime=event_time, sequencer=sequencer)


def versions_of(s3: "S3Client", key: str) -> list[str]:
    """The versions under a key, delete markers not included."""
    versions = s3.list_object_versions(Bucket=BUCKET, Prefix=key).get("Versions", [])
    return [version["VersionId"] for version in versions]


def test_a_second_upload_of_a_permission_is_deleted_for_good(
    s3: "S3Client", profiles: Profiles, context: LambdaContext, read_log: ReadLog
) -> None:
    profiles.put(42)
    first = permitted_upload(s3, "original/a.jpg", "100.5", "2026-11-22T10:00:01.000Z")
    handler({"Records": [first]}, context)
    second = permitted_upload(s3, "original/b.jpg", "101.5", "2026-11-22T10:00:02.000Z")
    handler({"Records": [second]}, context)
    s3.delete_object(Bucket=BUCKET, Key="original/a.jpg")  # as RemoveProfileImages does
    again = permitted_upload(s3, "original/a.jpg", "100.5", "2026-11-22T10:00:03.000Z")
    lines = read_log(logger)
    handler({"Records": [again]}, context)
    assert [line["message"] for line in lines()] == [
        "The upload's permission was used up or closed"
    ]
    # The first one can still be restored, also if its event comes again.
    handler({"Records": [first]}, context)
    assert versions_of(s3, "original/a.jpg") == [first["s3"]["object"]["versionId"]]
    assert profiles.get(42)["image"] == "original/b.jpg"
    assert versions_of(s3, "original/b.jpg") == [second["s3"]["object"]["versionId"]]


def test_an_upload_after_the_sign_out_leaves_nothing(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    profiles.put(42)
    close_uploads(profiles.table, 42, now=200)
    late = permitted_upload(s3, "original/a.jpg", "199.5", "2026-11-22T10:00:01.000Z")
    handler({"Records": [late]}, context)
    assert versions_of(s3, "original/a.jpg") == []
    assert "image" not in profiles.get(42)


def test_a_missing_variable_is_named(
    s3: "S3Client",
    profiles: Profiles,
    context: LambdaContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    profiles.put(42)
    monkeypatch.delenv("USER_PROFILE_TABLE_NAME")
    with pytest.raises(ConfigurationError, match=r"^USER_PROFILE_TABLE_NAME: "):
        handler({"Records": [upload(s3, "original/a.jpg", "original/a.jpg", "42")]}, context)


class Bucket:
    """A bucket in which every object names the profile 42."""

    def head_object(self, **_: object) -> dict[str, Any]:
        return {"Metadata": {"user-profile-id": "42"}, "LastModified": datetime.now(UTC)}


class Table:
    """A table that takes every write, and keeps the keys that were set."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def update_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - boto's parameters
        self.keys.append(request["ExpressionAttributeValues"][":key"]["S"])
        return {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(st.none() | changed(upload_record("original/bad.jpg")) | ANY_JSON))
def test_good_uploads_are_handled_wherever_bad_ones_stand(
    context: LambdaContext, read_log: ReadLog, monkeypatch: pytest.MonkeyPatch, records: list[Any]
) -> None:
    """`None` stands for a good one."""
    table = Table()
    monkeypatch.setenv("USER_PROFILE_TABLE_NAME", "profiles")
    monkeypatch.setattr(function, "s3", Bucket)
    monkeypatch.setattr(function, "dynamodb", lambda: table)
    function.profiles.cache_clear()  # another example's
    lines = read_log(logger)
    batch = [upload_record("original/good.jpg") if each is None else each for each in records]
    failed = 0
    try:
        handler({"Records": batch}, context)
    except ExceptionGroup as group:
        failed = len(group.exceptions)
    except InvalidEventError:
        failed = 1
    assert table.keys.count("original/good.jpg") >= records.count(None)
    # Each of the others was handled, was none of ours, or is told of.
    assert [line["message"] for line in lines()].count("Upload failed") == failed
