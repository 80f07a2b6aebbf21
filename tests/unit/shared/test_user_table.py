"""The User table, as the functions of the state machine read it."""

from typing import Any

import pytest
from hypothesis import given

from shared.dynamodb import Updated, text_of
from shared.errors import InvalidEventError
from shared.user_table import (
    KEY_BYTES_LIMIT,
    MAIL_IS_NOT_WITHHELD,
    MAILS_ARE_WELCOME,
    NEVER_CLAIMED,
    STATUS_NONE,
    get_user,
    has_mail_feedback,
    is_mail_withheld,
    may_be_a_username,
    signed_up_here,
    status_of,
    username_of,
    was_never_claimed,
)
from tests.unit.builders import Item, Users, fail
from tests.unit.hostile import ANY_JSON, ANY_TEXT

NOBODY_TRIED: Item = {":none": {"S": STATUS_NONE}, ":true": {"BOOL": True}}


def test_a_user_is_read_with_all_attributes(users: Users) -> None:
    users.put("anna", activationStatus="DONE")
    user = get_user(users.table, "anna")
    assert user is not None
    assert text_of(user, "activationStatus") == "DONE"
    assert text_of(user, "no such attribute") == ""


@pytest.mark.parametrize("username", ["", "\ud800", "x" * 2049, "\u00e9" * 1025])
def test_what_is_no_key_is_nobodys_and_not_even_asked_for(users: Users, username: str) -> None:
    asked = fail(users.dynamodb, "GetItem")
    assert get_user(users.table, username) is None
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


def holds(users: Users, condition: str, values: Item) -> bool:
    """Whether DynamoDB finds that a condition holds for "anna"."""
    result = users.table.update_if(
        "anna", "SET seen = :seen", condition=condition, values={":seen": {"S": "x"}, **values}
    )
    return isinstance(result, Updated)


@pytest.mark.parametrize(
    ("attributes", "welcome"),
    [
        ({}, True),
        ({"mailFeedbackEmail": "anna@mail.example"}, False),
        ({"mailFeedbackEmail": "former@mail.example"}, True),
    ],
)
def test_the_condition_on_feedback_says_what_the_reader_says(
    users: Users, attributes: dict[str, str], *, welcome: bool
) -> None:
    users.put("anna", **attributes)
    user = get_user(users.table, "anna")
    assert user is not None
    assert has_mail_feedback(user) is not welcome
    assert holds(users, MAILS_ARE_WELCOME, {}) is welcome


@pytest.mark.parametrize(
    ("attributes", "never"),
    [
        ({}, True),
        ({"activationToken": "of the application"}, True),
        ({"activationMailClaim": "sender"}, False),
        ({"activationTokenHash": "h"}, False),
        ({"activationStatus": "MAIL_SENT"}, False),
        ({"activationStatus": None}, False),
    ],
)
def test_the_condition_on_claims_says_what_the_reader_says(
    users: Users, attributes: dict[str, str | None], *, never: bool
) -> None:
    users.put("anna", **attributes)
    user = get_user(users.table, "anna")
    assert user is not None
    assert was_never_claimed(user) is never
    assert holds(users, NEVER_CLAIMED, NOBODY_TRIED) is never


@pytest.mark.parametrize("withheld", [None, True, False])
def test_the_conditions_on_withheld_mails_say_what_the_readers_say(
    users: Users, *, withheld: bool | None
) -> None:
    users.put("anna")
    if withheld is not None:
        users.withhold_mail(withheld=withheld)
    user = get_user(users.table, "anna")
    assert user is not None
    assert is_mail_withheld(user) is (withheld is True)
    assert was_never_claimed(user) is (withheld is not True)
    assert holds(users, MAIL_IS_NOT_WITHHELD, {":true": {"BOOL": True}}) is (withheld is not True)
    assert holds(users, NEVER_CLAIMED, NOBODY_TRIED) is (withheld is not True)


def test_a_disabled_users_mail_is_withheld_too(users: Users) -> None:
    users.put("anna", disabledAt="1795341600")
    user = get_user(users.table, "anna")
    assert user is not None
    assert is_mail_withheld(user)
    assert not was_never_claimed(user)
    assert not holds(users, MAIL_IS_NOT_WITHHELD, {":true": {"BOOL": True}})
    assert not holds(users, NEVER_CLAIMED, NOBODY_TRIED)


def test_nobody_has_no_status() -> None:
    assert status_of(None) == ""


@pytest.mark.parametrize(
    ("more", "ours"),
    [
        ({}, False),
        ({"keepOnlyTokenHash": {"BOOL": True}}, False),
        ({"passwordHash": {"S": "theirs"}}, False),
        ({"keepOnlyTokenHash": {"BOOL": True}, "passwordHash": {"S": ""}}, False),
        ({"keepOnlyTokenHash": {"S": "true"}, "passwordHash": {"S": "x"}}, False),
        ({"keepOnlyTokenHash": {"BOOL": True}, "passwordHash": {"S": "$argon2id$"}}, True),
    ],
)
def test_no_item_of_another_application_is_taken_for_a_sign_up_here(
    more: Item, *, ours: bool
) -> None:
    assert signed_up_here({"username": {"S": "anna"}, **more}) is ours
