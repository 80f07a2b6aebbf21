"""Uploads that S3 did not report: which they are, and how they are copied."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from operations import deployment as deployments
from operations import replay_uploads as command
from operations.deployment import Deployment
from operations.replay_uploads import Original, by_profile, due_uploads
from tests.unit.builders import (
    BUCKET,
    USER_PROFILE_TABLE,
    Item,
    Profiles,
    fail,
    once_after,
    once_before,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Capture = pytest.CaptureFixture[str]
TEN = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.fixture
def found(profiles: Profiles, s3: "S3Client", monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """A deployment with an empty bucket, whose S3 client is the test's own."""
    outputs = {
        "profile_images_bucket_name": BUCKET,
        "user_profile_table_name": USER_PROFILE_TABLE,
        "account_id": "123456789012",
    }
    clients = {"s3": s3, "dynamodb": profiles.dynamodb}
    monkeypatch.setattr(Deployment, "client", lambda _self, service: clients[service])
    monkeypatch.setattr(Deployment, "prepare", lambda _self: None)
    found = Deployment(outputs, "eu-central-1")
    monkeypatch.setattr(deployments, "find", lambda _cloud, _environment: found)
    return found


def put(s3: "S3Client", key: str, owner: object = None, **more: Any) -> str:  # noqa: ANN401 - settings of an object
    """Upload something; return its version."""
    metadata = {} if owner is None else {"user-profile-id": str(owner)}
    return s3.put_object(Bucket=BUCKET, Key=key, Body=b"bytes", Metadata=metadata, **more)[
        "VersionId"
    ]


def copied(s3: "S3Client") -> dict[str, int]:
    """How often each key was written beyond the first time."""
    versions = s3.list_object_versions(Bucket=BUCKET).get("Versions", [])
    keys = [version["Key"] for version in versions]
    return {key: keys.count(key) - 1 for key in set(keys) if keys.count(key) > 1}


def replay(*arguments: str) -> int:
    return command.main(["--since", "1h", *arguments])


def upload(key: str, profile_id: int, *, minutes: int = 0, version_id: str = "v") -> Original:
    time = TEN + timedelta(minutes=minutes)
    return Original(f"original/{key}", profile_id, time, version_id, "etag", {}, "image/jpeg")


@pytest.mark.usefixtures("found")
def test_an_upload_that_nobody_heard_of_is_copied_as_it_is(
    s3: "S3Client", profiles: Profiles, capsys: Capture
) -> None:
    profiles.put(17)
    put(s3, "original/ü a.jpg", 17, ContentType="image/png")
    assert replay() == 0
    printed = capsys.readouterr().out
    assert "original/ü a.jpg  copied\n" in printed
    assert "1 upload(s) looked at: 1 copied, 0 changed meanwhile, 0 without a profile\n" in printed
    assert copied(s3) == {"original/ü a.jpg": 1}
    head = s3.head_object(Bucket=BUCKET, Key="original/ü a.jpg")
    assert head["Metadata"] == {"user-profile-id": "17"}
    assert head["ContentType"] == "image/png"


@pytest.mark.usefixtures("found")
def test_a_dry_run_copies_nothing(s3: "S3Client", profiles: Profiles, capsys: Capture) -> None:
    profiles.put(17)
    put(s3, "original/a.jpg", 17)
    assert replay("--dry-run") == 0
    assert "original/a.jpg  to be copied\n" in capsys.readouterr().out
    assert copied(s3) == {}


@pytest.mark.usefixtures("found")
def test_what_is_its_profiles_image_is_left_alone(s3: "S3Client", profiles: Profiles) -> None:
    version_id = put(s3, "original/a.jpg", 17)
    profiles.put(17, "original/a.jpg", imageVersionId=version_id)
    assert replay() == 0
    assert copied(s3) == {}


