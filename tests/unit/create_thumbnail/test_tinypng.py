"""The TinyPNG engine against a real HTTP server that follows the documented protocol."""

import base64
import json
import traceback
from dataclasses import replace
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from create_thumbnail import tinypng
from create_thumbnail.engine import Fit, ImageRefusedError, Thumbnail
from create_thumbnail.tinypng import TinyPngAccountError, TinyPngEngine
from shared.errors import ServiceUnavailableError
from tests.unit.builders import Answer, HttpServer
from tests.unit.hostile import ANY_JSON, ANY_TEXT

KEY = "the-secret-key"
AUTHORIZATION = "Basic " + base64.b64encode(f"api:{KEY}".encode()).decode()
SHRUNK = Answer(201, {"Location": "{url}/output/abc123"}, b'{"output":{"type":"image/jpeg"}}')
RESIZED = Answer(200, {"Content-Type": "image/jpeg"}, b"the thumbnail")


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many retries as ever, with no pause between them."""
    monkeypatch.setattr(tinypng, "RETRYING", tinypng.RETRYING.new(backoff_factor=0))


def engine(server: HttpServer, fit: Fit = "fit") -> TinyPngEngine:
    return TinyPngEngine(lambda: KEY, server.url, fit)


def error_body(error: str, message: str) -> bytes:
    return json.dumps({"error": error, "message": message}).encode()


@pytest.mark.parametrize("fit", ["fit", "cover"])
def test_a_picture_is_shrunk_and_then_resized(http_server: HttpServer, fit: Fit) -> None:
    larger = replace(RESIZED, body=b"the larger one")
    http_server.answers = [SHRUNK, larger, RESIZED]
    assert engine(http_server, fit).make_sizes(b"the picture", [300, 150]) == {
        300: Thumbnail(b"the larger one", "image/jpeg"),
        150: Thumbnail(b"the thumbnail", "image/jpeg"),
    }
    shrink, *resizes = http_server.requests
    assert (shrink.method, shrink.path, shrink.body) == ("POST", "/shrink", b"the picture")
    for size, resize in zip((300, 150), resizes, strict=True):
        assert (resize.method, resize.path) == ("POST", "/output/abc123")
        asked = {"method": fit, "width": size, "height": size}
        assert json.loads(resize.body) == {"resize": asked}
        assert resize.headers["Content-Type"] == "application/json"
    assert [request.headers["Authorization"] for request in http_server.requests] == (
        [AUTHORIZATION] * 3
    )


def test_the_type_is_told_without_its_parameters(http_server: HttpServer) -> None:
    typed = replace(RESIZED, headers={"Content-Type": "image/png; charset=binary"})
    http_server.answers = [SHRUNK, typed]
    assert engine(http_server).make_sizes(b"x", [150])[150].content_type == "image/png"


def test_a_replaced_key_is_used_for_the_next_picture(http_server: HttpServer) -> None:
    keys = iter(["old", "old", "new", "new"])
    http_server.answers = [SHRUNK, RESIZED, SHRUNK, RESIZED]
    client = TinyPngEngine(lambda: next(keys), http_server.url, "fit")
    client.make_sizes(b"x", [150])
    client.make_sizes(b"x", [150])
    sent = [
        base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        for request in http_server.requests
    ]
    assert sent == ["api:old", "api:old", "api:new", "api:new"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_service_is_asked_again(http_server: HttpServer, status: int) -> None:
    busy = Answer(status, {"Retry-After": "3600"})  # longer than the function lives
    http_server.answers = [busy, SHRUNK, busy, busy, RESIZED]
    assert engine(http_server).make_sizes(b"x", [150])[150].data == b"the thumbnail"
    assert len(http_server.requests) == 5


def test_the_accounts_limit_is_a_clear_error(http_server: HttpServer) -> None:
    message = "Your monthly limit\n has been exceeded. " + "!" * 500
    http_server.answers = [Answer(429, body=error_body("TooManyRequests", message))]
    with pytest.raises(TinyPngAccountError) as caught:
        engine(http_server).make_sizes(b"x", [150])
    words = str(caught.value)
    assert words.startswith("TinyPNG: HTTP 429 Your monthly limit has been exceeded. !!")
    assert words.endswith("(the account's monthly limit, if it persists)")
    assert len(words) < 300
    assert len(http_server.requests) == 4


@pytest.mark.parametrize(
    ("status", "body", "expected", "words"),
    [
        (401, error_body("Unauthorized", "Wrong key."), TinyPngAccountError, "401 Wrong key."),
        (403, b"", TinyPngAccountError, "403"),
        (400, error_body("InputMissing", "Input file is empty."), ImageRefusedError, "400 Input"),
        (413, b"<html>", ImageRefusedError, "413"),
        (415, error_body("Unsupported", "No such type."), ImageRefusedError, "415 No such type."),
        (404, b"[]", ServiceUnavailableError, "404"),
        (418, b'{"message": null}', ServiceUnavailableError, "418"),
        (204, b"", ServiceUnavailableError, "204"),
    ],
)
def test_other_answers_say_what_they_mean_and_are_final(
    http_server: HttpServer, status: int, body: bytes, expected: type[Exception], words: str
) -> None:
    http_server.answers = [Answer(status, body=body)]
    with pytest.raises(expected, match=f"^TinyPNG: HTTP {words}"):
        engine(http_server).make_sizes(b"x", [150])
    assert len(http_server.requests) == 1


def test_a_service_that_stays_broken_may_work_later(http_server: HttpServer) -> None:
    http_server.answers = [Answer(503)]
    with pytest.raises(ServiceUnavailableError, match="HTTP 503"):
        engine(http_server).make_sizes(b"x", [150])
    assert len(http_server.requests) == 4


@pytest.mark.parametrize(
    "location",
    [
        "{other}/output/abc",
        "https://evil.example/output/abc",
        "//evil.example/output/abc",
        "{url}@evil.example/output/abc",
        "{url}.evil.example/output/abc",
        "/output/abc",
        "{url}",
        "",
    ],
)
def test_the_key_goes_to_the_services_own_host_alone(
    http_server: HttpServer, location: str
) -> None:
    with HttpServer() as other:
        other.answers = [RESIZED]
        target = location.replace("{other}", other.url)
        http_server.answers = [Answer(201, {"Location": target}), RESIZED]
        with pytest.raises(ServiceUnavailableError, match="Location is not on the service's own"):
            engine(http_server).make_sizes(b"x", [150])
        assert other.requests == []
    assert len(http_server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(http_server: HttpServer, status: int) -> None:
    with HttpServer() as other:
        other.answers = [SHRUNK]
        http_server.answers = [Answer(status, {"Location": f"{other.url}/shrink"})]
        with pytest.raises(ServiceUnavailableError, match=f"HTTP {status}"):
            engine(http_server).make_sizes(b"x", [150])
        assert other.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {"Content-Type": "text/html"}, b"<html>"),
        Answer(200, {}, b"bytes"),
        Answer(200, {"Content-Type": "image/jpeg"}, b"x" * (tinypng.THUMBNAIL_BYTES_LIMIT + 1)),
    ],
    ids=["page", "no type", "too long"],
)
def test_an_answer_that_is_no_thumbnail_is_not_taken(
    http_server: HttpServer, answer: Answer
) -> None:
    http_server.answers = [SHRUNK, answer]
    with pytest.raises(ServiceUnavailableError, match="not a thumbnail"):
        engine(http_server).make_sizes(b"x", [150])


def test_a_format_that_only_the_service_knows_is_refused(http_server: HttpServer) -> None:
    http_server.answers = [SHRUNK, replace(RESIZED, headers={"Content-Type": "image/avif"})]
    with pytest.raises(ImageRefusedError, match=r"^not a JPEG, PNG or WebP picture but image/avif"):
        engine(http_server).make_sizes(b"x", [150])


def test_a_service_that_does_not_answer_may_work_later(
    http_server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tinypng, "TIMEOUT", (0.2, 0.2))
    http_server.answers = [Answer(hang=True)]
    with pytest.raises(ServiceUnavailableError, match=r"^TinyPNG: ConnectionError|ReadTimeout"):
        engine(http_server).make_sizes(b"x", [150])


def test_a_service_that_is_not_there_may_come_back() -> None:
    with HttpServer() as gone:
        url = gone.url
    with pytest.raises(ServiceUnavailableError, match=r"^TinyPNG: ConnectionError$"):
        TinyPngEngine(lambda: KEY, url, "fit").make_sizes(b"x", [150])


@pytest.mark.parametrize(
    "answers",
    [
        [Answer(401, body=error_body("Unauthorized", "no"))],
        [Answer(503)],
        [Answer(415)],
        [Answer(201, {"Location": "https://evil.example/"})],
    ],
)
def test_the_key_is_in_no_error(http_server: HttpServer, answers: list[Any]) -> None:
    http_server.answers = answers
    client = engine(http_server)
    with pytest.raises(Exception, match="TinyPNG") as caught:  # each of the errors above
        client.make_sizes(b"x", [150])
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(client)
    assert KEY not in shown
    assert AUTHORIZATION not in shown


class Answers(requests.Session):
    """A session that answers what it was told to, without a connection."""

    def __init__(self, answers: list[requests.Response]) -> None:
        super().__init__()
        self.answers = answers

    def post(self, *_: object, **__: object) -> requests.Response:
        return self.answers.pop(0)


def response(status: int, body: bytes, headers: dict[str, str]) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made._content = body
    made.headers.update(headers)
    return made


BASE = "https://tinypng.example"
RESPONSES = st.builds(
    response,
    st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 413, 415, 429, 500, 503]),
    st.one_of(
        st.binary(max_size=20),
        st.builds(lambda message: json.dumps({"message": message}).encode(), ANY_TEXT | ANY_JSON),
        st.builds(lambda value: json.dumps(value).encode(), ANY_JSON),
        st.just(b"[" * 200_000),
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "Location": ANY_TEXT
            | st.sampled_from([f"{BASE}/output/1", BASE, "https://[", "//x/y"]),
            "Content-Type": ANY_TEXT
            | st.sampled_from(["image/png", "image/avif", "image/\x1b[2J"]),
        },
    ),
)


@given(RESPONSES, RESPONSES)
def test_any_answer_is_a_thumbnail_or_one_of_three_errors_of_one_line(
    first: requests.Response, second: requests.Response
) -> None:
    service = TinyPngEngine(lambda: KEY, BASE, "fit", session=Answers([first, second]))
    try:
        thumbnail = service.make_sizes(b"the picture", [150])[150]
    except (ImageRefusedError, TinyPngAccountError, ServiceUnavailableError) as error:
        reason = str(error)
    else:
        reason = ""
        assert thumbnail.content_type in tinypng.CONTENT_TYPES
        assert first.headers["Location"].startswith(f"{BASE}/")
    # It is kept on the profile, and logged.
    assert reason.isprintable()
    assert len(reason) < 300
