"""Asking for another activation mail: a new token, sent by the same state machine.

Whoever asks is a stranger: nobody has signed in yet. So a refusal answers nothing, not even whether
there is such a user, and the rules on the user's own item bound how many mails anybody can cause.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from shared.dynamodb import item_that_refused
from shared.errors import ServiceUnavailableError, error_code, temporary_errors_named
from shared.mail_feedback import MAILS_ARE_WELCOME
from shared.user_table import STATUS_MAIL_SENT, STATUS_NONE, text_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef
    from mypy_boto3_stepfunctions import SFNClient

TABLE = "table User"

# After so long without a request they are counted anew, in seconds. Without an end anybody who
# knows a username could use its requests up, and its owner would never get a link that works.
COUNTED_FOR = 24 * 3600

# The former token is removed, so its link ends here; the mail function makes the new one.
START_OVER = (
    "SET activationStatus = :none, activationMailRequestedAt = :now,"
    " activationMailRequest = :request, activationMailRequests = {count}{expiry}"
    " REMOVE activationToken, activationTokenHash, activationTokenCreatedAt"
)
# Only of users that signed up here, who have keepOnlyTokenHash: the link of another application's
# user leads there, and that application may know the token that a stranger would end with this.
# A claim is held by a sender that is at work: its mail must not carry a token that ends here.
# An address that bounced, or whose owner complained, is left alone: the API compares it, unread.
ALLOWED = (
    "activationStatus IN (:none, :sent)"
    f" AND {MAILS_ARE_WELCOME}"
    " AND keepOnlyTokenHash = :true"
    " AND attribute_exists(activationUrlBase)"
    " AND (attribute_not_exists(activationMailClaim)"
    " OR attribute_not_exists(activationMailClaimExpiresAt) OR activationMailClaimExpiresAt < :now)"
    " AND (attribute_not_exists(registeredAt) OR registeredAt <= :cool)"
    " AND (attribute_not_exists(activationMailRequestedAt) OR activationMailRequestedAt <= :cool)"
)
# Whoever is mailed anew has as long as after the sign-up: or the new link would end too early.
EXPIRES_LATER = ", expiresAt = :expires"
# A request counts as one more, or, a day after the last one, as the first.
ONE_MORE = "if_not_exists(activationMailRequests, :zero) + :one"
BELOW_THE_LIMIT = (
    "(attribute_not_exists(activationMailRequests) OR activationMailRequests < :limit)"
)
COUNT_IS_OVER = "activationMailRequestedAt <= :forgotten"


@dataclass(frozen=True, slots=True)
class ResendRules:
    """How often a user's mail is sent again.

    Attributes:
        cool_down_seconds: How long after registration, and after each request, none is taken.
        limit: How many requests are taken until a day has passed without one.
        user_seconds: How long the user is kept after the request, if never activated; None: for
            ever.
    """

    cool_down_seconds: int
    limit: int
    user_seconds: int | None = None


def request_mail(  # noqa: PLR0913 - two clients and what they work on, all but these by keyword
    dynamodb: "DynamoDBClient",
    stepfunctions: "SFNClient",
    *,
    user_table: str,
    state_machine_arn: str,
    username: str,
    now: int,
    rules: ResendRules,
) -> None:
    """Have a user's activation mail sent again, if there is such a user and the rules allow it.

    The user has status NONE and no token afterwards, and an execution of the state machine sends
    the mail as it does for a new user.

    Args:
        dynamodb: The client.
        stepfunctions: The client.
        user_table: The User table.
        state_machine_arn: The state machine, STANDARD or EXPRESS.
        username: A well-formed username; whether somebody has it is not known.
        now: The time, in seconds since the epoch.
        rules: How often it may be.

    Raises:
        ServiceUnavailableError: DynamoDB or Step Functions can't answer now. The request may have
            been counted and the former token ended all the same: the user can ask again after the
            cool-down.
    """
    request = secrets.token_hex(8)
    if not _start_over(dynamodb, user_table, username, request, now=now, rules=rules):
        return
    _start_execution(
        stepfunctions, state_machine_arn, username, _execution_name(username, request, now=now)
    )


def _start_over(  # noqa: PLR0913 - one conditional write, described by its parts
    dynamodb: "DynamoDBClient",
    user_table: str,
    username: str,
    request: str,
    *,
    now: int,
    rules: ResendRules,
) -> bool:
    """Put the user back to where a mail is due; answer whether this request did so."""
    values: dict[str, AttributeValueTypeDef] = {
        ":none": {"S": STATUS_NONE},
        ":sent": {"S": STATUS_MAIL_SENT},
        ":true": {"BOOL": True},
        ":now": {"N": str(now)},
        ":cool": {"N": str(now - rules.cool_down_seconds)},
        ":request": {"S": request},
        ":one": {"N": "1"},
    }
    one_more: dict[str, AttributeValueTypeDef] = {
        ":zero": {"N": "0"},
        ":limit": {"N": str(rules.limit)},
    }
    anew: dict[str, AttributeValueTypeDef] = {":forgotten": {"N": str(now - COUNTED_FOR)}}
    expiry = ""
    if rules.user_seconds is not None:
        expiry = EXPIRES_LATER
        values[":expires"] = {"N": str(now + rules.user_seconds)}
    return (
        _updated(
            dynamodb,
            user_table,
            username,
            update=START_OVER.format(count=ONE_MORE, expiry=expiry),
            condition=f"{ALLOWED} AND {BELOW_THE_LIMIT}",
            values={**values, **one_more},
        )
        or _updated(
            dynamodb,
            user_table,
            username,
            update=START_OVER.format(count=":one", expiry=expiry),
            condition=f"{ALLOWED} AND {COUNT_IS_OVER}",
            values={**values, **anew},
        )
        # The client tries again after a lost answer, and then it is our own request that is cooling
        # down. Not by ALL_OLD, which would show more of the user than the API may read.
        or _last_request(dynamodb, user_table, username) == request
    )


def _updated(  # noqa: PLR0913 - one conditional write, described by its parts
    dynamodb: "DynamoDBClient",
    user_table: str,
    username: str,
    *,
    update: str,
    condition: str,
    values: dict[str, "AttributeValueTypeDef"],
) -> bool:
    try:
        with temporary_errors_named(TABLE):
            dynamodb.update_item(
                TableName=user_table,
                Key={"username": {"S": username}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
    except ClientError as error:
        item_that_refused(error)  # raises whatever is no refused condition
        return False
    return True


def _last_request(dynamodb: "DynamoDBClient", user_table: str, username: str) -> str:
    with temporary_errors_named(TABLE):
        answer = dynamodb.get_item(
            TableName=user_table,
            Key={"username": {"S": username}},
            ProjectionExpression="username, activationMailRequest",
            ConsistentRead=True,
        )
    return text_of(answer.get("Item", {}), "activationMailRequest")


def _execution_name(username: str, request: str, *, now: int) -> str:
    """A name for this request alone, which finds all of one user without saying who that is."""
    user = hashlib.sha256(username.encode()).hexdigest()[:20]
    return f"resend-{user}-{now}-{request}"


def _start_execution(
    stepfunctions: "SFNClient", state_machine_arn: str, username: str, name: str
) -> None:
    try:
        with temporary_errors_named("state machine"):
            stepfunctions.start_execution(
                stateMachineArn=state_machine_arn,
                name=name,
                input=json.dumps({"username": username}),
            )
    except ClientError as error:
        # The client tried again after a lost answer, and the first try had been taken.
        if error_code(error) == "ExecutionAlreadyExists":
            return
        if error_code(error) == "ExecutionLimitExceeded":
            raise ServiceUnavailableError("state machine: too many executions") from error
        raise
