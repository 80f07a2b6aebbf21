"""Which stream record tells that a profile has left its image."""

from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from remove_profile_images.replaced_image import ReplacedImage, replaced_image_of
from shared.errors import InvalidEventError
from tests.unit.builders import Item, event, profile_image, profile_record

A, B = "original/a.jpg", "original/b.jpg"
REPLACED_AT = 1795342800


def left(new: Item | None, old: Item | None = None) -> ReplacedImage | None:
    return replaced_image_of(DynamoDBRecord(profile_record(new, old)))


def test_the_stream_of_a_profiles_life() -> None:
    records = event("user_profile_stream_batch")["Records"]
    found = [replaced_image_of(DynamoDBRecord(record)) for record in records]
    assert [one and one.key for one in found] == [
        None,
        "original/cat.jpg",
        None,
        "original/dog.jpg",
    ]


@pytest.mark.parametrize(
    ("new", "old", "leaves"),
    [
        (None, {"key": A}, True),
        ({}, {"key": A}, True),
        ({"key": ""}, {"key": A}, True),
        ({"key": B}, {"key": A}, True),
        ({"key": "elsewhere/a.jpg"}, {"key": A}, True),
        ({"key": A, "nickname": "x"}, {"key": A}, False),
        ({"key": A}, {}, False),
        ({"key": A}, None, False),
        (None, {}, False),
        (None, {"key": ""}, False),
        (None, {"key": "original/"}, False),
        (None, {"key": "thumbnails/a.jpg"}, False),
        (None, {"key": "elsewhere/a.jpg"}, False),
    ],
)
def test_only_an_image_that_is_no_longer_the_profiles_is_left(
    new: dict[str, str] | None, old: dict[str, str] | None, *, leaves: bool
) -> None:
    found = left(
        None if new is None else profile_image(7, **new),
        None if old is None else profile_image(7, **old),
    )
    assert found == (ReplacedImage("7", A, None, REPLACED_AT) if leaves else None)


@pytest.mark.parametrize(
    ("recorded", "version_id"),
    [({"S": "v1"}, "v1"), ({"S": "null"}, None), ({"S": ""}, None), ({"N": "1"}, None)],
)
def test_the_version_is_the_one_that_was_set(
    recorded: dict[str, str], version_id: str | None
) -> None:
    old: dict[str, Any] = {**profile_image(7, A), "imageVersionId": recorded}
    found = replaced_image_of(DynamoDBRecord(profile_record(None, old)))
    assert found is not None
    assert found.version_id == version_id


def test_a_key_that_was_uploaded_again_is_the_profiles_still() -> None:
    old, new = profile_image(7, A, imageSequencer="1"), profile_image(7, A, imageSequencer="2")
    assert left(new, old) == ReplacedImage("7", A, None, REPLACED_AT, has_key_again=True)


@pytest.mark.parametrize(
    ("recorded", "sizes"),
    [({"NS": ["150", "300"]}, {150, 300}), ({"S": "150"}, set()), ({"L": [{"N": "1"}]}, set())],
)
def test_the_sizes_are_the_ones_that_were_recorded(
    recorded: dict[str, Any], sizes: set[int]
) -> None:
    old: dict[str, Any] = {**profile_image(7, A), "thumbnailSizes": recorded}
    found = replaced_image_of(DynamoDBRecord(profile_record(None, old)))
    assert found is not None
    assert found.recorded_sizes == sizes


def test_what_was_no_text_was_no_image() -> None:
    assert left(None, {"id": {"N": "7"}, "image": {"N": "5"}}) is None


def test_an_id_that_is_no_number_is_an_error() -> None:
    with pytest.raises(InvalidEventError, match=r"^dynamodb\.OldImage\.id: "):
        left(None, {"id": {"S": "x"}, "image": {"S": A}})


def test_a_record_may_lack_its_time_and_its_change() -> None:
    record = profile_record(None, profile_image(7, A))
    del record["dynamodb"]["ApproximateCreationDateTime"]
    assert replaced_image_of(DynamoDBRecord(record)) == ReplacedImage("7", A, None, None)
    del record["dynamodb"]
    assert replaced_image_of(DynamoDBRecord(record)) is None
