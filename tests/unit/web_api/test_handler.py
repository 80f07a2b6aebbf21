"""From event to answer: what every answer has, and that nothing breaks it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.builders import Profiles, Users, event
from tests.unit.hostile import ANY_JSON, ANY_TEXT, INJECTIONS, STORABLE_INJECTIONS
from tests.unit.web_api.api import (
    HOST,
    OTHER_ORIGIN,
    REGISTRATION,
    REQUEST_ID,
    UPLOAD_ORIGIN,
    Reply,
    get,
    post,
    post_request,
    request,
    send,
)
from web_api import routes_page
from web_api.handler import handler

LogLines = Callable[[], list[Any]]

# What each is answered with, without a user.
EVENTS = {
    "http_api_get": 200,
    "http_api_activation_link": 404,
    "http_api_post_json": 201,
    "http_api_post_form": 404,
}
EVERYWHERE = {
    "cache-control",
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
}


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(("name", "status"), list(EVENTS.items()))
def test_what_api_gateway_sends_is_answered_in_its_format(
    name: str, status: int, context: LambdaContext
) -> None:
    answer = handler(event(name), context)
    assert set(answer) == {"statusCode", "headers", "cookies", "body", "isBase64Encoded"}
    assert answer["statusCode"] == status
    assert isinstance(answer["body"], str)
    assert all(isinstance(value, str) for value in answer["headers"].values())


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(
    "made",
    [
        request("GET", "/"),
        request("GET", "/assets/app.js"),
        request("GET", "/nope"),
        request("PUT", "/users"),
        request("GET", "/profile"),
        request("GET", "/openapi.json"),
        request("GET", "/", headers={"host": "other.example"}),
        post_request("/users", "{"),
        post_request("/users", {}),
        post_request("/users", "x" * 20_000),
        post_request("/users", {}, headers={"origin": "https://other.example"}),
        post_request("/users", {}, headers={"content-type": "text/plain"}),
        post_request("/sign-out"),
        post_request("/activate", {"username": "nobody", "token": "x"}),
    ],
)
def test_every_answer_tells_the_browser_what_to_allow(made: dict[str, Any]) -> None:
    reply = send(made)
    assert set(reply.headers) >= EVERYWHERE
    assert UPLOAD_ORIGIN in reply.headers["content-security-policy"]


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(
    ("host", "told"),
    [
        (HOST, "max-age=31536000"),
        (OTHER_ORIGIN.removeprefix("https://"), "max-age=31536000; includeSubDomains"),
    ],
)
def test_your_own_domain_is_https_with_all_below_it(host: str, told: str) -> None:
    assert get("/", headers={"host": host}).headers["strict-transport-security"] == told


@pytest.mark.usefixtures("api")
def test_on_a_developers_machine_browsers_are_not_told_to_use_https(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host = "a1b2c3d4e5.execute-api.localhost:4566"
    monkeypatch.setenv("PUBLIC_ORIGINS", f"http://{host}")
    reply = get("/", headers={"host": host})
    assert reply.status == 200
    assert set(reply.headers) >= EVERYWHERE - {"strict-transport-security"}
    assert "strict-transport-security" not in reply.headers


@pytest.mark.usefixtures("aws")
def test_a_missing_variable_fails_the_request_and_is_named_in_the_log_alone(
    log_lines: LogLines,
) -> None:
    reply = get("/")
    assert (reply.status, reply.code) == (500, "internal")
    assert set(reply.headers) >= EVERYWHERE
    assert "TABLE_NAME" not in reply.body
    first, _ = log_lines()
    assert first["reason"] == "USER_TABLE_NAME: environment variable is not set"


@pytest.mark.usefixtures("api")
def test_an_error_that_nobody_expected_is_told_without_details_and_logged_with_its_request(
    monkeypatch: pytest.MonkeyPatch, log_lines: LogLines
) -> None:
    detail = "secret-detail"

    def broken(*_: object, **_options: object) -> str:
        raise KeyError(detail)

    monkeypatch.setattr(routes_page, "index_page", broken)
    reply = get("/")
    assert (reply.status, reply.code) == (500, "internal")
    assert set(reply.headers) >= EVERYWHERE
    assert detail not in reply.body
    failure, answered = log_lines()
    assert (failure["error"], failure["function_request_id"]) == ("KeyError", REQUEST_ID)
    assert detail not in json.dumps(failure)
    assert answered["status"] == 500


@pytest.mark.usefixtures("api")
def test_an_answer_of_ours_that_is_none_is_no_mistake_of_the_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        routes_page, "html_response", lambda _: Response(status_code=200, body={"a": object()})
    )
    reply = get("/")
    assert (reply.status, reply.code) == (500, "internal")


@pytest.mark.usefixtures("api")
def test_each_request_is_logged_by_its_route_with_nothing_that_was_sent(
    log_lines: LogLines,
) -> None:
    get("/assets/secret-name")
    get("/activate", query="username=secret-name&token=secret-token")
    get("/secret-path")
    post("/users/secret-name/activation-mail")
    lines = log_lines()
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("GET", "/assets/{name}", 404),
        ("GET", "/activate", 404),
        ("GET", "", 404),
        ("POST", "/users/{username}/activation-mail", 202),
    ]
    assert "secret" not in json.dumps(lines)
    assert {line["function_request_id"] for line in lines} == {REQUEST_ID}


@pytest.mark.usefixtures("api")
def test_one_request_leaves_nothing_behind_for_the_next(users: Users) -> None:
    assert send(event("http_api_post_form")).headers["content-type"].startswith("text/html")
    reply = post("/activate", {"username": "anna", "token": "mailed-token"})
    assert reply.code == "unknown-user"
    assert post("/users", REGISTRATION).status == 201
    assert users.get()["email"] == REGISTRATION["email"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
FIELDS = st.sampled_from(["username", "name", "email", "password", "token", "contentType", "bytes"])


@pytest.mark.usefixtures("api")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    path=st.sampled_from(["/users", "/sign-in", "/activate", "/profile/image", "/sign-out"]),
    body=JSON | st.dictionaries(FIELDS, JSON),
)
def test_whatever_is_sent_is_never_our_failure(path: str, body: object) -> None:
    reply = post(path, json.dumps(body))
    assert reply.status < 500


@pytest.mark.usefixtures("api")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    path=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    query=st.dictionaries(
        st.sampled_from(["username", "token", "x"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    ),
)
def test_whatever_is_asked_for_is_never_our_failure(path: str, query: dict[str, str]) -> None:
    assert get("/" + path).status < 500
    made = request("GET", "/activate")
    made["queryStringParameters"] = query
    assert send(made).status < 500


def check_nothing_was_repeated(reply: Reply, *values: str) -> None:
    """An answer that programs parse and browsers never run, and that tells no value again."""
    assert reply.status < 500
    for name, value in reply.headers.items():
        assert f"{name}{value}".isascii()
        assert f"{name}{value}".isprintable()
    assert reply.headers["x-content-type-options"] == "nosniff"
    if reply.headers.get("content-type", "").startswith("application/"):
        json.loads(reply.body)
    for value in values:
        if len(value) > 4:
            assert value not in reply.body
            assert json.dumps(value)[1:-1] not in reply.body


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize("text", INJECTIONS)
def test_whatever_is_put_into_a_field_is_neither_answered_nor_logged(
    log_lines: LogLines, text: str
) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "/users": dict(REGISTRATION),
        "/sign-in": {"username": "anna", "password": "x" * 12},
        "/activate": {"username": "anna", "token": "t"},
        "/profile/image": {"contentType": "image/png", "bytes": 1},
    }
    for path, body in bodies.items():
        for field in body:
            check_nothing_was_repeated(post(path, {**body, field: text}), text)
    for header in ("origin", "content-type", "cookie", "user-agent", "accept-language", "referer"):
        check_nothing_was_repeated(post("/sign-out", {}, headers={header: text}), text)
    check_nothing_was_repeated(get("/profile", cookies=[f"__Host-session={text}"]), text)
    check_nothing_was_repeated(get("/" + text), text)
    check_nothing_was_repeated(post(f"/users/{text}/activation-mail"), text)
    made = request("GET", "/activate")
    made["queryStringParameters"] = {"username": text, "token": text}
    check_nothing_was_repeated(send(made), text)
    for line in log_lines():
        assert line["level"] == "INFO"
        # A name that is taken is logged, and the one injection that is one is nobody's secret.
        assert text not in [value for key, value in line.items() if key != "username"]


@pytest.mark.usefixtures("api")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    path=st.sampled_from(["/users", "/sign-in", "/activate", "/profile/image"]),
    field=st.sampled_from(["username", "name", "email", "password", "token", "contentType"]),
    value=ANY_TEXT | ANY_JSON,
    unknown=ANY_TEXT,
)
def test_any_field_is_taken_or_named_and_never_repeated(
    path: str, field: str, value: object, unknown: str
) -> None:
    body = {**REGISTRATION, field: value, unknown: 1}
    reply = post(path, body)
    check_nothing_was_repeated(reply, REGISTRATION["password"], REGISTRATION["email"])
    assert reply.json["type"].startswith("/problems/")


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize("text", STORABLE_INJECTIONS)
def test_what_others_have_written_is_a_value_of_the_answer(
    users: Users, profiles: Profiles, log_lines: LogLines, text: str
) -> None:
    """Other applications' users and profiles, and what CreateThumbnail says, may be anything."""
    assert post("/users", REGISTRATION).status == 201
    profiles.put(
        7, f"original/{text}", thumbnailStatus="FAILED", thumbnailError=text or "x", nickname=text
    )
    users.set("anna", activationStatus="DONE", name=text)
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": "anna"}},
        UpdateExpression="SET userProfileId = :id",
        ExpressionAttributeValues={":id": {"N": "7"}},
    )
    credentials = {key: REGISTRATION[key] for key in ("username", "password")}
    signed_in = post("/sign-in", credentials)
    assert signed_in.json["name"] == text
    profile = get("/profile", cookies=[signed_in.session_cookie])
    for reply in (signed_in, profile):
        assert reply.headers["content-type"] == "application/json"
        check_nothing_was_repeated(reply)
    assert profile.json["name"] == text
    assert profile.json["image"]["reason"] == text
    assert profile.json["image"]["key"] == f"original/{text}"
    assert text not in json.dumps(log_lines())
