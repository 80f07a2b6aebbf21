"""The activation link's page, activating and refusing, by whole events."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine

from shared.aws import dynamodb
from tests.unit.builders import Profiles, Users, event, fail
from tests.unit.web_api.api import (
    ORIGIN,
    PASSWORD,
    REGISTRATION,
    TOKEN,
    Reply,
    WebState,
    get,
    mailed,
    post,
    post_request,
    request,
    send,
)
from web_api import routes_activation
from web_api.problems import (
    ACCOUNT_DISABLED,
    ALREADY_ACTIVATED,
    LINK_EXPIRED,
    UNKNOWN_USER,
    WRONG_CREDENTIALS,
    WRONG_TOKEN,
)

pytestmark = pytest.mark.usefixtures("api")

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LINK = {"username": "anna", "token": TOKEN}
QUERY = urlencode(LINK)
BY_PASSWORD = {**LINK, "password": PASSWORD}
NEW_PASSWORD = "violet tractor umbrella"
BY_NEW_PASSWORD = {**LINK, "newPassword": NEW_PASSWORD}
LogLines = Callable[[], list[Any]]


@pytest.fixture(autouse=True)
def clock() -> Any:  # noqa: ANN401 - what time_machine yields
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def anna(api: None, users: Users) -> Users:
    """The table, in which Anna has signed up and got the mail."""
    del api
    assert post("/users", REGISTRATION).status == 201
    mailed(users, at=NOW)
    return users


@pytest.fixture
def elsewhere(api: None, users: Users) -> Users:
    """The table with an item of another application, without a password, and its mail."""
    del api
    users.put()
    mailed(users, at=NOW)
    return users


def result_of(page: str) -> str:
    """What the page says of an activation."""
    (result,) = re.findall(r'data-result="([^"]*)"', page)
    return str(result)


def text_at(page: str, element: str) -> str:
    """The text of an element by its id."""
    (found,) = re.findall(rf'id="{element}"[^>]*>([^<]*)<', page)
    return str(found)


def form(
    fields: Mapping[str, str] | bytes, path: str = "/activate", **headers: str | None
) -> dict[str, Any]:
    """An event of a form that a browser posts without the script."""
    made = event("http_api_post_form")
    body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    sent = {**made["headers"], **{n.replace("_", "-"): v for n, v in headers.items()}}
    made["requestContext"]["http"]["path"] = path
    return {
        **made,
        "rawPath": path,
        "body": base64.b64encode(body).decode(),
        "headers": {name: value for name, value in sent.items() if value is not None},
    }


def sign_in(password: str) -> Reply:
    return post("/sign-in", {"username": "anna", "password": password})


def profile_with(reply: Reply) -> Reply:
    """The profile, for the cookies of a response."""
    return get("/profile", cookies=[cookie.partition(";")[0] for cookie in reply.cookies])


# The page


def test_opening_a_link_again_and_again_changes_nothing(anna: Users) -> None:
    before = anna.get()
    for _ in range(3):
        reply = get("/activate", query=QUERY)
        assert (reply.status, result_of(reply.body)) == (200, "ready")
        assert send(request("HEAD", "/activate", query=QUERY)).status == 200
    assert f'value="{TOKEN}"' in reply.body
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cache-control"] == "no-store"
    assert anna.get() == before


@pytest.mark.usefixtures("anna")
def test_the_page_names_the_account_and_asks_for_a_password() -> None:
    page = get("/activate", query=QUERY).body
    assert text_at(page, "activation-account") == (
        "Somebody signed up as anna with this email address."
    )
    assert 'name="password"' in page
    assert 'name="newPassword"' in page
    assert '<details id="new-password"  >' in page
    assert 'action="/activate/refuse"' in page


@pytest.mark.usefixtures("elsewhere")
def test_the_page_asks_other_applications_users_for_no_password() -> None:
    page = get("/activate", query=QUERY).body
    assert result_of(page) == "ready"
    assert re.search(r'name="password"[^>]* disabled>', page)
    assert re.search(r'<details id="new-password" hidden', page)


BAD_LINKS = [
    (f"username=nobody&token={TOKEN}", 404, "unknown-user"),
    ("username=&token=", 404, "unknown-user"),
    ("", 404, "unknown-user"),
    ("username=anna&token=wrong", 403, "wrong-token"),
    ("username=anna", 403, "wrong-token"),
    ("username=anna&token=a,b", 403, "wrong-token"),
]


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize(("query", "status", "result"), BAD_LINKS)
def test_a_link_that_is_good_for_nothing_says_why(query: str, status: int, result: str) -> None:
    reply = get("/activate", query=query)
    assert (reply.status, result_of(reply.body)) == (status, result)
    assert TOKEN not in reply.body
    assert '<div id="activation-forms" hidden>' in reply.body


def test_an_old_link_has_expired(anna: Users) -> None:
    mailed(anna, at=NOW - timedelta(hours=24))
    reply = get("/activate", query=QUERY)
    assert (reply.status, result_of(reply.body)) == (410, "link-expired")
    assert post("/activate", BY_PASSWORD).code == LINK_EXPIRED.code
    mailed(anna, at=NOW - timedelta(hours=23, minutes=59))
    assert post("/activate", BY_PASSWORD).status == 200


@pytest.mark.usefixtures("anna")
def test_only_the_links_own_token_is_told_what_has_become_of_the_account() -> None:
    post("/activate", BY_PASSWORD)
    for query in ("username=anna&token=wrong", "username=anna", f"username=anna&token={'x' * 43}"):
        reply = get("/activate", query=query)
        assert (reply.status, result_of(reply.body)) == (403, "wrong-token")
    reply = get("/activate", query=QUERY)
    assert (reply.status, result_of(reply.body)) == (200, "already-activated")


def test_a_parameter_that_comes_twice_is_refused() -> None:
    made = request("GET", "/activate")
    made["rawQueryString"] = "username=anna&username=bert&token=x"
    made["queryStringParameters"] = {"username": "anna,bert", "token": "x"}
    reply = send(made)
    assert (reply.status, reply.code, reply.fields) == (422, "validation", ["username"])
    assert reply.json["errors"][0]["detail"] == "one value"


# Activating


@pytest.mark.parametrize("path", ["/activate", "/activate/refuse"])
@pytest.mark.parametrize("value", ["", "x" * 257, 5])
def test_what_no_link_holds_is_told_by_the_links_rules(path: str, value: object) -> None:
    reply = post(path, {"username": value, "token": value})
    assert (reply.status, reply.code, reply.fields) == (422, "validation", ["username", "token"])
    for error in reply.json["errors"]:
        assert error["detail"].startswith("1 to 256 characters")


def test_the_password_activates_makes_the_profile_and_signs_in(
    anna: Users, profiles: Profiles
) -> None:
    reply = post("/activate", BY_PASSWORD)
    assert (reply.status, reply.json) == (200, {"result": "activated"})
    assert anna.get()["activationStatus"] == "DONE"
    assert profiles.get(anna.get()["userProfileId"])["username"] == "anna"
    assert profile_with(reply).json["username"] == "anna"
    assert sign_in(PASSWORD).status == 200

    again = post("/activate", BY_PASSWORD)
    assert (again.status, again.code, again.cookies) == (409, ALREADY_ACTIVATED.code, [])


def test_the_link_alone_activates_no_account_that_has_a_password(anna: Users) -> None:
    """Somebody signs up with another's address; the address's owner clicks."""
    reply = post("/activate", LINK)
    assert (reply.status, reply.code, reply.fields) == (422, "validation", ["password"])
    assert anna.get()["activationStatus"] == "MAIL_SENT"
    # The attacker, who knows the password, gets nothing out of the click.
    assert sign_in(PASSWORD).code == "not-activated"


def test_a_new_password_takes_the_place_of_the_attackers(anna: Users) -> None:
    """The mailbox's owner takes the account over that an attacker has signed up."""
    before = anna.get()
    reply = post("/activate", BY_NEW_PASSWORD)
    assert (reply.status, reply.json) == (200, {"result": "activated"})
    assert profile_with(reply).json["username"] == "anna"
    assert anna.get()["sessionGeneration"] != before["sessionGeneration"]
    assert sign_in(PASSWORD).code == WRONG_CREDENTIALS.code
    assert sign_in(NEW_PASSWORD).status == 200


