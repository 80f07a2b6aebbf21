"""The pictures' steps: what is taken, compared and refused."""

import json
import re
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import pytest
import requests
from PIL import Image

from create_thumbnail.thumbnail import PillowEngine
from operations.smoke import pictures
from operations.smoke.run import FailedError, Run
from tests.unit.builders import BUCKET, USER_PROFILE_TABLE, Profiles
from tests.unit.operations.smoke.fakes import API_URL, Browser, Client, response, run_of
from tooling.errors import ToolingError

ORIGIN = "https://images.example.com"
KEY = "original/users/42/0a.jpg"
URL = f"{ORIGIN}/{KEY}?X-Amz-Signature=a"
CORS = {"Access-Control-Allow-Origin": API_URL}


def png(size: tuple[int, int], colour: tuple[int, int, int]) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


LINK, LARGE_LINK = f"{ORIGIN}/t.jpg?signed", f"{ORIGIN}/t-300.jpg?signed"
READY = {
    "state": "ready",
    "key": KEY,
    "thumbnailUrl": LINK,
    "thumbnails": [{"size": 150, "url": LINK}, {"size": 300, "url": LARGE_LINK}],
}


class Bucket:
    """What the API and the bucket answer, unless a test says otherwise.

    Attributes:
        image: The picture's state in the profile.
        thumbnail: What is behind the link to the thumbnail.
        large_thumbnail: What is behind the link to the one of 300 pixels.
        put: The status of an upload, by its URL, headers and data.
        read: The status of a GET without a signature.
    """

    def __init__(self) -> None:
        self.image: dict[str, Any] = {"state": "processing", "key": KEY}
        self.thumbnail = self.large_thumbnail = b""
        self.put: Callable[[str, Mapping[str, str], bytes], int] = lambda *_: 200
        self.read = 403

    def put_thumbnails(self, colours: tuple[pictures.Colour, ...]) -> None:
        made = PillowEngine("fit", 100_000_000).make_sizes(pictures.picture_of(colours), (150, 300))
        self.thumbnail, self.large_thumbnail = made[150].data, made[300].data

    def __call__(self, method: str, url: str, **options: Any) -> requests.Response:  # noqa: ANN401 - those of requests
        if url == "/profile/image":
            headers = {"Content-Type": options["json"]["contentType"], "If-None-Match": "*"}
            return response(
                200, {}, json.dumps({"url": URL, "headers": headers, "key": KEY}).encode()
            )
        if url == "/profile":
            return response(200, {}, json.dumps({"image": self.image}).encode())
        if method == "PUT":
            return response(self.put(url, options["headers"], options["data"]), CORS)
        if method == "OPTIONS":
            return response(200, CORS)
        if url == LARGE_LINK:
            return response(200, {}, self.large_thumbnail)
        return response(200, {}, self.thumbnail) if "?" in url else response(self.read)


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


def run_with(bucket: Bucket, profiles: Profiles | None = None, *keys: str) -> Run:
    """A run at this bucket, in which these objects are."""
    versions = [
        *({"Key": key, "IsLatest": True} for key in keys),
        {"Key": "original/users/42/former.jpg", "IsLatest": False},
    ]
    s3 = Client(
        list_object_versions=lambda **asked: listed(versions, **asked),
        generate_presigned_url=URL,
    )
    run = run_of(
        {"s3": s3, "dynamodb": profiles.dynamodb if profiles else None},
        browser=Browser(bucket),
        profile_images_bucket_name=BUCKET,
        user_profile_table_name=USER_PROFILE_TABLE,
    )
    run.profile_id, run.upload_origin = 42, ORIGIN
    run.first_key = run.second_key = KEY
    return run


def listed(versions: list[dict[str, Any]], **asked: str) -> dict[str, Any]:
    found = [one for one in versions if one["Key"].startswith(asked["Prefix"])]
    if "Delimiter" not in asked:
        return {"Versions": found}
    folders = {one["Key"].partition(asked["Delimiter"])[0] for one in found}
    return {"CommonPrefixes": [{"Prefix": folder + asked["Delimiter"]} for folder in folders]}


def thumbnail_of(colours: tuple[pictures.Colour, ...]) -> bytes:
    return PillowEngine("fit", 100_000_000).make(pictures.picture_of(colours)).data


def test_real_thumbnail_has_the_pictures_colours() -> None:
    pictures.compare(thumbnail_of(pictures.FIRST), pictures.FIRST)
    with pytest.raises(FailedError, match=r"quarter 1 of the thumbnail is \(.+\), not \(220, 200"):
        pictures.compare(thumbnail_of(pictures.FIRST), pictures.SECOND)


@pytest.mark.parametrize(
    ("thumbnail", "wrong"),
    [
        (png((150, 149), pictures.RED), "has 150 x 149 pixels"),
        (png((150, 150), pictures.RED), "quarter 2 of the thumbnail"),
    ],
)
def test_other_thumbnail_is_found(thumbnail: bytes, wrong: str) -> None:
    with pytest.raises(FailedError, match=wrong):
        pictures.compare(thumbnail, pictures.FIRST)


