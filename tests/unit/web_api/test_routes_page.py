"""The page and its files, as a browser gets them."""

import pytest

from tests.unit.web_api.api import get, request, send

pytestmark = pytest.mark.usefixtures("api")


def test_the_page_is_html_in_the_configured_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGE_LANGUAGE", "de")
    reply = get("/")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert '<html lang="de">' in reply.body
    assert "Cards &amp; &lt;More&gt;" in reply.body
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "content_type", "cache_control"),
    [
        ("app.js", "text/javascript; charset=utf-8", "no-cache"),
        ("style.css", "text/css; charset=utf-8", "no-cache"),
        ("favicon.svg", "image/svg+xml", "public, max-age=86400"),
    ],
)
def test_a_file_is_kept_by_the_browser_and_asked_for_again(
    name: str, content_type: str, cache_control: str
) -> None:
    first = get(f"/assets/{name}")
    assert (first.status, first.headers["content-type"]) == (200, content_type)
    assert first.headers["cache-control"] == cache_control

    again = get(f"/assets/{name}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.body) == (304, "")
    assert again.headers["etag"] == first.headers["etag"]
    changed = get(f"/assets/{name}", headers={"if-none-match": '"another"'})
    assert (changed.status, changed.body) == (200, first.body)


@pytest.mark.parametrize("name", ["index.html", "handler.py", "..%2Fapp.py", "x" * 3000])
def test_no_other_file_is_served(name: str) -> None:
    reply = get(f"/assets/{name}")
    assert (reply.status, reply.code) == (404, "not-found")


@pytest.mark.parametrize("path", ["/", "/assets/app.js", "/activate"])
def test_a_head_is_answered_as_its_get_without_the_body(path: str) -> None:
    got, headed = get(path), send(request("HEAD", path))
    assert (headed.status, headed.headers, headed.body) == (got.status, got.headers, "")
