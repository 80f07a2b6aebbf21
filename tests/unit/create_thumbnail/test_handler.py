"""CreateThumbnail, from the stream of profiles to thumbnails and what is noted of them."""

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ConnectionClosedError

from create_thumbnail.handler import handler, logger
from shared import aws
from shared.edge import version_of
from shared.errors import InvalidEventError
from tests.unit.builders import (
    BUCKET,
    Answer,
    HttpServer,
    Invalidations,
    Item,
    Profiles,
    fail,
    once_after,
    once_before,
    profile_image,
    profile_record,
)
from tests.unit.pictures import encoded, noise, opened

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ReadLog = Callable[[Logger], Callable[[], list[Any]]]
PHOTOGRAPH = encoded("JPEG", size=(300, 200))
KEY = "original/cat.jpg"


@pytest.fixture(autouse=True)
def configured(settings: dict[str, str]) -> None:
    """Every test here starts from the function's usual variables."""
    assert settings


def upload(s3: "S3Client", key: str, data: bytes, profile_id: int = 42) -> None:
    s3.put_object(
        Bucket=BUCKET,
        Key=key,
        Body=data,
        Metadata={"user-profile-id": str(profile_id), "by": "anna"},
    )


def failed(response: Any) -> list[str]:  # noqa: ANN401 - what a handler answers to Lambda
    """The sequence numbers of a partial batch response."""
    assert list(response) == ["batchItemFailures"]
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def run(context: LambdaContext, *new_images: Item) -> list[str]:
    """Deliver new images, numbered from 1; answer the numbers of the failed ones."""
    records = [profile_record(new, number=str(n)) for n, new in enumerate(new_images, start=1)]
    return failed(handler({"Records": records}, context))


def keys_below(s3: "S3Client", prefix: str) -> list[str]:
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    return [one["Key"] for one in listed]


def thumbnails(s3: "S3Client") -> list[str]:
    """The keys of the contract's thumbnails; those of the other size are the same."""
    keys = keys_below(s3, "thumbnails/")
    assert keys_below(s3, "thumbnails-300/") == [
        key.replace("thumbnails/", "thumbnails-300/", 1) for key in keys
    ]
    return keys


def test_a_thumbnail_is_made_put_and_noted(
    s3: "S3Client", profiles: Profiles, context: LambdaContext, read_log: ReadLog
) -> None:
    key = "original/München café/a+b.png"  # which is a JPEG all the same
    upload(s3, key, PHOTOGRAPH)
    lines = read_log(logger)
    assert run(context, profiles.put(42, key, nickname="kitty")) == []
    found = s3.get_object(Bucket=BUCKET, Key="thumbnails/München café/a+b.png")
    body = found["Body"].read()
    assert opened(body).size == (150, 100)
    assert found["ContentType"] == "image/jpeg"
    assert found["Metadata"] == {"user-profile-id": "42", "by": "anna"}
    large = s3.get_object(Bucket=BUCKET, Key="thumbnails-300/München café/a+b.png")
    large_body = large["Body"].read()
    assert opened(large_body).size == (300, 200)
    for kept in ("ContentType", "Metadata"):
        assert large[kept] == found[kept]
    for folder in ("thumbnails", "thumbnails-300"):
        tags = s3.get_object_tagging(Bucket=BUCKET, Key=f"{folder}/München café/a+b.png")["TagSet"]
        assert tags == [{"Key": "Thumbnail", "Value": "true"}]
    assert profiles.get(42) == {
        "id": "42",
        "nickname": "kitty",
        "image": key,
        "thumbnail": "thumbnails/München café/a+b.png",
        "thumbnailStatus": "DONE",
        "thumbnailSizes": "['150', '300']",
        "thumbnailVersion": version_of([body, large_body]),
    }
    (line,) = lines()
    assert (line["profile_id"], line["key"], line["current"]) == ("42", key, True)
    assert line["sizes"] == [150, 300]


