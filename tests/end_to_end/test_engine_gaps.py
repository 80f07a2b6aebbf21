"""engine/host.py's changes of the engine, seen from outside."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from local_cloud.engine.process import Engine
from tooling.environment import REGION

BUCKET = "pictures-of-a-page"
PAGE = "https://page.example.com"
STRANGER = "https://stranger.example.com"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("gaps")) as running:
        yield running


@pytest.fixture(scope="module")
def s3(engine: Engine) -> Any:  # noqa: ANN401 - a client made by name
    """A client, and a bucket that a page may post to."""
    client = engine.client("s3")
    client.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    rule = {"AllowedMethods": ["POST"], "AllowedOrigins": [PAGE]}
    client.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})
    return client


def ask_as_browser(engine: Engine, method: str, origin: str) -> requests.Response:
    return requests.options(
        f"{engine.endpoint_url}/{BUCKET}",
        headers={"Origin": origin, "Access-Control-Request-Method": method},
        timeout=10,
    )


def post_as_page(s3: Any, origin: str) -> requests.Response:  # noqa: ANN401 - a client made by name
    form = s3.generate_presigned_post(BUCKET, "picture.jpg")
    return requests.post(
        form["url"],
        data=form["fields"],
        files={"file": b"picture"},
        headers={"Origin": origin},
        timeout=10,
    )


@pytest.mark.usefixtures("s3")
def test_browser_is_allowed_what_the_buckets_rule_says(engine: Engine) -> None:
    assert ask_as_browser(engine, "POST", PAGE).headers["Access-Control-Allow-Origin"] == PAGE
    assert ask_as_browser(engine, "PUT", PAGE).status_code == 403
    assert ask_as_browser(engine, "POST", STRANGER).status_code == 403


def test_answer_to_an_upload_is_for_the_page_of_the_rule_alone(
    s3: Any,  # noqa: ANN401 - a client made by name
) -> None:
    allowed, refused = post_as_page(s3, PAGE), post_as_page(s3, STRANGER)

    assert allowed.status_code == refused.status_code == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == PAGE
    assert "Access-Control-Allow-Origin" not in refused.headers


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
