"""Passwords' hashes: how they are made, and that asking about nobody takes as long."""

from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from web_api import passwords
from web_api.passwords import UNKNOWN_USERS_HASH, hash_of, is_right

PASSWORD = "correct horse battery"


def test_a_hash_is_argon2id_with_the_parameters_of_owasp() -> None:
    parameters = extract_parameters(hash_of(PASSWORD))

    assert parameters.type is Type.ID
    assert parameters.memory_cost == 19 * 1024
    assert (parameters.time_cost, parameters.parallelism) == (2, 1)
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)


def test_only_the_password_itself_is_right() -> None:
    password_hash = hash_of(PASSWORD)

    assert is_right(PASSWORD, password_hash)
    assert not is_right(PASSWORD + " ", password_hash)
    assert not is_right(PASSWORD.upper(), password_hash)


def test_equal_passwords_have_different_hashes() -> None:
    assert hash_of(PASSWORD) != hash_of(PASSWORD)


@pytest.mark.parametrize("broken", ["x", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv", "\u00e9"])
def test_what_is_no_hash_is_the_hash_of_nothing(broken: str) -> None:
    assert not is_right(PASSWORD, broken)


@pytest.mark.parametrize(
    "cost",
    [
        {"memory_cost": 19_457, "time_cost": 1, "parallelism": 1},
        {"memory_cost": 19_456, "time_cost": 3, "parallelism": 1},
        {"memory_cost": 8, "time_cost": 4_865, "parallelism": 1},
        {"memory_cost": 16, "time_cost": 1, "parallelism": 2},
    ],
)
def test_hash_that_costs_more_than_ours_is_not_tried(
    cost: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    expensive = PasswordHasher(**cost).hash(PASSWORD)
    tried: list[str] = []
    monkeypatch.setattr(passwords, "_matches", lambda _, password_hash: tried.append(password_hash))

    assert not is_right(PASSWORD, expensive)
    assert tried == [UNKNOWN_USERS_HASH]


def test_hash_of_another_application_that_costs_less_is_tried() -> None:
    cheaper = PasswordHasher(memory_cost=9_728, time_cost=4, parallelism=1).hash(PASSWORD)

    assert is_right(PASSWORD, cheaper)


def test_any_characters_make_a_password() -> None:
    password = "\x00 \u00e9\U0001f600\t\n"
    assert is_right(password, hash_of(password))


def test_nobodys_password_costs_as_much_to_check_as_anybodys() -> None:
    expected = extract_parameters(hash_of(PASSWORD))
    assert extract_parameters(UNKNOWN_USERS_HASH) == expected


def test_without_a_hash_one_is_checked_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    monkeypatch.setattr(
        passwords, "_matches", lambda _, password_hash: checked.append(password_hash)
    )

    assert not is_right(PASSWORD, "")
    assert checked == [UNKNOWN_USERS_HASH]


@pytest.mark.parametrize(
    "unreadable",
    [
        "$2b$12$abcdefghijklmnopqrstuv",
        "$argon2id$v=19$m=0,t=0,p=0$lgivGQuPMphK0TIMJDaKdw$Y1gUIAR5JzPLYmLJ0IxwniuLLXWAgzCR2QI",
    ],
)
def test_hash_that_cant_be_verified_costs_as_much_to_check(
    unreadable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    matches = passwords._matches

    def noted(password: str, password_hash: str) -> bool | None:
        checked.append(password_hash)
        return matches(password, password_hash)

    monkeypatch.setattr(passwords, "_matches", noted)

    assert not is_right(PASSWORD, unreadable)
    assert checked == [unreadable, UNKNOWN_USERS_HASH]


def test_not_even_who_knows_nobodys_password_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_matches", lambda *_: True)
    assert not is_right(PASSWORD, "")
