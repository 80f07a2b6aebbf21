"""The function's environment, what others write on a user, and a look at what SES took."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from tests.unit.builders import Users

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

FROM_ADDRESS = "no-reply@shop.example"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's variables beside the table's name."""
    monkeypatch.setenv("FROM_ADDRESS", FROM_ADDRESS)
    monkeypatch.setenv("PRODUCT_NAME", "Digital Card Store")
    monkeypatch.setenv("MAIL_CLAIM_SECONDS", "60")


@pytest.fixture
def keep_only_hash(users: Users) -> Callable[[], None]:
    """What an application asks for that compares hashes, on the user "anna"."""
    return lambda: update_anna(users, "SET keepOnlyTokenHash = :true", {":true": {"BOOL": True}})


@pytest.fixture
def start_over(users: Users) -> Callable[[], None]:
    """What the web API writes when the mail of the user "anna" is asked for again."""
    return lambda: update_anna(
        users,
        "SET activationStatus = :none, keepOnlyTokenHash = :true"
        " REMOVE activationToken, activationTokenHash, activationTokenCreatedAt",
        {":none": {"S": "NONE"}, ":true": {"BOOL": True}},
    )


def update_anna(users: Users, expression: str, values: "dict[str, AttributeValueTypeDef]") -> None:
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": "anna"}},
        UpdateExpression=expression,
        ExpressionAttributeValues=values,
    )


@pytest.fixture
def sent_mails(aws: None, environment: None) -> Callable[[], list[Any]]:
    """The mails that SES has taken, oldest first; only from the verified sender."""
    del aws, environment
    boto3.client("sesv2").create_email_identity(EmailIdentity=FROM_ADDRESS)
    return lambda: list(ses_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].sent_messages)
