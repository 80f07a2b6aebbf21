"""Sessions: a signed cookie in the browser, and in the table the sessions that were signed out.

Nothing is stored about a session while it lasts. A cookie is valid if one of the keys has signed it
and nobody has signed out with it.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.shared.cookies import Cookie, SameSite
from itsdangerous import BadSignature, URLSafeTimedSerializer

from web_api.signing_key import SigningKeys
from web_api.web_state_table import WebStateTable

# With "__Host-", browsers accept it over https only, for this host only, and for the whole site.
COOKIE_NAME = "__Host-session"
COOKIE_LENGTH_LIMIT = 1024  # characters; ours have about 200

# Another execution environment may have read a newer key, so an unknown signature makes us read the
# keys again: at most once in this many seconds, however many such cookies arrive.
LOOK_AGAIN_AFTER = 10


def new_generation() -> str:
    """A random value for a user's `sessionGeneration`: with it, all former sessions end."""
    return secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class Session:
    """One session of one user.

    Attributes:
        username: The user.
        session_id: Random. Kept out of `repr`.
        expires_at: When it ends, in seconds since the epoch.
        profile_id: The user's profile at sign-in; None where there was none. A random number, so a
            later owner of the username has another one.
    """

    username: str
    session_id: str = field(repr=False)
    expires_at: int
    profile_id: int | None


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of all users.

    Methods raise ServiceUnavailableError where DynamoDB or SSM can't answer now.

    Attributes:
        table: The web-state table.
        keys: The keys that sign cookies.
        seconds: How long a session lasts.
    """

    table: WebStateTable
    keys: SigningKeys
    seconds: int

    def start(self, username: str, profile_id: int | None, *, now: int) -> Cookie:
        """The cookie of a new session."""
        content = {
            "u": username,
            "p": profile_id,
            "s": secrets.token_urlsafe(16),
            "e": now + self.seconds,
        }
        return _cookie(_serializer(self.keys.read()).dumps(content), max_age=self.seconds)

    def find(self, cookie: str | None, *, now: int) -> Session | None:
        """The session of a cookie's value; None where the cookie isn't ours or it has ended."""
        session = self._signed(cookie)
        if session is None or session.expires_at <= now or self._has_ended(session):
            return None
        return session

    def end(self, session: Session) -> None:
        """End a session, also for copies of its cookie."""
        ended = self.table.key(_ended_id(session))
        self.table.put_item({**ended, "expiresAt": {"N": str(session.expires_at)}})

    def _signed(self, cookie: str | None) -> Session | None:
        # Ours are ASCII; a lone surrogate could not be compared.
        if not cookie or not cookie.isascii() or len(cookie) > COOKIE_LENGTH_LIMIT:
            return None
        content = _content(cookie, self.keys.read())
        if content is None:
            content = _content(cookie, self.keys.read(age_limit=LOOK_AGAIN_AFTER))
        if content is None:
            return None
        return Session(content["u"], content["s"], content["e"], content.get("p"))

    def _has_ended(self, session: Session) -> bool:
        return self.table.get_item(_ended_id(session), ("id",)) is not None


def session_cookie_of(event: Mapping[str, Any]) -> str | None:
    """The value of a request's session cookie, unchecked; None where there is none."""
    for name, value in _cookies(event):
        if name == COOKIE_NAME:
            return value
    return None


def cookie_that_ends() -> Cookie:
    """The cookie that removes the session's cookie from the browser."""
    return _cookie("", max_age=0)


def _cookies(event: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    # API Gateway sends a list; local engines may send the header instead.
    pairs = event.get("cookies") or str(event["headers"].get("cookie", "")).split(";")
    for pair in pairs:
        name, _, value = pair.strip().partition("=")
        yield name, value


def _cookie(value: str, *, max_age: int) -> Cookie:
    return Cookie(
        COOKIE_NAME,
        value,
        path="/",
        secure=True,
        http_only=True,
        same_site=SameSite.STRICT_MODE,
        max_age=max_age,
    )


def _content(cookie: str, keys: tuple[str, ...]) -> dict[str, Any] | None:
    """The content that one of the keys has signed, in the form of `start`."""
    try:
        content: dict[str, Any] = _serializer(keys).loads(cookie)
    except BadSignature:
        return None
    return content


def _serializer(keys: tuple[str, ...]) -> URLSafeTimedSerializer:
    # The last key signs, each one verifies. The salt isn't secret: it keeps signatures by the same
    # key for other purposes from counting as sessions.
    return URLSafeTimedSerializer(
        list(keys),
        salt="web_api.session",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def _ended_id(session: Session) -> str:
    return f"ended-session#{session.session_id}"
