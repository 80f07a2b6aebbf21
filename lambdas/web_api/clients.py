"""The clients of this execution environment, and what is made of them: each made once."""

from functools import cache
from typing import TYPE_CHECKING

from shared.aws import RETRYING, client
from web_api.attempts import Attempts
from web_api.config import config
from web_api.sessions import Sessions
from web_api.signing_key import SigningKeys
from web_api.uploads import PRESIGNING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient


@cache
def dynamodb() -> "DynamoDBClient":
    """The one client of this execution environment."""
    return client("dynamodb")


@cache
def s3() -> "S3Client":
    """The one client of this execution environment: it only signs, and sends nothing."""
    return client("s3", RETRYING.merge(PRESIGNING))


@cache
def step_functions() -> "SFNClient":
    """The one client of this execution environment."""
    return client("stepfunctions")


@cache
def attempts() -> Attempts:
    """The counts of attempts to sign in and to sign up."""
    return Attempts(dynamodb(), config().web_state_table_name)


@cache
def sessions() -> Sessions:
    """The sessions of all users, with the keys that their cookies are signed with."""
    keys = SigningKeys(client("ssm"), config().session_key_parameter)
    return Sessions(
        dynamodb(), config().web_state_table_name, keys, seconds=config().session_seconds
    )
