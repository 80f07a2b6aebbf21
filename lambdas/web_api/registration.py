"""Registering a user. The activation mail follows from the new item by itself."""

import hmac
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from shared.dynamodb import item_that_refused
from shared.errors import temporary_errors_named
from shared.user_table import STATUS_NONE, text_of
from web_api.models import Registration
from web_api.passwords import hash_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "table User"


def register(  # noqa: PLR0913 - the table, the user and the circumstances, the latter by keyword
    dynamodb: "DynamoDBClient",
    table_name: str,
    registration: Registration,
    *,
    activation_url_base: str,
    now: int,
    expires_at: int | None = None,
) -> bool:
    """Write a new user, in one write that never overwrites one.

    Args:
        dynamodb: The client.
        table_name: The User table.
        registration: The user.
        activation_url_base: The address that the link in the activation mail starts with.
        now: The time, in seconds since the epoch.
        expires_at: When the user is removed unless activated before, in the same; None: never.

    Returns:
        False where the username is taken: nothing is written then.

    Raises:
        ServiceUnavailableError: DynamoDB can't answer now.
    """
    password_hash = hash_of(registration.password)
    try:
        with temporary_errors_named(TABLE):
            dynamodb.put_item(
                TableName=table_name,
                Item={
                    "username": {"S": registration.username},
                    "name": {"S": registration.name},
                    "email": {"S": registration.email},
                    "activationStatus": {"S": STATUS_NONE},
                    "activationUrlBase": {"S": activation_url_base},
                    "passwordHash": {"S": password_hash},
                    "registeredAt": {"N": str(now)},
                    # For the mail function: nobody but the mail needs the token itself.
                    "keepOnlyTokenHash": {"BOOL": True},
                    **({} if expires_at is None else {"expiresAt": {"N": str(expires_at)}}),
                },
                ConditionExpression="attribute_not_exists(username)",
            )
    except ClientError as error:
        item_that_refused(error)
        return _is_ours(dynamodb, table_name, registration.username, password_hash)
    return True


def _is_ours(
    dynamodb: "DynamoDBClient", table_name: str, username: str, password_hash: str
) -> bool:
    """Whether it was this very call that took the username.

    The client tries again after a lost answer, and then finds what its first try has written. The
    salt makes the hash one that no other call has.
    """
    with temporary_errors_named(TABLE):
        answer = dynamodb.get_item(
            TableName=table_name,
            Key={"username": {"S": username}},
            ProjectionExpression="username, passwordHash",
            ConsistentRead=True,
        )
    found = text_of(answer.get("Item", {}), "passwordHash")
    return hmac.compare_digest(found.encode(), password_hash.encode())
