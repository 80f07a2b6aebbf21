"""The link of an activation mail: what it is good for, and using it once.

Only hashes are compared: the API reads no token. So a user without `activationTokenHash`, because
another application wrote the item and mailed its own token, or because the mail was sent before
there were hashes, has no link that works here: every token of theirs is a wrong one.
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

# All that is read of a user, and all that the API's role may read for it: no activationToken.
READ_ATTRIBUTES = (
    "username",
    "activationStatus",
    "activationTokenHash",
    "activationTokenCreatedAt",
    "userProfileId",
)

# Ids below this are whole numbers that JavaScript, and so any reader of JSON, holds exactly.
PROFILE_IDS = 2**53

# An attempt fails where another writer was quicker or the random profile id is taken; what to do
# about it shows when the user is read again. Nobody is overtaken this often by chance.
ATTEMPTS = 4
LOOK_AGAIN_CODES = frozenset(
    {"ConditionalCheckFailed", "TransactionConflict", "TransactionInProgressException"}
)
THROTTLED_CODES = frozenset({"ProvisionedThroughputExceeded", "ThrottlingError"})


@dataclass(frozen=True, slots=True)
class Link:
    """What the link in an activation mail says; nothing about it is believed yet.

    Attributes:
        username: The user that it is for.
        token: The token that proves it. Kept out of `repr`.
    """

    username: str
    token: str = field(repr=False)


def state_of(users: UserTable, link: Link, *, now: int, max_age_seconds: int) -> LinkState:
    """What a link is good for. Writes nothing, so whoever opens a link spoils nothing.

    Only who has the right token learns that it has expired.

    Args:
        users: The User table.
        link: The link.
        now: The time, in seconds since the epoch.
        max_age_seconds: How long a token is good for.

    Raises:
        ServiceUnavailableError: DynamoDB can't answer now.
    """
    user = _read_user(users, link.username)
    return _state(user, link, oldest=now - max_age_seconds)


def activate(
    users: UserTable, profiles: ProfileTable, link: Link, *, now: int, max_age_seconds: int
) -> Activation:
    """Use a link: set the user's status to DONE and make the user's profile, both or neither.

    The profile's id is random and kept as the user's `userProfileId`; the token is removed, so a
    link works once; `expiresAt` too, so the user stays. Of racing calls one answers "activated".

    Args:
        users: The User table.
        profiles: The user-profile table.
        link: The link.
        now: The time, in seconds since the epoch.
        max_age_seconds: How long a token is good for.

    Raises:
        ServiceUnavailableError: DynamoDB can't answer now, or other writers were quicker again and
            again. The same call may work later.
    """
    oldest = now - max_age_seconds
    our_profile_ids: set[str] = set()
    for _ in range(ATTEMPTS):
        user = _read_user(users, link.username)
        if _profile_id(user) in our_profile_ids:
            return "activated"  # an attempt of this call went through, and its answer was lost
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
    raise ServiceUnavailableError(f"table User: overtaken by other writers {ATTEMPTS} times")


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
    # A token that doesn't say how old it is counts as too old.
    if Decimal(number_of(user, "activationTokenCreatedAt") or 0) <= oldest:
        return "link-expired"
    return "ready"


def _hash(token: str) -> str:
    # A lone surrogate is in no token that was ever mailed; it just mustn't be an error here.
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
    """Write all or nothing.

    Returns:
        False where nothing was written, and reading the user again shows what to do.

    Raises:
        ServiceUnavailableError: DynamoDB can't answer now.
    """
    try:
        with temporary_errors_named("tables User and user-profile"):
            dynamodb.transact_write_items(
                TransactItems=writes,
                # For the client's own further tries after a lost answer. One token per attempt,
                # since each is about another profile id.
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
    """Why a transaction was refused: the code for each of its writes, or that of the whole."""
    if error_code(error) != "TransactionCanceledException":
        return {error_code(error)}
    return {reason.get("Code", "") for reason in error.response.get("CancellationReasons", [])}
