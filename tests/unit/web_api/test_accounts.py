"""Reading a user's account: what is read, and what is made of it."""

import pytest

from shared.errors import ServiceUnavailableError
from tests.unit.builders import Users, fail
from tests.unit.web_api.calls import calls_of
from web_api.accounts import Account, account_of, account_with_password_of


def test_an_account_is_read_as_it_is_now_and_no_more_of_it_than_is_needed(users: Users) -> None:
    users.put(activationStatus="DONE", activationToken="secret", passwordHash="a hash")
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": "anna"}},
        UpdateExpression="SET userProfileId = :id",
        ExpressionAttributeValues={":id": {"N": str(2**53 - 1)}},
    )
    calls = calls_of(users.dynamodb, "GetItem")

    account = account_of(users.table, "anna")

    assert account == Account("anna", "Anna Berg", is_activated=True, profile_id=2**53 - 1)
    (call,) = calls
    assert call["ConsistentRead"] is True
    assert sorted(call["ExpressionAttributeNames"].values()) == [
        "activationStatus",
        "name",
        "userProfileId",
        "username",
    ]
    assert call["ProjectionExpression"].count("#") == 4


def test_the_hash_is_read_where_it_is_asked_for_and_in_no_repr(users: Users) -> None:
    users.put(passwordHash="a hash")
    account = account_with_password_of(users.table, "anna")
    assert account is not None
    assert account.password_hash == "a hash"
    assert "a hash" not in repr(account)


@pytest.mark.parametrize("status", ["NONE", "MAIL_SENT", "done", None])
def test_only_done_is_activated(users: Users, status: str | None) -> None:
    users.put(activationStatus=status)
    assert account_of(users.table, "anna") == Account(
        "anna", "Anna Berg", is_activated=False, profile_id=None
    )


def test_an_unknown_user_has_no_account(users: Users) -> None:
    assert account_of(users.table, "nobody") is None


def test_an_unreachable_table_is_named(users: Users) -> None:
    fail(users.dynamodb, "GetItem")
    with pytest.raises(ServiceUnavailableError, match="table User"):
        account_of(users.table, "anna")
