"""Devices that have signed in before: each has a signed cookie, and so a count of its own.

Neither strangers' guesses at the user nor those of neighbours in the network lock it out.
https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.shared.cookies import Cookie

from web_api import signed_cookies
from web_api.sessions import is_current
from web_api.signed_cookies import SignedCookie
from web_api.signing_key import SigningKeys

COOKIE_NAME = "__Host-device"

# Each sign-in sets it again, so that only those who stay away for a quarter of a year lose it. For
# longer, it would keep a username in a browser that is no longer its user's.
DEVICE_SECONDS = 90 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Devices:
    """The devices of all users. Nothing is stored about them.

    Methods raise ServiceUnavailableError where SSM can't answer now.

    Attributes:
        keys: The keys that sign cookies.
    """

    keys: SigningKeys

    def remember(self, username: str, generation: str) -> Cookie:
        """The cookie of a device on which a user who has this generation has just signed in."""
        content = {"u": username, "d": secrets.token_urlsafe(16), "g": generation}
        return self._signed_cookie().signed(content, max_age=DEVICE_SECONDS)

    def find(self, cookie: str | None, username: str, generation: str, *, now: int) -> str | None:
        """The id of the device whose cookie it is.

        None where it isn't a cookie of ours, is too old, is for another username, or was revoked
        with the user's sessions.
        """
        found = self._signed_cookie().read(cookie)
        if found is None or now - found.signed_at >= DEVICE_SECONDS:
            return None
        content = found.content
        is_theirs = content["u"] == username and is_current(content["g"], generation)
        return str(content["d"]) if is_theirs else None

    def _signed_cookie(self) -> SignedCookie:
        return SignedCookie(COOKIE_NAME, "web_api.device", self.keys)


def device_cookie_of(event: Mapping[str, Any]) -> str | None:
    """The value of a request's device cookie, unchecked; None where there is none."""
    return signed_cookies.cookie_in(event, COOKIE_NAME)


def cookie_that_forgets() -> Cookie:
    """The cookie that removes the device's cookie from the browser."""
    return signed_cookies.cookie(COOKIE_NAME, "", max_age=0)
