"""Signing in: checking the password of an activated account."""

from dataclasses import dataclass
from typing import Literal

from shared.user_table import UserTable
from web_api.accounts import Account, account_with_password_of
from web_api.attempts import sign_in_from
from web_api.limits import Counts
from web_api.models import Credentials
from web_api.passwords import is_right


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a sign-in is refused."""

    reason: Literal["wrong-credentials", "not-activated"]


def sign_in(
    users: UserTable, counts: Counts, credentials: Credentials, *, address: str, now: int
) -> Account | Refusal:
    """Check the credentials of a sign-in from an IP address.

    Only the right password reveals that there is such a user, and that the account is not activated
    yet. An unknown user takes the same time.

    Raises:
        TooManyAttemptsError: The password was not checked.
    """
    taken = counts.take(*sign_in_from(credentials.username, address), now=now)
    account = account_with_password_of(users, credentials.username)
    password_hash = account.password_hash if account is not None else ""
    if not is_right(credentials.password, password_hash) or account is None:
        return Refusal("wrong-credentials")
    # This attempt alone: earlier guesses, by whomever, stay counted.
    counts.give_back(taken)
    return account if account.is_activated else Refusal("not-activated")
