"""What the API works on: its tables, its session key, its variables."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from aws_lambda_powertools import Logger

from tests.unit.aws_account import make_table, service
from tests.unit.builders import Profiles, Users
from tests.unit.web_api.api import (
    FIRST_KEY,
    ORIGIN,
    OTHER_ORIGIN,
    SESSION_KEY_PARAMETER,
    UPLOAD_ORIGIN,
    WEB_STATE_TABLE,
    SessionKey,
    WebState,
)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's variables beside the names of tables, bucket and state machine."""
    for name, value in {
        "WEB_STATE_TABLE_NAME": WEB_STATE_TABLE,
        "PUBLIC_ORIGINS": f"{ORIGIN} {OTHER_ORIGIN}",
        "UPLOAD_ORIGIN": UPLOAD_ORIGIN,
        "THUMBNAIL_SIZES": "150,300",
        "SESSION_KEY_PARAMETER": SESSION_KEY_PARAMETER,
        "SESSION_HOURS": "12",
        "SESSION_IDLE_HOURS": "1",
        "ACTIVATION_LINK_HOURS": "24",
        "MAX_UPLOAD_BYTES": "10485760",
        "UPLOADS_PER_DAY": "50",
        "RESEND_COOL_DOWN_SECONDS": "60",
        "RESEND_LIMIT": "5",
        "SIGN_UPS_PER_HOUR": "20",
        "PRODUCT_NAME": "Cards & <More>",
        "PAGE_LANGUAGE": "en",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def web_state(aws: None) -> WebState:
    """The table of sign-in attempts and ended sessions."""
    del aws
    make_table(WEB_STATE_TABLE, "id", "S")
    return WebState(boto3.client("dynamodb"), WEB_STATE_TABLE)


@pytest.fixture
def session_key(aws: None) -> SessionKey:
    """The session key, in its first version."""
    del aws
    service("ssm").put_parameter(
        SESSION_KEY_PARAMETER,
        value=FIRST_KEY,
        parameter_type="SecureString",
        description="",
        allowed_pattern="",
        keyid="alias/aws/ssm",
        overwrite=False,
        tags=[],
        data_type="text",
        tier=None,
        policies=None,
    )
    return SessionKey(boto3.client("ssm"), SESSION_KEY_PARAMETER)


@pytest.fixture
def api(  # noqa: PLR0913, PLR0917 - all that the API works on
    environment: None,
    users: Users,
    profiles: Profiles,
    web_state: WebState,
    session_key: SessionKey,
    state_machine_arn: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All that the API works on is there."""
    del environment, users, profiles, web_state, session_key, state_machine_arn
    # Only addresses are made for it, and nothing is sent to it.
    monkeypatch.setenv("PROFILE_IMAGES_BUCKET_NAME", "onboarding-profile-images")
    monkeypatch.setattr("web_api.routes_accounts.RESEND_SECONDS", 0.0)


@pytest.fixture
def log_lines(
    read_log: Callable[[Logger], Callable[[], list[Any]]],
) -> Callable[[], list[Any]]:
    """What the API has logged so far."""
    from web_api.log import logger  # noqa: PLC0415 - as in api.py

    return read_log(logger)
