"""The User table, as far as more than one function knows it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shared.errors import InvalidEventError, temporary_errors_named

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

STATUS_NONE = "NONE"
STATUS_MAIL_SENT = "MAIL_SENT"
STATUS_DONE = "DONE"

KEY_BYTES_LIMIT = 2048  # of DynamoDB, for a hash key in UTF-8


def username_of(event: Mapping[str, Any]) -> str:
    """The username that a task of the state machine is asked about; "" where it is empty.

    Raises:
        InvalidEventError: The event has no username, or one that is not a string.
    """
    username = event.get("username") if isinstance(event, Mapping) else None
    if not isinstance(username, str):
        raise InvalidEventError("username: missing, or not a string")
    return username


def may_be_a_username(username: str) -> bool:
    """Whether DynamoDB takes it as a key at all; what it doesn't take is nobody's name."""
    try:
        size = len(username.encode())
    except UnicodeEncodeError:  # half of a surrogate pair, as JSON may hold it
        return False
    return 0 < size <= KEY_BYTES_LIMIT


def text_of(item: Mapping[str, "AttributeValueTypeDef"], name: str) -> str:
    """A string attribute of an item; "" where it is absent or of another type."""
    return item.get(name, {}).get("S", "")


def get_user(
    dynamodb: "DynamoDBClient", table_name: str, username: str
) -> Mapping[str, "AttributeValueTypeDef"] | None:
    """A user's item as it is now (strongly consistent); None where there is none.

    Raises:
        ServiceUnavailableError: DynamoDB can't answer now.
    """
    if not may_be_a_username(username):
        return None
    with temporary_errors_named("table User"):
        answer = dynamodb.get_item(
            TableName=table_name, Key={"username": {"S": username}}, ConsistentRead=True
        )
    return answer.get("Item")
