"""What is checked of every request before it is routed."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.builders import event
from tests.unit.web_api.api import HOST, ORIGIN, OTHER_ORIGIN, post_request, request
from web_api.problems import ProblemError
from web_api.request_checks import BODY_LIMIT, CheckedRequest, check_request

ORIGINS = (ORIGIN, OTHER_ORIGIN, "http://abc.execute-api.localhost:4566")


def checked(made: dict[str, Any]) -> CheckedRequest:
    return check_request(made, ORIGINS)


def refusal(made: dict[str, Any]) -> str:
    """The code that a request is refused with."""
    with pytest.raises(ProblemError) as problem:
        checked(made)
    return problem.value.problem_type.code


def fields_of(made: dict[str, Any]) -> object:
    """The fields of a request's body, as they are routed."""
    routed = checked(made).event
    assert routed["isBase64Encoded"] is False
    assert routed["headers"]["content-type"] == "application/json"
    return json.loads(routed["body"])


def encoded(made: dict[str, Any], body: bytes) -> dict[str, Any]:
    """The request with a body in Base64."""
    return {**made, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (HOST, ORIGIN),
        (HOST.upper(), ORIGIN),
        ("accounts.shop.example", OTHER_ORIGIN),
        ("abc.execute-api.localhost:4566", "http://abc.execute-api.localhost:4566"),
    ],
)
def test_a_request_came_to_the_origin_that_its_host_says(host: str, origin: str) -> None:
    assert checked(request("GET", "/", headers={"host": host})).origin == origin


def test_headers_are_found_however_they_are_written() -> None:
    made = request("GET", "/", headers={"host": None, "Host": HOST})
    assert checked(made).origin == ORIGIN


@pytest.mark.parametrize(
    "host", [None, "", "other.example", f"{HOST}.other.example", f"{HOST}:443", f"x@{HOST}"]
)
def test_another_host_is_refused(host: str | None) -> None:
    assert refusal(request("GET", "/", headers={"host": host})) == "wrong-host"


@pytest.mark.parametrize("sender", [None, ORIGIN, OTHER_ORIGIN])
def test_a_post_comes_from_the_apis_own_page_or_from_no_page(sender: str | None) -> None:
    checked(post_request("/sign-in", {}, headers={"origin": sender}))


@pytest.mark.parametrize("sender", ["https://other.example", f"http://{HOST}", "null", "", "*"])
def test_a_post_from_another_page_is_refused(sender: str) -> None:
    made = post_request("/sign-in", {}, headers={"origin": sender})
    assert refusal(made) == "forbidden-origin"


@pytest.mark.parametrize("site", [None, "same-origin", "none"])
def test_a_post_comes_from_a_page_of_the_same_origin(site: str | None) -> None:
    checked(post_request("/sign-in", {}, headers={"origin": ORIGIN, "sec-fetch-site": site}))


@pytest.mark.parametrize("site", ["cross-site", "same-site", ""])
@pytest.mark.parametrize("sender", [None, ORIGIN])
def test_a_post_from_a_page_of_another_origin_is_refused(sender: str | None, site: str) -> None:
    headers = {"origin": sender, "sec-fetch-site": site}
    assert refusal(post_request("/sign-in", {}, headers=headers)) == "forbidden-origin"


def test_no_other_site_may_send_the_activation_form_without_a_name() -> None:
    made = event("http_api_post_form")
    assert made["headers"]["origin"] == "null"
    made["headers"]["sec-fetch-site"] = "cross-site"
    assert refusal(made) == "forbidden-origin"


def test_the_activation_form_may_come_from_a_page_without_a_name() -> None:
    request = checked(event("http_api_post_form"))
    assert request.is_form
    assert json.loads(request.event["body"]) == {"username": "anna", "token": "mailed-token"}


def test_no_other_site_may_send_the_activation_form() -> None:
    made = event("http_api_post_form")
    made["headers"]["origin"] = "https://other.example"
    assert refusal(made) == "forbidden-origin"


def test_a_head_is_routed_as_the_get_that_it_stands_for() -> None:
    made = request("HEAD", "/activate", query="username=anna")
    routed = checked(made).event
    assert routed["requestContext"]["http"]["method"] == "GET"
    assert routed["queryStringParameters"] == {"username": "anna"}
    assert made["requestContext"]["http"]["method"] == "HEAD"


