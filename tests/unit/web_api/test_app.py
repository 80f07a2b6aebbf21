"""The routes: what is at which address, for which method."""

import json

import pytest

from tests.unit.web_api.api import (
    GATEWAY_ROUTES,
    REGISTRATION,
    WebState,
    get,
    post,
    post_request,
    request,
    send,
)
from web_api.app import LIMITED_ROUTE_KEYS, app, route_of
from web_api.openapi import openapi_document

pytestmark = pytest.mark.usefixtures("api")


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/Profile",
        "/profile/",
        "//",
        "/users",
        "/users/anna",
        "/users//activation-mail",
        "/users/a/b/activation-mail",
        "/assets/",
        "/assets/../handler.py",
        "/problems/validation",
        "/\u00e9",
        "/<script>",
        "/x" * 4000,
    ],
)
def test_nothing_is_told_of_an_address_that_is_none(path: str) -> None:
    reply = get(path)
    assert (reply.status, reply.code) in ((404, "not-found"), (405, "method-not-allowed"))
    assert path == "/users" or reply.status == 404
    assert "script" not in reply.body


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/users", "POST"),
        ("HEAD", "/sign-in", "POST"),
        ("POST", "/", "GET, HEAD"),
        ("PUT", "/profile", "GET, HEAD"),
        ("DELETE", "/activate", "GET, HEAD, POST"),
        ("OPTIONS", "/users", "POST"),
        ("PATCH", "/assets/app.js", "GET, HEAD"),
        ("TRACE", "/users/anna/activation-mail", "POST"),
        ("get", "/users", "POST"),
        ("get", "/", "GET, HEAD"),
        ("head", "/", "GET, HEAD"),
        ("post", "/sign-in", "POST"),
        ("Post", "/users", "POST"),
        ("pOST", "/users/anna/activation-mail", "POST"),
    ],
)
def test_a_method_that_is_not_taken_says_which_are(method: str, path: str, allowed: str) -> None:
    reply = send(request(method, path))
    assert reply.status == 405
    assert reply.headers["allow"] == allowed
    assert method == "HEAD" or reply.code == "method-not-allowed"


LIMITED_PATHS = ["/users", "/sign-in", "/users/anna/activation-mail"]


def test_a_path_is_taken_as_it_is(web_state: WebState) -> None:
    for path in LIMITED_PATHS:
        for changed in (path + "\n", path + "\r", "\t" + path, path + "\x00", path + "\x85"):
            made = post_request(changed, REGISTRATION)
            assert made["routeKey"] == "$default"
            assert send(made).code == "not-found"
    for path in ("/\n", "/activate\n", "/assets/app.js\n", "/users/an\nna/activation-mail"):
        assert get(path).code == "not-found"
    assert web_state.items() == {}


def test_a_method_in_another_case_is_not_found_where_there_is_nothing() -> None:
    assert send(request("get", "/nope")).code == "not-found"


@pytest.mark.parametrize("path", LIMITED_PATHS)
@pytest.mark.parametrize("route_key", ["$default", "POST /", "ANY /users"])
def test_a_costly_route_is_reached_by_its_own_limit_only(
    path: str, route_key: str, web_state: WebState
) -> None:
    made = {**post_request(path, REGISTRATION), "routeKey": route_key}
    assert send(made).code == "not-found"
    assert web_state.items() == {}


def test_each_limited_route_is_one_of_ours() -> None:
    document = json.loads(openapi_document(app))
    ours = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert ours >= LIMITED_ROUTE_KEYS
    assert set(GATEWAY_ROUTES) == LIMITED_ROUTE_KEYS


def test_no_answer_lets_another_site_read_it() -> None:
    reply = send(request("OPTIONS", "/users", headers={"origin": "https://other.example"}))
    assert not [name for name in reply.headers if name.startswith("access-control-")]
    reply = get("/openapi.json", headers={"origin": "https://other.example"})
    assert not [name for name in reply.headers if name.startswith("access-control-")]


def test_the_document_is_served_with_the_limit_that_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAX_UPLOAD_BYTES", "1000")
    reply = get("/openapi.json")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    length = reply.json["components"]["schemas"]["UploadRequest"]["properties"]["bytes"]
    assert length["maximum"] == 1000


def test_a_route_is_told_without_what_stands_in_its_place() -> None:
    assert route_of("/users/anna/activation-mail") == "/users/{username}/activation-mail"
    assert route_of("/profile") == "/profile"
    assert route_of("/nope") == ""


def test_a_post_to_nowhere_is_not_found() -> None:
    assert post("/nope", {}).code == "not-found"
