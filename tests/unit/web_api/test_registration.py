"""Registering: what is written, whom it is refused to, and that nobody is ever overwritten."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pytest
from botocore.exceptions import ClientError

from shared.errors import ServiceUnavailableError
from tests.unit.builders import (
    Users,
    attributes_read,
    fail,
    make_atomic,
    once_before,
)
from tests.unit.web_api.api import PASSWORD, REGISTRATION, WebState
from tests.unit.web_api.calls import calls_of, lose_an_answer
from web_api import registration as registrations
from web_api.limits import Counts, TooManyAttemptsError
from web_api.models import Registration
from web_api.passwords import is_right
from web_api.problems import ProblemError
from web_api.refusals import Refusals
from web_api.registration import SignUpRules, SignUps
from web_api.web_state_table import WebStateTable

NOW = 1_795_341_600
HOUR = 3600
HOME, OFFICE = "192.0.2.1", "198.51.100.7"


class SignUp(Protocol):
    """Registers "anna" with changes."""

    def __call__(
        self,
        *,
        address: str = HOME,
        now: int = NOW,
        rules: SignUpRules | None = None,
        **changes: str,
    ) -> bool: ...


@pytest.fixture
def counts(web_state: WebState) -> Counts:
    return Counts(WebStateTable(web_state.dynamodb, web_state.name))


@pytest.fixture
def refusals(web_state: WebState) -> Refusals:
    return Refusals(WebStateTable(web_state.dynamodb, web_state.name))


@pytest.fixture
def register(users: Users, counts: Counts, refusals: Refusals) -> SignUp:
    def register(
        *,
        address: str = HOME,
        now: int = NOW,
        rules: SignUpRules | None = None,
        **changes: str,
    ) -> bool:
        sign_ups = SignUps(users.table, counts, refusals, rules or SignUpRules(per_hour=20))
        return sign_ups.register(
            Registration.model_validate({**REGISTRATION, **changes}),
            address=address,
            activation_url_base="https://accounts.shop.example/activate",
            now=now,
        )

    return register


@pytest.fixture
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are not hashed, where a test registers many users: only a salt is stored."""
    monkeypatch.setattr(registrations, "hash_of", lambda _password: uuid.uuid4().hex)


def uses_of(web_state: WebState, prefix: str) -> int:
    """What is counted now by the limits whose names start so."""
    return sum(
        int(value)
        for item_id, item in web_state.items().items()
        for name, value in item.items()
        if item_id.startswith(prefix) and name.startswith("part")
    )


def test_a_new_user_has_what_the_pipeline_and_the_sign_in_need(
    users: Users, register: SignUp
) -> None:
    assert register()
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


def test_a_new_user_may_be_told_to_expire(users: Users, register: SignUp) -> None:
    assert register(rules=SignUpRules(per_hour=20, user_seconds=7 * 86400))
    assert users.get("anna")["expiresAt"] == str(NOW + 7 * 86400)


# Taken names


def test_a_taken_username_keeps_who_has_it(users: Users, register: SignUp) -> None:
    assert register()
    before = users.get("anna")
    # Not even who knows the password registers twice.
    assert not register()
    assert not register(email="other@mail.example", password="another horse battery")
    assert users.get("anna") == before


def test_a_user_of_another_application_is_not_overwritten_either(
    users: Users, register: SignUp
) -> None:
    users.put()
    assert not register()
    assert "passwordHash" not in users.get("anna")


@pytest.mark.usefixtures("cheap_hashes")
def test_of_fifty_who_want_a_username_at_once_one_gets_it(
    users: Users, web_state: WebState, register: SignUp
) -> None:
    make_atomic(users.dynamodb)
    make_atomic(web_state.dynamodb)

    def try_once(number: int) -> str | None:
        email = f"user{number}@mail.example"
        return email if register(address=f"192.0.2.{number}", email=email) else None

    with ThreadPoolExecutor(16) as pool:
        registered = Counter(pool.map(try_once, range(50)))
    assert registered.pop(None) == 49
    assert list(registered) == [users.get("anna")["email"]]
    assert uses_of(web_state, "sign-up#network") == 1
    assert uses_of(web_state, "sign-up#tries") == 50
    assert uses_of(web_state, "mail#hour") == uses_of(web_state, "mail#day") == 1


