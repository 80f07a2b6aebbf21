"""Signing in and out, by whole events."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from tests.unit.builders import Users
from tests.unit.web_api.api import PASSWORD, SessionKey, WebState, get, post, post_request, send
from web_api.passwords import hash_of

pytestmark = pytest.mark.usefixtures("api")

CREDENTIALS = {"username": "anna", "password": PASSWORD}
ENDED = "__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"
FORGOTTEN = "__Host-device=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"


@pytest.fixture(autouse=True)
def anna(users: Users) -> None:
    users.put(activationStatus="DONE", passwordHash=hash_of(PASSWORD), sessionGeneration="first")


def test_who_signs_in_gets_a_cookie_and_their_name() -> None:
    reply = post("/sign-in", CREDENTIALS)
    assert (reply.status, reply.json) == (200, {"username": "anna", "name": "Anna Berg"})
    session, device = reply.cookies
    assert session.startswith("__Host-session=")
    assert session.endswith("; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Strict")
    assert device.startswith("__Host-device=")
    assert device.endswith("; Path=/; Max-Age=7776000; HttpOnly; Secure; SameSite=Strict")
    assert get("/profile", cookies=["theme=dark", reply.session_cookie]).status == 200


@pytest.mark.parametrize(
    "changes", [{"password": "wrong horse battery"}, {"username": "nobody"}, {"password": "x"}]
)
def test_wrong_credentials_are_told_alike_without_a_cookie(changes: dict[str, str]) -> None:
    reply = post("/sign-in", {**CREDENTIALS, **changes})
    assert (reply.status, reply.code) == (401, "wrong-credentials")
    assert reply.cookies == []
    assert reply.body == post("/sign-in", {**CREDENTIALS, "username": "nobody2"}).body


def test_an_account_that_is_not_activated_is_told_to_its_owner(users: Users) -> None:
    users.set(activationStatus="MAIL_SENT")
    owner = post("/sign-in", CREDENTIALS)
    assert (owner.status, owner.code, owner.cookies) == (403, "not-activated", [])
    stranger = post("/sign-in", {**CREDENTIALS, "password": "wrong horse battery"})
    assert (stranger.status, stranger.code) == (401, "wrong-credentials")


def test_guessing_ends_after_ten_attempts_and_says_for_how_long() -> None:
    with time_machine.travel(900 * 1_000_000 + 600, tick=False):
        for _ in range(10):
            assert post("/sign-in", {**CREDENTIALS, "password": "wrong"}).status == 401
        reply = post("/sign-in", CREDENTIALS)
        assert (reply.status, reply.code) == (429, "too-many-attempts")
        assert reply.headers["retry-after"] == "975"
        other = post_request("/sign-in", {**CREDENTIALS, "username": "nobody"})
        assert send(other).status == 401
    with time_machine.travel(900 * 1_000_000 + 1575, tick=False):
        assert post("/sign-in", CREDENTIALS).status == 200


def test_who_signs_out_is_signed_out_with_every_copy_of_the_cookie() -> None:
    cookie = post("/sign-in", CREDENTIALS).session_cookie
    other = post("/sign-in", CREDENTIALS).session_cookie
    reply = post("/sign-out", cookies=[cookie])
    assert (reply.status, reply.body, reply.cookies) == (204, "", [ENDED])
    assert reply.headers["clear-site-data"] == '"cache", "storage"'
    assert get("/profile", cookies=[cookie]).code == "not-signed-in"
    assert get("/profile", cookies=[other]).status == 200


@pytest.mark.parametrize("cookies", [[], ["__Host-session=x"], ["__Host-session=" + "x" * 5000]])
def test_who_is_not_signed_in_can_sign_out_all_the_same(
    cookies: list[str], web_state: WebState
) -> None:
    reply = post("/sign-out", cookies=cookies)
    assert (reply.status, reply.cookies) == (204, [ENDED])
    assert web_state.items() == {}


@pytest.mark.parametrize("path", ["/sign-out", "/sign-out-everywhere"])
def test_another_site_can_sign_nobody_out(path: str) -> None:
    cookie = post("/sign-in", CREDENTIALS).session_cookie
    reply = post(path, headers={"origin": "https://other.example"}, cookies=[cookie])
    assert (reply.status, reply.code) == (403, "forbidden-origin")
    assert get("/profile", cookies=[cookie]).status == 200


def test_who_signs_out_everywhere_ends_all_sessions_and_devices(users: Users) -> None:
    here, there = post("/sign-in", CREDENTIALS), post("/sign-in", CREDENTIALS)

    reply = post("/sign-out-everywhere", cookies=[here.session_cookie])

    assert (reply.status, reply.body, reply.cookies) == (204, "", [ENDED, FORGOTTEN])
    assert reply.headers["clear-site-data"] == '"cache", "storage"'
    assert users.get()["sessionGeneration"] != "first"
    for cookie in (here.session_cookie, there.session_cookie):
        assert get("/profile", cookies=[cookie]).code == "not-signed-in"
    guess = {**CREDENTIALS, "password": "wrong"}
    for _ in range(10):
        post("/sign-in", guess)
    # Counted with everybody's guesses: the device is unknown.
    assert post("/sign-in", CREDENTIALS, cookies=[there.device_cookie]).status == 429


@pytest.mark.parametrize("cookies", [[], ["__Host-session=x"]])
def test_only_who_is_signed_in_can_sign_out_everywhere(cookies: list[str], users: Users) -> None:
    reply = post("/sign-out-everywhere", cookies=cookies)
    assert (reply.status, reply.code, reply.cookies) == (401, "not-signed-in", [])
    assert users.get()["sessionGeneration"] == "first"


def test_signing_in_ends_the_session_that_the_request_brought(users: Users) -> None:
    users.put("bert", activationStatus="DONE", passwordHash=hash_of(PASSWORD))
    mine = post("/sign-in", CREDENTIALS).session_cookie
    elsewhere = post("/sign-in", CREDENTIALS).session_cookie

    refused = post("/sign-in", {**CREDENTIALS, "password": "wrong"}, cookies=[mine])
    assert refused.status == 401
    assert get("/profile", cookies=[mine]).status == 200
    berts = post("/sign-in", {**CREDENTIALS, "username": "bert"}, cookies=[mine])

    assert get("/profile", cookies=[mine]).code == "not-signed-in"
    assert get("/profile", cookies=[elsewhere]).status == 200
    assert get("/profile", cookies=[berts.session_cookie]).json["username"] == "bert"


def test_strangers_and_neighbours_lock_no_owner_out() -> None:
    """Ten wrong tries in 0.6 s shut the owner out for a quarter of an hour."""
    device = post("/sign-in", CREDENTIALS).device_cookie
    for _ in range(10):
        post("/sign-in", {**CREDENTIALS, "password": "wrong"})
    assert post("/sign-in", CREDENTIALS).status == 429
    assert post("/sign-in", CREDENTIALS, cookies=[device]).status == 200


def test_a_disabled_account_is_told_to_its_owner(users: Users) -> None:
    users.set(disabledAt="1795341600")
    owner = post("/sign-in", CREDENTIALS)
    assert (owner.status, owner.code, owner.cookies) == (403, "account-disabled", [])
    stranger = post("/sign-in", {**CREDENTIALS, "password": "wrong horse battery"})
    assert (stranger.status, stranger.code) == (401, "wrong-credentials")


def test_the_log_says_who_signed_in_and_never_with_what(
    log_lines: Callable[[], list[Any]],
) -> None:
    cookie = post("/sign-in", CREDENTIALS).session_cookie
    post("/sign-in", {"username": "hunter2", "password": "wrong horse battery"})
    post("/sign-out", cookies=[cookie])
    again = post("/sign-in", CREDENTIALS)
    post("/sign-out-everywhere", cookies=[again.session_cookie])
    lines = log_lines()
    messages = [line["message"] for line in lines if line["message"] != "Request answered"]
    assert messages == [
        "Signed in",
        "Sign-in refused",
        "Signed out",
        "Signed in",
        "Signed out everywhere",
    ]
    text = json.dumps(lines)
    cookies = [cookie.partition("=")[2], again.device_cookie.partition("=")[2]]
    for secret in (PASSWORD, "wrong horse", *cookies, "hunter2", "192.0.2.10"):
        assert secret not in text


def test_without_its_key_nobody_is_signed_in(session_key: SessionKey) -> None:
    session_key.ssm.delete_parameter(Name=session_key.name)
    reply = post("/sign-in", CREDENTIALS)
    assert (reply.status, reply.code, reply.cookies) == (500, "internal", [])
