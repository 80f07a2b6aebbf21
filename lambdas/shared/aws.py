"""The AWS clients of the functions. Each accessor makes its client on first use and keeps it.

The build compares the accessors that a function imports with `aws_services` in its package.toml. It
reads here which service an accessor uses: `_client` gets its name as a literal.

botocore makes the clients: boto3's are these very objects, but importing boto3 brings in its
transfer manager and, with it, half of the standard library's process pools. The functions need
neither, and a cold start is a fifth shorter without them: docs/adr/0010-what-a-cold-start-loads.md
"""

import logging
from functools import cache
from typing import TYPE_CHECKING, cast

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

# Browsers use the links and forms of such a client. Left to itself, botocore signs them by
# Signature Version 2 in the oldest regions, which no new bucket takes, and for an address without
# the region, which redirects. The page's Content-Security-Policy lets the browser go to the
# bucket's own regional address alone, so that must be it, in us-east-1 too.
PRESIGNING = RETRYING.merge(
    Config(
        signature_version="s3v4",
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
    )
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


@cache
def dynamodb() -> "DynamoDBClient":
    """The client of DynamoDB."""
    return cast("DynamoDBClient", _client("dynamodb"))


@cache
def presigning_s3() -> "S3Client":
    """The client of S3 that signs links and forms for browsers; it sends nothing."""
    return cast("S3Client", _client("s3", PRESIGNING))


@cache
def s3() -> "S3Client":
    """The client of S3."""
    return cast("S3Client", _client("s3"))


@cache
def ses() -> "SESV2Client":
    """The client of SES. It never retries: after a lost answer the mail may be sent already."""
    return cast("SESV2Client", _client("sesv2", SINGLE_ATTEMPT))


@cache
def ssm() -> "SSMClient":
    """The client of Systems Manager, for its parameters."""
    return cast("SSMClient", _client("ssm"))


@cache
def step_functions() -> "SFNClient":
    """The client of Step Functions."""
    return cast("SFNClient", _client("stepfunctions"))


def _client(service: str, config: Config = RETRYING) -> "BaseClient":
    return session().create_client(service, config=config)
