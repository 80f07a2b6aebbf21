"""The routes: what is at which address, for which method."""

import pytest

from tests.unit.web_api.api import get, post, request, send
from web_api.app import route_of

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
    ],
)
def test_a_method_that_is_not_taken_says_which_are(method: str, path: str, allowed: str) -> None:
    reply = send(request(method, path))
    assert reply.status == 405
    assert reply.headers["allow"] == allowed
    assert method == "HEAD" or reply.code == "method-not-allowed"


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
