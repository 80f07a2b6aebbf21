"""Signing in: checking the password of an activated account."""

from dataclasses import dataclass
from typing import Literal

from shared.user_table import UserTable
from web_api.accounts import Account, account_with_password_of, with_generation
from web_api.attempts import sign_in_from, sign_in_on
from web_api.devices import Devices
from web_api.limits import Counts
from web_api.models import Credentials
from web_api.passwords import is_right


@dataclass(frozen=True, slots=True)
class Source:
    """Where an attempt to sign in comes from.

    Attributes:
        address: The IP address.
        device_cookie: The value of the device's cookie, unchecked; None where there is none.
    """

    address: str
    device_cookie: str | None = None


@dataclass(frozen=True, slots=True)
class FailedSignIn:
    """Why a sign-in is refused."""

    reason: Literal["wrong-credentials", "not-activated", "account-disabled"]


WRONG_CREDENTIALS = FailedSignIn("wrong-credentials")


def sign_in(  # noqa: PLR0913 - two tables, the keys' cookies, and one attempt
    users: UserTable,
    counts: Counts,
    devices: Devices,
    credentials: Credentials,
    *,
    source: Source,
    now: int,
) -> Account | FailedSignIn:
    """Check the credentials of a sign-in; the account that is let in has a `generation`.

    Only the right password reveals that there is such a user, and that the account is disabled or
    not activated yet. An unknown user takes the same time: one read, the same counts, one check of
    a password.

    Raises:
        TooManyAttemptsError: The password was not checked.
    """
    username = credentials.username
    account = account_with_password_of(users, username)
    generation = "" if account is None else account.generation
    device = devices.find(source.device_cookie, username, generation, now=now)
    uses = (
        sign_in_from(username, source.address) if device is None else sign_in_on(username, device)
    )
    taken = counts.take(*uses, now=now)
    password_hash = "" if account is None else account.password_hash
    if not is_right(credentials.password, password_hash) or account is None:
        return WRONG_CREDENTIALS
    # This attempt alone: earlier guesses, by whomever, stay counted.
    counts.give_back(taken)
    if account.is_disabled:
        return FailedSignIn("account-disabled")
    if not account.is_activated:
        return FailedSignIn("not-activated")
    return with_generation(users, account) or WRONG_CREDENTIALS
