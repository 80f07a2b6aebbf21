"""Who is signed in, and signing somebody in: cookies and the user's item together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponseHeader
from aws_lambda_powertools.shared.cookies import Cookie

from web_api.accounts import Account, account_of
from web_api.devices import COOKIE_NAME as DEVICE_COOKIE
from web_api.problems import NOT_SIGNED_IN, ProblemError
from web_api.sessions import COOKIE_NAME, Session, is_current, session_cookie_of
from web_api.stores import devices, sessions, users

# In the OpenAPI document: a route that needs a session, the cookie that its response may set, and
# the cookies that signing in and signing out everywhere set.
SIGNED_IN: list[dict[str, list[str]]] = [{"session": []}]
RENEWED_COOKIE: dict[str, OpenAPIResponseHeader] = {
    "Set-Cookie": {
        "description": f"{COOKIE_NAME}, where it is due to be signed again",
        "schema": {"type": "string"},
    }
}
SET_COOKIES: dict[str, OpenAPIResponseHeader] = {
    "Set-Cookie": {
        "description": f"{COOKIE_NAME}, and {DEVICE_COOKIE}",
        "schema": {"type": "string"},
    }
}


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """Whose request it is.

    Attributes:
        account: The signed-in user's account.
        session: The session.
        cookies: For the response: the session's cookie, where it is to be signed again.
    """

    account: Account
    session: Session
    cookies: tuple[Cookie, ...]


def signed_in(event: Mapping[str, Any], *, now: int) -> SignedInUser:
    """Who has signed in, by a request's cookie and the user's item.

    The item must have the cookie's generation, so a later owner of the username is somebody else.

    Raises:
        ProblemError: Nobody is signed in.
    """
    session = sessions().find(session_cookie_of(event), now=now)
    if session is not None:
        account = account_of(users(), session.username)
        if account is not None and _is_valid(session, account):
            renewed = sessions().renewed(session, now=now)
            return SignedInUser(account, session, () if renewed is None else (renewed,))
    raise ProblemError(NOT_SIGNED_IN, "Sign in first.")


def signed_in_cookies(
    username: str, generation: str, *, event: Mapping[str, Any], now: int
) -> list[Cookie]:
    """The cookies of a user who signs in: those of a new session and of the device.

    Ends the session that the request came with, also another user's.

    Args:
        username: The user, who has proven to be that.
        generation: The user's `sessionGeneration`, read or written with that proof.
        event: The request.
        now: In seconds since the epoch.
    """
    sessions().end_brought(session_cookie_of(event), now=now)
    return [
        sessions().start(username, generation, now=now),
        devices().remember(username, generation),
    ]


def _is_valid(session: Session, account: Account) -> bool:
    if account.is_disabled:
        # For good: it must not come back where somebody enables the account by hand.
        sessions().end(session)
        return False
    return account.is_activated and is_current(session.generation, account.generation)