def test_the_contracts_thumbnail_is_put_after_the_others(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    """So an application that sees it finds the others."""
    upload(s3, KEY, PHOTOGRAPH)
    after_the_first: list[str] = []
    once_after(aws.s3(), "PutObject", lambda: after_the_first.extend(keys_below(s3, "thumb")))
    assert run(context, profiles.put(42, KEY)) == []
    assert after_the_first == ["thumbnails-300/cat.jpg"]
    assert thumbnails(s3) == ["thumbnails/cat.jpg"]


def test_a_size_whose_key_is_too_long_is_left_out(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    name = "a" * 1010
    upload(s3, f"original/{name}", PHOTOGRAPH)
    assert run(context, profiles.put(42, f"original/{name}")) == []
    assert keys_below(s3, "thumbnails") == [f"thumbnails/{name}"]
    assert profiles.get(42)["thumbnailSizes"] == "['150']"


def test_a_failure_between_two_sizes_records_nothing_and_is_tried_again(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    upload(s3, KEY, PHOTOGRAPH)
    image = profiles.put(42, KEY)

    def fail_the_next() -> None:
        fail(aws.s3(), "PutObject", "SlowDown", status=503, times=1)

    once_after(aws.s3(), "PutObject", fail_the_next)
    assert run(context, image) == ["1"]
    assert keys_below(s3, "thumbnails") == ["thumbnails-300/cat.jpg"]
    assert profiles.get(42) == {"id": "42", "image": KEY}
    assert run(context, image) == []
    assert keys_below(s3, "thumbnails") == ["thumbnails-300/cat.jpg", "thumbnails/cat.jpg"]
    assert profiles.get(42)["thumbnailSizes"] == "['150', '300']"


def test_two_originals_of_one_name_keep_two_thumbnails(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    for profile_id, key in ((1, "original/a/x.jpg"), (2, "original/b/x.jpg")):
        upload(s3, key, PHOTOGRAPH, profile_id)
    images = [profiles.put(1, "original/a/x.jpg"), profiles.put(2, "original/b/x.jpg")]
    assert run(context, *images) == []
    assert thumbnails(s3) == ["thumbnails/a/x.jpg", "thumbnails/b/x.jpg"]


def test_what_the_function_wrote_does_not_start_it_again(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    upload(s3, KEY, PHOTOGRAPH)
    old = profiles.put(42, KEY)
    run(context, old)
    asked = fail(aws.s3(), "GetObject")
    written = profiles.dynamodb.get_item(TableName=profiles.name, Key={"id": {"N": "42"}})["Item"]
    assert "thumbnail" in written
    response = handler({"Records": [profile_record(written, old)]}, context)
    assert failed(response) == []
    assert asked == []


def test_a_record_delivered_twice_gives_the_same(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    upload(s3, KEY, PHOTOGRAPH)
    image = profiles.put(42, KEY)
    assert run(context, image, image) == []
    assert thumbnails(s3) == ["thumbnails/cat.jpg"]
    assert profiles.get(42)["thumbnailStatus"] == "DONE"


@pytest.mark.parametrize(
    ("key", "data", "reason"),
    [
        (KEY, b"", "not a JPEG, PNG, WebP, GIF or AVIF picture"),
        (KEY, b"GIF89a", "damaged picture: nothing states its size"),
        (KEY, noise("PNG")[:9000], "damaged picture: the file ends"),
        (KEY, encoded("PNG", size=(2100, 2000)), "too large: 2100 x 2000 pixels as PNG need"),
        (KEY, b"x" * 200_001, "too large: 200,001 bytes, 200,000 are allowed"),
        (KEY, None, "the original has been deleted"),
        ("cat.jpg", None, "image: the key does not lie under original/"),
        ("thumbnails/cat.jpg", None, "image: the key does not lie under original/"),
    ],
)
def test_an_image_that_is_refused_is_done_with_and_the_reason_kept(  # noqa: PLR0913, PLR0917 - fixtures
    s3: "S3Client",
    profiles: Profiles,
    context: LambdaContext,
    read_log: ReadLog,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    data: bytes | None,
    reason: str,
) -> None:
    monkeypatch.setenv("MAX_IMAGE_BYTES", "200000")
    monkeypatch.setenv("MAX_DECODE_BYTES", "16000000")
    if data is not None:
        upload(s3, key, data)
    upload(s3, "original/good.jpg", PHOTOGRAPH, 43)
    lines = read_log(logger)
    bad = profiles.put(42, key, thumbnail="thumbnails/from-before.jpg")
    assert run(context, bad, profiles.put(43, "original/good.jpg")) == []
    refused = profiles.get(42)
    assert refused["thumbnailStatus"] == "FAILED"
    assert refused["thumbnailError"].startswith(reason)
    assert "thumbnail" not in refused
    assert profiles.get(43)["thumbnailStatus"] == "DONE"
    refusal = lines()[0]
    assert (refusal["message"], refusal["profile_id"], refusal["key"], refusal["reason"]) == (
        "Image refused",
        "42",
        key,
        refused["thumbnailError"],
    )


def test_a_superseded_image_leaves_the_newer_ones_state(
    s3: "S3Client", profiles: Profiles, context: LambdaContext, read_log: ReadLog
) -> None:
    upload(s3, KEY, PHOTOGRAPH)
    first = profiles.put(42, KEY, imageSequencer="1")
    second = profiles.put(42, "original/dog.jpg", imageSequencer="2")
    lines = read_log(logger)
    assert run(context, first) == []
    assert profiles.get(42) == {name: str(*value.values()) for name, value in second.items()}
    assert lines()[0]["current"] is False
    assert thumbnails(s3) == []


def test_a_thumbnail_put_after_its_profile_was_removed_goes_again(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    upload(s3, KEY, PHOTOGRAPH)
    image = profiles.put(42, KEY)
    profiles.dynamodb.delete_item(TableName=profiles.name, Key={"id": {"N": "42"}})
    assert run(context, image) == []
    assert thumbnails(s3) == []


def test_a_thumbnail_of_bytes_that_were_replaced_leaves_that_of_the_new_ones(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    upload(s3, KEY, PHOTOGRAPH)
    first = profiles.put(42, KEY, imageSequencer="1", imageVersionId="of the first")
    new = encoded("JPEG", size=(200, 300))

    def replace() -> None:
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=new, Metadata={"user-profile-id": "42"})
        version = s3.head_object(Bucket=BUCKET, Key=KEY)["VersionId"]
        second = profiles.put(42, KEY, imageSequencer="2", imageVersionId=version)
        assert run(context, second) == []

    once_before(aws.s3(), "PutObject", replace)
    assert run(context, first) == []
    found = s3.get_object(Bucket=BUCKET, Key="thumbnails/cat.jpg")["Body"].read()
    assert opened(found).size == (100, 150)
    assert profiles.get(42)["thumbnailStatus"] == "DONE"


def test_a_late_record_of_the_same_key_keeps_what_it_made_of_the_new_bytes(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    upload(s3, KEY, PHOTOGRAPH)
    version = s3.head_object(Bucket=BUCKET, Key=KEY)["VersionId"]
    first = profiles.put(42, KEY, imageSequencer="1")
    profiles.put(42, KEY, imageSequencer="2", imageVersionId=version)
    assert run(context, first) == []
    assert thumbnails(s3) == ["thumbnails/cat.jpg"]


@pytest.mark.parametrize("owner", [7, "nobody"])
def test_a_refused_image_leaves_no_thumbnail_of_before_but_those_of_others(
    s3: "S3Client", profiles: Profiles, context: LambdaContext, owner: int | str
) -> None:
    for profile_id, key in ((42, KEY), (owner, "original/dog.jpg")):
        metadata = {"user-profile-id": str(profile_id)} if profile_id != "nobody" else {}
        for folder, body in product(("thumbnails/", "thumbnails-300/"), (b"older", b"old")):
            thumbnail = key.replace("original/", folder)
            s3.put_object(Bucket=BUCKET, Key=thumbnail, Body=body, Metadata=metadata)
    images = [profiles.put(42, KEY), profiles.put(43, "original/dog.jpg")]
    assert run(context, *images) == []
    assert thumbnails(s3) == ["thumbnails/dog.jpg"]


@pytest.mark.parametrize("operation", ["GetObject", "PutObject"])
def test_a_failing_bucket_is_reported_and_not_taken_for_a_refusal(
    s3: "S3Client",
    profiles: Profiles,
    context: LambdaContext,
    read_log: ReadLog,
    operation: str,
) -> None:
    for profile_id in (1, 2):
        upload(s3, f"original/{profile_id}.jpg", PHOTOGRAPH, profile_id)
    images = [profiles.put(1, "original/1.jpg"), profiles.put(2, "original/2.jpg")]
    fail(aws.s3(), operation, "SlowDown", status=503, times=1)
    lines = read_log(logger)
    assert run(context, *images) == ["1"]
    assert "thumbnailStatus" not in profiles.get(1)
    assert profiles.get(2)["thumbnailStatus"] == "DONE"
    assert lines()[0]["item"] == {"id": {"N": "42"}}  # the key of the record's item


def test_a_failing_table_is_reported(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    upload(s3, KEY, PHOTOGRAPH)
    fail(aws.dynamodb(), "UpdateItem", "ThrottlingException", status=400)
    assert run(context, profiles.put(42, KEY)) == ["1"]


def test_a_lost_connection_is_reported(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    def lose() -> None:
        raise ConnectionClosedError(endpoint_url="https://s3.example")

    upload(s3, KEY, PHOTOGRAPH)
    once_before(aws.s3(), "GetObject", lose)
    assert run(context, profiles.put(42, KEY)) == ["1"]


def test_a_bad_record_reports_only_itself(
    s3: "S3Client", profiles: Profiles, context: LambdaContext
) -> None:
    upload(s3, KEY, PHOTOGRAPH)
    bad: Item = {"id": {"N": "1"}, "image": {"N": "5"}}
    assert run(context, bad, profiles.put(42, KEY), {**bad, "id": {"N": "2"}}) == ["1", "3"]
    assert profiles.get(42)["thumbnailStatus"] == "DONE"


def test_an_event_without_records_is_an_error(context: LambdaContext) -> None:
    with pytest.raises(InvalidEventError, match=r"^Records: "):
        handler({}, context)


@pytest.mark.usefixtures("no_known_parameters")
def test_the_other_engine_is_a_matter_of_variables(  # noqa: PLR0913, PLR0917 - fixtures
    s3: "S3Client",
    profiles: Profiles,
    context: LambdaContext,
    http_server: HttpServer,
    monkeypatch: pytest.MonkeyPatch,
    read_log: ReadLog,
) -> None:
    boto3.client("ssm").put_parameter(Name="/key", Value="the-secret-key", Type="SecureString")
    monkeypatch.setenv("THUMBNAIL_ENGINE", "tinypng")
    monkeypatch.setenv("TINYPNG_BASE_URL", http_server.url)
    monkeypatch.setenv("TINYPNG_API_KEY_PARAMETER", "/key")
    http_server.answers = [
        Answer(201, {"Location": "{url}/output/1"}),
        Answer(200, {"Content-Type": "image/png"}, b"thumbnail"),
        Answer(200, {"Content-Type": "image/png"}, b"larger thumbnail"),
        Answer(401),
    ]
    lines = read_log(logger)
    for profile_id in (1, 2):
        upload(s3, f"original/{profile_id}.png", encoded("PNG"), profile_id)
    images = [profiles.put(1, "original/1.png"), profiles.put(2, "original/2.png")]
    assert run(context, *images) == ["2"]
    found = s3.get_object(Bucket=BUCKET, Key="thumbnails/1.png")
    assert (found["Body"].read(), found["ContentType"]) == (b"thumbnail", "image/png")
    assert "TinyPngAccountError" in lines()[1]["exception"]
    assert "the-secret-key" not in str(lines())


@pytest.fixture
def invalidations(monkeypatch: pytest.MonkeyPatch, s3: "S3Client") -> Invalidations:
    """Those of the distribution, where thumbnails have public addresses."""
    del s3  # before any client is made
    monkeypatch.setenv("DELIVERY_DISTRIBUTION_ID", "E2EXAMPLE")
    return Invalidations().answer(aws.cloudfront())


PATHS = ["/thumbnails-300/cat.jpg*", "/thumbnails/cat.jpg*"]


@pytest.mark.parametrize(
    ("data", "former_key", "paths"),
    [
        (PHOTOGRAPH, None, []),
        (PHOTOGRAPH, "original/dog.jpg", []),
        (PHOTOGRAPH, KEY, PATHS),
        # Of each refused picture it would cost money, and anybody who signs up could send many.
        (b"not a picture", None, []),
        (b"not a picture", KEY, PATHS),
    ],
)
def test_former_picture_of_a_key_is_invalidated(  # noqa: PLR0913, PLR0917 - fixtures
    s3: "S3Client",
    profiles: Profiles,
    context: LambdaContext,
    invalidations: Invalidations,
    data: bytes,
    former_key: str | None,
    paths: list[str],
) -> None:
    upload(s3, KEY, data)
    new = profiles.put(42, KEY, imageSequencer="2")
    old = None if former_key is None else profile_image(42, former_key, imageSequencer="1")
    assert failed(handler({"Records": [profile_record(new, old)]}, context)) == []
    assert invalidations.paths == paths


def test_thumbnail_that_was_put_too_late_is_invalidated(
    s3: "S3Client", profiles: Profiles, context: LambdaContext, invalidations: Invalidations
) -> None:
    upload(s3, KEY, PHOTOGRAPH)
    first = profiles.put(42, KEY, imageSequencer="1")
    profiles.put(42, "original/dog.jpg", imageSequencer="2")
    for _ in range(2):
        assert run(context, first) == []
    # Both runs had put one: anybody may have seen either.
    assert invalidations.paths == sorted(PATHS * 2)


def test_deleted_thumbnail_of_a_refused_picture_is_invalidated(
    s3: "S3Client", profiles: Profiles, context: LambdaContext, invalidations: Invalidations
) -> None:
    metadata = {"user-profile-id": "42"}
    s3.put_object(Bucket=BUCKET, Key="thumbnails/cat.jpg", Body=b"old", Metadata=metadata)
    assert run(context, profiles.put(42, KEY)) == []
    assert thumbnails(s3) == []
    assert invalidations.paths == PATHS
