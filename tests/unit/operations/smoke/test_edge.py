"""The steps of public addresses: what CloudFront must answer, and what not."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import requests

from operations.smoke import edge, pictures
from operations.smoke.run import FailedError, NotApplicableError, Run
from tests.unit.builders import USER_PROFILE_TABLE, Profiles
from tests.unit.operations.smoke.fakes import response, run_of
from tests.unit.operations.smoke.test_pictures import thumbnail_of
from tooling.web_client import WebClient

ORIGIN = "https://pictures.example"
KEY = "original/users/42/0a.jpg"
THUMBNAIL = "thumbnails/users/42/0a.jpg"
URL = f"{ORIGIN}/{THUMBNAIL}?v=1f"
HEADERS = {**edge.HEADERS, "Cache-Control": "public, max-age=300"}
Answer = Callable[[str], requests.Response]


@pytest.fixture
def run(profiles: Profiles) -> Run:
    """Without the page: its own test is below."""
    profiles.put(42, KEY, thumbnail=THUMBNAIL, thumbnailVersion="1f")
    made = run_of(
        {"dynamodb": profiles.dynamodb},
        delivery_origin=ORIGIN,
        user_profile_table_name=USER_PROFILE_TABLE,
        web_api_url=None,
    )
    made.profile_id, made.first_key, made.public_url = 42, KEY, URL
    return made


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], list[str]]:
    """Answer all requests; return the list of their addresses."""

    def answer_by(make: Answer) -> list[str]:
        asked: list[str] = []

        def get(_: object, url: str) -> requests.Response:
            asked.append(url)
            return make(url)

        monkeypatch.setattr(WebClient, "get_object", get)
        return asked

    return answer_by


Answered = Callable[[Answer], list[str]]


def cloudfront(url: str) -> requests.Response:
    picture = thumbnail_of(pictures.FIRST)
    return response(200, HEADERS, picture) if "/thumbnails/" in url else response(403)


def test_anybody_sees_the_thumbnail_and_nobody_the_original(run: Run, answer: Answered) -> None:
    asked = answer(cloudfront)
    assert edge.public_picture(run) == "200 with the headers; the original 403"
    assert asked == [URL, f"{ORIGIN}/{KEY}"]


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (lambda _: response(403), "answered 403"),
        (
            lambda _: response(200, {}, thumbnail_of(pictures.FIRST)),
            "missing, or not as Terraform sets them: Cache-Control, Content-Disposition",
        ),
        (
            lambda _: response(
                200, {**HEADERS, "x-amz-meta-user-profile-id": "42"}, thumbnail_of(pictures.FIRST)
            ),
            "must not be public: x-amz-meta-user-profile-id",
        ),
        (
            lambda _: response(200, HEADERS, thumbnail_of(pictures.FIRST)),
            "the original's key answered 200",
        ),
        (lambda _: response(200, HEADERS, thumbnail_of(pictures.SECOND)), "quarter 1"),
    ],
)
def test_what_cloudfront_must_not_answer(
    run: Run, answer: Answered, make: Answer, wrong: str
) -> None:
    answer(make)
    with pytest.raises(FailedError, match=wrong):
        edge.public_picture(run)


def test_profile_without_a_version(run: Run, profiles: Profiles) -> None:
    profiles.put(42, KEY, thumbnail=THUMBNAIL)
    with pytest.raises(FailedError, match="no thumbnailVersion"):
        edge.public_picture(run)


def test_page_must_give_the_public_address(
    run: Run, answer: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(cloudfront)
    with_page = replace(
        run, found=replace(run.found, outputs={**run.found.outputs, "web_api_url": ORIGIN})
    )
    monkeypatch.setattr(WebClient, "profile", lambda _: {"image": {"thumbnailUrl": URL}})
    assert edge.public_picture(with_page)
    monkeypatch.setattr(WebClient, "profile", lambda _: {"image": {"thumbnailUrl": "link"}})
    with pytest.raises(FailedError, match="does not return the public address"):
        edge.public_picture(with_page)


class Cache:
    """CloudFront's, by a part of the address."""

    def __init__(self, key: Callable[[str], str]) -> None:
        self.key = key
        self.kept: set[str] = set()

    def __call__(self, url: str) -> requests.Response:
        is_hit = self.key(url) in self.kept
        self.kept.add(self.key(url))
        return response(200, {"X-Cache": "Hit from cloudfront" if is_hit else "Miss"})


def v_alone(url: str) -> str:
    return url.partition("&")[0]


def test_cache_goes_by_v_alone(run: Run, answer: Answered) -> None:
    run.patience_seconds = 5
    answer(Cache(v_alone))
    assert "v= is part of the key" in edge.cache_key(run)


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        (lambda _: "", "another v= was answered by the cache"),
        (lambda url: url, "x= is in the key"),
    ],
)
def test_other_keys_of_the_cache(
    run: Run, answer: Answered, key: Callable[[str], str], wrong: str
) -> None:
    run.patience_seconds = 0.6
    answer(Cache(key))
    with pytest.raises(FailedError, match=wrong):
        edge.cache_key(run)


def test_local_cloud_caches_nothing(run: Run) -> None:
    local = replace(run, found=replace(run.found, endpoint_url="http://127.0.0.1:1"))
    with pytest.raises(NotApplicableError, match="caches nothing"):
        edge.cache_key(local)


def test_replaced_picture_must_be_gone(run: Run, answer: Answered) -> None:
    run.patience_seconds = 0
    asked = answer(lambda _: response(403))
    assert edge.removed_picture(run) == "403 at the replaced picture's address"
    assert asked == [URL]
    answer(cloudfront)
    with pytest.raises(FailedError, match="public address answers 200"):
        edge.removed_picture(run)