@pytest.mark.usefixtures("found")
def test_what_a_later_upload_replaced_is_left_alone(s3: "S3Client", profiles: Profiles) -> None:
    put(s3, "original/a.jpg", 17)
    profiles.put(17, "original/b.jpg", imageVersionId="b", imageEventTime="2999-01-01T00:00+00:00")
    assert replay() == 0
    assert copied(s3) == {}


@pytest.mark.usefixtures("found")
def test_what_names_no_profile_is_left_alone(s3: "S3Client", capsys: Capture) -> None:
    put(s3, "original/nobody.jpg")
    put(s3, "original/odd.jpg", "seventeen")
    put(s3, "original/gone.jpg", 18)
    put(s3, "original/")
    put(s3, "thumbnails/a.jpg", 17)
    assert replay() == 0
    assert "3 upload(s) looked at: 0 copied, 0 changed meanwhile, 3 without a profile" in (
        capsys.readouterr().out
    )
    assert copied(s3) == {}


@pytest.mark.usefixtures("found")
def test_what_came_before_is_not_looked_at(
    s3: "S3Client", profiles: Profiles, capsys: Capture
) -> None:
    profiles.put(17)
    put(s3, "original/a.jpg", 17)
    assert command.main(["--since", "0s"]) == 0
    printed = capsys.readouterr().out
    assert "0 upload(s) looked at" in printed
    assert "Uploads after 20" in printed


