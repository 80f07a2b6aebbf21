"""A user's account, as far as signing in and what comes after it need it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.errors import temporary_errors_named
from shared.user_table import STATUS_DONE, text_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


# All that is read of a user here, and all that the API's role may read for it: no activationToken.
READ_ATTRIBUTES = ("username", "name", "activationStatus", "userProfileId")


@dataclass(frozen=True, slots=True)
class Account:
    """A user's account.

    Attributes:
        username: The user.
        name: What the user is called.
        is_activated: Whether the link in the mail was followed.
        profile_id: The user's profile; None where there is none.
        password_hash: "" where there is none, or where it wasn't asked for.
    """

    username: str
    name: str
    is_activated: bool
    profile_id: int | None
    password_hash: str = field(default="", repr=False)


def account_of(dynamodb: "DynamoDBClient", table_name: str, username: str) -> Account | None:
    """A user's account as it is now, without the password's hash; None where there is none.

    Raises:
        ServiceUnavailableError: DynamoDB can't answer now.
    """
    return _read(dynamodb, table_name, username, READ_ATTRIBUTES)


def account_with_password_of(
    dynamodb: "DynamoDBClient", table_name: str, username: str
) -> Account | None:
    """A user's account as it is now; None where there is none.

    Raises:
        ServiceUnavailableError: DynamoDB can't answer now.
    """
    return _read(dynamodb, table_name, username, (*READ_ATTRIBUTES, "passwordHash"))


def _read(
    dynamodb: "DynamoDBClient", table_name: str, username: str, attributes: Sequence[str]
) -> Account | None:
    with temporary_errors_named("table User"):
        answer = dynamodb.get_item(
            TableName=table_name,
            Key={"username": {"S": username}},
            # "name" is one of DynamoDB's own words.
            ProjectionExpression=", ".join(f"#{attribute}" for attribute in attributes),
            ExpressionAttributeNames={f"#{attribute}": attribute for attribute in attributes},
            ConsistentRead=True,
        )
    item = answer.get("Item")
    if item is None:
        return None
    profile_id = item.get("userProfileId", {}).get("N")
    return Account(
        username=username,
        name=text_of(item, "name"),
        is_activated=text_of(item, "activationStatus") == STATUS_DONE,
        profile_id=None if profile_id is None else int(profile_id),
        password_hash=text_of(item, "passwordHash"),
    )
