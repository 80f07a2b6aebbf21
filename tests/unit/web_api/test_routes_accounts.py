"""Registering, and asking for another mail, by whole events."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
import time_machine

from shared.aws import dynamodb
from tests.unit.builders import Users, fail
from tests.unit.web_api.api import (
    ORIGIN,
    OTHER_ORIGIN,
    PASSWORD,
    REGISTRATION,
    TOKEN,
    get,
    mailed,
    post,
)
from web_api import registration, routes_accounts

pytestmark = pytest.mark.usefixtures("api")

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LogLines = Callable[[], list[Any]]


@pytest.fixture(autouse=True)
def clock() -> Any:  # noqa: ANN401 - what time_machine yields
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def test_a_new_user_is_registered_for_the_address_that_the_request_came_to(users: Users) -> None:
    reply = post("/users", REGISTRATION)
    assert reply.status == 201
    assert reply.json == {"username": "anna", "activationStatus": "NONE"}
    assert users.get()["activationUrlBase"] == f"{ORIGIN}/activate"
    assert users.get()["registeredAt"] == str(int(NOW.timestamp()))

    assert "expiresAt" not in users.get()

    other = {**REGISTRATION, "username": "bert"}
    headers = {"host": "accounts.shop.example", "origin": OTHER_ORIGIN}
    assert post("/users", other, headers=headers).status == 201
    assert users.get("bert")["activationUrlBase"] == f"{OTHER_ORIGIN}/activate"


def test_a_new_user_expires_after_the_days_that_are_set(
    users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNACTIVATED_USER_EXPIRATION_DAYS", "7")
    assert post("/users", REGISTRATION).status == 201
    assert users.get()["expiresAt"] == str(int(NOW.timestamp()) + 7 * 86400)


def test_a_taken_username_is_told_by_its_field() -> None:
    post("/users", REGISTRATION)
    reply = post("/users", REGISTRATION)
    assert (reply.status, reply.code, reply.fields) == (409, "username-taken", ["username"])
    assert reply.json["errors"][0]["code"] == "taken"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("username", "", "missing"),
        ("username", "Anna!", "form"),
        ("username", 5, "form"),
        ("name", "", "missing"),
        ("name", " \u2003 ", "missing"),
        ("name", "\u2800", "missing"),
        ("name", "x" * 101, "too-long"),
        ("name", "Anna\nBerg", "unprintable"),
        ("name", "Anna\u200bBerg", "unprintable"),
        ("name", "\u202eAnna", "unprintable"),
        ("name", "Anna http://shop.example", "web-address"),
        ("name", "http://shop.example\n", "web-address"),
        ("email", "", "missing"),
        ("email", "nobody", "form"),
        ("email", "a@" + "b." * 126 + "example", "too-long"),
        ("password", "", "missing"),
        ("password", "too short", "too-short"),
        ("password", "x" * 129, "too-long"),
        ("password", "password1234", "too-common"),
        ("password", " " * 12, "repeated-character"),
        ("password", "annaannaanna", "own-data"),
        ("password", "Anna Berg 1234", "own-data"),
        ("password", "anna@mail.example", "own-data"),
        ("password", "cards & <more>", "own-data"),
    ],
)
def test_refused_field_says_why(users: Users, field: str, value: object, code: str) -> None:
    reply = post("/users", {**REGISTRATION, field: value})

    assert (reply.status, reply.code) == (422, "validation")
    (error,) = reply.json["errors"]
    assert (error["field"], error["code"]) == (field, code)
    assert users.get() == {}


def test_missing_field_says_so(users: Users) -> None:
    reply = post("/users", {})

    assert {error["code"] for error in reply.json["errors"]} == {"missing"}
    assert users.get() == {}


def test_weak_password_is_neither_hashed_nor_repeated(
    monkeypatch: pytest.MonkeyPatch, log_lines: LogLines
) -> None:
    monkeypatch.delattr(registration, "hash_of")

    reply = post("/users", {**REGISTRATION, "password": "annaberg1234"})

    assert (reply.status, reply.fields) == (422, ["password"])
    assert "annaberg1234" not in reply.body + json.dumps(log_lines())


def test_each_wrong_field_is_named_and_no_value_is_repeated(users: Users) -> None:
    wrong = {
        "username": "Anna!",
        "name": "http://evil.example",
        "email": "private address",
        "password": "tooshort",
        "unasked field": "unasked value",
    }
    reply = post("/users", wrong)
    assert (reply.status, reply.code) == (422, "validation")
    assert reply.fields == ["username", "name", "email", "password", "body"]
    for value in (*wrong.values(), "unasked field"):
        assert value not in reply.body
    assert users.get("Anna!") == {}


def test_who_floods_a_mailbox_hears_the_same_and_the_mailbox_gets_five_mails(
    users: Users,
) -> None:
    replies = [
        post("/users", {**REGISTRATION, "username": f"anna{number}", "email": email})
        for number, email in enumerate(["anna@mail.example", "ANNA@mail.example"] * 3)
    ]
    assert {reply.status for reply in replies} == {201}
    assert [{**reply.json, "username": ""} for reply in replies] == [
        {"username": "", "activationStatus": "NONE"}
    ] * 6
    withheld = ["mailWithheld" in users.get(f"anna{number}") for number in range(6)]
    assert withheld == [False] * 5 + [True]


def test_a_network_that_signs_up_too_often_is_refused_without_a_hash(
    users: Users, monkeypatch: pytest.MonkeyPatch, clock: time_machine.Traveller
) -> None:
    monkeypatch.setenv("SIGN_UPS_PER_HOUR", "2")
    for number in range(2):
        assert post("/users", {**REGISTRATION, "username": f"anna{number}"}).status == 201
    # Not even the work of hashing the password is done.
    with monkeypatch.context() as patch:
        patch.delattr(registration, "hash_of")
        reply = post("/users", {**REGISTRATION, "username": "anna2"})
    assert (reply.status, reply.code) == (429, "too-many-attempts")
    assert reply.headers["retry-after"] == "3900"
    assert "mail.example" not in reply.body
    assert users.get("anna2") == {}
    clock.shift(3900)
    assert post("/users", {**REGISTRATION, "username": "anna2"}).status == 201


def test_tries_with_a_taken_name_do_not_tell_that_somebody_signed_up() -> None:
    statuses = [post("/users", REGISTRATION).status for _ in range(4)]
    assert statuses == [201, 409, 409, 409]
    assert post("/users", {**REGISTRATION, "username": "bert"}).status == 201


def test_a_reserved_username_is_answered_as_a_taken_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RESERVED_USERNAMES", "acme acme-shop")
    post("/users", REGISTRATION)
    replies = [
        post("/users", {**REGISTRATION, "username": username})
        for username in ("anna", "admin", "acme")
    ]
    assert {reply.status for reply in replies} == {409}
    assert len({reply.body for reply in replies}) == 1


@pytest.mark.parametrize("body", [None, "[]", "{}"])
def test_an_empty_registration_names_what_is_missing(body: str | None) -> None:
    reply = post("/users", body)
    assert (reply.status, reply.code) == (422, "validation")
    assert reply.fields in (["body"], list(REGISTRATION))


def test_neither_password_nor_address_nor_token_is_logged(
    users: Users, log_lines: LogLines
) -> None:
    post("/users", REGISTRATION)
    post("/users", REGISTRATION)
    post("/users", {**REGISTRATION, "password": "tooshort"})
    mailed(users, at=NOW)
    get("/activate", query=f"username=anna&token={TOKEN}")
    post("/activate", {"username": "anna", "token": "wrong-token"})
    link = {"username": "anna", "token": TOKEN}
    post("/activate", {**link, "password": "wrong-password"})
    post("/activate", {**link, "password": PASSWORD})
    text = json.dumps(log_lines())
    for secret in (PASSWORD, "tooshort", "mail.example", TOKEN, "wrong-token", "wrong-password"):
        assert secret not in text
    assert [line["username"] for line in log_lines() if "username" in line] == ["anna", "anna"]


def test_asking_for_another_mail_tells_nothing_and_starts_the_state_machine(
    users: Users, state_machine_arn: str, clock: time_machine.Traveller
) -> None:
    post("/users", REGISTRATION)
    mailed(users, at=NOW)
    unknown = post("/users/nobody/activation-mail")
    too_soon = post("/users/anna/activation-mail")
    clock.shift(61)
    sent = post("/users/anna/activation-mail")
    for reply in (unknown, too_soon, sent):
        assert (reply.status, reply.json) == (202, {})
        assert reply.headers == sent.headers

    assert "activationTokenHash" not in users.get()
    (execution,) = boto3.client("stepfunctions").list_executions(stateMachineArn=state_machine_arn)[
        "executions"
    ]
    assert execution["name"].startswith("resend-")


def test_the_time_does_not_tell_who_waits_for_a_mail(
    users: Users, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    post("/users", REGISTRATION)
    mailed(users, at=NOW)
    clock.shift(61)
    blocks: list[float] = []
    monkeypatch.setattr(routes_accounts, "RESEND_SECONDS", 0.5)
    monkeypatch.setattr(routes_accounts, "lasting", lambda seconds: lasting_of(blocks, seconds))
    for username in ("nobody", "anna", "anna"):  # unknown, due, and too soon
        assert post(f"/users/{username}/activation-mail").status == 202
    assert blocks == [0.5] * 3


@contextmanager
def lasting_of(blocks: list[float], seconds: float) -> Iterator[None]:
    """Note how long a block would last at least."""
    blocks.append(seconds)
    yield


@pytest.mark.parametrize("username", ["ab", "ANNA", "a" * 33, "anna%", "-anna"])
def test_what_is_no_username_has_no_mail(username: str) -> None:
    reply = post(f"/users/{username}/activation-mail")
    assert (reply.status, reply.code, reply.fields) == (422, "validation", ["username"])


def test_a_table_that_is_out_of_reach_says_so_and_when_to_try_again(log_lines: LogLines) -> None:
    fail(dynamodb(), "PutItem")
    reply = post("/users", REGISTRATION)
    assert (reply.status, reply.code) == (503, "unavailable")
    assert reply.headers["retry-after"] == "5"
    assert log_lines()[0]["reason"] == "table User: InternalServerError"
