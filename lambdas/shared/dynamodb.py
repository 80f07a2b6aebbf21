"""Conditional writes to DynamoDB."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from shared.errors import error_code

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


def item_that_refused(error: ClientError) -> Mapping[str, "AttributeValueTypeDef"] | None:
    """The item that a conditional write found instead of what it asked for.

    Args:
        error: The refusal of a write with ReturnValuesOnConditionCheckFailure=ALL_OLD.

    Returns:
        The item; None where there is none, or where the write didn't ask for it.

    Raises:
        ClientError: The error itself, where it is no refused condition.
    """
    if error_code(error) != "ConditionalCheckFailedException":
        raise error
    # boto3 puts the item beside "Error", where its types know of no such key.
    return cast("dict[str, Mapping[str, AttributeValueTypeDef]]", error.response).get("Item")
