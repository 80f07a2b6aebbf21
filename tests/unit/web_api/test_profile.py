"""What a profile shows of its image, while uploads and thumbnails come and go."""

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from create_thumbnail.image_change import ImageChange
from create_thumbnail.originals import required_thumbnail_keys
from create_thumbnail.profile import record_refusal, record_thumbnails
from set_profile_image.profile import set_image
from set_profile_image.upload import Upload
from shared.aws import presigning_s3
from shared.errors import ServiceUnavailableError
from shared.profile_table import has_own_thumbnail
from tests.unit.builders import (
    BUCKET,
    Item,
    Profiles,
    attributes_read,
    fail,
    profile_image,
)
from tests.unit.web_api.calls import calls_of
from web_api.profile import ProfileImage, image_of
from web_api.thumbnail_links import public_links, signed_links

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CAT, DOG = "original/users/42/cat.jpg", "original/users/42/dog.png"


@pytest.fixture
def presigning(aws: None) -> "S3Client":
    del aws
    return presigning_s3()


def image(profiles: Profiles, s3: "S3Client", profile_id: int = 42) -> ProfileImage:
    return image_of(
        profiles.table, signed_links(s3, BUCKET), sizes=(300, 150), profile_id=profile_id
    )


def upload(profiles: Profiles, key: str, *, second: int = 0) -> ImageChange:
    """Let SetProfileImage handle an upload; what CreateThumbnail then gets."""
    sequencer = f"{second:032}"
    time = f"2026-11-22T10:00:{second:02}.000+00:00"
    made = set_image(profiles.table, 42, Upload(BUCKET, key, None, time, sequencer))
    assert made == "set"
    return ImageChange("42", key, sequencer)


VERSION = "0123456789abcdef"


def make_thumbnail(profiles: Profiles, change: ImageChange) -> bool:
    """Let CreateThumbnail record its thumbnail; whether it did."""
    keys = required_thumbnail_keys(change.key, (150, 300))
    return record_thumbnails(profiles.table, change, keys, VERSION) is None


def test_a_profile_without_an_image_has_none(profiles: Profiles, presigning: "S3Client") -> None:
    profiles.put(42)
    assert image(profiles, presigning) == ProfileImage("none")
    assert image(profiles, presigning, profile_id=7) == ProfileImage("none")


def test_a_new_image_is_processing_until_its_thumbnail_is_there(
    profiles: Profiles, presigning: "S3Client"
) -> None:
    profiles.put(42)
    change = upload(profiles, CAT)
    assert image(profiles, presigning) == ProfileImage("processing", key=CAT)
    make_thumbnail(profiles, change)
    shown = image(profiles, presigning)
    assert (shown.state, shown.reason, shown.key) == ("ready", None, CAT)
    assert list(shown.thumbnail_urls) == [150, 300]


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        (None, {150: "thumbnails"}),  # of before there were several sizes
        (["150", "300"], {150: "thumbnails", 300: "thumbnails-300"}),
        (["150", "300", "450"], {150: "thumbnails", 300: "thumbnails-300"}),
        (["150"], {150: "thumbnails"}),
    ],
)
def test_the_sizes_are_linked_that_are_there_and_still_made(
    profiles: Profiles,
    presigning: "S3Client",
    recorded: list[str] | None,
    shown: dict[int, str],
) -> None:
    item: Item = profile_image(
        42, CAT, thumbnailStatus="DONE", thumbnail="thumbnails/users/42/cat.jpg"
    )
    if recorded is not None:
        item["thumbnailSizes"] = {"NS": recorded}
    profiles.dynamodb.put_item(TableName=profiles.name, Item=item)
    found = image(profiles, presigning)
    paths = {size: urlsplit(url).path for size, url in found.thumbnail_urls.items()}
    assert paths == {size: f"/{folder}/users/42/cat.jpg" for size, folder in shown.items()}
    assert found.thumbnail_url == found.thumbnail_urls[150]


def test_the_link_is_to_the_thumbnail_for_five_minutes_at_the_buckets_own_address(
    profiles: Profiles, presigning: "S3Client"
) -> None:
    profiles.put(42)
    make_thumbnail(profiles, upload(profiles, CAT))
    shown = image(profiles, presigning)
    assert shown.thumbnail_url is not None
    link = urlsplit(shown.thumbnail_url)
    assert (link.scheme, link.netloc) == ("https", f"{BUCKET}.s3.eu-central-1.amazonaws.com")
    assert unquote(link.path) == "/thumbnails/users/42/cat.jpg"
    query = parse_qs(link.query)
    assert query["X-Amz-Expires"] == ["300"]
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert "X-Amz-Signature" not in repr(shown)


