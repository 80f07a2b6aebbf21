"""Counting attempts: to sign in by user and by address, to sign up by mail address."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.errors import ServiceUnavailableError
from tests.unit.builders import fail, make_atomic
from tests.unit.web_api.api import WebState
from web_api.attempts import (
    SIGN_IN_BY_ADDRESS,
    SIGN_IN_BY_USER,
    SIGN_UP_BY_EMAIL,
    Attempts,
    TooManyAttemptsError,
)
from web_api.web_state_table import WebStateTable

USER_LIMIT, ADDRESS_LIMIT = SIGN_IN_BY_USER.limit, SIGN_IN_BY_ADDRESS.limit
WINDOW_SECONDS = SIGN_IN_BY_USER.window_seconds
WINDOW = 1_000_000
NOW = WINDOW * WINDOW_SECONDS + 100
ADDRESS = "192.0.2.10"


@pytest.fixture
def attempts(web_state: WebState) -> Attempts:
    return Attempts(WebStateTable(web_state.dynamodb, web_state.name))


def count(attempts: Attempts, times: int, username: str = "anna", address: str = ADDRESS) -> None:
    for _ in range(times):
        attempts.count_sign_in(username, address, now=NOW)


def test_a_user_has_ten_attempts_in_a_window(attempts: Attempts) -> None:
    count(attempts, USER_LIMIT)
    with pytest.raises(TooManyAttemptsError) as refusal:
        count(attempts, 1)
    assert refusal.value.retry_after_seconds == WINDOW_SECONDS - 100
    assert USER_LIMIT == 10


def test_another_user_and_the_next_window_have_attempts_of_their_own(attempts: Attempts) -> None:
    count(attempts, USER_LIMIT)
    count(attempts, 1, username="bert")
    attempts.count_sign_in("anna", ADDRESS, now=NOW + WINDOW_SECONDS - 100)
    with pytest.raises(TooManyAttemptsError):
        attempts.count_sign_in("anna", ADDRESS, now=NOW + WINDOW_SECONDS - 101)


def test_an_address_has_fifty_attempts_whoever_it_tries(attempts: Attempts) -> None:
    for number in range(ADDRESS_LIMIT):
        count(attempts, 1, username=f"user{number}")
    with pytest.raises(TooManyAttemptsError):
        count(attempts, 1, username="one-more")
    count(attempts, 1, username="one-more", address="192.0.2.11")
    assert ADDRESS_LIMIT == 50


def test_an_address_that_is_stopped_locks_no_user_out(
    attempts: Attempts, web_state: WebState
) -> None:
    for number in range(ADDRESS_LIMIT):
        count(attempts, 1, username=f"user{number}")
    with pytest.raises(TooManyAttemptsError):
        count(attempts, 1)
    assert f"sign-in#user#anna#{WINDOW}" not in web_state.items()


def test_the_counts_go_by_themselves_with_their_window(
    attempts: Attempts, web_state: WebState
) -> None:
    count(attempts, 2)
    counted = {"attempts": "2", "expiresAt": str((WINDOW + 1) * WINDOW_SECONDS)}
    assert web_state.items() == {
        f"sign-in#user#anna#{WINDOW}": counted,
        f"sign-in#address#{ADDRESS}#{WINDOW}": counted,
    }


def test_who_knows_the_password_starts_afresh(attempts: Attempts, web_state: WebState) -> None:
    count(attempts, USER_LIMIT)
    attempts.forget_sign_in("anna", ADDRESS, now=NOW)
    count(attempts, USER_LIMIT)
    items = web_state.items()
    assert items[f"sign-in#address#{ADDRESS}#{WINDOW}"]["attempts"] == str(2 * USER_LIMIT - 1)


def test_an_office_may_sign_in_as_often_as_it_likes(
    attempts: Attempts, web_state: WebState
) -> None:
    for number in range(2 * ADDRESS_LIMIT):
        count(attempts, 1, username=f"user{number}")
        attempts.forget_sign_in(f"user{number}", ADDRESS, now=NOW)
    assert web_state.items() == {
        f"sign-in#address#{ADDRESS}#{WINDOW}": {
            "attempts": "0",
            "expiresAt": str((WINDOW + 1) * WINDOW_SECONDS),
        }
    }


def test_signing_in_oneself_buys_no_guesses_at_others(attempts: Attempts) -> None:
    for number in range(ADDRESS_LIMIT):
        count(attempts, 1, username=f"user{number}")
        if number < ADDRESS_LIMIT - 1:
            count(attempts, 1, username="mine")
            attempts.forget_sign_in("mine", ADDRESS, now=NOW)
    with pytest.raises(TooManyAttemptsError):
        count(attempts, 1, username="one-more")


def test_of_many_attempts_at_once_ten_are_made(attempts: Attempts) -> None:
    make_atomic(attempts.table.client)

    def try_once(number: int) -> bool:
        try:
            attempts.count_sign_in("anna", f"192.0.2.{number}", now=NOW)
        except TooManyAttemptsError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_once, range(40))) == USER_LIMIT


def test_addresses_that_one_customer_has_count_as_one(
    attempts: Attempts, web_state: WebState
) -> None:
    count(attempts, 1, address="2001:db8:1:2::1")
    count(attempts, 1, address="2001:db8:1:2:ffff::9")
    count(attempts, 1, address="2001:db8:1:3::1")
    items = web_state.items()
    assert items[f"sign-in#address#2001:db8:1:2::#{WINDOW}"]["attempts"] == "2"
    assert items[f"sign-in#address#2001:db8:1:3::#{WINDOW}"]["attempts"] == "1"


def test_an_attempt_that_cant_be_counted_is_not_made(attempts: Attempts) -> None:
    fail(attempts.table.client, "UpdateItem")
    with pytest.raises(ServiceUnavailableError, match="web-state"):
        count(attempts, 1)


@pytest.mark.parametrize("operation", ["DeleteItem", "UpdateItem"])
def test_a_count_that_cant_be_taken_away_is_told(attempts: Attempts, operation: str) -> None:
    fail(attempts.table.client, operation)
    with pytest.raises(ServiceUnavailableError, match="web-state"):
        attempts.forget_sign_in("anna", ADDRESS, now=NOW)


def test_a_mail_address_has_three_sign_ups_in_an_hour(
    attempts: Attempts, web_state: WebState
) -> None:
    now = 1_000_000 * 3600 + 100
    for email in ("anna@mail.example", "Anna@Mail.Example", "ANNA@mail.example"):
        attempts.count_sign_up(email, now=now)
    with pytest.raises(TooManyAttemptsError) as refusal:
        attempts.count_sign_up("anna@mail.example", now=now)
    assert refusal.value.retry_after_seconds == 3500
    attempts.count_sign_up("bert@mail.example", now=now)
    attempts.count_sign_up("anna@mail.example", now=now + 3500)
    assert SIGN_UP_BY_EMAIL.limit == 3

    digest = hashlib.sha256(b"anna@mail.example").hexdigest()
    items = web_state.items()
    assert items[f"sign-up#email#{digest}#1000000"] == {
        "attempts": "4",
        "expiresAt": str(1_000_001 * 3600),
    }
    assert "mail.example" not in str(items)


def test_of_many_sign_ups_at_once_three_are_made(attempts: Attempts) -> None:
    make_atomic(attempts.table.client)

    def try_once(_number: int) -> bool:
        try:
            attempts.count_sign_up("anna@mail.example", now=NOW)
        except TooManyAttemptsError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_once, range(20))) == SIGN_UP_BY_EMAIL.limit


def test_a_sign_up_that_cant_be_counted_is_not_made(attempts: Attempts) -> None:
    fail(attempts.table.client, "UpdateItem")
    with pytest.raises(ServiceUnavailableError, match="web-state"):
        attempts.count_sign_up("anna@mail.example", now=NOW)
