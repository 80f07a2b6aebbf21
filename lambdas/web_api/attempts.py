"""Slowing down who guesses passwords: attempts to sign in are counted, by user and by address.

A count is raised before its attempt is looked at, in one write: a hundred attempts at once are a
hundred, and none of them gets through for free.
"""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from shared.errors import temporary_errors_named

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WINDOW_SECONDS = 15 * 60
USER_LIMIT = 10  # attempts in a window
ADDRESS_LIMIT = 50

TABLE = "table web-state"


class TooManyAttemptsError(Exception):
    """A limit is reached.

    Attributes:
        retry_after_seconds: After how long the next attempt counts as the first one again.
    """

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("too many attempts to sign in")
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

    def count(self, username: str, address: str, *, now: int) -> None:
        """Count an attempt that is about to be made.

        Args:
            username: Who somebody wants to sign in as, whether there is such a user or not.
            address: The IP address that it comes from.
            now: The time, in seconds since the epoch.

        Raises:
            TooManyAttemptsError: It is one too many: not to be made.
            ServiceUnavailableError: DynamoDB can't answer now.
        """
        # The address first: who is stopped by its limit raises no user's count any more.
        if self._raise(_address_id(address, now), now) > ADDRESS_LIMIT:
            raise TooManyAttemptsError(_window_end(now) - now)
        if self._raise(_user_id(username, now), now) > USER_LIMIT:
            raise TooManyAttemptsError(_window_end(now) - now)

    def forget(self, username: str, *, now: int) -> None:
        """Take a user's count away: this attempt was made by who knows the password.

        Raises:
            ServiceUnavailableError: DynamoDB can't answer now.
        """
        with temporary_errors_named(TABLE):
            self.dynamodb.delete_item(
                TableName=self.table_name, Key={"id": {"S": _user_id(username, now)}}
            )

    def _raise(self, item_id: str, now: int) -> int:
        with temporary_errors_named(TABLE):
            answer = self.dynamodb.update_item(
                TableName=self.table_name,
                Key={"id": {"S": item_id}},
                UpdateExpression="ADD attempts :one SET expiresAt = :end",
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":end": {"N": str(_window_end(now))},
                },
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["attempts"]["N"])


def _window_end(now: int) -> int:
    return (now // WINDOW_SECONDS + 1) * WINDOW_SECONDS


def _user_id(username: str, now: int) -> str:
    return f"sign-in#user#{username}#{now // WINDOW_SECONDS}"


def _address_id(address: str, now: int) -> str:
    return f"sign-in#address#{_network_of(address)}#{now // WINDOW_SECONDS}"


def _network_of(address: str) -> str:
    """What one customer of a provider has: an IPv4 address, or a /64 of IPv6 addresses."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)