@pytest.mark.parametrize(
    ("given", "fields", "code"),
    [
        ({}, ["password"], "missing"),
        ({"password": PASSWORD, "newPassword": NEW_PASSWORD}, ["password", "newPassword"], "form"),
        ({"newPassword": "too short"}, ["newPassword"], "too-short"),
        ({"newPassword": "x" * 129}, ["newPassword"], "too-long"),
        ({"newPassword": "password1234"}, ["newPassword"], "too-common"),
        ({"newPassword": "anna@mail.example"}, ["newPassword"], "own-data"),
        ({"newPassword": 5}, ["newPassword"], "form"),
        ({"password": ""}, ["password"], "missing"),
        ({"password": "x" * 129}, ["password"], "too-long"),
    ],
)
def test_a_password_that_cant_be_taken_is_named_and_activates_nothing(
    anna: Users, given: dict[str, object], fields: list[str], code: str
) -> None:
    before = anna.get()
    reply = post("/activate", {**LINK, **given})
    assert (reply.status, reply.code, reply.fields) == (422, "validation", fields)
    assert {error["code"] for error in reply.json["errors"]} == {code}
    for value in given.values():
        assert str(value) not in [error["detail"] for error in reply.json["errors"]]
    assert anna.get() == before


@pytest.mark.usefixtures("anna")
def test_nobody_without_the_link_learns_what_the_account_needs() -> None:
    for given in ({}, {"password": "x"}, {"newPassword": "x"}, {"password": "", "newPassword": ""}):
        reply = post("/activate", {"username": "anna", "token": "x" * 43, **given})
        assert (reply.status, reply.code) == (403, WRONG_TOKEN.code)


