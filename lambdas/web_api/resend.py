"""Requests for another activation mail: a new token, sent by the same state machine.

Anybody can ask, since nobody has signed in yet. So the response reveals nothing, not even whether
the user exists. Rules on the user's item, and limits for the mailbox, limit the mails that anybody
can cause.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from shared.dynamodb import Item, Updated, number_of, text_of
from shared.errors import ServiceUnavailableError, error_code, temporary_errors_named
from shared.user_table import (
    CLAIM_IS_FREE,
    MAILS_ARE_WELCOME,
    STATUS_MAIL_SENT,
    STATUS_NONE,
    TOKEN_ATTRIBUTES,
    UserTable,
    status_of,
)
from web_api.limits import Counts, Taken, TooManyAttemptsError
from web_api.mail_limits import mail_to
from web_api.refusals import Refusals

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

# Seconds without a request after which the count begins again. Otherwise anybody who knows a
# username could use its requests up, and its owner would never get a link that works.
COUNTED_FOR = 24 * 3600

# A user who never activates is kept for this many times the period, counted from the sign-up, also
# where somebody asks for the mail again and again. Four: who forgot the mail has weeks to come
# back, and nobody keeps a username for ever without the mailbox.
LONGEST_LIFE = 4  # periods

# What is read of a user: to look whether a mail may be due, and for the mailbox's limits.
READ_ATTRIBUTES = (
    "username",
    "email",
    "activationStatus",
    "registeredAt",
    "activationMailRequestedAt",
    "expiresAt",
)

# Removing the former token ends its link; the mail function makes the new one.
START_OVER = (
    "SET activationStatus = :none, activationMailRequestedAt = :now,"
    " activationMailRequest = :request, activationMailRequests = {count}{expiry}"
    f" REMOVE {TOKEN_ATTRIBUTES}, mailWithheld"
)
# For users that signed up here only, who have keepOnlyTokenHash: another application's links lead
# to that application, and a stranger must not end its tokens. Not while a sender holds a claim: its
# mail would have a token that ends here. Not to an address that bounced or complained, which the
# API may compare but not read. Only while the user has the address whose mails were counted.
ALLOWED = (
    "activationStatus IN (:none, :sent) AND email = :email"
    f" AND {MAILS_ARE_WELCOME}"
    " AND keepOnlyTokenHash = :true"
    " AND attribute_not_exists(disabledAt)"
    " AND attribute_exists(activationUrlBase)"
    f" AND {CLAIM_IS_FREE}"
    " AND (attribute_not_exists(registeredAt) OR registeredAt <= :cool)"
    " AND (attribute_not_exists(activationMailRequestedAt) OR activationMailRequestedAt <= :cool)"
)
# The user is kept as long as after the sign-up, or the new link would end too early, but not beyond
# LONGEST_LIFE. Users without the attribute signed up before it was switched on, and are kept.
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


@dataclass(frozen=True, slots=True)
class Resends:
    """Requests for activation mails.

    Attributes:
        users: The User table.
        stepfunctions: Step Functions.
        state_machine_arn: The state machine that sends the mails.
        counts: The counts of mails.
        refusals: What mailbox owners have refused.
        rules: How often a user's mail is sent again.
    """

    users: UserTable
    stepfunctions: "SFNClient"
    state_machine_arn: str
    counts: Counts
    refusals: Refusals
    rules: ResendRules

    def request_mail(self, username: str, *, now: int) -> None:
        """Send a user's activation mail again, if the user exists and rules and limits allow it.

        The user gets status NONE and no token, and an execution of the state machine, STANDARD or
        EXPRESS, sends the mail as it does for a new user.

        Raises:
            ServiceUnavailableError: DynamoDB or Step Functions can't answer now. The request may
                have been counted and the former token removed nevertheless: the user can ask again
                after the cool-down.
        """
        user = self.users.get_item(username, READ_ATTRIBUTES)
        if user is None or not self._may_be_due(user, now):
            return
        email = text_of(user, "email")
        if not email or self.refusals.was_refused(username, email, now=now):
            return
        try:
            mail = self.counts.take(*mail_to(email, "activation"), now=now)
        except TooManyAttemptsError:
            return
        self._send_again(user, mail, now=now)

    def _may_be_due(self, user: Item, now: int) -> bool:
        """Whether the user waits, and the cool-down is over. The write decides.

        Requests that this refuses never touch the mailbox's counts: a flood of them does not keep
        the one back that is due.
        """
        latest = now - self.rules.cool_down_seconds
        times = (number_of(user, "registeredAt"), number_of(user, "activationMailRequestedAt"))
        is_cool = all(time is None or float(time) <= latest for time in times)
        return is_cool and status_of(user) in (STATUS_NONE, STATUS_MAIL_SENT)

    def _send_again(self, user: Item, mail: Taken, *, now: int) -> None:
        username, request = text_of(user, "username"), secrets.token_hex(8)
        if not self._start_over(user, request, now=now):
            self.counts.give_back(mail)
            return
        name = _execution_name(username, request, now=now)
        _start_execution(self.stepfunctions, self.state_machine_arn, username, name)

    def _start_over(self, user: Item, request: str, *, now: int) -> bool:
        """Reset the user, so that a mail is due; return whether this request did it."""
        username = text_of(user, "username")
        later = _later_end(user, self.rules.user_seconds, now=now)
        expiry: Item = {} if later is None else {":expires": {"N": str(later)}}
        values: Item = {
            ":none": {"S": STATUS_NONE},
            ":sent": {"S": STATUS_MAIL_SENT},
            ":true": {"BOOL": True},
            ":email": {"S": text_of(user, "email")},
            ":now": {"N": str(now)},
            ":cool": {"N": str(now - self.rules.cool_down_seconds)},
            ":request": {"S": request},
            ":one": {"N": "1"},
            **expiry,
        }

        def updated(count: str, condition: str, more: Item) -> bool:
            update = START_OVER.format(count=count, expiry=EXPIRES_LATER if expiry else "")
            result = self.users.update_if(
                username, update, condition=f"{ALLOWED} AND {condition}", values={**values, **more}
            )
            return isinstance(result, Updated)

        limit: Item = {":zero": {"N": "0"}, ":limit": {"N": str(self.rules.limit)}}
        return (
            updated(ONE_MORE, BELOW_THE_LIMIT, limit)
            or updated(":one", COUNT_IS_OVER, {":forgotten": {"N": str(now - COUNTED_FOR)}})
            # After a lost response the client retries, within the cool-down of our own request. Not
            # by ALL_OLD, which would return more of the user than the API may read.
            or _last_request(self.users, username) == request
        )


def _later_end(user: Item, user_seconds: int | None, *, now: int) -> int | None:
    """When a user is now removed unless activated; None where that does not change."""
    end, registered_at = number_of(user, "expiresAt"), number_of(user, "registeredAt")
    if user_seconds is None or end is None or registered_at is None:
        return None
    last = int(float(registered_at)) + LONGEST_LIFE * user_seconds
    later = min(now + user_seconds, last)
    return later if later > float(end) else None


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
