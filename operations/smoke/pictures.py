"""A picture: its upload, its thumbnail, another in its place, none at all, and what is refused."""

from dataclasses import replace
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from PIL import Image

from operations.bucket import thumbnail_prefixes
from operations.smoke import application
from operations.smoke.run import FailedError, Run
from shared.dynamodb import ConditionFailed
from shared.profile_images import CONTRACT_SIZE, ORIGINAL_PREFIX, user_folder
from shared.profile_table import THUMBNAIL_DONE
from tooling.web_client import Upload, WebClient

TYPE = "image/jpeg"
SIDE = 600
RED, GREEN, BLUE, YELLOW = (200, 40, 40), (40, 160, 40), (40, 40, 200), (220, 200, 40)
# A quarter of the picture each: top left, top right, bottom left, bottom right.
FIRST = (RED, GREEN, BLUE, YELLOW)
SECOND = (YELLOW, BLUE, GREEN, RED)
# JPEG changes colours a little, and its writer is another for each engine.
TOLERANCE = 30
Colour = tuple[int, int, int]


def picture_of(colours: tuple[Colour, ...]) -> bytes:
    """A JPEG with a colour in each quarter."""
    half = SIDE // 2
    image = Image.new("RGB", (SIDE, SIDE))
    for number, colour in enumerate(colours):
        left, top = half * (number % 2), half * (number // 2)
        image.paste(colour, (left, top, left + half, top + half))
    file = BytesIO()
    image.save(file, "JPEG", quality=90)
    return file.getvalue()


def compare(thumbnail: bytes, colours: tuple[Colour, ...], side: int = CONTRACT_SIZE) -> None:
    """Compare a thumbnail of a size with the picture that it was made of.

    Raises:
        FailedError: It has another size or other colours.
    """
    with Image.open(BytesIO(thumbnail)) as image:
        if image.size != (side, side):
            raise FailedError(f"the thumbnail has {image.width} x {image.height} pixels")
        quarters = image.convert("RGB").resize((2, 2), Image.Resampling.BOX)
    for number, expected in enumerate(colours):
        seen: Any = quarters.getpixel((number % 2, number // 2))
        if any(abs(a - b) > TOLERANCE for a, b in zip(seen, expected, strict=True)):
            raise FailedError(f"quarter {number + 1} of the thumbnail is {seen}, not {expected}")


def upload(run: Run) -> str:
    """The bucket takes a picture: by the signed permission, from the page's origin."""
    run.first_key = _upload(run, FIRST)
    return run.first_key


def thumbnail(run: Run) -> str:
    """The first picture's thumbnail comes."""
    return _wait_for_thumbnail(run, run.first_key, FIRST)


def second_upload(run: Run) -> str:
    """Another picture takes the first one's place, and nothing of that one is left."""
    run.second_key = _upload(run, SECOND)
    found = _wait_for_thumbnail(run, run.second_key, SECOND)
    name = run.first_key.rpartition("/")[2]
    run.wait_until_right(
        lambda: _still({key for key in _current_keys(run) if key.endswith(f"/{name}")})
    )
    return f"{found}, the first picture is gone"


def removal(run: Run) -> str:
    """The picture is removed from the profile, and nothing of it is left."""
    removed = run.profiles.update_if(
        str(run.profile_id),
        "REMOVE image",
        condition="image = :image",
        values={":image": {"S": run.second_key}},
    )
    if isinstance(removed, ConditionFailed):
        raise FailedError("the profile no longer has the picture")
    run.wait_until_right(lambda: _still(_current_keys(run)))
    return "no object is left"


def refused_uploads(run: Run) -> str:
    """The permission is good for its key, its type and its length alone."""
    picture = picture_of(FIRST)
    permitted = run.web.permit_upload(TYPE, len(picture))
    changed = {
        "another key": (replace(permitted, url=_with_another_key(permitted)), picture),
        "another type": (
            replace(permitted, headers={**permitted.headers, "Content-Type": "image/png"}),
            picture,
        ),
        "another length": (permitted, picture + b"\0"),
    }
    statuses = {
        what: run.web.put_picture(upload, data).status_code
        for what, (upload, data) in changed.items()
    }
    taken = [f"{what}: {status}" for what, status in statuses.items() if status != 403]
    if taken:
        raise FailedError(f"not refused by 403: {', '.join(taken)}")
    return "another key, type or length: 403"


def unsigned_get(run: Run) -> str:
    """Nobody reads a picture without a signature."""
    signed = run.client("s3").generate_presigned_url(
        ClientMethod="get_object",
        Params={"Bucket": run.found.output("profile_images_bucket_name"), "Key": run.first_key},
    )
    url = signed.partition("?")[0]
    browser = run.web if run.has_page else WebClient(url)
    status = browser.get_object(url).status_code
    if status != 403:
        raise FailedError(f"a GET without a signature answered {status}, and not 403")
    return "403"


def _upload(run: Run, colours: tuple[Colour, ...]) -> str:
    picture = picture_of(colours)
    if not run.has_page:
        return application.upload(run, picture, TYPE)
    permitted = run.web.permit_upload(TYPE, len(picture))
    parts = urlsplit(permitted.url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if origin != run.upload_origin:
        raise FailedError(f"the page's headers permit no upload to {origin}")
    run.web.send_picture(permitted, picture)
    return permitted.key


def _wait_for_thumbnail(run: Run, key: str, colours: tuple[Colour, ...]) -> str:
    thumbnails = (
        _fetched(run, key) if run.has_page else {CONTRACT_SIZE: application.thumbnail_of(run, key)}
    )
    for side, data in thumbnails.items():
        compare(data, colours, side)
    found = ", ".join(f"{side} x {side}, {len(data)} bytes" for side, data in thumbnails.items())
    return f"DONE, {found}"


def _fetched(run: Run, key: str) -> dict[int, bytes]:
    """The thumbnails behind the page's links, by size."""
    image = run.wait(lambda: _finished_image(run, key), f"the thumbnail of {key}")
    if image["state"] != "ready":
        raise FailedError(f"no thumbnail was made: {image.get('reason')}")
    profile = run.profiles.get_item(str(run.profile_id)) or {}
    if profile.get("thumbnailStatus") != {"S": THUMBNAIL_DONE}:
        raise FailedError(f"thumbnailStatus is {profile.get('thumbnailStatus')}")
    thumbnails = {one["size"]: one["url"] for one in image["thumbnails"]}
    if thumbnails.get(CONTRACT_SIZE) != image["thumbnailUrl"]:
        raise FailedError(f"no thumbnail of {CONTRACT_SIZE} pixels among {sorted(thumbnails)}")
    return {size: run.web.fetch(url) for size, url in thumbnails.items()}


def _finished_image(run: Run, key: str) -> dict[str, Any] | None:
    image: dict[str, Any] = run.web.profile()["image"]
    return image if image.get("key") == key and image["state"] in ("ready", "failed") else None


def _current_keys(run: Run) -> set[str]:
    """The keys of the profile's objects; not of those below a delete marker."""
    s3, bucket = run.client("s3"), run.found.output("profile_images_bucket_name")
    pages = s3.get_paginator("list_object_versions")
    return {
        version["Key"]
        for prefix in (ORIGINAL_PREFIX, *thumbnail_prefixes(s3, bucket))
        for page in pages.paginate(Bucket=bucket, Prefix=user_folder(run.profile_id or 0, prefix))
        for version in page.get("Versions", [])
        if version["IsLatest"]
    }


def _still(keys: set[Any]) -> str:
    return f"still there: {', '.join(sorted(keys))}" if keys else ""


def _with_another_key(permitted: Upload) -> str:
    name = permitted.key.rpartition("/")[2]
    return permitted.url.replace(name, f"x{name}", 1)