def test_an_image_that_was_refused_says_why(profiles: Profiles, presigning: "S3Client") -> None:
    profiles.put(42)
    record_refusal(profiles.table, upload(profiles, CAT), "no picture")
    assert image(profiles, presigning) == ProfileImage("failed", reason="no picture", key=CAT)


def test_a_failure_without_a_reason_is_one_too(profiles: Profiles, presigning: "S3Client") -> None:
    profiles.put(42, CAT, thumbnailStatus="FAILED")
    assert image(profiles, presigning) == ProfileImage("failed", key=CAT)


@pytest.mark.parametrize("key", [CAT, DOG])
@pytest.mark.parametrize("failed", [False, True])
def test_a_new_upload_hides_what_came_of_the_former_one(
    profiles: Profiles, presigning: "S3Client", key: str, *, failed: bool
) -> None:
    profiles.put(42)
    first = upload(profiles, CAT, second=1)
    if failed:
        record_refusal(profiles.table, first, "no picture")
    else:
        make_thumbnail(profiles, first)
    second = upload(profiles, key, second=2)
    assert image(profiles, presigning) == ProfileImage("processing", key=key)
    assert make_thumbnail(profiles, first) is False  # late, and so of no effect
    assert image(profiles, presigning) == ProfileImage("processing", key=key)
    make_thumbnail(profiles, second)
    assert image(profiles, presigning).state == "ready"


@pytest.mark.parametrize(
    "recorded",
    [
        {"thumbnailStatus": "DONE", "thumbnail": "thumbnails/users/42/dog.png"},
        {"thumbnailStatus": "DONE"},
        {"thumbnailStatus": "HALF", "thumbnail": "thumbnails/users/42/cat.jpg"},
        {"thumbnail": "thumbnails/users/42/cat.jpg"},
    ],
)
def test_an_image_that_another_application_has_set_waits_for_its_own_thumbnail(
    profiles: Profiles, presigning: "S3Client", recorded: dict[str, str]
) -> None:
    profiles.put(42, CAT, **recorded)
    assert image(profiles, presigning) == ProfileImage("processing", key=CAT)


def test_nothing_but_the_image_is_read_and_that_as_it_is_now(
    profiles: Profiles, presigning: "S3Client"
) -> None:
    reads = calls_of(profiles.dynamodb, "GetItem")
    image(profiles, presigning)
    ((asked, is_consistent),) = ((attributes_read(read), read["ConsistentRead"]) for read in reads)
    results = ("Status", "", "Sizes", "Version", "Error")
    assert asked == ["id", "image", *(f"thumbnail{name}" for name in results)]
    assert is_consistent


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 400, ServiceUnavailableError),
        ("InternalServerError", 500, ServiceUnavailableError),
        ("AccessDeniedException", 400, ClientError),
    ],
)
def test_an_error_of_the_table_is_no_missing_image(
    profiles: Profiles, presigning: "S3Client", code: str, status: int, expected: type[Exception]
) -> None:
    fail(profiles.dynamodb, "GetItem", code, status=status)
    with pytest.raises(expected):
        image(profiles, presigning)


@given(st.text(min_size=1, max_size=200))
def test_a_thumbnail_lies_where_create_thumbnail_puts_it(name: str) -> None:
    key = f"original/{name}"
    thumbnail = required_thumbnail_keys(key, [150])[150]
    recorded = profile_image(42, key, thumbnailStatus="DONE", thumbnail=thumbnail)
    assert has_own_thumbnail(recorded)
    assert not has_own_thumbnail({**recorded, "image": {"S": f"{key}x"}})


def test_public_address_has_the_version_of_each_size(profiles: Profiles) -> None:
    profiles.put(42)
    assert make_thumbnail(profiles, upload(profiles, "original/a b.jpg"))
    links = public_links("https://pictures.example")
    found = image_of(profiles.table, links, sizes=(150, 300), profile_id=42)
    assert found.thumbnail_urls == {
        150: f"https://pictures.example/thumbnails/a%20b.jpg?v={VERSION}",
        300: f"https://pictures.example/thumbnails-300/a%20b.jpg?v={VERSION}",
    }
    assert "pictures.example" not in repr(found)
