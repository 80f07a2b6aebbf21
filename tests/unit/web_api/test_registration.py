"""Registering: what is written, and that nobody is ever overwritten."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from shared.errors import ServiceUnavailableError
from tests.unit.builders import (
    Users,
    attributes_read,
    fail,
    make_atomic,
)
from tests.unit.web_api.api import PASSWORD, REGISTRATION
from tests.unit.web_api.calls import calls_of, lose_an_answer
from web_api.models import Registration
from web_api.passwords import is_right
from web_api.registration import register

NOW = 1_795_341_600


def register_user(users: Users, **changes: str) -> bool:
    return register(
        users.table,
        Registration.model_validate({**REGISTRATION, **changes}),
        activation_url_base="https://accounts.shop.example/activate",
        now=NOW,
    )


def test_a_new_user_has_what_the_pipeline_and_the_sign_in_need(users: Users) -> None:
    assert register_user(users)
    item = users.get("anna")
    assert is_right(PASSWORD, item.pop("passwordHash"))
    assert len(item.pop("sessionGeneration")) >= 22  # 128 bits
    assert item == {
        "username": "anna",
        "name": "Anna Berg",
        "email": "anna@mail.example",
        "activationStatus": "NONE",
        "activationUrlBase": "https://accounts.shop.example/activate",
        "registeredAt": str(NOW),
        "keepOnlyTokenHash": "True",
    }


def test_a_new_user_may_be_told_to_expire(users: Users) -> None:
    assert register(
        users.table,
        Registration.model_validate(REGISTRATION),
        activation_url_base="https://accounts.shop.example/activate",
        now=NOW,
        expires_at=NOW + 7 * 86400,
    )
    assert users.get("anna")["expiresAt"] == str(NOW + 7 * 86400)


def test_a_taken_username_keeps_who_has_it(users: Users) -> None:
    assert register_user(users)
    before = users.get("anna")
    # Not even who knows the password registers twice.
    assert not register_user(users)
    assert not register_user(users, email="other@mail.example", password="another password")
    assert users.get("anna") == before


def test_a_user_of_another_application_is_not_overwritten_either(users: Users) -> None:
    users.put()
    assert not register_user(users)
    assert "passwordHash" not in users.get("anna")


def test_of_many_who_want_a_username_at_once_one_gets_it(users: Users) -> None:
    make_atomic(users.dynamodb)

    def try_once(number: int) -> str | None:
        email = f"user{number}@mail.example"
        return email if register_user(users, email=email) else None

    with ThreadPoolExecutor(8) as pool:
        registered = Counter(pool.map(try_once, range(12)))
    assert registered.pop(None) == 11
    assert list(registered) == [users.get("anna")["email"]]


def test_a_lost_answer_does_not_make_ones_own_username_a_taken_one(users: Users) -> None:
    lose_an_answer(users.dynamodb, "PutItem")
    assert register_user(users)
    assert users.get("anna")["registeredAt"] == str(NOW)


def test_to_tell_whose_it_is_nothing_but_the_hash_is_read(users: Users) -> None:
    users.put(activationToken="secret")
    calls = calls_of(users.dynamodb, "GetItem")
    puts = calls_of(users.dynamodb, "PutItem")
    register_user(users)
    (call,) = calls
    assert attributes_read(call) == ["username", "passwordHash"]
    assert call["ConsistentRead"] is True
    assert "ReturnValuesOnConditionCheckFailure" not in puts[0]


@pytest.mark.parametrize("operation", ["PutItem", "GetItem"])
def test_an_unreachable_table_is_named(users: Users, operation: str) -> None:
    users.put()
    fail(users.dynamodb, operation)
    with pytest.raises(ServiceUnavailableError, match="table User"):
        register_user(users)


def test_any_other_refusal_is_an_error(users: Users) -> None:
    fail(users.dynamodb, "PutItem", "AccessDeniedException", status=400)
    with pytest.raises(ClientError, match="AccessDenied"):
        register_user(users)
