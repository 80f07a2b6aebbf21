"""Requests for another activation mail: a new token, sent by the same state machine.

Anybody can ask, since nobody has signed in yet. So the response reveals nothing, not even whether
the user exists, and rules on the user's item limit the mails that anybody can cause.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from shared.dynamodb import Item, Updated, text_of
from shared.errors import ServiceUnavailableError, error_code, temporary_errors_named
from shared.user_table import (
    CLAIM_IS_FREE,
    MAILS_ARE_WELCOME,
    STATUS_MAIL_SENT,
    STATUS_NONE,
    TOKEN_ATTRIBUTES,
    UserTable,
)

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

# Seconds without a request after which the count begins again. Otherwise anybody who knows a
# username could use its requests up, and its owner would never get a link that works.
COUNTED_FOR = 24 * 3600

# Removing the former token ends its link; the mail function makes the new one.
START_OVER = (
    "SET activationStatus = :none, activationMailRequestedAt = :now,"
    " activationMailRequest = :request, activationMailRequests = {count}{expiry}"
    f" REMOVE {TOKEN_ATTRIBUTES}"
)
# For users that signed up here only, who have keepOnlyTokenHash: another application's links lead
# to that application, and a stranger must not end its tokens. Not while a sender holds a claim: its
# mail would have a token that ends here. Not to an address that bounced or complained, which the
# API may compare but not read.
ALLOWED = (
    "activationStatus IN (:none, :sent)"
    f" AND {MAILS_ARE_WELCOME}"
    " AND keepOnlyTokenHash = :true"
    " AND attribute_exists(activationUrlBase)"
    f" AND {CLAIM_IS_FREE}"
    " AND (attribute_not_exists(registeredAt) OR registeredAt <= :cool)"
    " AND (attribute_not_exists(activationMailRequestedAt) OR activationMailRequestedAt <= :cool)"
)
# The user is kept as long as after the sign-up, or the new link would end too early.
EXPIRES_LATER = ", expiresAt = :expires"
# A request counts as one more; a day after the last one, as the first.
ONE_MORE = "if_not_exists(activationMailRequests, :zero) + :one"
BELOW_THE_LIMIT = (
    "(attribute_not_exists(activationMailRequests) OR activationMailRequests < :limit)"
)
COUNT_IS_OVER = "activationMailRequestedAt <= :forgotten"


@dataclass(frozen=True, slots=True)
class ResendRules:
    """How often a user's mail is sent again.

    Attributes:
        cool_down_seconds: How long after registration, and after each request, none is accepted.
        limit: The requests that are accepted until a day passes without one.
        user_seconds: How long the user is kept after the request unless activated; None: for ever.
    """

    cool_down_seconds: int
    limit: int
    user_seconds: int | None = None


def request_mail(  # noqa: PLR0913 - what it works on, then the request and its rules by keyword
    users: UserTable,
    stepfunctions: "SFNClient",
    *,
    state_machine_arn: str,
    username: str,
    now: int,
    rules: ResendRules,
) -> None:
    """Send a user's activation mail again, if the user exists and the rules allow it.

    The user gets status NONE and no token, and an execution of the state machine, STANDARD or
    EXPRESS, sends the mail as it does for a new user.

    Raises:
        ServiceUnavailableError: DynamoDB or Step Functions can't answer now. The request may have
            been counted and the former token removed nevertheless: the user can ask again after
            the cool-down.
    """
    request = secrets.token_hex(8)
    if not _start_over(users, username, request, now=now, rules=rules):
        return
    _start_execution(
        stepfunctions, state_machine_arn, username, _execution_name(username, request, now=now)
    )


def _start_over(
    users: UserTable, username: str, request: str, *, now: int, rules: ResendRules
) -> bool:
    """Reset the user, so that a mail is due; return whether this request did it."""
    expiry: Item = {}
    if rules.user_seconds is not None:
        expiry = {":expires": {"N": str(now + rules.user_seconds)}}
    values: Item = {
        ":none": {"S": STATUS_NONE},
        ":sent": {"S": STATUS_MAIL_SENT},
        ":true": {"BOOL": True},
        ":now": {"N": str(now)},
        ":cool": {"N": str(now - rules.cool_down_seconds)},
        ":request": {"S": request},
        ":one": {"N": "1"},
        **expiry,
    }

    def updated(count: str, condition: str, more: Item) -> bool:
        update = START_OVER.format(count=count, expiry=EXPIRES_LATER if expiry else "")
        result = users.update_if(
            username, update, condition=f"{ALLOWED} AND {condition}", values={**values, **more}
        )
        return isinstance(result, Updated)

    return (
        updated(ONE_MORE, BELOW_THE_LIMIT, {":zero": {"N": "0"}, ":limit": {"N": str(rules.limit)}})
        or updated(":one", COUNT_IS_OVER, {":forgotten": {"N": str(now - COUNTED_FOR)}})
        # After a lost response the client retries, within the cool-down of our own request. Not by
        # ALL_OLD, which would return more of the user than the API may read.
        or _last_request(users, username) == request
    )


def _last_request(users: UserTable, username: str) -> str:
    found = users.get_item(username, ("username", "activationMailRequest")) or {}
    return text_of(found, "activationMailRequest")


def _execution_name(username: str, request: str, *, now: int) -> str:
    """A name for this request, by which a user's can be found without naming the user."""
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
        # The client retried after a lost response, and the first try had succeeded.
        if error_code(error) == "ExecutionAlreadyExists":
            return
        if error_code(error) == "ExecutionLimitExceeded":
            raise ServiceUnavailableError("state machine: too many executions") from error
        raise
