"""What a refused conditional write found."""

import pytest
from botocore.exceptions import ClientError

from shared.dynamodb import item_that_refused
from tests.unit.builders import Item, Users


def refused_write(users: Users, **options: str) -> ClientError:
    key: Item = {"username": {"S": "anna"}}
    with pytest.raises(ClientError) as caught:
        users.dynamodb.update_item(
            TableName=users.name,
            Key=key,
            UpdateExpression="SET locale = :locale",
            ConditionExpression="activationStatus = :locale",
            ExpressionAttributeValues={":locale": {"S": "fr"}},
            **options,  # type: ignore[arg-type] # the types want literals
        )
    return caught.value


def test_the_item_is_given_where_the_write_asked_for_it(users: Users) -> None:
    users.put("anna")
    error = refused_write(users, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    item = item_that_refused(error)
    assert item is not None
    assert item["activationStatus"] == {"S": "NONE"}


def test_no_item_where_there_is_none_or_none_was_asked_for(users: Users) -> None:
    assert (
        item_that_refused(refused_write(users, ReturnValuesOnConditionCheckFailure="ALL_OLD"))
        is None
    )
    users.put("anna")
    assert item_that_refused(refused_write(users)) is None


def test_another_error_is_raised_again() -> None:
    error = ClientError({"Error": {"Code": "ValidationException"}}, "UpdateItem")
    with pytest.raises(ClientError) as caught:
        item_that_refused(error)
    assert caught.value is error
