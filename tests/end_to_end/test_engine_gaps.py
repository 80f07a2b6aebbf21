"""engine/host.py's changes of the engine, seen from outside."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from local_cloud.engine.process import Engine
from tooling.environment import REGION

BUCKET = "pictures-of-a-page"
PAGE = "https://page.example.com"
STRANGER = "https://stranger.example.com"
PICTURE = b"picture"
HEADERS: dict[str, str | None] = {
    "Content-Type": "image/jpeg",
    "If-None-Match": "*",
    "x-amz-meta-user-profile-id": "42",
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("gaps")) as running:
        yield running


@pytest.fixture(scope="module")
def s3(engine: Engine) -> Any:  # noqa: ANN401 - a client made by name
    """A client, and a bucket that a page may upload to."""
    client = engine.client("s3")
    client.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    rule = {
        "AllowedMethods": ["PUT"],
        "AllowedOrigins": [PAGE],
        "AllowedHeaders": ["content-type", "if-none-match", "x-amz-meta-*"],
    }
    client.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})
    return client


def ask_as_browser(
    engine: Engine, method: str, origin: str, *, headers: str = "content-type"
) -> requests.Response:
    return requests.options(
        f"{engine.endpoint_url}/{BUCKET}/picture.jpg",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": headers,
        },
        timeout=10,
    )


def permit(s3: Any, key: str, *, seconds: int = 60) -> str:  # noqa: ANN401 - a client made by name
    """A presigned URL, as the web API makes it."""
    request = {
        "Bucket": BUCKET,
        "Key": key,
        "ContentType": "image/jpeg",
        "ContentLength": len(PICTURE),
        "IfNoneMatch": "*",
        "Metadata": {"user-profile-id": "42"},
    }
    return str(s3.generate_presigned_url("put_object", Params=request, ExpiresIn=seconds))


def put_as_page(url: str, *, data: bytes = PICTURE, **changes: str | None) -> requests.Response:
    """Send a picture as a page does; changes of headers: "_" for "-", None leaves one out."""
    headers = {**HEADERS, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return requests.put(url, data=data, headers=headers, timeout=10)


@pytest.mark.usefixtures("s3")
def test_browser_is_allowed_what_the_buckets_rule_says(engine: Engine) -> None:
    signed = "content-type,if-none-match,x-amz-meta-user-profile-id"
    allowed = ask_as_browser(engine, "PUT", PAGE, headers=signed)
    assert allowed.headers["Access-Control-Allow-Origin"] == PAGE
    assert ask_as_browser(engine, "PUT", PAGE, headers="x-amz-acl").status_code == 403
    assert ask_as_browser(engine, "POST", PAGE).status_code == 403
    assert ask_as_browser(engine, "PUT", STRANGER).status_code == 403


def test_answer_to_an_upload_is_for_the_page_of_the_rule_alone(
    s3: Any,  # noqa: ANN401 - a client made by name
) -> None:
    allowed = put_as_page(permit(s3, "one.jpg"), Origin=PAGE)
    refused = put_as_page(permit(s3, "two.jpg"), Origin=STRANGER)

    assert allowed.status_code == refused.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == PAGE
    assert "Access-Control-Allow-Origin" not in refused.headers


@pytest.mark.parametrize(
    "changes",
    [
        {"data": PICTURE + b"x"},
        {"data": PICTURE[1:]},
        {"Content_Type": "text/html"},
        {"If_None_Match": None},
        {"x_amz_meta_user_profile_id": "43"},
        {"x_amz_meta_user_profile_id": None},
    ],
)
def test_upload_of_something_else_than_was_signed_is_refused(
    s3: Any,  # noqa: ANN401 - a client made by name
    changes: dict[str, Any],
) -> None:
    answer = put_as_page(permit(s3, "changed.jpg"), **changes)
    assert (answer.status_code, code_of(answer)) == (403, "SignatureDoesNotMatch")
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=BUCKET, Key="changed.jpg")


@pytest.mark.parametrize("name", ["x_amz_meta_surprise", "x_amz_tagging", "x_amz_acl"])
def test_upload_with_more_than_was_signed_is_refused(
    s3: Any,  # noqa: ANN401 - a client made by name
    name: str,
) -> None:
    more: dict[str, Any] = {name: "private"}
    answer = put_as_page(permit(s3, "more.jpg"), **more)
    assert (answer.status_code, code_of(answer)) == (403, "AccessDenied")
    assert "headers present in the request which were not signed" in answer.text


def test_upload_of_a_taken_key_is_refused_until_it_is_deleted(
    s3: Any,  # noqa: ANN401 - a client made by name
) -> None:
    """As S3's user guide says of a delete marker: a write below it succeeds."""
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    url = permit(s3, "taken.jpg")
    assert put_as_page(url).status_code == 200
    again = put_as_page(url)
    assert (again.status_code, code_of(again)) == (412, "PreconditionFailed")
    s3.delete_object(Bucket=BUCKET, Key="taken.jpg")
    assert put_as_page(url).status_code == 200


def test_upload_begun_too_late_is_refused(
    s3: Any,  # noqa: ANN401 - a client made by name
) -> None:
    url = permit(s3, "late.jpg", seconds=1)
    time.sleep(2.1)
    answer = put_as_page(url)
    assert (answer.status_code, code_of(answer)) == (403, "AccessDenied")
    assert "Request has expired" in answer.text


def test_object_is_read_by_nobody_without_a_signature(
    s3: Any,  # noqa: ANN401 - a client made by name
) -> None:
    signed = permit(s3, "private.jpg")
    assert put_as_page(signed).status_code == 200
    refused = requests.get(signed.partition("?")[0], timeout=10)
    assert (refused.status_code, code_of(refused)) == (403, "AccessDenied")
    link = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "private.jpg"})
    assert requests.get(link, timeout=10).content == PICTURE


def code_of(answer: requests.Response) -> str:
    found = re.search(r"<Code>(\w+)</Code>", answer.text)
    return found[1] if found else ""


def create_role(engine: Engine, name: str, attempt: int, agent: str) -> int:
    """Create a role as an SDK does, with a given number of the try; return the status."""
    scope = f"20261128/{REGION}/iam/aws4_request"
    answer = requests.post(
        engine.endpoint_url,
        data=f"Action=CreateRole&Version=2010-05-08&RoleName={name}&AssumeRolePolicyDocument=%7B%7D",
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": f"AWS4-HMAC-SHA256 Credential=local/{scope}, SignedHeaders=host, "
            "Signature=0",
            "User-Agent": agent,
            "amz-sdk-invocation-id": f"call-for-{name}",
            "amz-sdk-request": f"attempt={attempt}; max=25",
        },
        timeout=10,
    )
    return answer.status_code


def test_what_terraform_asks_again_after_a_lost_answer_is_answered_again(engine: Engine) -> None:
    terraform = "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 terraform-provider-aws/5.100.0"
    assert [create_role(engine, "one", attempt, terraform) for attempt in (1, 2)] == [200, 200]
    assert [create_role(engine, "two", attempt, "Boto3/1.40") for attempt in (1, 2)] == [200, 409]
