"""The page: its headers, and what it refuses."""

import re
from collections.abc import Mapping

import requests

from operations.smoke.run import FailedError, Run
from web_api.security_headers import security_headers

CONNECTS = re.compile(r"connect-src 'self'(?: (\S+?))?(?:;|$)")


def page(run: Run) -> str:
    """The page comes, with its headers."""
    answer = run.web.get("/")
    _expect_status(answer, 200)
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        raise FailedError("GET / is not HTML")
    run.upload_origin = _upload_origin(answer.headers)
    expect_headers(run, answer.headers)
    return "200, with its headers"


def unknown_path(run: Run) -> str:
    """A path that leads nowhere is a problem document with the same headers."""
    answer = run.web.get(f"/{run.username}")
    _expect_status(answer, 404)
    if answer.headers.get("Content-Type") != "application/problem+json":
        raise FailedError("the response to an unknown path is no problem document")
    expect_headers(run, answer.headers)
    return "404, with the headers"


def wrong_host(run: Run) -> str:
    """Another name than the API's does not lead to the page."""
    # The local cloud takes any other name for one of AWS's services.
    is_local = run.found.endpoint_url is not None
    host = run.web.host.partition(":")[0] if is_local else f"{run.username}.invalid"
    answer = run.web.get("/", host=host)
    if not 400 <= answer.status_code < 500:
        raise FailedError(f"GET / with the host {host} answered {answer.status_code}")
    return f"{answer.status_code}"


def expect_headers(run: Run, headers: Mapping[str, str]) -> None:
    """The response has all security headers, with their values.

    Raises:
        FailedError: One is missing or different.
    """
    expected = security_headers(
        upload_origin=run.upload_origin,
        thumbnail_origin=run.found.outputs.get("delivery_origin"),
        is_https=run.web.origin.startswith("https:"),
        host=run.web.host,
    )
    wrong = [name for name, value in expected.items() if headers.get(name) != value]
    if wrong:
        raise FailedError(f"missing, or not as the function sets them: {', '.join(wrong)}")


def _upload_origin(headers: Mapping[str, str]) -> str:
    found = CONNECTS.search(headers.get("Content-Security-Policy", ""))
    return (found[1] or "") if found else ""


def _expect_status(answer: requests.Response, status: int) -> None:
    if answer.status_code != status:
        raise FailedError(f"answered {answer.status_code}, and not {status}")
