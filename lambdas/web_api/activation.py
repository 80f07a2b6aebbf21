"""The link of an activation mail: its state, and using it once.

The API reads no token and compares hashes only. So no link works here for a user without
`activationTokenHash`, whose item and mail come from another application or from before hashes. The
hash stays after the activation: only the link's own token is told that it was used, or is too old.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple

from botocore.exceptions import ClientError

from shared.dynamodb import Item, number_of, text_of
from shared.errors import ServiceUnavailableError, error_code, temporary_errors_named
from shared.profile_table import ProfileTable
from shared.user_table import STATUS_DONE, UserTable, may_be_a_username, status_of
from web_api.sessions import new_generation

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

FailedState = Literal[
    "unknown-user", "already-activated", "wrong-token", "link-expired", "account-disabled"
]
LinkState = Literal["ready"] | FailedState

# All that is read here, and all that the API's role may read: no activationToken.
READ_ATTRIBUTES = (
    "username",
    "name",
    "email",
    "activationStatus",
    "activationTokenHash",
    "activationTokenCreatedAt",
    "userProfileId",
    "passwordHash",
    "sessionGeneration",
    "disabledAt",
    "keepOnlyTokenHash",
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

    @property
    def token_hash(self) -> str:
        """The token's hash, as the item has it."""
        # No mailed token has a lone surrogate, but one in a request must not be an error.
        return hashlib.sha256(self.token.encode(errors="surrogatepass")).hexdigest()


class Validity(NamedTuple):
    """When a link is used, in seconds since the epoch, and how many seconds old it may be."""

    now: int
    max_age_seconds: int

    @property
    def oldest(self) -> int:
        """The time of the youngest token that is too old."""
        return self.now - self.max_age_seconds


@dataclass(frozen=True, slots=True)
class LinkedUser:
    """What a link leads to.

    Attributes:
        state: What the link is good for.
        user: The user's item, as far as it is read; empty unless the token is the link's own.
    """

    state: LinkState
    user: Item = field(repr=False)

    @property
    def password_hash(self) -> str:
        """The hash of the account's password; "" for an item of another application."""
        return text_of(self.user, "passwordHash")

    @property
    def has_password(self) -> bool:
        """Whether a password is needed to activate."""
        return "passwordHash" in self.user


class Proof(NamedTuple):
    """How somebody who uses a link has proven to be the account's owner.

    Attributes:
        checked_hash: The account's hash that their password was right for; "" without one.
        new_hash: The hash of a password that takes its place; "" without one.
    """

    checked_hash: str = ""
    new_hash: str = ""


# For an item that has no password: the link alone activates it.
NO_PASSWORD = Proof()


class Change(NamedTuple):
    """What an activation gives a user: the id of a profile, and the `sessionGeneration`, or ""."""

    profile_id: str
    generation: str


class Activated(NamedTuple):
    """An activation. `generation` is the user's for a session; "" where there is no password."""

    generation: str


def look_up(users: UserTable, link: Link, validity: Validity) -> LinkedUser:
    """What a link leads to. Writes nothing, so that opening a link has no effect.

    All states but "unknown-user" and "wrong-token" are for the link's own token only.
    """
    user = _read_user(users, link.username)
    state = _state(user, link, validity)
    is_its_own = state not in ("unknown-user", "wrong-token")
    return LinkedUser(state, user if user is not None and is_its_own else {})


def activate(
    users: UserTable,
    profiles: ProfileTable,
    link: Link,
    validity: Validity,
    *,
    proof: Proof = NO_PASSWORD,
) -> Activated | FailedState:
    """Use a link: set the user's status to DONE and make the user's profile, both or neither.

    The same write sets a new password, with a new `sessionGeneration`. The profile's random id is
    kept as the user's `userProfileId`. The token is removed, so that the link works once, and
    `expiresAt`, so that the user stays. Of racing calls one activates.

    Raises:
        ServiceUnavailableError: DynamoDB can't answer now, or other writers were quicker in each
            attempt. The same call may work later.
    """
    ours: dict[str, str] = {}  # generations by profile id
    fresh = new_generation()
    for _ in range(ATTEMPTS):
        user = _read_user(users, link.username)
        generation = ours.get(number_of(user or {}, "userProfileId") or "")
        if generation is not None:
            return Activated(generation)  # an attempt succeeded, and its response was lost
        state = _state(user, link, validity)
        if state != "ready":
            return state
        change = Change(str(secrets.randbelow(PROFILE_IDS)), _generation(user or {}, proof, fresh))
        ours[change.profile_id] = change.generation
        writes: list[TransactWriteItemTypeDef] = [
            _mark_done(users, link, proof, change, validity),
            _make_profile(profiles, link, change.profile_id),
        ]
        if _write(users.client, writes):
            return Activated(change.generation)
    raise ServiceUnavailableError(f"table User: other writes came first {ATTEMPTS} times")


def _read_user(users: UserTable, username: str) -> Item | None:
    return users.get_item(username, READ_ATTRIBUTES) if may_be_a_username(username) else None


def _state(user: Item | None, link: Link, validity: Validity) -> LinkState:
    if user is None:
        return "unknown-user"
    expected = text_of(user, "activationTokenHash").encode()
    if not hmac.compare_digest(link.token_hash.encode(), expected):
        return "wrong-token"
    if "disabledAt" in user:
        return "account-disabled"
    if status_of(user) == STATUS_DONE:
        return "already-activated"
    # A token without an age counts as expired.
    if Decimal(number_of(user, "activationTokenCreatedAt") or 0) <= validity.oldest:
        return "link-expired"
    return "ready"


def _generation(user: Item, proof: Proof, fresh: str) -> str:
    """The user's `sessionGeneration` after the activation; "" where nobody signs in."""
    if proof.new_hash:
        return fresh
    return (text_of(user, "sessionGeneration") or fresh) if proof.checked_hash else ""


def _mark_done(
    users: UserTable, link: Link, proof: Proof, change: Change, validity: Validity
) -> "TransactWriteItemTypeDef":
    sets, condition, values = _password_part(proof)
    if change.generation:
        sets += ", sessionGeneration = :generation"
        values = {**values, ":generation": {"S": change.generation}}
    return {
        "Update": {
            "TableName": users.name,
            "Key": users.key(link.username),
            "UpdateExpression": (
                f"SET activationStatus = :done, userProfileId = :profile, activatedAt = :now{sets}"
                " REMOVE activationToken, activationTokenCreatedAt, keepOnlyTokenHash, expiresAt"
            ),
            "ConditionExpression": (
                "activationStatus <> :done AND activationTokenHash = :hash"
                " AND activationTokenCreatedAt > :oldest AND attribute_not_exists(disabledAt)"
                f" AND {condition}"
            ),
            "ExpressionAttributeValues": {
                ":done": {"S": STATUS_DONE},
                ":profile": {"N": change.profile_id},
                ":now": {"N": str(validity.now)},
                ":hash": {"S": link.token_hash},
                ":oldest": {"N": str(validity.oldest)},
                **values,
            },
        }
    }


def _password_part(
    proof: Proof,
) -> "tuple[str, str, dict[str, AttributeValueTypeDef]]":
    """What a proof adds to the write: to its update, to its condition, and their values."""
    if proof.new_hash:
        new: AttributeValueTypeDef = {"S": proof.new_hash}
        return ", passwordHash = :new", "attribute_exists(passwordHash)", {":new": new}
    if proof.checked_hash:
        # The password was checked against this hash, and against no later one.
        return "", "passwordHash = :checked", {":checked": {"S": proof.checked_hash}}
    return "", "attribute_not_exists(passwordHash)", {}


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
