"""The functions' AWS clients. Each accessor makes its client on first use and keeps it.

The build reads here which service an accessor uses (`_client` gets its name as a literal), and
compares the accessors that a function imports with `aws_services` in its package.toml.

Made by botocore, as boto3's clients are. boto3 would also import its transfer manager; without it
a cold start is a fifth shorter: docs/adr/0010-what-a-cold-start-loads.md
"""

import logging
from functools import cache
from typing import TYPE_CHECKING, cast

from botocore import httpsession
from botocore.config import Config
from botocore.session import Session, get_session

from shared.tls import tls_context

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_stepfunctions import SFNClient

# Short time-outs, so that a lost connection is retried well within a function's own time-out.
# "standard" retries throttling, 5xx and connection errors with exponential backoff and jitter.
RETRYING = Config(
    connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4}
)

# For calls that the client must not repeat by itself after a lost response.
SINGLE_ATTEMPT = Config(
    connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 1}
)

# For links and uploads of browsers. By default botocore signs them with Signature Version 2 in the
# oldest regions, which new buckets refuse, and for an address without the region, which redirects.
# The page's Content-Security-Policy allows the bucket's regional address only, in us-east-1 too.
PRESIGNING = RETRYING.merge(
    Config(
        signature_version="s3v4",
        s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
    )
)


@cache
def session() -> Session:
    """The one session of this execution environment: all clients share what it has read."""
    # At DEBUG they log whole requests and responses: mail addresses, tokens, the TinyPNG key. At
    # INFO they log, on each cold start, where they found credentials. Lambda sets the root logger
    # to the function's level, so their level is set here.
    for name in ("botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # botocore has no setting for the context of its clients.
    httpsession.create_urllib3_context = tls_context
    return get_session()


@cache
def cloudfront() -> "CloudFrontClient":
    """CloudFront."""
    return cast("CloudFrontClient", _client("cloudfront"))


@cache
def dynamodb() -> "DynamoDBClient":
    """DynamoDB."""
    return cast("DynamoDBClient", _client("dynamodb"))


@cache
def presigning_s3() -> "S3Client":
    """S3, to sign links and uploads for browsers; it sends nothing."""
    return cast("S3Client", _client("s3", PRESIGNING))


@cache
def s3() -> "S3Client":
    """S3."""
    return cast("S3Client", _client("s3"))


@cache
def ses() -> "SESV2Client":
    """SES. It never retries: after a lost response the mail may be sent already."""
    return cast("SESV2Client", _client("sesv2", SINGLE_ATTEMPT))


@cache
def ssm() -> "SSMClient":
    """Systems Manager, for its parameters."""
    return cast("SSMClient", _client("ssm"))


@cache
def step_functions() -> "SFNClient":
    """Step Functions."""
    return cast("SFNClient", _client("stepfunctions"))


def _client(service: str, config: Config = RETRYING) -> "BaseClient":
    return session().create_client(service, config=config)