def test_json_is_routed_as_it_came() -> None:
    body = {"username": "anna", "nested": [1, 2.5, None, True, "\u00e9\U0001f600"]}
    made = post_request("/users", body)
    assert fields_of(made) == body
    assert fields_of(encoded(made, json.dumps(body).encode())) == body


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "APPLICATION/JSON", " application/json ;x=y"],
)
def test_a_type_may_be_written_in_any_way(content_type: str) -> None:
    made = post_request("/users", {"a": 1}, headers={"content-type": content_type})
    assert fields_of(made) == {"a": 1}


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/jsonp",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
    ],
)
def test_what_a_foreign_page_could_send_unasked_is_refused(content_type: str | None) -> None:
    made = post_request("/users", {"a": 1}, headers={"content-type": content_type})
    assert refusal(made) == "unsupported-media-type"


@pytest.mark.parametrize("body", [None, ""])
def test_no_body_is_no_body_of_any_type(body: str | None) -> None:
    made = post_request("/sign-out", body, headers={"content-type": "text/plain"})
    assert checked(made).event["body"] is None


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        rb'{"a": "\ud800"}',
        rb'{"\udfff": 1}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 10_000,
        b'{"a":' * 601 + b"1" + b"}" * 601,
        b"{} {}",
        b"\x00",
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    assert refusal(encoded(post_request("/users", {}), body)) == "malformed-body"


def test_a_body_that_is_not_in_base64_is_refused() -> None:
    made = {**post_request("/users", "abc"), "isBase64Encoded": True}
    assert refusal(made) == "malformed-body"


def test_half_a_surrogate_pair_is_refused() -> None:
    assert refusal(post_request("/users", '{"a": "\ud800"}')) == "malformed-body"


def test_brackets_in_the_longest_fields_are_no_nesting() -> None:
    body = {"name": "[" * 100, "email": "{" * 254, "password": "{[" * 64}
    assert fields_of(post_request("/users", body)) == body


@pytest.mark.parametrize("body", ["[]", '[{"username": "anna"}]', '"text"', "1", "null", "true"])
def test_json_that_is_no_object_names_the_body(body: str) -> None:
    with pytest.raises(ProblemError) as problem:
        checked(post_request("/users", body))
    assert problem.value.problem_type.code == "validation"
    assert [error.field for error in problem.value.errors] == ["body"]


def test_a_body_has_sixteen_kibibytes_at_most() -> None:
    fits = '{"a": "' + "x" * (BODY_LIMIT - 9) + '"}'
    assert len(fits) == BODY_LIMIT == 16_384
    assert fields_of(post_request("/users", fits))
    assert refusal(post_request("/users", fits + " ")) == "body-too-large"
    assert refusal(encoded(post_request("/users"), fits.encode() + b" ")) == "body-too-large"
    # Counted in bytes, and before anybody asks what they are.
    long = post_request("/users", "\u00e9" * (BODY_LIMIT // 2 + 1))
    assert refusal(long) == "body-too-large"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"username=anna&token=", {"username": "anna", "token": ""}),
        (b"username=%C3%A9+x&token=a%26b", {"username": "\u00e9 x", "token": "a&b"}),
        (b"token=a&token=b", {"token": "b"}),
        (b"x", {"x": ""}),
    ],
)
def test_a_form_becomes_its_fields(body: bytes, fields: dict[str, str]) -> None:
    assert fields_of(encoded(event("http_api_post_form"), body)) == fields


@pytest.mark.parametrize("body", [b"a=\xff", b"a=%FF", b"&".join([b"a=1"] * 17)])
def test_what_is_no_form_is_refused(body: bytes) -> None:
    assert refusal(encoded(event("http_api_post_form"), body)) == "malformed-body"


def test_no_other_path_takes_forms() -> None:
    made = event("http_api_post_form")
    made["rawPath"] = "/sign-in"
    assert refusal({**made, "headers": {**made["headers"], "origin": ORIGIN}}) == (
        "unsupported-media-type"
    )


@given(st.binary(max_size=200), st.sampled_from(["application/json", "text/plain", ""]))
def test_no_body_whatever_it_is_breaks_the_check(body: bytes, content_type: str) -> None:
    made = post_request("/users", {}, headers={"content-type": content_type})
    try:
        routed = checked(encoded(made, body)).event
    except ProblemError:
        return
    assert routed["body"] is None or isinstance(json.loads(routed["body"]), dict)