def test_a_wrong_password_activates_nothing_and_its_tries_are_counted(anna: Users) -> None:
    wrong = {**LINK, "password": "not the right one"}
    for _ in range(10):
        reply = post("/activate", wrong)
        assert (reply.status, reply.code) == (401, WRONG_CREDENTIALS.code)
    assert post("/activate", wrong).code == "too-many-attempts"
    # Not even the right one: it would be guessed.
    assert post("/activate", BY_PASSWORD).code == "too-many-attempts"
    assert anna.get()["activationStatus"] == "MAIL_SENT"
    # Who holds the link isn't locked out by those who guess.
    assert post("/activate", BY_NEW_PASSWORD).status == 200


def test_a_right_password_is_given_back(anna: Users, web_state: WebState) -> None:
    del anna
    before = counted(web_state, "sign-in#")
    post("/activate", BY_PASSWORD)
    assert counted(web_state, "sign-in#") == before == 0


def test_new_passwords_that_are_refused_count_for_the_network(
    anna: Users, web_state: WebState
) -> None:
    for _ in range(50):
        assert post("/activate", {**LINK, "newPassword": "x"}).status == 422
    assert counted(web_state, "sign-in#network") == 50
    assert post("/activate", BY_NEW_PASSWORD).code == "too-many-attempts"
    assert anna.get()["activationStatus"] == "MAIL_SENT"


def counted(web_state: WebState, prefix: str) -> int:
    return sum(
        int(value)
        for item_id, item in web_state.items().items()
        for name, value in item.items()
        if item_id.startswith(prefix) and name.startswith("part")
    )


