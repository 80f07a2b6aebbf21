"""Whose credentials there are: account, region and partition."""

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import botocore.session
from botocore.exceptions import (
    BotoCoreError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
    UnknownRegionError,
)

from operations.errors import OperationsError
from operations.preflight import aws
from operations.preflight.aws import Aws
from operations.preflight.findings import Finding, fail, ok, warn
from operations.preflight.settings import Settings

SUBJECT = "credentials"
HOW = (
    "run `aws sso login --profile NAME` or `aws configure --profile NAME`, then "
    "`export AWS_PROFILE=NAME`"
)
# The metadata service of an EC2 machine answers in milliseconds. Elsewhere nothing answers, and
# botocore, whose shortest time-out is 1 s, waits twice: "Instance metadata and user data", EC2 User
# Guide, has the address.
METADATA_SERVICE = ("169.254.169.254", 80)
METADATA_TIMEOUT_SECONDS = 0.3
# A region of each partition that no account can switch off.
ALWAYS_ENABLED = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}

# terraform/modules/context refuses others; SES has no region in China: "Amazon SES endpoints and
# quotas", AWS General Reference.
PARTITIONS = frozenset(ALWAYS_ENABLED)
WITHOUT_SES = "aws-cn"

# Codes of Common Errors in the references of STS and IAM.
_REMEDIES = {
    "ExpiredToken": "they have expired: sign in again, " + HOW,
    "ExpiredTokenException": "they have expired: sign in again, " + HOW,
    "RequestExpired": "the clock of this machine is wrong, or they have expired",
    "SignatureDoesNotMatch": (
        "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID, or the clock is wrong"
    ),
    "InvalidClientTokenId": "the access key does not exist or is switched off: " + HOW,
    "UnrecognizedClientException": "the access key does not exist or is switched off: " + HOW,
}

# What ends a run that began with good credentials: they expire, or somebody deletes them.
LOST = (
    aws.CredentialsError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
    CredentialRetrievalError,
)


@dataclass(frozen=True)
class Account:
    """The account of the credentials.

    Attributes:
        id: 12 digits.
        partition: Such as "aws".
        caller: The ARN of the user or role.
    """

    id: str
    partition: str
    caller: str


@dataclass(frozen=True)
class SignIn:
    """What the credentials are good for.

    Attributes:
        findings: The lines about it.
        account: None if nothing can be asked.
    """

    findings: tuple[Finding, ...]
    account: Account | None = None


def connect(settings: Settings) -> Aws:
    """AWS as Terraform will use it, with the shell's credentials; it asks nothing yet.

    Raises:
        OperationsError: AWS_PROFILE names no profile.
    """
    try:
        found = boto3.Session(botocore_session=_without_metadata_service())
        # Terraform's provider asks the metadata service last, too.
        if found.get_credentials() is None and _has_metadata_service():
            found = boto3.Session()
    except BotoCoreError as error:
        raise OperationsError(str(error)) from error
    return Aws(found, settings.region, settings.endpoint_url)


def _without_metadata_service() -> botocore.session.Session:
    session = botocore.session.get_session()
    session.get_component("credential_provider").remove("iam-role")
    return session


def _has_metadata_service() -> bool:
    if os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT"):
        return True
    try:
        socket.create_connection(METADATA_SERVICE, METADATA_TIMEOUT_SECONDS).close()
    except OSError:
        return False
    return True


def sign_in(settings: Settings, connection: Aws) -> SignIn:
    """Ask STS who this is."""
    try:
        answer = connection.ask(aws.IDENTITY)
    except BotoCoreError as error:
        return SignIn((_without_credentials(error),))
    except aws.UnreachableError as error:
        return SignIn((_unreachable(settings, error),))
    except OperationsError as error:
        return SignIn((_refused(settings, connection, error),))
    caller = str(answer["Arn"])
    account = Account(str(answer["Account"]), caller.split(":")[1], caller)
    return SignIn(tuple(_described(settings, account)), account)


def lost(error: Exception) -> Finding:
    """The line for an error of `LOST` after the sign-in."""
    if isinstance(error, BotoCoreError):
        return _without_credentials(error)
    code = _code_of(error)
    return fail(
        SUBJECT,
        f"AWS refuses them by now, and the other checks were not made: {error}",
        _REMEDIES.get(code, HOW),
    )


def _code_of(error: Exception) -> str:
    return str(error).split(":", maxsplit=1)[0]


def _without_credentials(error: BotoCoreError) -> Finding:
    match error:
        case NoCredentialsError():
            return fail(SUBJECT, "there are no AWS credentials", HOW)
        case PartialCredentialsError():
            return fail(SUBJECT, str(error), "set both parts of the access key, or " + HOW)
        case SSOError() | TokenRetrievalError():
            return fail(SUBJECT, str(error), "sign in again: `aws sso login`")
        case CredentialRetrievalError():
            return fail(SUBJECT, str(error), "correct what the profile runs for its credentials")
        case _:
            return fail(SUBJECT, str(error), HOW)


def _unreachable(settings: Settings, error: OperationsError) -> Finding:
    remedy = f"check the network, the proxy, and that there is a region {settings.region}"
    return fail(SUBJECT, f"AWS can't be reached: {error}", remedy)


def _refused(settings: Settings, connection: Aws, error: OperationsError) -> Finding:
    code = _code_of(error)
    if code == "InvalidClientTokenId" and _valid_elsewhere(settings, connection):
        return fail(
            "region",
            f"{settings.region} is switched off in this account",
            "enable it in the account's settings, or set another region",
        )
    return fail(SUBJECT, f"AWS refuses them: {error}", _REMEDIES.get(code, HOW))


def _valid_elsewhere(settings: Settings, connection: Aws) -> bool:
    """Whether the credentials are valid in another region: then the region is switched off.

    AWS says the same of an unknown access key and of a region that an account has not enabled:
    "Managing AWS STS in an AWS Region", IAM User Guide.
    """
    elsewhere = ALWAYS_ENABLED.get(_partition_of(connection, settings.region) or "aws")
    if elsewhere in (None, settings.region):
        return False
    try:
        connection.ask(aws.IDENTITY, region=elsewhere)
    except (OperationsError, BotoCoreError):
        return False
    return True


def _partition_of(connection: Aws, region: str) -> str | None:
    try:
        return str(connection.session.get_partition_for_region(region))
    except UnknownRegionError:
        return None


def _described(settings: Settings, account: Account) -> Iterator[Finding]:
    yield ok(
        "account",
        f"{account.id} as {account.caller}, region {settings.region}, partition "
        f"{account.partition}, environment {settings.environment}: names begin with "
        f"{settings.prefix}-",
    )
    if account.partition not in PARTITIONS:
        yield fail(
            "region",
            f"its partition {account.partition} is not supported",
            f"choose a region of {', '.join(sorted(PARTITIONS))}",
        )
    if account.partition == WITHOUT_SES and settings.sends_mails:
        yield fail(
            "region",
            "SES is not available in China",
            "set enable_user_activation = false and enable_web_api = false, or choose another "
            "region",
        )
    if account.caller.endswith(":root"):
        yield warn(
            SUBJECT,
            "they are those of the root user",
            "use a role with the rights that a deployment needs",
        )
