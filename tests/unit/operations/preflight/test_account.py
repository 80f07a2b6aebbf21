"""Whose credentials there are, and how to get some."""

import io
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    UnauthorizedSSOTokenError,
)

from operations.errors import OperationsError
from operations.preflight import account, aws
from operations.preflight.account import Account, connect, sign_in
from operations.preflight.aws import Aws
from tests.unit.operations.preflight.conftest import (
    ACCOUNT,
    CALLER,
    REGION,
    Cloud,
    Refusal,
    settings,
)

Wired = tuple[Aws, list[Cloud]]


def printed(wired: Wired) -> list[str]:
    return [str(finding) for finding in sign_in(settings(), wired[0]).findings]


def test_the_account_the_region_and_the_environment(wired: Wired, cloud: Cloud) -> None:
    found = sign_in(settings(environment="staging"), wired[0])
    assert found.account == Account(ACCOUNT, "aws", CALLER)
    assert [str(finding) for finding in found.findings] == [
        (
            f"ok    account: {ACCOUNT} as {CALLER}, region {REGION}, partition aws, environment "
            "staging: names begin with onboarding-staging-"
        )
    ]
    assert cloud.asked == [aws.IDENTITY]


def test_another_partition(wired: Wired, cloud: Cloud) -> None:
    arn = f"arn:aws-us-gov:iam::{ACCOUNT}:user/anna"
    cloud.answer(aws.IDENTITY, {"Account": ACCOUNT, "Arn": arn, "UserId": "A"})
    assert sign_in(settings(), wired[0]).account == Account(ACCOUNT, "aws-us-gov", arn)


@pytest.mark.parametrize(
    ("partition", "changes", "line"),
    [
        ("aws-eusc", {}, "fail  region: its partition aws-eusc is not supported; choose a region"),
        ("aws-cn", {}, "fail  region: SES is not available in China; set enable_user_activation"),
        ("aws-cn", {"enable_user_activation": False, "enable_web_api": False}, None),
    ],
)
def test_partitions_that_the_deployment_does_not_know(
    wired: Wired, cloud: Cloud, partition: str, changes: dict[str, Any], line: str | None
) -> None:
    arn = f"arn:{partition}:iam::{ACCOUNT}:user/anna"
    cloud.answer(aws.IDENTITY, {"Account": ACCOUNT, "Arn": arn, "UserId": "A"})
    found = [str(finding) for finding in sign_in(settings(**changes), wired[0]).findings[1:]]
    assert [text[: len(line or "")] for text in found] == ([line] if line else [])


def test_the_root_user(wired: Wired, cloud: Cloud) -> None:
    cloud.answer(aws.IDENTITY, {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:root"})
    assert printed(wired)[1].startswith("warn  credentials: they are those of the root user; ")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (NoCredentialsError(), "there are no AWS credentials; run `aws sso login"),
        (
            PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY; set both parts",
        ),
        (
            UnauthorizedSSOTokenError(),
            "The SSO session associated with this profile has expired",
        ),
        (
            CredentialRetrievalError(provider="process", error_msg="no"),
            "Error when retrieving credentials from process: no; correct what the profile runs",
        ),
        (NoRegionError(), "You must specify a region; run `aws sso login"),
        (
            EndpointConnectionError(endpoint_url="https://sts.eu-central-1.amazonaws.com/"),
            "AWS can't be reached: Could not connect to the endpoint URL: ",
        ),
    ],
)
def test_no_credentials_from_here(wired: Wired, cloud: Cloud, error: Exception, line: str) -> None:
    def no_answer(_: object) -> None:
        raise error

    cloud.answer(aws.IDENTITY, no_answer)
    found = sign_in(settings(), wired[0])
    assert found.account is None
    assert str(found.findings[0]).startswith(f"fail  credentials: {line}")


# "Common Error Types", STS's API reference.
@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("ExpiredToken", "they have expired: sign in again"),
        ("ExpiredTokenException", "they have expired: sign in again"),
        ("RequestExpired", "the clock of this machine is wrong, or they have expired"),
        ("SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID"),
        ("InvalidClientTokenId", "the access key does not exist or is switched off: run `aws "),
        ("UnrecognizedClientException", "the access key does not exist or is switched off: run "),
        ("AccessDenied", "run `aws sso login --profile NAME`"),
        ("Throttling", "run `aws sso login --profile NAME`"),
    ],
)
def test_credentials_that_aws_refuses(wired: Wired, cloud: Cloud, code: str, remedy: str) -> None:
    cloud.answer(aws.IDENTITY, Refusal(code, 403))
    (line,) = printed(wired)
    assert line.startswith("fail  credentials: AWS refuses them: ")
    assert f"; {remedy}" in line


def test_a_region_that_is_switched_off(wired: Wired, cloud: Cloud) -> None:
    answers = [Refusal("InvalidClientTokenId", 403), {"Account": ACCOUNT, "Arn": CALLER}]
    cloud.answer(aws.IDENTITY, lambda _: answers.pop(0))
    assert printed(wired) == [
        (
            f"fail  region: {REGION} is switched off in this account; enable it in the account's "
            "settings, or set another region"
        )
    ]


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "xx-nowhere-1"])
def test_a_key_that_is_valid_nowhere(wired: Wired, cloud: Cloud, region: str) -> None:
    cloud.answer(aws.IDENTITY, Refusal("InvalidClientTokenId", 403))
    (line,) = sign_in(settings(region=region), wired[0]).findings
    assert str(line).startswith("fail  credentials: AWS refuses them: InvalidClientTokenId: ")
    # The second time in a region that no account can switch off.
    assert cloud.asked == [aws.IDENTITY] * (1 if region == "us-east-1" else 2)


def test_a_profile_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "gone")
    with pytest.raises(OperationsError, match=r"profile \(gone\) could not be found"):
        connect(settings())


def key_of(connection: Aws) -> str:
    credentials = connection.session.get_credentials()
    assert credentials is not None
    return str(credentials.access_key)


def without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)


def test_the_metadata_service_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[Any] = []

    def unreachable(address: Any, timeout: float) -> None:  # noqa: ANN401 - socket's
        waited.append((address, timeout))
        raise TimeoutError

    without_keys(monkeypatch)
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setattr(socket, "create_connection", unreachable)
    connection = connect(settings())
    assert waited == [(("169.254.169.254", 80), 0.3)]
    assert connection.session.get_credentials() is None


@pytest.mark.parametrize("named", [True, False])
def test_the_metadata_service_is_asked_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    without_keys(monkeypatch)
    if named:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")
    else:
        monkeypatch.setattr(socket, "create_connection", lambda *_: io.BytesIO())
    session = connect(settings()).session
    resolver = session._session.get_component("credential_provider")
    assert "iam-role" in [provider.METHOD for provider in resolver.providers]


def test_credentials_in_the_environment_need_no_metadata_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(account, "_has_metadata_service", pytest.fail)
    connection = connect(settings(region="eu-west-1", aws_endpoint_url="http://127.0.0.1:4566"))
    assert key_of(connection) == os.environ["AWS_ACCESS_KEY_ID"]
    assert connection.client("sts").meta.endpoint_url == "http://127.0.0.1:4566"
    assert connection.client("sts").meta.region_name == "eu-west-1"


def test_a_profile_with_a_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text("[ours]\naws_access_key_id = A\naws_secret_access_key = B\n", "utf-8")
    without_keys(monkeypatch)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "ours")
    assert key_of(connect(settings())) == "A"