def test_upload_goes_where_the_page_may_send_it(bucket: Bucket) -> None:
    run = run_with(bucket)
    assert pictures.upload(run) == KEY
    run.upload_origin = "https://elsewhere.example.com"
    with pytest.raises(FailedError, match=f"permit no upload to {ORIGIN}"):
        pictures.upload(run)


def test_upload_that_the_bucket_refuses_is_found(bucket: Bucket) -> None:
    bucket.put = lambda *_: 403
    with pytest.raises(ToolingError, match="answered 403"):
        pictures.upload(run_with(bucket))


def test_thumbnail_is_fetched_and_compared(bucket: Bucket, profiles: Profiles) -> None:
    run = run_with(bucket, profiles)
    with pytest.raises(ToolingError, match=f"the thumbnail of {KEY}: not seen"):
        pictures.thumbnail(run)

    bucket.image = {"state": "failed", "key": KEY, "reason": "damaged"}
    with pytest.raises(FailedError, match="no thumbnail was made: damaged"):
        pictures.thumbnail(run)

    bucket.image = READY
    bucket.put_thumbnails(pictures.FIRST)
    with pytest.raises(FailedError, match="thumbnailStatus is None"):
        pictures.thumbnail(run)

    profiles.put(42, KEY, thumbnailStatus="DONE")
    said = pictures.thumbnail(run)
    assert re.fullmatch(r"DONE, 150 x 150, \d+ bytes, 300 x 300, \d+ bytes", said)

    bucket.large_thumbnail = bucket.thumbnail
    with pytest.raises(FailedError, match="the thumbnail has 150 x 150 pixels"):
        pictures.thumbnail(run)
    bucket.image = {**READY, "thumbnails": [{"size": 300, "url": LARGE_LINK}]}
    with pytest.raises(FailedError, match=r"no thumbnail of 150 pixels among \[300\]"):
        pictures.thumbnail(run)


def test_what_is_left_of_the_first_picture_is_found(bucket: Bucket, profiles: Profiles) -> None:
    bucket.image = READY
    bucket.put_thumbnails(pictures.SECOND)
    profiles.put(42, KEY, thumbnailStatus="DONE")
    first = "original/users/42/1.jpg"
    for left in (first, "thumbnails/users/42/1.jpg", "thumbnails-300/users/42/1.jpg"):
        run = run_with(bucket, profiles, left, KEY)
        run.first_key = first
        with pytest.raises(FailedError, match=f"still there: {left}, for 0 s"):
            pictures.second_upload(run)
    run = run_with(bucket, profiles, KEY)
    run.first_key = first
    assert pictures.second_upload(run).endswith("the first picture is gone")


def test_removal_leaves_nothing(bucket: Bucket, profiles: Profiles) -> None:
    profiles.put(42, KEY)
    with pytest.raises(FailedError, match=f"still there: {KEY}"):
        pictures.removal(run_with(bucket, profiles, KEY))
    assert "image" not in profiles.get(42)
    with pytest.raises(FailedError, match="no longer has the picture"):
        pictures.removal(run_with(bucket, profiles))
    profiles.put(42, KEY)
    assert pictures.removal(run_with(bucket, profiles)) == "no object is left"


def refuse(*kinds: str) -> Callable[[str, Mapping[str, str], bytes], int]:
    """The bucket of a permission that covers some of what it should."""
    length = len(pictures.picture_of(pictures.FIRST))

    def status(url: str, headers: Mapping[str, str], data: bytes) -> int:
        changed = {
            "key": "/0a.jpg" not in url,
            "type": headers["Content-Type"] != "image/jpeg",
            "length": len(data) != length,
        }
        assert sum(changed.values()) == 1
        return 403 if any(changed[kind] for kind in kinds) else 200

    return status


def test_permission_covers_key_type_and_length(bucket: Bucket) -> None:
    bucket.put = refuse("key", "type", "length")
    assert pictures.refused_uploads(run_with(bucket)) == "another key, type or length: 403"


@pytest.mark.parametrize("kind", ["key", "type", "length"])
def test_permission_that_covers_less_is_found(bucket: Bucket, kind: str) -> None:
    bucket.put = refuse(*{"key", "type", "length"} - {kind})
    with pytest.raises(FailedError, match=f"not refused by 403: another {kind}: 200$"):
        pictures.refused_uploads(run_with(bucket))


def test_picture_that_anybody_can_read_is_found(bucket: Bucket) -> None:
    assert pictures.unsigned_get(run_with(bucket)) == "403"
    bucket.read = 200
    with pytest.raises(FailedError, match="a GET without a signature answered 200"):
        pictures.unsigned_get(run_with(bucket))
