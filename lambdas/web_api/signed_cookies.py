"""Cookies whose content our keys have signed."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from aws_lambda_powertools.shared.cookies import Cookie, SameSite
from itsdangerous import BadSignature, URLSafeTimedSerializer

from web_api.signing_key import SigningKeys

# Characters, about as many as browsers keep. Ours have about 200; with a username of another
# application up to 3,000.
COOKIE_LENGTH_LIMIT = 4096

# Another execution environment may have read a newer key, so an unknown signature makes us read the
# keys again: at most once in this many seconds, however many such cookies arrive.
LOOK_AGAIN_AFTER = 10


class SignedContent(NamedTuple):
    """What a cookie holds, and when it was signed, in seconds since the epoch."""

    content: Mapping[str, Any]
    signed_at: int


@dataclass(frozen=True, slots=True)
class SignedCookie:
    """A cookie for one purpose.

    Attributes:
        name: Its name. With "__Host-", browsers accept it over https only, for this host only, and
            for the whole site.
        salt: Its purpose. Not secret: it keeps signatures by the same key for other purposes from
            counting here.
        keys: The keys that sign.
    """

    name: str
    salt: str
    keys: SigningKeys

    def signed(self, content: Mapping[str, Any], *, max_age: int) -> Cookie:
        """The cookie with some content, signed now."""
        return cookie(self.name, self._serializer(self.keys.read()).dumps(content), max_age=max_age)

    def read(self, value: str | None) -> SignedContent | None:
        """The content of a cookie's value; None where none of our keys has signed it.

        Raises:
            ServiceUnavailableError: SSM can't answer now.
        """
        # Ours are ASCII; a lone surrogate could not be compared.
        if not value or not value.isascii() or len(value) > COOKIE_LENGTH_LIMIT:
            return None
        return self._verified(value, self.keys.read()) or self._verified(
            value, self.keys.read(age_limit=LOOK_AGAIN_AFTER)
        )

    def _verified(self, value: str, keys: tuple[str, ...]) -> SignedContent | None:
        try:
            content, signed_at = self._serializer(keys).loads(value, return_timestamp=True)
        except BadSignature:
            return None
        return SignedContent(content, int(signed_at.timestamp()))

    def _serializer(self, keys: tuple[str, ...]) -> URLSafeTimedSerializer:
        # The last key signs, each one verifies.
        return URLSafeTimedSerializer(
            list(keys),
            salt=self.salt,
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )


def cookie(name: str, value: str, *, max_age: int) -> Cookie:
    """A cookie that no script and no other site gets."""
    return Cookie(
        name,
        value,
        path="/",
        secure=True,
        http_only=True,
        same_site=SameSite.STRICT_MODE,
        max_age=max_age,
    )


def cookie_in(event: Mapping[str, Any], name: str) -> str | None:
    """The value of a request's cookie, unchecked; None where there is none."""
    for found, value in _cookies(event):
        if found == name:
            return value
    return None


def _cookies(event: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    # API Gateway sends a list; local engines may send the header instead.
    pairs = event.get("cookies") or str(event["headers"].get("cookie", "")).split(";")
    for pair in pairs:
        name, _, value = pair.strip().partition("=")
        yield name, value
