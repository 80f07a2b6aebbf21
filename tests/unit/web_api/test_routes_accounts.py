"""Registering and activating, by whole events."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import time_machine

from shared.aws import dynamodb
from tests.unit.builders import Profiles, Users, event, fail
from tests.unit.web_api.api import (
    ORIGIN,
    OTHER_ORIGIN,
    PASSWORD,
    REGISTRATION,
    get,
    post,
    post_request,
    request,
    send,
)
from web_api import registration, routes_activation
from web_api.problems import ALREADY_ACTIVATED, LINK_EXPIRED, UNKNOWN_USER, WRONG_TOKEN

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

pytestmark = pytest.mark.usefixtures("api")

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
TOKEN = "mailed-token"
LogLines = Callable[[], list[Any]]


@pytest.fixture(autouse=True)
def clock() -> Any:  # noqa: ANN401 - what time_machine yields
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def mailed(users: Users, *, token: str = TOKEN, age: timedelta = timedelta()) -> None:
    """Let the mail function send the mail to the registered user."""
    values: dict[str, AttributeValueTypeDef] = {
        ":status": {"S": "MAIL_SENT"},
        ":hash": {"S": hashlib.sha256(token.encode()).hexdigest()},
        ":created": {"N": str(int((NOW - age).timestamp()))},
    }
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": "anna"}},
        UpdateExpression=(
            "SET activationStatus = :status, activationTokenHash = :hash,"
            " activationTokenCreatedAt = :created"
        ),
        ExpressionAttributeValues=values,
    )


def result_of(page: str) -> str:
    """What the page says of an activation."""
    (result,) = re.findall(r'data-result="([^"]*)"', page)
    return str(result)


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
    mailed(users)
    get("/activate", query=f"username=anna&token={TOKEN}")
    post("/activate", {"username": "anna", "token": "wrong-token"})
    post("/activate", {"username": "anna", "token": TOKEN})
    text = json.dumps(log_lines())
    for secret in (PASSWORD, "tooshort", "mail.example", TOKEN, "wrong-token", "username="):
        assert secret not in text
    assert [line["username"] for line in log_lines() if "username" in line] == ["anna", "anna"]


def test_opening_a_link_again_and_again_changes_nothing(users: Users) -> None:
    post("/users", REGISTRATION)
    mailed(users)
    before = users.get()
    link = f"username=anna&token={TOKEN}"
    for _ in range(3):
        reply = get("/activate", query=link)
        assert (reply.status, result_of(reply.body)) == (200, "ready")
        assert send(request("HEAD", "/activate", query=link)).status == 200
    assert f'value="{TOKEN}"' in reply.body
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cache-control"] == "no-store"
    assert users.get() == before


BAD_LINKS = [
    ("username=nobody&token=mailed-token", 404, "unknown-user"),
    ("username=&token=", 404, "unknown-user"),
    ("", 404, "unknown-user"),
    ("username=anna&token=wrong", 403, "wrong-token"),
    ("username=anna", 403, "wrong-token"),
    ("username=anna&token=a,b", 403, "wrong-token"),
]


@pytest.mark.parametrize(("query", "status", "result"), BAD_LINKS)
def test_a_link_that_is_good_for_nothing_says_why(
    users: Users, query: str, status: int, result: str
) -> None:
    post("/users", REGISTRATION)
    mailed(users)
    reply = get("/activate", query=query)
    assert (reply.status, result_of(reply.body)) == (status, result)
    assert TOKEN not in reply.body


def test_an_old_link_has_expired(users: Users) -> None:
    post("/users", REGISTRATION)
    mailed(users, age=timedelta(hours=24))
    link = {"username": "anna", "token": TOKEN}
    reply = get("/activate", query=f"username=anna&token={TOKEN}")
    assert (reply.status, result_of(reply.body)) == (410, "link-expired")
    assert post("/activate", link).code == LINK_EXPIRED.code
    mailed(users, age=timedelta(hours=23, minutes=59))
    assert post("/activate", link).status == 200


def test_a_parameter_that_comes_twice_is_refused() -> None:
    made = request("GET", "/activate")
    made["rawQueryString"] = "username=anna&username=bert&token=x"
    made["queryStringParameters"] = {"username": "anna,bert", "token": "x"}
    reply = send(made)
    assert (reply.status, reply.code, reply.fields) == (422, "validation", ["username"])
    assert reply.json["errors"][0]["detail"] == "one value"


@pytest.mark.parametrize("value", ["", "x" * 257, 5])
def test_what_no_link_holds_is_told_by_the_links_rules(value: object) -> None:
    reply = post("/activate", {"username": value, "token": value})
    assert (reply.status, reply.code, reply.fields) == (422, "validation", ["username", "token"])
    for error in reply.json["errors"]:
        assert error["detail"].startswith("1 to 256 characters")


def test_an_account_is_activated_once_and_gets_its_profile(
    users: Users, profiles: Profiles
) -> None:
    post("/users", REGISTRATION)
    mailed(users)
    link = {"username": "anna", "token": TOKEN}
    assert post("/activate", link).json == {"result": "activated"}
    assert users.get()["activationStatus"] == "DONE"
    assert profiles.get(users.get()["userProfileId"])["username"] == "anna"

    again = post("/activate", link)
    assert (again.status, again.code) == (409, ALREADY_ACTIVATED.code)
    reply = get("/activate", query=f"username=anna&token={TOKEN}")
    assert (reply.status, result_of(reply.body)) == (200, "already-activated")


def test_a_link_that_is_good_for_nothing_activates_nobody(users: Users) -> None:
    post("/users", REGISTRATION)
    mailed(users)
    wrong = post("/activate", {"username": "anna", "token": "wrong"})
    assert (wrong.status, wrong.code) == (403, WRONG_TOKEN.code)
    unknown = post("/activate", {"username": "nobody", "token": TOKEN})
    assert (unknown.status, unknown.code) == (404, UNKNOWN_USER.code)
    assert users.get()["activationStatus"] == "MAIL_SENT"


def test_without_a_script_the_form_activates_and_is_answered_by_a_page(users: Users) -> None:
    post("/users", REGISTRATION)
    mailed(users)
    first, second = send(event("http_api_post_form")), send(event("http_api_post_form"))
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert (first.status, result_of(first.body)) == (200, "activated")
    assert (second.status, result_of(second.body)) == (200, "already-activated")
    assert users.get()["activationStatus"] == "DONE"


def test_a_form_with_a_wrong_link_is_answered_by_a_page_too(users: Users) -> None:
    post("/users", REGISTRATION)
    mailed(users, token="another")
    reply = send(event("http_api_post_form"))
    assert (reply.status, result_of(reply.body)) == (403, "wrong-token")


def form(body: bytes, **headers: str) -> dict[str, Any]:
    """The form that activates, with another body or other headers."""
    made = event("http_api_post_form")
    return {
        **made,
        "body": base64.b64encode(body).decode(),
        "headers": {**made["headers"], **{n.replace("_", "-"): v for n, v in headers.items()}},
    }


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (form(b"username=anna"), 422),
        (form(b"username=&token="), 422),
        (form(b""), 422),
        (form(b"username=anna&token=a&more=b"), 422),
        (form(b"username=%FF&token=x"), 400),
        (form(b"x" * 17_000), 413),
        (form(b"username=anna&token=x", content_type="text/plain", origin=ORIGIN), 415),
        (form(b"x", content_type="multipart/form-data; boundary=x", origin=ORIGIN), 415),
        (form(b"username=anna&token=x", origin="https://other.example"), 403),
        (form(b"username=anna&token=x", host="other.example"), 421),
    ],
)
def test_a_form_that_cant_be_taken_is_answered_by_a_page(made: dict[str, Any], status: int) -> None:
    reply = send(made)
    assert (reply.status, result_of(reply.body)) == (status, "wrong-token")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"


def test_a_form_that_fails_on_our_side_is_answered_by_a_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fail(dynamodb(), "GetItem")
    reply = send(event("http_api_post_form"))
    assert (reply.status, result_of(reply.body)) == (503, "failed")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["retry-after"] == "5"
    assert "could not be activated just now" in reply.body

    monkeypatch.setattr(routes_activation, "activate", None)
    reply = send(event("http_api_post_form"))
    assert (reply.status, result_of(reply.body)) == (500, "failed")


def test_without_its_language_the_page_is_a_problem_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PAGE_LANGUAGE")
    assert send(event("http_api_post_form")).code == "internal"


def test_a_script_that_activates_is_told_by_a_problem() -> None:
    assert post("/activate", {"username": "anna"}).code == "validation"
    made = post_request("/activate", "username=anna", headers={"content-type": "x/y"})
    assert send(made).code == "unsupported-media-type"


def test_asking_for_another_mail_tells_nothing_and_starts_the_state_machine(
    users: Users, state_machine_arn: str, clock: time_machine.Traveller
) -> None:
    post("/users", REGISTRATION)
    mailed(users)
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
