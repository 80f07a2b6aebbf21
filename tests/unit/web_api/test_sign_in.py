"""Signing in: who is let in, and what everybody else learns."""

import pytest

from tests.unit.builders import Users
from tests.unit.web_api.api import PASSWORD, WebState
from web_api import passwords
from web_api.accounts import Account
from web_api.attempts import SIGN_IN_BY_USER_AND_NETWORK
from web_api.limits import Counts, TooManyAttemptsError
from web_api.models import Credentials
from web_api.passwords import hash_of
from web_api.sign_in import Refusal, sign_in
from web_api.web_state_table import WebStateTable

NOW = 1_795_341_600


def attempt(
    users: Users, web_state: WebState, *, username: str = "anna", password: str = PASSWORD
) -> Account | Refusal:
    return sign_in(
        users.table,
        Counts(WebStateTable(web_state.dynamodb, web_state.name)),
        Credentials(username=username, password=password),
        address="192.0.2.10",
        now=NOW,
    )


@pytest.fixture
def password_hash() -> str:
    return hash_of(PASSWORD)


def test_who_is_activated_and_knows_the_password_is_let_in(
    users: Users, web_state: WebState, password_hash: str
) -> None:
    users.put(activationStatus="DONE", passwordHash=password_hash)
    account = attempt(users, web_state)
    assert isinstance(account, Account)
    assert (account.username, account.name) == ("anna", "Anna Berg")


def test_a_wrong_password_an_unknown_user_and_one_without_a_password_are_told_alike(
    users: Users, web_state: WebState, password_hash: str
) -> None:
    users.put(activationStatus="DONE", passwordHash=password_hash)
    users.put("other", activationStatus="DONE")
    wrong = Refusal("wrong-credentials")
    assert attempt(users, web_state, password="wrong horse battery") == wrong
    assert attempt(users, web_state, username="nobody") == wrong
    assert attempt(users, web_state, username="other") == wrong


@pytest.mark.parametrize("username", ["nobody", "other", "anna"])
def test_each_attempt_costs_one_check_of_a_password(
    users: Users,
    web_state: WebState,
    password_hash: str,
    username: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    users.put(activationStatus="DONE", passwordHash=password_hash)
    users.put("other", activationStatus="DONE")
    checked: list[str] = []
    matches = passwords._matches

    def watched(password: str, password_hash: str) -> bool:
        checked.append(password_hash)
        return matches(password, password_hash)

    monkeypatch.setattr(passwords, "_matches", watched)
    attempt(users, web_state, username=username, password="wrong horse battery")
    assert len(checked) == 1


def test_only_who_knows_the_password_learns_that_the_account_is_not_activated(
    users: Users, web_state: WebState, password_hash: str
) -> None:
    users.put(activationStatus="MAIL_SENT", passwordHash=password_hash)
    assert attempt(users, web_state) == Refusal("not-activated")
    assert attempt(users, web_state, password="wrong horse battery") == Refusal("wrong-credentials")


def test_after_ten_wrong_passwords_the_right_one_is_not_even_looked_at(
    users: Users, web_state: WebState, password_hash: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    users.put(activationStatus="DONE", passwordHash=password_hash)
    for _ in range(SIGN_IN_BY_USER_AND_NETWORK.most):
        attempt(users, web_state, password="wrong horse battery")
    monkeypatch.delattr(passwords, "_matches")
    with pytest.raises(TooManyAttemptsError):
        attempt(users, web_state)


def test_the_right_password_takes_no_guess_away(
    users: Users, web_state: WebState, password_hash: str
) -> None:
    users.put(activationStatus="DONE", passwordHash=password_hash)
    for _ in range(SIGN_IN_BY_USER_AND_NETWORK.most - 1):
        attempt(users, web_state, password="wrong horse battery")
        assert isinstance(attempt(users, web_state), Account)
    assert attempt(users, web_state, password="wrong horse battery") == Refusal("wrong-credentials")
    with pytest.raises(TooManyAttemptsError):
        attempt(users, web_state)
