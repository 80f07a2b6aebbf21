"""Fixtures for the functions: empty caches, tables and bucket as from Terraform, logs."""

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from hypothesis import HealthCheck, settings

import shared.aws
from tests.unit.aws_account import REGION, KeepingSession, empty_account, make_table, service
from tests.unit.builders import (
    BUCKET,
    USER_PROFILE_TABLE,
    USER_TABLE,
    HttpServer,
    Profiles,
    Users,
    make_context,
)
from tooling.paths import REPOSITORY

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FUNCTIONS = {path.parent.name for path in REPOSITORY.glob("lambdas/*/handler.py")}

# A busy machine is no reason to fail. The examples are the same in each run, so that a change never
# fails for what another one did; HYPOTHESIS_PROFILE=explore looks for new ones, and prints what
# failed.
settings.register_profile(
    "unit",
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "explore", settings.get_profile("unit"), derandomize=False, max_examples=5000
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "unit"))

STATE_MACHINE = {
    "StartAt": "MailSent",
    "States": {"MailSent": {"Type": "Succeed"}},
}


def lambda_modules() -> list[ModuleType]:
    """The loaded modules of the functions and their shared code."""
    packages = FUNCTIONS | {"shared"}
    return [module for name, module in sys.modules.items() if name.split(".")[0] in packages]


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    """Each test starts like a new execution environment: no cached client or configuration."""
    clear_caches()
    yield
    clear_caches()


def clear_caches() -> None:
    for cached in known_caches(len(sys.modules)):
        cached.cache_clear()


@cache
def known_caches(loaded: int) -> list[Any]:
    """The caches in all modules that are loaded: the count makes it look again after an import."""
    del loaded
    return [
        value
        for module in lambda_modules()
        for value in vars(module).values()
        # Only functools' caches: a Protocol or a mock would have any attribute.
        if hasattr(value, "cache_clear") and hasattr(value, "cache_parameters")
    ]


@pytest.fixture
def context() -> LambdaContext:
    return make_context("11111111-2222-3333-4444-555555555555")


@pytest.fixture
def read_log(monkeypatch: pytest.MonkeyPatch) -> Callable[[Logger], Callable[[], list[Any]]]:
    """Catch the lines of a handler's logger: `lines = read_log(logger)`, and later `lines()`."""

    def catch(logger: Logger) -> Callable[[], list[Any]]:
        stream = io.StringIO()
        # Powertools binds stdout at import, before pytest replaces it.
        monkeypatch.setattr(logger.registered_handler, "stream", stream)
        return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]

    return catch


@pytest.fixture(scope="session")
def aws_session() -> boto3.Session:
    """One session for all tests."""
    return boto3.Session(botocore_session=KeepingSession())


@pytest.fixture
def aws(aws_session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS account in this process."""
    session = cast("KeepingSession", aws_session._session)
    session.take_back()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", aws_session)
    monkeypatch.setattr(shared.aws, "session", lambda: session)
    with empty_account():
        yield


@pytest.fixture
def users(aws: None, monkeypatch: pytest.MonkeyPatch) -> Users:
    """The User table."""
    del aws
    monkeypatch.setenv("USER_TABLE_NAME", USER_TABLE)
    make_table(USER_TABLE, "username", "S", stream="NEW_IMAGE")
    return Users(boto3.client("dynamodb"), USER_TABLE)


@pytest.fixture
def profiles(aws: None, monkeypatch: pytest.MonkeyPatch) -> Profiles:
    """The user-profile table."""
    del aws
    monkeypatch.setenv("USER_PROFILE_TABLE_NAME", USER_PROFILE_TABLE)
    make_table(USER_PROFILE_TABLE, "id", "N", stream="NEW_AND_OLD_IMAGES")
    return Profiles(boto3.client("dynamodb"), USER_PROFILE_TABLE)


@pytest.fixture
def s3(aws: None, monkeypatch: pytest.MonkeyPatch) -> "S3Client":
    """A client, and the bucket of profile images with its versions."""
    del aws
    monkeypatch.setenv("PROFILE_IMAGES_BUCKET_NAME", BUCKET)
    buckets = service("s3", "aws")
    buckets.create_bucket(BUCKET, REGION)
    buckets.put_bucket_versioning(BUCKET, "Enabled")
    return boto3.client("s3")


@pytest.fixture
def state_machine_arn(aws: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """A stand-in for the state machine, as tests check only the executions."""
    del aws
    arn: str = (
        service("stepfunctions")
        .create_state_machine(
            name="onboarding-SendUserActivationMail",
            definition=json.dumps(STATE_MACHINE),
            roleArn="arn:aws:iam::123456789012:role/onboarding-SendUserActivationMail",
        )
        .arn
    )
    monkeypatch.setenv("STATE_MACHINE_ARN", arn)
    return arn


@pytest.fixture
def http_server() -> Iterator[HttpServer]:
    """A real HTTP server on loopback with scripted responses."""
    with HttpServer() as server:
        yield server
