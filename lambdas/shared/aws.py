"""How every AWS client of the functions is made.

By botocore itself: boto3's clients are these very objects, but importing boto3 brings in its
transfer manager and, with it, half of the standard library's process pools. The functions need
neither, and a cold start is a fifth shorter without them: docs/adr/0010-what-a-cold-start-loads.md
"""

import logging
from functools import cache
from typing import TYPE_CHECKING, Literal, overload

from botocore.config import Config
from botocore.session import Session, get_session

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_stepfunctions import SFNClient

# Short time-outs, so that a lost connection is tried again well within a function's own time-out.
# "standard" retries throttling, 5xx and connection errors with exponential backoff and jitter.
RETRYING = Config(
    connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4}
)

# For calls that must not be made twice by a client on its own after a lost answer.
SINGLE_ATTEMPT = Config(
    connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 1}
)


@cache
def session() -> Session:
    """The one session of this execution environment: what it has read serves every client."""
    # At DEBUG they log whole requests and answers: mail addresses, tokens, the TinyPNG key; and at
    # INFO, on each cold start, where they found credentials. Lambda sets the root logger's level to
    # the function's, so this must not depend on it.
    for name in ("botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return get_session()


@overload
def client(service: Literal["dynamodb"], config: Config = ...) -> "DynamoDBClient": ...
@overload
def client(service: Literal["s3"], config: Config = ...) -> "S3Client": ...
@overload
def client(service: Literal["sesv2"], config: Config = ...) -> "SESV2Client": ...
@overload
def client(service: Literal["ssm"], config: Config = ...) -> "SSMClient": ...
@overload
def client(service: Literal["stepfunctions"], config: Config = ...) -> "SFNClient": ...
def client(service: str, config: Config = RETRYING) -> "BaseClient":
    """A new client of an AWS service. Functions keep theirs: making one takes long."""
    return session().create_client(service, config=config)