@pytest.mark.usefixtures("found")
def test_all_pages_of_the_list_are_read(
    s3: "S3Client", profiles: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    for number in range(5):
        profiles.put(number)
        put(s3, f"original/{number}.jpg", number)
    assert replay() == 0
    monkeypatch.delenv("MOTO_S3_DEFAULT_MAX_KEYS")
    assert len(copied(s3)) == 5


@pytest.mark.usefixtures("found")
def test_the_limit_ends_the_run_and_the_next_one_goes_on(
    s3: "S3Client", profiles: Profiles, capsys: Capture
) -> None:
    for number in range(3):
        profiles.put(number)
        put(s3, f"original/{number}.jpg", number)
    assert replay("--limit", "2") == 0
    assert "2 copied" in capsys.readouterr().out
    done = copied(s3)
    for key in done:
        version_id = s3.head_object(Bucket=BUCKET, Key=key)["VersionId"]
        profiles.put(int(key[9]), key, imageVersionId=version_id)
    assert len(done) == 2
    assert replay("--limit", "2") == 0
    assert "1 copied, 0 changed meanwhile, 0 without a profile\n" in capsys.readouterr().out
    assert set(copied(s3).values()) == {1}
    assert len(copied(s3)) == 3


@pytest.mark.usefixtures("found")
def test_a_limit_that_was_reached_is_said(
    s3: "S3Client", profiles: Profiles, capsys: Capture
) -> None:
    for number in range(2):
        profiles.put(number)
        put(s3, f"original/{number}.jpg", number)
    assert replay("--limit", "1") == 0
    assert ", and more, beyond the limit: run it again\n" in capsys.readouterr().out


@pytest.mark.usefixtures("found")
def test_what_is_deleted_meanwhile_is_counted(
    s3: "S3Client", profiles: Profiles, capsys: Capture
) -> None:
    profiles.put(17)
    put(s3, "original/a.jpg", 17)
    once_after(s3, "ListObjectsV2", lambda: s3.delete_object(Bucket=BUCKET, Key="original/a.jpg"))
    assert replay() == 0
    assert "0 copied, 1 changed meanwhile" in capsys.readouterr().out


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize("code", ["PreconditionFailed", "NoSuchKey"])
def test_what_is_replaced_meanwhile_stays_as_it_is(
    s3: "S3Client", profiles: Profiles, capsys: Capture, code: str
) -> None:
    profiles.put(17)
    put(s3, "original/a.jpg", 17)
    refused = fail(s3, "CopyObject", code, status=412)
    assert replay() == 0
    assert "0 copied, 1 changed meanwhile" in capsys.readouterr().out
    assert refused[0]["headers"]["x-amz-copy-source-if-match"]


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize("operation", ["ListObjectsV2", "HeadObject", "CopyObject"])
def test_a_missing_right_is_an_error(
    s3: "S3Client", profiles: Profiles, capsys: Capture, operation: str
) -> None:
    profiles.put(17)
    put(s3, "original/a.jpg", 17)
    fail(s3, operation, "AccessDenied", status=403)
    assert replay() == 2
    assert "AccessDenied" in capsys.readouterr().err


@pytest.mark.usefixtures("found")
def test_an_interruption_says_that_it_may_be_run_again(
    s3: "S3Client", profiles: Profiles, capsys: Capture
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    profiles.put(17)
    put(s3, "original/a.jpg", 17)
    once_before(s3, "CopyObject", interrupt)
    assert replay() == 130
    assert "run it again with the same SINCE" in capsys.readouterr().err
    assert replay() == 0
    assert copied(s3) == {"original/a.jpg": 1}


@pytest.mark.parametrize("arguments", [[], ["--since", "soon"], ["--since", "1h", "--limit", "0"]])
def test_wrong_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(arguments)


def test_profiles_come_by_their_oldest_upload_and_each_ones_uploads_together() -> None:
    first, second, third = upload("a", 9), upload("b", 1, minutes=1), upload("c", 9, minutes=2)
    assert by_profile([third, second, first]) == [[first, third], [second]]


@pytest.mark.parametrize(
    ("profile", "due"),
    [
        ({}, [0, 1, 2]),
        ({"imageVersionId": "v1", "imageEventTime": "2026-11-22T10:05:00.250+00:00"}, [2]),
        ({"imageVersionId": "else", "imageEventTime": "2026-11-22T10:04:59.999+00:00"}, [1, 2]),
        ({"imageVersionId": "v2", "imageEventTime": "2026-11-22T10:10:00.000+00:00"}, []),
        ({"imageVersionId": "v2"}, [0, 1]),
    ],
)
def test_due_is_what_is_newer_than_the_image(profile: dict[str, str], due: list[int]) -> None:
    uploads = [upload("a", 1, minutes=5 * n, version_id=f"v{n}") for n in range(3)]
    item: Item = {name: {"S": value} for name, value in profile.items()}
    assert due_uploads(item, uploads) == [uploads[n] for n in due]


@pytest.mark.usefixtures("found")
def test_a_copy_has_no_permission_any_more(s3: "S3Client", profiles: Profiles) -> None:
    profiles.put(17)
    metadata = {"user-profile-id": "17", "upload-permitted-at": "1795341600.000000", "album": "7"}
    s3.put_object(Bucket=BUCKET, Key="original/a.jpg", Body=b"bytes", Metadata=metadata)
    assert replay() == 0
    head = s3.head_object(Bucket=BUCKET, Key="original/a.jpg")
    assert head["Metadata"] == {"user-profile-id": "17", "album": "7"}


@pytest.mark.parametrize(
    ("name", "time", "is_due"),
    [
        # Permitted at 9:59:59, uploaded in the second of 10:00:00.
        ("uploadsClosedAt", "1795341599.9", False),
        ("uploadsClosedAt", "1795341601", False),
        ("uploadsClosedAt", "1795341601.000001", True),  # the upload had begun
        ("uploadsClosedAt", "1795341598.9", True),  # the permission came afterwards
        ("imagePermittedAt", "1795341599", False),
        ("imagePermittedAt", "1795341598.9", True),
    ],
)
def test_what_would_be_refused_is_not_due(name: str, time: str, *, is_due: bool) -> None:
    permitted = replace(upload("a.jpg", 17), metadata={"upload-permitted-at": "1795341599.0"})
    found = due_uploads({"id": {"N": "17"}, name: {"N": time}}, [permitted])
    assert found == ([permitted] if is_due else [])
    other = upload("a.jpg", 17)  # of another application
    assert due_uploads({"id": {"N": "17"}, name: {"N": time}}, [other]) == [other]
