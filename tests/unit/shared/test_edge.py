"""Public addresses, and invalidations at CloudFront."""

from urllib.parse import unquote, urlsplit

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.aws import cloudfront
from shared.edge import Edge, path_of, public_address, version_of
from shared.errors import ServiceUnavailableError
from tests.unit.builders import Invalidations, fail

ORIGIN = "https://pictures.example"
KEY = "thumbnails/users/7/cat.jpg"


@pytest.fixture
def edge(aws: None) -> Edge:
    del aws
    return Edge(cloudfront(), "E2EXAMPLE")


@pytest.fixture
def invalidations(edge: Edge) -> Invalidations:
    return Invalidations().answer(edge.cloudfront)


# --- addresses ---


def test_address_has_key_and_version() -> None:
    address = public_address(ORIGIN, KEY, "0123456789abcdef")
    assert address == f"{ORIGIN}/{KEY}?v=0123456789abcdef"


def test_address_without_a_version() -> None:
    assert public_address(ORIGIN, KEY, "") == f"{ORIGIN}/{KEY}"


@settings(max_examples=30)
@given(st.text(min_size=1))
def test_address_leads_to_the_key_whatever_it_has(name: str) -> None:
    parts = urlsplit(public_address(ORIGIN, f"thumbnails/{name}", "1"))
    assert unquote(parts.path) == f"/thumbnails/{name}"
    assert (parts.netloc, parts.query, parts.fragment) == ("pictures.example", "v=1", "")


def test_plus_is_encoded_as_s3_takes_it_for_a_blank() -> None:
    assert public_address(ORIGIN, "thumbnails/a+b.jpg", "") == f"{ORIGIN}/thumbnails/a%2Bb.jpg"


def test_version_changes_with_the_bytes_of_any_size() -> None:
    versions = {version_of(pictures) for pictures in ([b"a", b"b"], [b"a", b"c"], [b"ab"], [b"a"])}
    assert len(versions) == 4
    assert all(len(version) == 16 for version in versions)
    assert version_of([b"a", b"b"]) == version_of([b"a", b"b"])


# --- paths ---


@pytest.mark.parametrize(
    ("key", "path"),
    [
        (KEY, f"/{KEY}*"),
        # AWS: encode what isn't ASCII, and what is unsafe by RFC 1738.
        ("thumbnails/a b#%.jpg", "/thumbnails/a%20b%23%25.jpg*"),
        ("thumbnails/ä.jpg", "/thumbnails/%C3%A4.jpg*"),
        # AWS says neither: all that begins like this.
        ("thumbnails/a+b.jpg", "/thumbnails/a*"),
        ("thumbnails/what?.jpg", "/thumbnails/what*"),
        ("thumbnails/a*b.jpg", "/thumbnails/a*"),
    ],
)
def test_path_covers_every_version(key: str, path: str) -> None:
    assert path_of(key) == path


@settings(max_examples=30)
@given(st.text(min_size=1))
def test_path_covers_the_address_of_its_key(name: str) -> None:
    key = f"thumbnails/{name}"
    path = path_of(key)
    assert path.count("*") == 1
    assert len(path) <= 4000 or len(key.encode()) > 1024  # CloudFront's limit, and S3's
    assert public_address("", key, "1").startswith(path.removesuffix("*"))


# --- invalidations ---


def test_all_sizes_are_one_invalidation(edge: Edge, invalidations: Invalidations) -> None:
    edge.invalidate([KEY, "thumbnails-300/users/7/cat.jpg"], reason="record 1")
    (paths,) = invalidations.made.values()
    assert paths == ("/thumbnails-300/users/7/cat.jpg*", f"/{KEY}*")


def test_repetition_makes_no_second_one(edge: Edge, invalidations: Invalidations) -> None:
    for keys in ([KEY, "thumbnails/b"], ["thumbnails/b", KEY]):
        edge.invalidate(keys, reason="record 1")
    assert (invalidations.requests, len(invalidations.made)) == (2, 1)


def test_each_removal_of_one_key_is_another(edge: Edge, invalidations: Invalidations) -> None:
    edge.invalidate([KEY], reason="record 1")
    edge.invalidate([KEY], reason="record 2")
    assert invalidations.paths == [f"/{KEY}*"] * 2


def test_other_paths_for_one_reason_are_another(edge: Edge, invalidations: Invalidations) -> None:
    # With the same reference CloudFront would answer InvalidationBatchAlreadyExists.
    edge.invalidate([KEY], reason="record 1")
    edge.invalidate([KEY, "thumbnails-300/users/7/cat.jpg"], reason="record 1")
    assert len(invalidations.made) == 2


def test_nothing_is_asked_for_no_key(edge: Edge, invalidations: Invalidations) -> None:
    edge.invalidate([], reason="record 1")
    assert invalidations.requests == 0


@pytest.mark.parametrize(
    ("code", "status"), [("TooManyInvalidationsInProgress", 400), ("Throttling", 400), ("X", 503)]
)
def test_what_may_work_later_is_tried_later(edge: Edge, code: str, status: int) -> None:
    fail(edge.cloudfront, "CreateInvalidation", code, status=status)
    with pytest.raises(ServiceUnavailableError, match=f"CloudFront: {code}"):
        edge.invalidate([KEY], reason="record 1")


def test_missing_right_is_no_reason_to_try_later(edge: Edge) -> None:
    fail(edge.cloudfront, "CreateInvalidation", "AccessDenied", status=403)
    with pytest.raises(ClientError, match="AccessDenied"):
        edge.invalidate([KEY], reason="record 1")
