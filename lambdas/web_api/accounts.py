"""A user's account, as far as signing in and later requests need it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from shared.dynamodb import Item, Updated, number_of, text_of
from shared.errors import ServiceUnavailableError
from shared.user_table import STATUS_DONE, UserTable, status_of
from web_api.sessions import new_generation

# All that is read here, and all that the API's role may read: no activationToken.
READ_ATTRIBUTES = (
    "username",
    "name",
    "activationStatus",
    "userProfileId",
    "sessionGeneration",
    "disabledAt",
)

# A user of another application, or of a former version of this one (:text: the type S).
HAS_NO_GENERATION = "(NOT attribute_type(sessionGeneration, :text) OR sessionGeneration = :nothing)"


@dataclass(frozen=True, slots=True)
class Account:
    """A user's account.

    Attributes:
        username: The username.
        name: The user's name.
        is_activated: Whether the account was activated.
        is_disabled: Whether the account is disabled: nobody signs in, and no session is valid.
        profile_id: The user's profile; None where there is none.
        generation: The user's `sessionGeneration`; "" where there is none.
        password_hash: "" where there is none, or where it wasn't read.
    """

    username: str
    name: str
    is_activated: bool
    is_disabled: bool
    profile_id: int | None
    generation: str = field(repr=False)
    password_hash: str = field(default="", repr=False)


def account_of(users: UserTable, username: str) -> Account | None:
    """A user's account as it is now, without the password's hash; None where there is none."""
    return _read(users, username, READ_ATTRIBUTES)


def account_with_password_of(users: UserTable, username: str) -> Account | None:
    """A user's account as it is now; None where there is none."""
    return _read(users, username, (*READ_ATTRIBUTES, "passwordHash"))


def with_generation(users: UserTable, account: Account) -> Account | None:
    """The account with a `sessionGeneration`: a new one where the user has none.

    None where the account has gone or has another password by now.

    Args:
        users: The User table.
        account: The account with the password's hash.

    Raises:
        ServiceUnavailableError: DynamoDB can't answer now, or another write came first twice.
    """
    if account.generation:
        return account
    generation = new_generation()
    # The password's hash: by now, the username may be another person's.
    written = users.update_if(
        account.username,
        "SET sessionGeneration = :generation",
        condition=f"passwordHash = :hash AND {HAS_NO_GENERATION}",
        values={
            ":generation": {"S": generation},
            ":hash": {"S": account.password_hash},
            ":text": {"S": "S"},
            ":nothing": {"S": ""},
        },
    )
    if isinstance(written, Updated):
        return replace(account, generation=generation)
    # Another sign-in was quicker, or a former try of this call, whose response was lost.
    found = account_with_password_of(users, account.username)
    if found is None or found.password_hash != account.password_hash:
        return None
    if not found.generation:
        raise ServiceUnavailableError("table User: other writes came first")
    return found


def end_sessions(users: UserTable, account: Account) -> None:
    """End all sessions of a user, and forget all devices: the user gets a new generation."""
    users.update_if(
        account.username,
        "SET sessionGeneration = :new",
        # If not, another write has ended them already, and the user may even be gone.
        condition="sessionGeneration = :former",
        values={":new": {"S": new_generation()}, ":former": {"S": account.generation}},
    )


def _read(users: UserTable, username: str, attributes: Sequence[str]) -> Account | None:
    item = users.get_item(username, attributes)
    if item is None:
        return None
    return Account(
        username=username,
        name=text_of(item, "name"),
        is_activated=status_of(item) == STATUS_DONE,
        is_disabled="disabledAt" in item,
        profile_id=_profile_id(item),
        generation=text_of(item, "sessionGeneration"),
        password_hash=text_of(item, "passwordHash"),
    )


def _profile_id(item: Item) -> int | None:
    """The user's profile; None for a number that is not whole, which no profile of ours has."""
    number = Decimal(number_of(item, "userProfileId") or "NaN")
    return int(number) if number.is_finite() and number == number.to_integral_value() else None
