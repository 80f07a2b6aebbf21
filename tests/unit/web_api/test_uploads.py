"""Permission for an upload: what its signed policy lets through, and nothing else."""

import base64
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
import time_machine

from shared.aws import PRESIGNING, presigning_s3, session
from shared.profile_images import ORIGINAL_PREFIX
from tests.unit.builders import BUCKET
from web_api.uploads import CONTENT_TYPES, UploadPermission, permit_one_upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TEN_MIB = 10 * 1024 * 1024
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def presigning(aws: None) -> "S3Client":
    del aws
    return presigning_s3()


def prepare(
    s3: "S3Client", content_type: str = "image/jpeg", profile_id: int = 42
) -> UploadPermission:
    return permit_one_upload(
        s3, bucket=BUCKET, profile_id=profile_id, content_type=content_type, max_bytes=TEN_MIB
    )


def policy_of(upload: UploadPermission) -> dict[str, Any]:
    """The policy that S3 holds an upload against."""
    policy: dict[str, Any] = json.loads(base64.b64decode(upload.fields["policy"]))
    return policy


def own_conditions(upload: UploadPermission) -> list[Any]:
    """The policy's conditions but for those of the signature itself."""
    signed = ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-security-token")
    return [
        condition
        for condition in policy_of(upload)["conditions"]
        if isinstance(condition, list) or next(iter(condition)) not in signed
    ]


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_key_owner_content_type_and_length_are_fixed(
    presigning: "S3Client", content_type: str
) -> None:
    upload = prepare(presigning, content_type)
    expected = [
        {"Content-Type": content_type},
        {"x-amz-meta-user-profile-id": "42"},
        ["content-length-range", 1, TEN_MIB],
        {"bucket": BUCKET},
        {"key": upload.key},
    ]
    assert own_conditions(upload) == expected


@pytest.mark.parametrize(
    ("content_type", "extension"),
    [("image/jpeg", "jpg"), ("image/png", "png"), ("image/webp", "webp")],
)
def test_a_picture_lies_under_its_profile_with_a_random_name(
    presigning: "S3Client", content_type: str, extension: str
) -> None:
    upload = prepare(presigning, content_type, profile_id=2**53 - 1)
    pattern = rf"{ORIGINAL_PREFIX}users/{2**53 - 1}/[0-9a-f]{{16}}\.{extension}"
    assert re.fullmatch(pattern, upload.key)
    assert prepare(presigning, content_type).key != prepare(presigning, content_type).key


def test_the_form_holds_just_what_the_policy_asks_for(presigning: "S3Client") -> None:
    upload = prepare(presigning, "image/png", profile_id=7)
    assert set(upload.fields) == {
        "Content-Type",
        "x-amz-meta-user-profile-id",
        "key",
        "policy",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-signature",
    }
    assert upload.fields["Content-Type"] == "image/png"
    assert upload.fields["x-amz-meta-user-profile-id"] == "7"
    assert upload.fields["key"] == upload.key
    assert upload.fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"


@pytest.mark.parametrize("region", ["eu-central-1", "eu-west-1", "us-east-1"])
def test_form_and_link_go_to_the_buckets_own_regional_address(aws: None, region: str) -> None:
    del aws
    s3 = cast("S3Client", session().create_client("s3", region_name=region, config=PRESIGNING))
    origin = f"https://{BUCKET}.s3.{region}.amazonaws.com/"
    upload = prepare(s3)
    assert upload.url == origin
    assert upload.fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    link = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "a"})
    assert link.startswith(f"{origin}a?X-Amz-Algorithm=AWS4-HMAC-SHA256&")


def test_a_local_cloud_is_posted_to_by_path(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del aws
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    upload = prepare(presigning_s3())
    assert upload.url == f"http://127.0.0.1:4566/{BUCKET}"


def test_the_permission_ends_after_five_minutes(presigning: "S3Client") -> None:
    with time_machine.travel(NOW, tick=False):
        upload = prepare(presigning)
    assert policy_of(upload)["expiration"] == "2026-11-22T10:05:00Z"
    assert (upload.expires_in_seconds, upload.max_bytes) == (300, TEN_MIB)


@pytest.mark.parametrize("content_type", ["image/gif", "image/svg+xml", "text/html", ""])
def test_another_content_type_is_not_permitted(presigning: "S3Client", content_type: str) -> None:
    with pytest.raises(KeyError):
        prepare(presigning, content_type)


def test_the_permission_is_not_shown(presigning: "S3Client") -> None:
    upload = prepare(presigning)
    assert upload.fields["x-amz-signature"] not in repr(upload)
