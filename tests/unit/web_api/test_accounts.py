"""Reading a user's account: what is read, and what is made of it."""

from typing import TYPE_CHECKING

import pytest

from shared.errors import ServiceUnavailableError
from tests.unit.builders import Users, fail
from tests.unit.web_api.calls import calls_of, lose_an_answer
from web_api.accounts import (
    Account,
    account_of,
    account_with_password_of,
    end_sessions,
    with_generation,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


def test_an_account_is_read_as_it_is_now_and_no_more_of_it_than_is_needed(users: Users) -> None:
    users.put(
        activationStatus="DONE",
        activationToken="secret",
        passwordHash="a hash",
        sessionGeneration="first",
    )
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": "anna"}},
        UpdateExpression="SET userProfileId = :id",
        ExpressionAttributeValues={":id": {"N": str(2**53 - 1)}},
    )
    calls = calls_of(users.dynamodb, "GetItem")

    account = account_of(users.table, "anna")

    assert account == Account(
        "anna",
        "Anna Berg",
        is_activated=True,
        is_disabled=False,
        profile_id=2**53 - 1,
        generation="first",
    )
    (call,) = calls
    assert call["ConsistentRead"] is True
    assert sorted(call["ExpressionAttributeNames"].values()) == [
        "activationStatus",
        "disabledAt",
        "name",
        "sessionGeneration",
        "userProfileId",
        "username",
    ]
    assert call["ProjectionExpression"].count("#") == 6


def test_the_hash_is_read_where_it_is_asked_for_and_in_no_repr(users: Users) -> None:
    users.put(passwordHash="a hash")
    account = account_with_password_of(users.table, "anna")
    assert account is not None
    assert account.password_hash == "a hash"
    assert "a hash" not in repr(account)


@pytest.mark.parametrize("status", ["NONE", "MAIL_SENT", "done", None])
def test_only_done_is_activated(users: Users, status: str | None) -> None:
    users.put(activationStatus=status)
    account = account_of(users.table, "anna")
    assert account is not None
    assert not account.is_activated


@pytest.mark.parametrize("value", [{"N": "12.5"}, {"S": "17"}, {"NULL": True}])
def test_profile_id_that_is_no_whole_number_is_none(
    users: Users, value: "AttributeValueTypeDef"
) -> None:
    users.put()
    set_raw(users, "userProfileId", value)

    account = account_of(users.table, "anna")

    assert account is not None
    assert account.profile_id is None


def test_an_unknown_user_has_no_account(users: Users) -> None:
    assert account_of(users.table, "nobody") is None


def test_an_unreachable_table_is_named(users: Users) -> None:
    fail(users.dynamodb, "GetItem")
    with pytest.raises(ServiceUnavailableError, match="table User"):
        account_of(users.table, "anna")


@pytest.mark.parametrize("value", [{"N": "1795341600"}, {"S": "yes"}, {"NULL": True}])
def test_disabled_at_of_any_type_disables(users: Users, value: "AttributeValueTypeDef") -> None:
    users.put(activationStatus="DONE")
    set_raw(users, "disabledAt", value)
    account = account_of(users.table, "anna")
    assert account is not None
    assert account.is_disabled


# A generation for users without one


@pytest.mark.parametrize("value", [None, {"S": ""}, {"N": "1"}])
def test_a_user_without_a_generation_gets_one(
    users: Users, value: "AttributeValueTypeDef | None"
) -> None:
    account = account_without_generation(users, value)
    calls = calls_of(users.dynamodb, "UpdateItem")

    found = with_generation(users.table, account)

    assert found is not None
    assert len(found.generation) == 22  # 128 bits
    assert found.generation not in repr(found)
    assert users.get()["sessionGeneration"] == found.generation
    # The role may ask for no item.
    assert [call.get("ReturnValues", "NONE") for call in calls] == ["NONE"]


def test_a_generation_stays(users: Users) -> None:
    users.put(passwordHash="a hash", sessionGeneration="first")
    account = account_with_password_of(users.table, "anna")
    assert account is not None
    calls = calls_of(users.dynamodb, "UpdateItem")
    assert with_generation(users.table, account) == account
    assert calls == []


def test_of_two_first_sign_ins_at_once_the_stored_generation_counts(users: Users) -> None:
    account = account_without_generation(users)
    first = with_generation(users.table, account)
    second = with_generation(users.table, account)
    assert first == second
    assert first is not None
    assert users.get()["sessionGeneration"] == first.generation


def test_a_lost_answer_costs_no_generation(users: Users) -> None:
    account = account_without_generation(users)
    lose_an_answer(users.dynamodb, "UpdateItem")
    found = with_generation(users.table, account)
    assert found is not None
    assert found.generation == users.get()["sessionGeneration"]


@pytest.mark.parametrize("generation", [None, "of the next owner"])
def test_the_next_owner_of_the_name_is_never_signed_in(
    users: Users, generation: str | None
) -> None:
    account = account_without_generation(users)
    users.delete()
    users.put(activationStatus="DONE", passwordHash="another hash", sessionGeneration=generation)
    before = users.get()
    assert with_generation(users.table, account) is None
    assert users.get() == before
    users.delete()
    assert with_generation(users.table, account) is None


def test_a_generation_that_is_gone_again_at_once_is_told(users: Users) -> None:
    account = account_without_generation(users)
    fail(users.dynamodb, "UpdateItem", "ConditionalCheckFailedException", status=400)
    with pytest.raises(ServiceUnavailableError, match="other writes"):
        with_generation(users.table, account)


def test_a_new_generation_ends_all_sessions(users: Users) -> None:
    users.put(sessionGeneration="first")
    account = account_of(users.table, "anna")
    assert account is not None

    end_sessions(users.table, account)
    second = users.get()["sessionGeneration"]
    assert len(second) == 22

    # Another write was quicker: what it has begun stays, and nobody comes back.
    end_sessions(users.table, account)
    assert users.get()["sessionGeneration"] == second
    users.delete()
    end_sessions(users.table, account)
    assert users.get() == {}


def account_without_generation(
    users: Users, value: "AttributeValueTypeDef | None" = None
) -> Account:
    users.put(activationStatus="DONE", passwordHash="a hash")
    if value is not None:
        set_raw(users, "sessionGeneration", value)
    account = account_with_password_of(users.table, "anna")
    assert account is not None
    assert account.generation == ""
    return account


def set_raw(users: Users, name: str, value: "AttributeValueTypeDef") -> None:
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": "anna"}},
        UpdateExpression="SET #name = :value",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":value": value},
    )
