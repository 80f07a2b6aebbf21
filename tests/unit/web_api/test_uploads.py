"""Permission for an upload: what its signature lets through, and nothing else."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from shared.aws import PRESIGNING, presigning_s3, session
from shared.profile_images import ORIGINAL_PREFIX
from tests.unit.builders import BUCKET, Profiles
from web_api.uploads import CONTENT_TYPES, UploadPermission, close_uploads, permit_one_upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SECONDS = NOW.timestamp()


@pytest.fixture
def presigning(aws: None) -> "S3Client":
    del aws
    return presigning_s3()


def prepare(s3: "S3Client", content_type: str = "image/jpeg", **changes: Any) -> UploadPermission:  # noqa: ANN401 - parameters of the function
    parameters = {"profile_id": 42, "length": 1234, "now": SECONDS, **changes}
    return permit_one_upload(s3, bucket=BUCKET, content_type=content_type, **parameters)


def query_of(upload: UploadPermission) -> dict[str, str]:
    """The query of the permission's URL, which S3 verifies."""
    return {name: one for name, (one,) in parse_qs(urlsplit(upload.url).query).items()}


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_each_header_the_length_and_that_nothing_is_overwritten_are_signed(
    presigning: "S3Client", content_type: str
) -> None:
    upload = prepare(presigning, content_type)
    assert upload.headers == {
        "Content-Type": content_type,
        "If-None-Match": "*",
        "x-amz-meta-user-profile-id": "42",
        "x-amz-meta-upload-permitted-at": "1795341600.000000",
    }
    # Browsers set these two by themselves.
    signed = {"host", "content-length", *(name.lower() for name in upload.headers)}
    assert set(query_of(upload)["X-Amz-SignedHeaders"].split(";")) == signed
    assert query_of(upload)["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"


@pytest.mark.parametrize(
    "other",
    [
        {"length": 1235},
        {"content_type": "image/webp"},
        {"profile_id": 43},
        {"now": SECONDS + 0.000001},
    ],
)
def test_another_upload_has_another_signature(
    presigning: "S3Client", monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    monkeypatch.setattr("web_api.uploads.secrets.token_hex", lambda _: "0" * 16)
    with time_machine.travel(NOW, tick=False):
        first, second = prepare(presigning), prepare(presigning)
        changed = prepare(presigning, **other)
    assert query_of(first) == query_of(second)
    assert query_of(first)["X-Amz-Signature"] != query_of(changed)["X-Amz-Signature"]


@pytest.mark.parametrize(
    ("content_type", "extension"),
    [
        ("image/jpeg", "jpg"),
        ("image/png", "png"),
        ("image/webp", "webp"),
        ("image/gif", "gif"),
        ("image/avif", "avif"),
        ("image/heic", "heic"),
    ],
)
def test_a_picture_lies_under_its_profile_with_a_random_name(
    presigning: "S3Client", content_type: str, extension: str
) -> None:
    upload = prepare(presigning, content_type, profile_id=2**53 - 1)
    pattern = rf"{ORIGINAL_PREFIX}users/{2**53 - 1}/[0-9a-f]{{16}}\.{extension}"
    assert re.fullmatch(pattern, upload.key)
    assert urlsplit(upload.url).path == f"/{upload.key}"
    assert prepare(presigning, content_type).key != prepare(presigning, content_type).key


@pytest.mark.parametrize("region", ["eu-central-1", "eu-west-1", "us-east-1"])
def test_upload_and_link_go_to_the_buckets_own_regional_address(aws: None, region: str) -> None:
    del aws
    s3 = cast("S3Client", session().create_client("s3", region_name=region, config=PRESIGNING))
    origin = f"https://{BUCKET}.s3.{region}.amazonaws.com/"
    upload = prepare(s3)
    assert upload.url.startswith(f"{origin}{upload.key}?X-Amz-Algorithm=AWS4-HMAC-SHA256&")
    link = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "a"})
    assert link.startswith(f"{origin}a?X-Amz-Algorithm=AWS4-HMAC-SHA256&")


def test_a_local_cloud_is_sent_to_by_path(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del aws
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    upload = prepare(presigning_s3())
    assert upload.url.startswith(f"http://127.0.0.1:4566/{BUCKET}/{upload.key}?")


def test_the_upload_has_to_begin_within_a_minute(presigning: "S3Client") -> None:
    with time_machine.travel(NOW, tick=False):
        upload = prepare(presigning)
    query = query_of(upload)
    assert (query["X-Amz-Date"], query["X-Amz-Expires"]) == ("20261122T100000Z", "60")
    assert upload.expires_in_seconds == 60


@pytest.mark.parametrize("content_type", ["image/tiff", "image/svg+xml", "text/html", ""])
def test_another_content_type_is_not_permitted(presigning: "S3Client", content_type: str) -> None:
    with pytest.raises(KeyError):
        prepare(presigning, content_type)


def test_the_permission_is_not_shown(presigning: "S3Client") -> None:
    upload = prepare(presigning)
    assert query_of(upload)["X-Amz-Signature"] not in repr(upload)


def test_closing_is_noted_on_the_profile_and_nothing_else_touched(profiles: Profiles) -> None:
    profiles.put(42, "original/cat.jpg", nickname="kitty")
    close_uploads(profiles.table, 42, now=SECONDS + 0.250001)
    assert profiles.get(42) == {
        "id": "42",
        "image": "original/cat.jpg",
        "nickname": "kitty",
        "uploadsClosedAt": "1795341600.250001",
    }


@pytest.mark.parametrize("profile_id", [None, 42])
def test_closing_makes_no_profile(profiles: Profiles, profile_id: int | None) -> None:
    close_uploads(profiles.table, profile_id, now=SECONDS)
    assert profiles.count() == 0
