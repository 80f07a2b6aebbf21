"""The page's step: what it takes for whole, and what it doesn't."""

from collections.abc import Mapping

import pytest
import requests

from operations.smoke.page import page, unknown_path, wrong_host
from operations.smoke.run import FailedError, Run
from tests.unit.operations.smoke.fakes import Browser, response, run_of
from web_api.security_headers import security_headers

UPLOADS = "https://images.s3.eu-central-1.amazonaws.com"
HEADERS = dict(security_headers(upload_origin=UPLOADS, is_https=False, host="abc"))
HTML = {"Content-Type": "text/html; charset=utf-8"}
PROBLEM = {"Content-Type": "application/problem+json"}


def run_with(status: int, headers: Mapping[str, str]) -> Run:
    """A run at a page that always answers like this."""
    return run_of(browser=Browser(lambda *_, **__: response(status, headers)))


def test_page_comes_with_the_headers_of_the_function() -> None:
    run = run_with(200, {**HEADERS, **HTML})
    assert page(run) == "200, with its headers"
    assert run.upload_origin == UPLOADS


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("value", ["", "other"])
def test_header_that_is_dropped_or_changed_is_found(name: str, value: str) -> None:
    headers = {**HEADERS, **HTML, **({name: value} if value else {})}
    if not value:
        del headers[name]
    with pytest.raises(FailedError, match=f"not as the function sets them: .*{name}"):
        page(run_with(200, headers))


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (502, {**HEADERS, **HTML}, "answered 502, and not 200"),
        (200, {**HEADERS, "Content-Type": "text/plain"}, "is not HTML"),
    ],
)
def test_other_response_than_the_page_is_found(
    status: int, headers: Mapping[str, str], said: str
) -> None:
    with pytest.raises(FailedError, match=said):
        page(run_with(status, headers))


def test_unknown_path_is_a_problem_with_the_same_headers() -> None:
    run = run_with(404, {**HEADERS, **PROBLEM})
    run.upload_origin = UPLOADS
    assert unknown_path(run) == "404, with the headers"


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (200, {**HEADERS, **HTML}, "answered 200, and not 404"),
        (404, {**HEADERS, **HTML}, "no problem document"),
        (404, PROBLEM, "not as the function sets them"),
    ],
)
def test_unknown_path_that_is_answered_otherwise_is_found(
    status: int, headers: Mapping[str, str], said: str
) -> None:
    run = run_with(status, headers)
    run.upload_origin = UPLOADS
    with pytest.raises(FailedError, match=said):
        unknown_path(run)


@pytest.mark.parametrize("status", [403, 404, 421])
def test_wrong_host_is_refused(status: int) -> None:
    asked: list[str] = []

    def respond(*_: str, headers: Mapping[str, str]) -> requests.Response:
        asked.append(headers["Host"])
        return response(status)

    assert wrong_host(run_of(browser=Browser(respond))) == str(status)
    assert asked == ["smoke-run-0123.invalid"]


@pytest.mark.parametrize("status", [200, 302, 500])
def test_wrong_host_that_is_answered_is_found(status: int) -> None:
    with pytest.raises(
        FailedError, match=f"with the host smoke-run-0123.invalid answered {status}"
    ):
        wrong_host(run_with(status, {}))
