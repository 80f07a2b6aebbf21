"""Limits on attempts to sign in and to sign up, against guessing and against unwanted mails.

An attempt is counted before it is checked, in one write, so that a hundred concurrent attempts
count as a hundred.
"""

import hashlib
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from web_api.web_state_table import WebStateTable


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit on attempts.

    Attributes:
        name: What is counted: the prefix of its items' ids.
        limit: Attempts in a window.
        window_seconds: The length of a window. Windows begin at its multiples.
    """

    name: str
    limit: int
    window_seconds: int

    def item_id(self, subject: str, now: int) -> str:
        """The id of the count of a subject, such as a user, in the current window."""
        return f"{self.name}#{subject}#{now // self.window_seconds}"

    def window_end(self, now: int) -> int:
        """When the current window ends, in seconds since the epoch."""
        return (now // self.window_seconds + 1) * self.window_seconds


SIGN_IN_BY_USER = Rule("sign-in#user", limit=10, window_seconds=15 * 60)
SIGN_IN_BY_ADDRESS = Rule("sign-in#address", limit=50, window_seconds=15 * 60)
# Each sign-up sends a mail to the address's owner. Not limited by IP address, which a whole office
# may share.
SIGN_UP_BY_EMAIL = Rule("sign-up#email", limit=3, window_seconds=60 * 60)


class TooManyAttemptsError(Exception):
    """A limit is reached. `retry_after_seconds`: until the next window begins."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("too many attempts")
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True)
class Attempts:
    """The counts of attempts, kept in the table of web state.

    Methods raise ServiceUnavailableError where DynamoDB can't answer now.
    """

    table: WebStateTable

    def count_sign_in(self, username: str, address: str, *, now: int) -> None:
        """Count an attempt to sign in from an IP address, before it is made.

        Raises:
            TooManyAttemptsError: The limit is reached: the attempt must not be made.
        """
        # The address first: once its limit is reached, no user's count rises any more.
        self._count(SIGN_IN_BY_ADDRESS, _network_of(address), now)
        self._count(SIGN_IN_BY_USER, username, now)

    def forget_sign_in(self, username: str, address: str, *, now: int) -> None:
        """Reset the user's count after a right password, and take the attempt off the address's.

        The address keeps its other attempts: signing in to one account must not reset guesses at
        others. `now` is the time of `count_sign_in`.
        """
        self.table.delete_item(SIGN_IN_BY_USER.item_id(username, now))
        self._add(-1, SIGN_IN_BY_ADDRESS, _network_of(address), now)

    def count_sign_up(self, email: str, *, now: int) -> None:
        """Count a sign-up with a mail address, before it is made.

        The address is kept as a hash only, since many people never finish signing up.

        Raises:
            TooManyAttemptsError: The limit is reached: the sign-up must not be made.
        """
        digest = hashlib.sha256(email.lower().encode()).hexdigest()
        self._count(SIGN_UP_BY_EMAIL, digest, now)

    def _count(self, rule: Rule, subject: str, now: int) -> None:
        if self._add(1, rule, subject, now) > rule.limit:
            raise TooManyAttemptsError(rule.window_end(now) - now)

    def _add(self, attempts: int, rule: Rule, subject: str, now: int) -> int:
        """Add to a count, or subtract from it; return the new count."""
        updated = self.table.update(
            rule.item_id(subject, now),
            "ADD attempts :attempts SET expiresAt = :end",
            {":attempts": {"N": str(attempts)}, ":end": {"N": str(rule.window_end(now))}},
        )
        return int(updated["attempts"]["N"])


def _network_of(address: str) -> str:
    """One customer's network: an IPv4 address, or a /64 of IPv6 addresses."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)
