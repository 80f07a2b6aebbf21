"""The link of an activation mail: its state, and using it once.

The API reads no token and compares hashes only. So no link works here for a user without
`activationTokenHash`, whose item and mail come from another application or from before hashes.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from shared.dynamodb import Item, number_of, text_of
from shared.errors import ServiceUnavailableError, error_code, temporary_errors_named
from shared.profile_table import ProfileTable
from shared.user_table import (
    STATUS_DONE,
    TOKEN_ATTRIBUTES,
    UserTable,
    may_be_a_username,
    status_of,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

LinkState = Literal["ready", "unknown-user", "already-activated", "wrong-token", "link-expired"]
Activation = Literal[
    "activated", "unknown-user", "already-activated", "wrong-token", "link-expired"
]

# All that is read here, and all that the API's role may read: no activationToken.
READ_ATTRIBUTES = (
    "username",
    "activationStatus",
    "activationTokenHash",
    "activationTokenCreatedAt",
    "userProfileId",
)

# JavaScript, and so any reader of JSON, holds whole numbers below this exactly.
PROFILE_IDS = 2**53

# An attempt fails where another writer was quicker or the random profile id is taken; the user is
# then read again. Chance alone never takes this many attempts.
ATTEMPTS = 4
LOOK_AGAIN_CODES = frozenset(
    {"ConditionalCheckFailed", "TransactionConflict", "TransactionInProgressException"}
)
THROTTLED_CODES = frozenset({"ProvisionedThroughputExceeded", "ThrottlingError"})


@dataclass(frozen=True, slots=True)
class Link:
    """The content of an activation link, not yet checked. The token is kept out of `repr`."""

    username: str
    token: str = field(repr=False)


def state_of(users: UserTable, link: Link, *, now: int, max_age_seconds: int) -> LinkState:
    """The state of a link. Writes nothing, so that opening a link has no effect.

    "link-expired" is for the right token only.
    """
    user = _read_user(users, link.username)
    return _state(user, link, oldest=now - max_age_seconds)


def activate(
    users: UserTable, profiles: ProfileTable, link: Link, *, now: int, max_age_seconds: int
) -> Activation:
    """Use a link: set the user's status to DONE and make the user's profile, both or neither.

    The profile's random id is kept as the user's `userProfileId`. The token is removed, so that the
    link works once, and `expiresAt`, so that the user stays. Of racing calls one returns
    "activated".

    Raises:
        ServiceUnavailableError: DynamoDB can't answer now, or other writers were quicker in each
            attempt. The same call may work later.
    """
    oldest = now - max_age_seconds
    our_profile_ids: set[str] = set()
    for _ in range(ATTEMPTS):
        user = _read_user(users, link.username)
        if _profile_id(user) in our_profile_ids:
            return "activated"  # an attempt of this call succeeded, and its response was lost
        state = _state(user, link, oldest=oldest)
        if state != "ready":
            return state
        profile_id = str(secrets.randbelow(PROFILE_IDS))
        our_profile_ids.add(profile_id)
        writes: list[TransactWriteItemTypeDef] = [
            _mark_done(users, link, profile_id, now=now, oldest=oldest),
            _make_profile(profiles, link, profile_id),
        ]
        if _write(users.client, writes):
            return "activated"
    raise ServiceUnavailableError(f"table User: other writes came first {ATTEMPTS} times")


def _read_user(users: UserTable, username: str) -> Item | None:
    return users.get_item(username, READ_ATTRIBUTES) if may_be_a_username(username) else None


def _state(user: Item | None, link: Link, *, oldest: int) -> LinkState:
    if user is None:
        return "unknown-user"
    if status_of(user) == STATUS_DONE:
        return "already-activated"
    expected = text_of(user, "activationTokenHash").encode()
    if not hmac.compare_digest(_hash(link.token).encode(), expected):
        return "wrong-token"
    # A token without an age counts as expired.
    if Decimal(number_of(user, "activationTokenCreatedAt") or 0) <= oldest:
        return "link-expired"
    return "ready"


def _hash(token: str) -> str:
    # No mailed token has a lone surrogate, but one in a request must not be an error.
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _profile_id(user: Item | None) -> str | None:
    return number_of(user or {}, "userProfileId")


def _mark_done(
    users: UserTable, link: Link, profile_id: str, *, now: int, oldest: int
) -> "TransactWriteItemTypeDef":
    return {
        "Update": {
            "TableName": users.name,
            "Key": users.key(link.username),
            "UpdateExpression": (
                "SET activationStatus = :done, userProfileId = :profile, activatedAt = :now"
                f" REMOVE {TOKEN_ATTRIBUTES}, keepOnlyTokenHash, expiresAt"
            ),
            "ConditionExpression": (
                "activationStatus <> :done AND activationTokenHash = :hash"
                " AND activationTokenCreatedAt > :oldest"
            ),
            "ExpressionAttributeValues": {
                ":done": {"S": STATUS_DONE},
                ":profile": {"N": profile_id},
                ":now": {"N": str(now)},
                ":hash": {"S": _hash(link.token)},
                ":oldest": {"N": str(oldest)},
            },
        }
    }


def _make_profile(
    profiles: ProfileTable, link: Link, profile_id: str
) -> "TransactWriteItemTypeDef":
    return {
        "Put": {
            "TableName": profiles.name,
            "Item": {**profiles.key(profile_id), "username": {"S": link.username}},
            "ConditionExpression": "attribute_not_exists(id)",
        }
    }


def _write(dynamodb: "DynamoDBClient", writes: list["TransactWriteItemTypeDef"]) -> bool:
    """Write all or nothing; False where nothing was written and the user is to be read again."""
    try:
        with temporary_errors_named("tables User and user-profile"):
            dynamodb.transact_write_items(
                TransactItems=writes,
                # For the client's own retries after a lost response. A new one for each attempt,
                # as each has another profile id.
                ClientRequestToken=secrets.token_hex(16),
            )
    except ClientError as error:
        reasons = _reasons(error)
        if reasons & LOOK_AGAIN_CODES:
            return False
        if reasons & THROTTLED_CODES:
            raise ServiceUnavailableError("tables User and user-profile: throttled") from error
        raise
    return True


def _reasons(error: ClientError) -> set[str]:
    """Why a transaction was refused: the codes of its writes, or that of the whole."""
    if error_code(error) != "TransactionCanceledException":
        return {error_code(error)}
    return {reason.get("Code", "") for reason in error.response.get("CancellationReasons", [])}
