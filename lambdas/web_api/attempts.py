"""Slowing down who guesses passwords, or has mails sent to somebody: attempts are counted.

A count is raised before its attempt is looked at, in one write: a hundred attempts at once are a
hundred, and none of them gets through for free.
"""

import hashlib
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from shared.errors import temporary_errors_named

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "table web-state"


@dataclass(frozen=True, slots=True)
class Rule:
    """How many attempts are allowed.

    Attributes:
        name: What is counted: the beginning of the ids of its counts.
        limit: How many attempts a window has.
        window_seconds: How long a window is. All windows begin at a multiple of it.
    """

    name: str
    limit: int
    window_seconds: int

    def item_id(self, subject: str, now: int) -> str:
        """The id of the count of a subject, such as a user, in the window that is now."""
        return f"{self.name}#{subject}#{now // self.window_seconds}"

    def window_end(self, now: int) -> int:
        """When the window that is now ends, in seconds since the epoch."""
        return (now // self.window_seconds + 1) * self.window_seconds


SIGN_IN_BY_USER = Rule("sign-in#user", limit=10, window_seconds=15 * 60)
SIGN_IN_BY_ADDRESS = Rule("sign-in#address", limit=50, window_seconds=15 * 60)
# Each sign-up sends a mail, to whomever the address belongs to. Not by IP address: a whole office
# may sign up from one.
SIGN_UP_BY_EMAIL = Rule("sign-up#email", limit=3, window_seconds=60 * 60)


class TooManyAttemptsError(Exception):
    """A limit is reached.

    Attributes:
        retry_after_seconds: After how long the next attempt counts as the first one again.
    """

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("too many attempts")
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True)
class Attempts:
    """The counts of attempts, kept in the table of web state.

    Attributes:
        dynamodb: The client.
        table_name: The table.
    """

    dynamodb: "DynamoDBClient"
    table_name: str

    def count_sign_in(self, username: str, address: str, *, now: int) -> None:
        """Count an attempt to sign in that is about to be made.

        Args:
            username: Who somebody wants to sign in as, whether there is such a user or not.
            address: The IP address that it comes from.
            now: The time, in seconds since the epoch.

        Raises:
            TooManyAttemptsError: It is one too many: not to be made.
            ServiceUnavailableError: DynamoDB can't answer now.
        """
        # The address first: who is stopped by its limit raises no user's count any more.
        self._count(SIGN_IN_BY_ADDRESS, _network_of(address), now)
        self._count(SIGN_IN_BY_USER, username, now)

    def forget_sign_in(self, username: str, address: str, *, now: int) -> None:
        """Take an attempt off again, which was made by who knows the password.

        The user's count goes as a whole; the address keeps those of others: who has an account
        must not be able to go on guessing at other people's by signing in between.

        Args:
            username: Who has signed in.
            address: The IP address that it came from.
            now: The time that it was counted at, in seconds since the epoch.

        Raises:
            ServiceUnavailableError: DynamoDB can't answer now.
        """
        with temporary_errors_named(TABLE):
            self.dynamodb.delete_item(
                TableName=self.table_name,
                Key={"id": {"S": SIGN_IN_BY_USER.item_id(username, now)}},
            )
        self._add(-1, SIGN_IN_BY_ADDRESS, _network_of(address), now)

    def count_sign_up(self, email: str, *, now: int) -> None:
        """Count a sign-up that is about to be made, whether anybody has the mail address or not.

        Args:
            email: The mail address. Kept as a hash only, since many who sign up leave it at that.
            now: The time, in seconds since the epoch.

        Raises:
            TooManyAttemptsError: It is one too many: not to be made.
            ServiceUnavailableError: DynamoDB can't answer now.
        """
        digest = hashlib.sha256(email.lower().encode()).hexdigest()
        self._count(SIGN_UP_BY_EMAIL, digest, now)

    def _count(self, rule: Rule, subject: str, now: int) -> None:
        if self._add(1, rule, subject, now) > rule.limit:
            raise TooManyAttemptsError(rule.window_end(now) - now)

    def _add(self, attempts: int, rule: Rule, subject: str, now: int) -> int:
        """Add to a count, or take off it; the count as it is then."""
        with temporary_errors_named(TABLE):
            answer = self.dynamodb.update_item(
                TableName=self.table_name,
                Key={"id": {"S": rule.item_id(subject, now)}},
                UpdateExpression="ADD attempts :attempts SET expiresAt = :end",
                ExpressionAttributeValues={
                    ":attempts": {"N": str(attempts)},
                    ":end": {"N": str(rule.window_end(now))},
                },
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["attempts"]["N"])


def _network_of(address: str) -> str:
    """What one customer of a provider has: an IPv4 address, or a /64 of IPv6 addresses."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)
