"""Sessions: a signed cookie in the browser, and in the table the sessions that were signed out.

Nothing is stored about a session while it lasts. Its cookie is valid while one of the keys has
signed it, it is in use, nobody has signed out with it, and the user has its generation:
`web_api.signed_in` compares that.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.shared.cookies import Cookie

from web_api import signed_cookies
from web_api.signed_cookies import SignedCookie
from web_api.signing_key import SigningKeys
from web_api.web_state_table import WebStateTable

COOKIE_NAME = "__Host-session"

# A cookie is signed again after this part of the idle time, so that not every response sets one.
RENEWALS = 12


def new_generation() -> str:
    """A random value for a user's `sessionGeneration`: with it, all former sessions end."""
    return secrets.token_urlsafe(16)


def is_current(generation: str, current: str) -> bool:
    """Whether a cookie's generation is the user's current one; "" never is."""
    return generation != "" and hmac.compare_digest(generation.encode(), current.encode())


@dataclass(frozen=True, slots=True)
class Session:
    """One session of one user.

    Attributes:
        username: The user.
        session_id: Random. Kept out of `repr`.
        expires_at: When it ends, however much it is used, in seconds since the epoch.
        generation: The user's `sessionGeneration` at sign-in. Kept out of `repr`.
        signed_at: When its cookie was signed, in seconds since the epoch.
    """

    username: str
    session_id: str = field(repr=False)
    expires_at: int
    generation: str = field(repr=False)
    signed_at: int


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of all users.

    Methods raise ServiceUnavailableError where DynamoDB or SSM can't answer now.

    Attributes:
        table: The web-state table.
        keys: The keys that sign cookies.
        seconds: How long a session lasts.
        idle_seconds: How long it lasts without a request.
    """

    table: WebStateTable
    keys: SigningKeys
    seconds: int
    idle_seconds: int

    def start(self, username: str, generation: str, *, now: int) -> Cookie:
        """The cookie of a new session of a user who has this generation."""
        session_id = secrets.token_urlsafe(16)
        return self._cookie(
            Session(username, session_id, now + self.seconds, generation, now), now=now
        )

    def find(self, cookie: str | None, *, now: int, may_be_idle: bool = False) -> Session | None:
        """The session of a cookie's value; None where the cookie isn't ours or it has ended.

        Whether it is of the user's current generation is not checked here.

        Args:
            cookie: The value.
            now: In seconds since the epoch.
            may_be_idle: Also where this cookie was idle for too long, to end the session: somebody
                else may have a copy that was signed again.
        """
        session = self._signed(cookie, now=now)
        if session is None:
            return None
        is_idle = now - session.signed_at >= self.idle_seconds
        if (is_idle and not may_be_idle) or self._has_ended(session):
            return None
        return session

    def renewed(self, session: Session, *, now: int) -> Cookie | None:
        """A session's cookie signed again; None while the former is new enough."""
        is_due = now - session.signed_at >= self.idle_seconds // RENEWALS
        return self._cookie(session, now=now) if is_due else None

    def end(self, session: Session) -> None:
        """End a session, also for copies of its cookie, and for those signed again."""
        ended = self.table.key(_ended_id(session))
        self.table.put_item({**ended, "expiresAt": {"N": str(session.expires_at)}})

    def end_brought(self, cookie: str | None, *, now: int) -> None:
        """End the session of a cookie's value, if it is one, also an idle one."""
        session = self._signed(cookie, now=now)
        if session is not None:
            self.end(session)

    def _cookie(self, session: Session, *, now: int) -> Cookie:
        content = {
            "u": session.username,
            "s": session.session_id,
            "e": session.expires_at,
            "g": session.generation,
        }
        return self._signed_cookie().signed(content, max_age=session.expires_at - now)

    def _signed(self, cookie: str | None, *, now: int) -> Session | None:
        """The session of a cookie that we signed, unless its whole time is over."""
        found = self._signed_cookie().read(cookie)
        # Cookies had no generation before there was one.
        if found is None or "g" not in found.content:
            return None
        content = found.content
        session = Session(content["u"], content["s"], content["e"], content["g"], found.signed_at)
        return None if session.expires_at <= now else session

    def _has_ended(self, session: Session) -> bool:
        return self.table.get_item(_ended_id(session), ("id",)) is not None

    def _signed_cookie(self) -> SignedCookie:
        return SignedCookie(COOKIE_NAME, "web_api.session", self.keys)


def session_cookie_of(event: Mapping[str, Any]) -> str | None:
    """The value of a request's session cookie, unchecked; None where there is none."""
    return signed_cookies.cookie_in(event, COOKIE_NAME)


def cookie_that_ends() -> Cookie:
    """The cookie that removes the session's cookie from the browser."""
    return signed_cookies.cookie(COOKIE_NAME, "", max_age=0)


def _ended_id(session: Session) -> str:
    return f"ended-session#{session.session_id}"
