"""Reading the TinyPNG account's key, and reading it again."""

from typing import TYPE_CHECKING

import boto3
import pytest

from create_thumbnail.api_key import AGE_LIMIT, ApiKey

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

NAME = "/onboarding/tinypng-api-key"


@pytest.fixture
def ssm(aws: None) -> "SSMClient":
    del aws
    client = boto3.client("ssm")
    client.put_parameter(Name=NAME, Value="first", Type="SecureString")
    return client


def replace(ssm: "SSMClient") -> None:
    ssm.put_parameter(Name=NAME, Value="second", Type="SecureString", Overwrite=True)


def test_the_key_is_decrypted(ssm: "SSMClient") -> None:
    assert ApiKey(ssm, NAME).read() == "first"


def test_a_replaced_key_is_read_after_five_minutes_and_no_sooner(ssm: "SSMClient") -> None:
    now = 1000.0
    api_key = ApiKey(ssm, NAME, clock=lambda: now)
    api_key.read()
    replace(ssm)

    now += AGE_LIMIT - 1
    assert api_key.read() == "first"
    now += 1
    assert api_key.read() == "second"


def test_a_missing_parameter_is_an_error(ssm: "SSMClient") -> None:
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ApiKey(ssm, "/onboarding/other").read()


def test_the_key_is_in_no_repr(ssm: "SSMClient") -> None:
    api_key = ApiKey(ssm, NAME)
    api_key.read()

    assert "first" not in repr(api_key)
