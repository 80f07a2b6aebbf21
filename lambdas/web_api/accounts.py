"""A user's account, as far as signing in and later requests need it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.dynamodb import number_of, text_of
from shared.user_table import STATUS_DONE, UserTable, status_of

# All that is read here, and all that the API's role may read: no activationToken.
READ_ATTRIBUTES = ("username", "name", "activationStatus", "userProfileId")


@dataclass(frozen=True, slots=True)
class Account:
    """A user's account.

    Attributes:
        username: The username.
        name: The user's name.
        is_activated: Whether the account was activated.
        profile_id: The user's profile; None where there is none.
        password_hash: "" where there is none, or where it wasn't read.
    """

    username: str
    name: str
    is_activated: bool
    profile_id: int | None
    password_hash: str = field(default="", repr=False)


def account_of(users: UserTable, username: str) -> Account | None:
    """A user's account as it is now, without the password's hash; None where there is none."""
    return _read(users, username, READ_ATTRIBUTES)


def account_with_password_of(users: UserTable, username: str) -> Account | None:
    """A user's account as it is now; None where there is none."""
    return _read(users, username, (*READ_ATTRIBUTES, "passwordHash"))


def _read(users: UserTable, username: str, attributes: Sequence[str]) -> Account | None:
    item = users.get_item(username, attributes)
    if item is None:
        return None
    profile_id = number_of(item, "userProfileId")
    return Account(
        username=username,
        name=text_of(item, "name"),
        is_activated=status_of(item) == STATUS_DONE,
        profile_id=None if profile_id is None else int(profile_id),
        password_hash=text_of(item, "passwordHash"),
    )
