"""Attributes by type, reads, and what a conditional write answers."""

import boto3
import pytest
from botocore.exceptions import ClientError

from shared.dynamodb import (
    ConditionFailed,
    Item,
    Updated,
    is_true,
    item_on_failed_condition,
    number_of,
    text_of,
)
from shared.errors import ServiceUnavailableError
from tests.unit.builders import Profiles, Users, fail
from tests.unit.web_api.calls import calls_of

ITEM: Item = {
    "text": {"S": "a"},
    "number": {"N": "7"},
    "yes": {"BOOL": True},
    "no": {"BOOL": False},
}


def set_locale(
    users: Users, *, status: str = "NONE", new_item: bool = False, found_item: bool = False
) -> Updated | ConditionFailed:
    return users.table.update_if(
        "anna",
        "SET locale = :locale",
        condition="activationStatus = :status",
        values={":locale": {"S": "fr"}, ":status": {"S": status}},
        new_item=new_item,
        found_item=found_item,
    )


def test_attributes_are_read_by_their_type() -> None:
    assert [text_of(ITEM, name) for name in ("text", "number", "none")] == ["a", "", ""]
    assert [number_of(ITEM, name) for name in ("number", "text", "none")] == ["7", None, None]
    assert [is_true(ITEM, name) for name in ("yes", "no", "text", "none")] == [
        True,
        False,
        False,
        False,
    ]


def test_an_item_is_read_as_a_whole_or_in_part(users: Users) -> None:
    users.put("anna")
    whole = users.table.get_item("anna")
    assert whole is not None
    assert len(whole) == 6
    # "name" is one of the words that DynamoDB reserves.
    assert users.table.get_item("anna", ("name", "no_such")) == {"name": {"S": "Anna Berg"}}
    assert users.table.get_item("björn", ("name",)) is None


def test_a_key_has_the_type_of_its_table(users: Users, profiles: Profiles) -> None:
    assert users.table.key("7") == {"username": {"S": "7"}}
    assert profiles.table.key("7") == {"id": {"N": "7"}}


def test_a_new_item_never_overwrites_one(users: Users) -> None:
    assert users.table.put_new({**users.table.key("anna"), "locale": {"S": "de"}})
    assert not users.table.put_new({**users.table.key("anna"), "locale": {"S": "fr"}})
    assert users.get("anna") == {"username": "anna", "locale": "de"}


def test_an_item_is_put_over_another_updated_and_deleted(users: Users) -> None:
    users.put("anna")
    users.table.put_item({**users.table.key("anna"), "tries": {"N": "1"}})
    assert users.get("anna") == {"username": "anna", "tries": "1"}
    assert users.table.update(
        "anna", "ADD #tries :one", {":one": {"N": "1"}}, names={"#tries": "tries"}
    ) == {**users.table.key("anna"), "tries": {"N": "2"}}
    users.table.delete_item("anna")
    users.table.delete_item("anna")
    assert users.get("anna") == {}


def test_an_item_is_deleted_only_where_the_condition_holds(users: Users) -> None:
    users.put("anna")

    def delete(status: str) -> bool:
        return users.table.delete_if(
            "anna", condition="activationStatus = :status", values={":status": {"S": status}}
        )

    assert not delete("DONE")
    assert users.get()["activationStatus"] == "NONE"
    assert delete("NONE")
    assert users.get() == {}
    assert not delete("NONE")


def test_an_update_answers_the_new_item_where_it_is_asked_for(users: Users) -> None:
    users.put("anna")
    assert set_locale(users) == Updated({})
    updated = set_locale(users, new_item=True)
    assert isinstance(updated, Updated)
    assert text_of(updated.item, "locale") == "fr"


def test_a_failed_condition_answers_what_is_there_where_it_is_asked_for(users: Users) -> None:
    users.put("anna")
    before = users.get("anna")
    assert set_locale(users, status="DONE") == ConditionFailed(None)
    failed = set_locale(users, status="DONE", found_item=True)
    assert isinstance(failed, ConditionFailed)
    assert failed.item is not None
    assert text_of(failed.item, "activationStatus") == "NONE"
    assert users.get("anna") == before


def test_a_missing_item_is_none_and_is_not_made(users: Users) -> None:
    assert set_locale(users, found_item=True) == ConditionFailed(None)
    assert users.get("anna") == {}


def test_an_item_is_asked_for_only_where_the_caller_does(users: Users) -> None:
    """Roles may be kept from it: a write that answers what it found is a read."""
    users.put("anna")
    asked = calls_of(users.dynamodb, "UpdateItem")
    set_locale(users)
    set_locale(users, new_item=True)
    set_locale(users, found_item=True)
    assert [
        {name: value for name, value in request.items() if name.startswith("ReturnValues")}
        for request in asked
    ] == [
        {},
        {"ReturnValues": "ALL_NEW"},
        {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
    ]


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 400, ServiceUnavailableError),
        ("InternalServerError", 500, ServiceUnavailableError),
        ("AccessDeniedException", 400, ClientError),
    ],
)
def test_an_error_is_named_by_the_table_and_never_mistaken_for_an_answer(
    users: Users, code: str, status: int, expected: type[Exception]
) -> None:
    client = boto3.client("dynamodb")
    table = type(users.table)(client, users.name)
    for operation in ("GetItem", "PutItem", "UpdateItem", "DeleteItem"):
        fail(client, operation, code, status=status)
    with pytest.raises(expected, match=code):
        table.get_item("anna")
    with pytest.raises(expected, match=code):
        table.put_new(table.key("anna"))
    with pytest.raises(expected, match=code):
        table.put_item(table.key("anna"))
    with pytest.raises(expected, match=code):
        table.delete_item("anna")
    with pytest.raises(expected, match=code):
        table.update("anna", "ADD #n :one", {":one": {"N": "1"}}, names={"#n": "n"})
    with pytest.raises(expected, match=code):
        table.update_if("anna", "SET a = :a", condition="a = :a", values={":a": {"S": "a"}})


def test_an_error_that_is_no_failed_condition_is_raised_again() -> None:
    error = ClientError({"Error": {"Code": "ValidationException"}}, "UpdateItem")
    with pytest.raises(ClientError) as caught:
        item_on_failed_condition(error)
    assert caught.value is error
