"""The function's environment, and a look at what SES took."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

FROM_ADDRESS = "no-reply@shop.example"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's variables beside the table's name."""
    monkeypatch.setenv("FROM_ADDRESS", FROM_ADDRESS)
    monkeypatch.setenv("PRODUCT_NAME", "Digital Card Store")
    monkeypatch.setenv("MAIL_CLAIM_SECONDS", "60")


@pytest.fixture
def sent_mails(aws: None, environment: None) -> Callable[[], list[Any]]:
    """The mails that SES has taken, oldest first; only from the verified sender."""
    del aws, environment
    boto3.client("sesv2").create_email_identity(EmailIdentity=FROM_ADDRESS)
    return lambda: list(ses_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].sent_messages)