def test_another_applications_user_is_activated_without_a_password_and_a_session(
    elsewhere: Users, profiles: Profiles
) -> None:
    for name in ("password", "newPassword"):
        reply = post("/activate", {**LINK, name: PASSWORD})
        assert (reply.status, reply.fields) == (422, [name])
    reply = post("/activate", LINK)
    assert (reply.status, reply.json, reply.cookies) == (200, {"result": "activated"}, [])
    assert elsewhere.get()["activationStatus"] == "DONE"
    assert profiles.get(elsewhere.get()["userProfileId"])["username"] == "anna"


def test_a_disabled_account_is_not_activated_and_its_holder_is_told(anna: Users) -> None:
    anna.set(disabledAt="1")
    assert get("/activate", query=QUERY).status == 403
    for path, body in (("/activate", BY_PASSWORD), ("/activate/refuse", LINK)):
        reply = post(path, body)
        assert (reply.status, reply.code) == (403, ACCOUNT_DISABLED.code)
    assert anna.get()["activationStatus"] == "MAIL_SENT"
    stranger = post("/activate", {**BY_PASSWORD, "token": "x" * 43})
    assert stranger.code == WRONG_TOKEN.code


@pytest.mark.parametrize("path", ["/activate", "/activate/refuse"])
def test_a_link_that_is_good_for_nothing_does_nothing(anna: Users, path: str) -> None:
    before = anna.get()
    wrong = post(path, {"username": "anna", "token": "wrong"})
    assert (wrong.status, wrong.code) == (403, WRONG_TOKEN.code)
    unknown = post(path, {"username": "nobody", "token": TOKEN})
    assert (unknown.status, unknown.code) == (404, UNKNOWN_USER.code)
    assert anna.get() == before


# Without the page's script


def test_without_a_script_the_form_activates_and_signs_in(anna: Users) -> None:
    first, second = send(form(BY_PASSWORD)), send(form(BY_PASSWORD))
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert (first.status, result_of(first.body)) == (200, "signed-in")
    assert profile_with(first).json["username"] == "anna"
    assert (second.status, result_of(second.body)) == (200, "already-activated")
    assert anna.get()["activationStatus"] == "DONE"


@pytest.mark.usefixtures("elsewhere")
def test_without_a_script_another_applications_user_is_activated() -> None:
    reply = send(form(LINK))
    assert (reply.status, result_of(reply.body), reply.cookies) == (200, "activated", [])


@pytest.mark.usefixtures("anna")
def test_a_form_with_a_wrong_password_is_answered_by_the_page_with_its_forms() -> None:
    wrong = "not <the> right one"
    reply = send(form({**LINK, "password": wrong}))
    assert (reply.status, result_of(reply.body)) == (401, "ready")
    assert "set a new one" in text_at(reply.body, "activate-password-error")
    assert f'value="{TOKEN}"' in reply.body
    assert "right one" not in reply.body
    assert send(form(BY_PASSWORD)).status == 200


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize(
    ("weak", "reason"),
    [("short", "too short"), ("password1234", "many people use it"), (" " * 12, "one character")],
)
def test_a_form_with_a_weak_new_password_says_why_at_its_field(weak: str, reason: str) -> None:
    reply = send(form({**LINK, "newPassword": weak}))
    assert (reply.status, result_of(reply.body)) == (422, "ready")
    assert reason in text_at(reply.body, "activate-new-password-error")
    assert '<details id="new-password"  open>' in reply.body
    assert f'"{weak}"' not in reply.body
    assert send(form(BY_NEW_PASSWORD)).status == 200


@pytest.mark.usefixtures("anna")
def test_a_form_with_too_many_tries_says_so_and_keeps_the_other_way() -> None:
    for _ in range(10):
        send(form({**LINK, "password": "wrong"}))
    reply = send(form(BY_PASSWORD))
    assert (reply.status, result_of(reply.body)) == (429, "ready")
    assert int(reply.headers["retry-after"]) > 0
    assert "Too many attempts" in text_at(reply.body, "error")
    assert send(form(BY_NEW_PASSWORD)).status == 200


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize("path", ["/activate", "/activate/refuse"])
def test_a_form_with_a_wrong_link_is_answered_by_a_page_too(path: str) -> None:
    reply = send(form({**LINK, "token": "x" * 43}, path))
    assert (reply.status, result_of(reply.body)) == (403, "wrong-token")


