"""The User table, as the functions of the state machine read it."""

from shared.user_table import get_user, text_of
from tests.unit.builders import Users, fail


def test_a_user_is_read_with_all_attributes(users: Users) -> None:
    users.put("anna", activationStatus="DONE")
    user = get_user(users.dynamodb, users.name, "anna")
    assert user is not None
    assert text_of(user, "activationStatus") == "DONE"
    assert text_of(user, "no such attribute") == ""


def test_an_empty_username_is_not_even_asked_for(users: Users) -> None:
    asked = fail(users.dynamodb, "GetItem")
    assert get_user(users.dynamodb, users.name, "") is None
    assert asked == []
