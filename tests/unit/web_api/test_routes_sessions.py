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


@pytest.fixture(autouse=True)
def anna(users: Users) -> None:
    users.put(activationStatus="DONE", passwordHash=hash_of(PASSWORD))


def test_who_signs_in_gets_a_cookie_and_their_name() -> None:
    reply = post("/sign-in", CREDENTIALS)
    assert (reply.status, reply.json) == (200, {"username": "anna", "name": "Anna Berg"})
    (cookie,) = reply.cookies
    assert cookie.startswith("__Host-session=")
    assert cookie.endswith("; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Strict")
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


def test_another_site_can_sign_nobody_out() -> None:
    cookie = post("/sign-in", CREDENTIALS).session_cookie
    reply = post("/sign-out", headers={"origin": "https://other.example"}, cookies=[cookie])
    assert (reply.status, reply.code) == (403, "forbidden-origin")
    assert get("/profile", cookies=[cookie]).status == 200


def test_the_log_says_who_signed_in_and_never_with_what(
    log_lines: Callable[[], list[Any]],
) -> None:
    cookie = post("/sign-in", CREDENTIALS).session_cookie
    post("/sign-in", {"username": "hunter2", "password": "wrong horse battery"})
    post("/sign-out", cookies=[cookie])
    lines = log_lines()
    messages = [line["message"] for line in lines if line["message"] != "Request answered"]
    assert messages == ["Signed in", "Sign-in refused", "Signed out"]
    text = json.dumps(lines)
    for secret in (PASSWORD, "wrong horse", cookie.partition("=")[2], "hunter2", "192.0.2.10"):
        assert secret not in text


def test_without_its_key_nobody_is_signed_in(session_key: SessionKey) -> None:
    session_key.ssm.delete_parameter(Name=session_key.name)
    reply = post("/sign-in", CREDENTIALS)
    assert (reply.status, reply.code, reply.cookies) == (500, "internal", [])