@pytest.mark.parametrize("path", ["/activate", "/activate/refuse"])
@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"username=anna", {}, 422),
        (b"username=&token=", {}, 422),
        (b"", {}, 422),
        (b"username=anna&token=a&more=b", {}, 422),
        (b"username=%FF&token=x", {}, 400),
        (b"x" * 17_000, {}, 413),
        (b"username=anna&token=x", {"content_type": "text/plain", "origin": ORIGIN}, 415),
        (b"x", {"content_type": "multipart/form-data; boundary=x", "origin": ORIGIN}, 415),
        (b"username=anna&token=x", {"origin": "https://other.example"}, 403),
        (b"username=anna&token=x", {"sec_fetch_site": "cross-site"}, 403),
        # A browser that doesn't name the site: the form would sign its visitor in.
        (b"username=anna&token=x", {"sec_fetch_site": None}, 403),
        (b"username=anna&token=x", {"host": "other.example"}, 421),
    ],
)
def test_a_form_that_cant_be_taken_is_answered_by_a_page(
    path: str, body: bytes, headers: dict[str, str | None], status: int
) -> None:
    reply = send(form(body, path, **headers))
    assert (reply.status, result_of(reply.body)) == (status, "wrong-token")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"


def test_a_form_that_fails_on_our_side_is_answered_by_a_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fail(dynamodb(), "GetItem")
    reply = send(form(BY_PASSWORD))
    assert (reply.status, result_of(reply.body)) == (503, "failed")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["retry-after"] == "5"
    assert "did not work just now" in reply.body

    monkeypatch.setattr(routes_activation, "look_up_counted", None)
    reply = send(form(BY_PASSWORD))
    assert (reply.status, result_of(reply.body)) == (500, "failed")


def test_without_its_language_the_page_is_a_problem_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PAGE_LANGUAGE")
    assert send(form(BY_PASSWORD)).code == "internal"


def test_a_script_that_activates_is_told_by_a_problem() -> None:
    assert post("/activate", {"username": "anna"}).code == "validation"
    made = post_request("/activate", "username=anna", headers={"content-type": "x/y"})
    assert send(made).code == "unsupported-media-type"


# "This wasn't me"


def test_refusing_ends_the_link_and_frees_the_name(anna: Users, profiles: Profiles) -> None:
    reply = post("/activate/refuse", LINK)
    assert (reply.status, reply.json, reply.cookies) == (200, {"result": "refused"}, [])
    assert anna.get() == {}
    assert profiles.count() == 0
    for path, body in (("/activate/refuse", LINK), ("/activate", BY_PASSWORD)):
        again = post(path, body)
        assert (again.status, again.code) == (404, UNKNOWN_USER.code)
    other = {**REGISTRATION, "email": "other@mail.example"}
    assert post("/users", other).status == 201


def test_a_form_that_refuses_is_answered_by_a_page(anna: Users) -> None:
    first, second = (send(form(LINK, "/activate/refuse")) for _ in range(2))
    assert (first.status, result_of(first.body)) == (200, "refused")
    assert (second.status, result_of(second.body)) == (404, "unknown-user")
    assert anna.get() == {}


def test_a_link_that_has_expired_can_still_be_refused(anna: Users) -> None:
    mailed(anna, at=NOW - timedelta(days=2))
    page = get("/activate", query=QUERY).body
    assert result_of(page) == "link-expired"
    assert '<form id="activate-form" method="post" action="/activate" hidden>' in page
    assert '<div id="activation-forms" >' in page
    assert post("/activate/refuse", LINK).status == 200
    assert anna.get() == {}


def test_nobody_refuses_an_activated_account(anna: Users) -> None:
    post("/activate", BY_PASSWORD)
    before = anna.get()
    reply = post("/activate/refuse", LINK)
    assert (reply.status, reply.code) == (409, ALREADY_ACTIVATED.code)
    assert anna.get() == before


