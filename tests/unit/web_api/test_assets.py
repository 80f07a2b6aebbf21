"""The files that the page loads."""

import hashlib
import re
from importlib.resources import files

import pytest

from web_api.assets import CONTENT_TYPES, asset

STATIC = files("web_api") / "static"


def test_all_files_of_the_page_that_are_no_page_or_text_are_served() -> None:
    served = {file.name for file in STATIC.iterdir() if file.is_file()} - {
        "index.html",
        "activate.html",
        "weaknesses.html",
    }
    assert set(CONTENT_TYPES) == served


@pytest.mark.parametrize("name", CONTENT_TYPES)
def test_a_file_comes_as_it_is_with_a_version_that_follows_from_it(name: str) -> None:
    found = asset(name)
    assert found is not None
    assert found.content == (STATIC / name).read_text("utf-8")
    digest = hashlib.sha256(found.content.encode()).hexdigest()
    assert re.fullmatch(r'"[0-9a-f]{32}"', found.etag)
    assert digest.startswith(found.etag.strip('"'))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "index.html",
        "activate.html",
        "weaknesses.html",
        "texts/en.json",
        "../pages.py",
        "APP.JS",
        "app.js/",
        "nope",
    ],
)
def test_nothing_else_is_served(name: str) -> None:
    assert asset(name) is None


def test_a_browser_that_has_this_version_is_recognised() -> None:
    found = asset("app.js")
    assert found is not None
    for header in (found.etag, f"W/{found.etag}", f'"x", {found.etag}', "*"):
        assert found.is_known_to(header)
    for header in ("", '"x"', found.etag.strip('"'), found.etag[:-2]):
        assert not found.is_known_to(header)


def test_page_knows_how_create_thumbnail_begins_its_reasons() -> None:
    listed = re.search(
        r"REASONS = new Map\(\[(.*?)\]\);", (STATIC / "app.js").read_text("utf-8"), re.DOTALL
    )
    assert listed is not None
    known = re.findall(r'\["([^"]+)", "reason_', listed[1])
    source = "".join(
        file.read_text("utf-8")
        for file in files("create_thumbnail").iterdir()
        if file.name.endswith(".py")
    )
    assert known == [
        "not a JPEG",
        "damaged picture",
        "a HEIC picture",
        "too large",
        "too costly",
    ]
    for start in known:
        assert re.search(rf'"{start}[: ,]', source), f"nothing begins with {start!r}"
