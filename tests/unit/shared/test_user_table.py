"""The User table, as the functions of the state machine read it."""

from typing import Any

import pytest
from hypothesis import given

from shared.errors import InvalidEventError
from shared.user_table import (
    KEY_BYTES_LIMIT,
    get_user,
    may_be_a_username,
    text_of,
    username_of,
)
from tests.unit.builders import Users, fail
from tests.unit.hostile import ANY_JSON, ANY_TEXT


def test_a_user_is_read_with_all_attributes(users: Users) -> None:
    users.put("anna", activationStatus="DONE")
    user = get_user(users.dynamodb, users.name, "anna")
    assert user is not None
    assert text_of(user, "activationStatus") == "DONE"
    assert text_of(user, "no such attribute") == ""


@pytest.mark.parametrize("username", ["", "\ud800", "x" * 2049, "\u00e9" * 1025])
def test_what_is_no_key_is_nobodys_and_not_even_asked_for(users: Users, username: str) -> None:
    asked = fail(users.dynamodb, "GetItem")
    assert get_user(users.dynamodb, users.name, username) is None
    assert asked == []


@given(ANY_TEXT)
def test_a_username_may_be_what_dynamodb_takes_as_a_key(username: str) -> None:
    size = len(username.encode(errors="surrogatepass"))
    is_unicode = not any("\ud800" <= character <= "\udfff" for character in username)
    assert may_be_a_username(username) == (is_unicode and 0 < size <= KEY_BYTES_LIMIT)


@given(ANY_JSON)
def test_any_event_names_a_user_or_is_invalid(event: Any) -> None:  # noqa: ANN401 - any JSON
    for given_event in (event, {"username": event}):
        is_named = isinstance(given_event, dict) and isinstance(given_event.get("username"), str)
        if is_named:
            assert username_of(given_event) == given_event["username"]
        else:
            with pytest.raises(InvalidEventError, match=r"^username: missing, or not a string$"):
                username_of(given_event)