# Short tokens, which only other applications have


def test_a_token_of_four_digits_is_not_found_by_trying(elsewhere: Users) -> None:
    """0317 fell in 318 tries, 3.7 seconds."""
    mailed(elsewhere, at=NOW, token="0317")
    codes = [
        post("/activate", {"username": "anna", "token": f"{guess:04}"}).code
        for guess in range(300, 320)
    ]
    assert codes == [WRONG_TOKEN.code] * 10 + ["too-many-attempts"] * 10
    # The page tells no more, and it counts with the others.
    page = get("/activate", query="username=anna&token=0317")
    assert (page.status, result_of(page.body)) == (429, "too-many-attempts")
    assert int(page.headers["retry-after"]) > 0
    page = send(form({"username": "anna", "token": "0317"}))
    assert (page.status, result_of(page.body)) == (429, "too-many-attempts")
    assert post("/activate/refuse", {"username": "anna", "token": "0317"}).status == 429
    assert elsewhere.get()["activationStatus"] == "MAIL_SENT"


def test_pages_of_short_tokens_count_as_tries(elsewhere: Users) -> None:
    mailed(elsewhere, at=NOW, token="0317")
    statuses = [
        get("/activate", query=f"username=anna&token={guess:04}").status for guess in range(11)
    ]
    assert statuses == [403] * 10 + [429]


def test_a_hundred_networks_together_have_a_hundred_tries_a_day(
    elsewhere: Users, clock: time_machine.Traveller
) -> None:
    mailed(elsewhere, at=NOW, token="0317")
    statuses = []
    for guess in range(101):
        made = request("GET", "/activate", query=f"username=anna&token=9{guess:03}")
        made["requestContext"]["http"]["sourceIp"] = f"198.51.100.{guess}"
        statuses.append(send(made).status)
    assert statuses == [403] * 100 + [429]
    clock.shift(timedelta(hours=27))
    assert get("/activate", query="username=anna&token=0318").status == 403


def test_a_right_short_token_is_given_back(elsewhere: Users, web_state: WebState) -> None:
    mailed(elsewhere, at=NOW, token="0317")
    link = {"username": "anna", "token": "0317"}
    for _ in range(30):
        assert get("/activate", query=urlencode(link)).status == 200
    assert post("/activate", link).status == 200
    assert counted(web_state, "activation#") == 0


def test_nobody_can_keep_somebody_from_activating_by_a_long_token(anna: Users) -> None:
    for guess in range(150):
        reply = post("/activate", {**BY_PASSWORD, "token": f"{guess:043}"})
        assert reply.code == WRONG_TOKEN.code
    for guess in range(150):
        post("/activate", {**BY_PASSWORD, "token": f"{guess:04}"})
    assert post("/activate", BY_PASSWORD).status == 200
    assert anna.get()["activationStatus"] == "DONE"


@pytest.mark.parametrize(("length", "is_counted"), [(21, True), (22, False), (0, False)])
def test_only_what_can_be_guessed_is_counted(
    anna: Users, web_state: WebState, *, length: int, is_counted: bool
) -> None:
    del anna
    get("/activate", query=f"username=anna&token={'x' * length}")
    assert (counted(web_state, "activation#") > 0) == is_counted


# What is logged


@pytest.mark.usefixtures("anna")
def test_no_password_and_no_token_is_logged(log_lines: LogLines) -> None:
    get("/activate", query=QUERY)
    send(form({**LINK, "password": "not the right one"}))
    post("/activate", {**LINK, "newPassword": "password1234"})
    post("/activate", BY_NEW_PASSWORD)
    text = json.dumps(log_lines())
    for secret in (TOKEN, "not the right one", "password1234", NEW_PASSWORD):
        assert secret not in text
    assert [line["message"] for line in log_lines() if "username" in line] == ["Account activated"]