def test_a_taken_username_costs_no_hash(
    users: Users, register: SignUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    users.put()
    monkeypatch.delattr(registrations, "hash_of")
    assert not register()


def test_password_of_a_taken_or_reserved_username_is_not_judged(
    users: Users, register: SignUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    users.put()
    monkeypatch.delattr(registrations, "weakness_of")
    assert not register(password="password1234")
    assert not register(username="admin", password="password1234")


def test_weak_password_counts_as_a_failure_and_writes_nothing(
    users: Users, web_state: WebState, register: SignUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(registrations, "hash_of")
    with pytest.raises(ProblemError) as refused:
        register(password="password1234")
    (error,) = refused.value.errors
    assert (error.field, error.code) == ("password", "too-common")
    assert users.get("anna") == {}
    assert uses_of(web_state, "sign-up#network") == uses_of(web_state, "mail#") == 0
    assert uses_of(web_state, "sign-up#tries") == 1


def test_network_that_tries_too_many_weak_passwords_is_refused_unjudged(
    register: SignUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = SignUpRules(per_hour=1)
    for _ in range(3):
        with pytest.raises(ProblemError):
            register(rules=rules, password="password1234")
    monkeypatch.delattr(registrations, "weakness_of")
    with pytest.raises(TooManyAttemptsError):
        register(rules=rules, password="password1234")


def test_a_username_that_is_taken_after_the_look_is_not_overwritten(
    users: Users, web_state: WebState, register: SignUp
) -> None:
    once_before(users.dynamodb, "PutItem", lambda: users.put(name="Anna the First"))
    assert not register()
    assert users.get("anna")["name"] == "Anna the First"
    assert uses_of(web_state, "sign-up#network") == uses_of(web_state, "mail#") == 0
    assert uses_of(web_state, "sign-up#tries") == 1


@pytest.mark.parametrize("username", ["admin", "support", "root", "no-reply", "post.master"])
def test_a_reserved_username_is_refused_as_a_taken_one(
    users: Users, web_state: WebState, register: SignUp, username: str
) -> None:
    reads = calls_of(users.dynamodb, "GetItem")
    assert not register(username=username)
    assert len(reads) == 1  # as long as a taken one takes
    assert users.get(username) == {}
    assert uses_of(web_state, "sign-up#tries") == 1


def test_a_deployment_reserves_usernames_of_its_own(users: Users, register: SignUp) -> None:
    rules = SignUpRules(per_hour=20, reserved_usernames={"acme-shop"})
    assert not register(rules=rules, username="acme-shop")
    assert not register(rules=rules, username="acmeshop")
    assert register(rules=rules, username="acme-shopper")
    assert users.get("acme-shopper")["username"] == "acme-shopper"


# By network


@pytest.mark.usefixtures("cheap_hashes")
def test_one_network_registers_twenty_users_in_an_hour(users: Users, register: SignUp) -> None:
    for number in range(20):
        assert register(username=f"user{number}", email=f"user{number}@mail.example")
    with pytest.raises(TooManyAttemptsError) as refused:
        register(username="user20")
    assert users.get("user20") == {}
    assert 0 < refused.value.retry_after_seconds <= HOUR + HOUR // 12
    assert register(username="user20", address=OFFICE)
    assert register(username="user21", now=NOW + HOUR + HOUR // 12)


@pytest.mark.usefixtures("cheap_hashes")
def test_the_twenty_are_of_an_ipv6_customer(register: SignUp) -> None:
    for number in range(20):
        assert register(username=f"user{number}", address=f"2001:db8:0:{number:x}::1")
    with pytest.raises(TooManyAttemptsError):
        register(username="user20", address="2001:db8:0:ff::1")
    assert register(username="user20", address="2001:db8:0:100::1")


def test_tries_with_a_taken_name_keep_nobody_from_signing_up(
    users: Users, register: SignUp
) -> None:
    users.put("taken")
    assert [register(username="taken") for _ in range(4)] == [False] * 4
    assert register()


def test_a_network_tries_sixty_usernames_in_an_hour(users: Users, register: SignUp) -> None:
    users.put()
    assert [register() for _ in range(60)] == [False] * 60
    with pytest.raises(TooManyAttemptsError):
        register()
    assert not register(address=OFFICE)
    assert not register(now=NOW + HOUR + HOUR // 12)


def test_what_fails_before_the_write_counts_nothing(
    web_state: WebState, register: SignUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_to_hash(_password: str) -> str:
        raise MemoryError

    monkeypatch.setattr(registrations, "hash_of", fail_to_hash)
    with pytest.raises(MemoryError):
        register()
    assert uses_of(web_state, "") == 0


def test_a_table_that_can_not_be_read_counts_nothing(
    users: Users, web_state: WebState, register: SignUp
) -> None:
    fail(users.dynamodb, "GetItem")
    with pytest.raises(ServiceUnavailableError, match="table User"):
        register()
    assert uses_of(web_state, "") == 0


def test_a_write_that_may_have_happened_stays_counted(
    users: Users, web_state: WebState, register: SignUp
) -> None:
    fail(users.dynamodb, "PutItem")
    with pytest.raises(ServiceUnavailableError, match="table User"):
        register()
    for prefix in ("sign-up#network", "sign-up#tries", "mail#hour", "mail#day"):
        assert uses_of(web_state, prefix) == 1


def test_a_taken_name_stays_a_taken_name_whatever_is_given_back(
    users: Users, web_state: WebState, register: SignUp
) -> None:
    users.put()
    once_before(users.dynamodb, "GetItem", lambda: fail(web_state.dynamodb, "UpdateItem"))
    assert not register()
    assert uses_of(web_state, "sign-up#network") == 1


# By mailbox

ADDRESSES = [
    "anna.berg@gmail.com",
    "annaberg+shop@gmail.com",
    "ANNABERG@googlemail.com",
    "a.n.n.a.berg@gmail.com",
    "annaberg@gmail.com",
    "annaberg+again@gmail.com",
]


@pytest.mark.usefixtures("cheap_hashes")
def test_one_mailbox_gets_five_mails_in_an_hour_and_nobody_hears_of_it(
    users: Users, register: SignUp
) -> None:
    for number, email in enumerate(ADDRESSES):
        assert register(username=f"user{number}", email=email, address=f"192.0.2.{number}")
    withheld = [users.get(f"user{number}").get("mailWithheld") for number in range(6)]
    assert withheld == [None] * 5 + ["True"]
    assert users.get("user5")["activationStatus"] == "NONE"
    assert users.get("user5")["email"] == ADDRESSES[5]


@pytest.mark.usefixtures("cheap_hashes")
def test_one_mailbox_gets_ten_mails_in_a_day(users: Users, register: SignUp) -> None:
    def mailed(now: int, first: int, number: int) -> int:
        names = [f"user{index}" for index in range(first, first + number)]
        for name in names:
            register(username=name, now=now, address=f"192.0.2.{first}")
        return sum("mailWithheld" not in users.get(name) for name in names)

    assert mailed(NOW, 0, 6) == 5
    assert mailed(NOW + 2 * HOUR, 10, 6) == 5
    assert mailed(NOW + 4 * HOUR, 20, 6) == 0
    assert mailed(NOW + 26 * HOUR, 30, 6) == 5


def test_a_refused_registration_is_accepted_and_sends_no_mail(
    users: Users, web_state: WebState, refusals: Refusals, register: SignUp
) -> None:
    refusals.remember("anna", "ANNA@mail.example", now=NOW - 86400)
    assert register()
    assert users.get()["mailWithheld"] == "True"
    assert uses_of(web_state, "mail#") == 0
    # Of another mailbox, or another name, nobody refused anything.
    users.delete()
    assert register(email="anna@other.example")
    assert "mailWithheld" not in users.get()
    assert register(username="bert")
    assert "mailWithheld" not in users.get("bert")


def test_the_state_table_shows_no_username_and_no_address(
    users: Users, web_state: WebState, register: SignUp
) -> None:
    users.put("private-word")
    register(username="private-word", email="private@mail.example")
    register(email="private@mail.example")
    assert web_state.items()
    for item_id in web_state.items():
        assert "private" not in item_id
        assert HOME not in item_id


# Lost responses


def test_a_lost_answer_does_not_make_ones_own_username_a_taken_one(
    users: Users, web_state: WebState, register: SignUp
) -> None:
    lose_an_answer(users.dynamodb, "PutItem")
    assert register()
    assert users.get("anna")["registeredAt"] == str(NOW)
    assert uses_of(web_state, "sign-up#network") == uses_of(web_state, "sign-up#tries") == 1


def test_to_tell_whose_it_is_nothing_but_the_hash_is_read(users: Users, register: SignUp) -> None:
    once_before(users.dynamodb, "PutItem", lambda: users.put(activationToken="secret"))
    calls = calls_of(users.dynamodb, "GetItem")
    puts = calls_of(users.dynamodb, "PutItem")
    register()
    assert [attributes_read(call) for call in calls] == [["username"], ["username", "passwordHash"]]
    assert all(call["ConsistentRead"] is True for call in calls)
    assert "ReturnValuesOnConditionCheckFailure" not in puts[0]


def test_any_other_refusal_is_an_error(users: Users, register: SignUp) -> None:
    fail(users.dynamodb, "PutItem", "AccessDeniedException", status=400)
    with pytest.raises(ClientError, match="AccessDenied"):
        register()
