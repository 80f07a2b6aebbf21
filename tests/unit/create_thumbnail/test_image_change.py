"""Which stream record asks for a thumbnail."""

import re
from decimal import Decimal
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from hypothesis import given

from create_thumbnail.image_change import ImageChange, image_change_of
from shared.errors import InvalidEventError
from tests.unit.builders import Item, event, profile_image, profile_record
from tests.unit.hostile import changed, only_value, tried

A, B = "original/a.jpg", "original/b.jpg"


def change(new: Item | None, old: Item | None = None) -> ImageChange | None:
    return image_change_of(DynamoDBRecord(profile_record(new, old)))


def test_the_stream_of_a_profiles_life() -> None:
    records = event("user_profile_stream_batch")["Records"]
    assert [image_change_of(DynamoDBRecord(record)) for record in records] == [
        ImageChange("42", "original/cat.jpg", None),
        ImageChange("42", "original/dog.jpg", "0067" + "0" * 28),
        None,  # what CreateThumbnail itself wrote
        None,
    ]


@pytest.mark.parametrize(
    ("new", "old", "asks"),
    [
        ({"key": A}, None, True),
        ({}, None, False),
        ({"key": A}, {}, True),
        ({"key": A}, {"key": A}, False),
        ({"key": B}, {"key": A}, True),
        ({}, {"key": A}, False),
        ({"key": ""}, {"key": A}, False),
        ({"key": A, "imageSequencer": "1"}, {"key": A, "imageSequencer": "1"}, False),
        ({"key": A, "imageSequencer": "2"}, {"key": A, "imageSequencer": "1"}, True),
        ({"key": A, "imageSequencer": "1"}, {"key": A}, True),
        ({"key": A}, {"key": A, "imageSequencer": "1"}, True),
        ({"key": A, "imageSequencer": ""}, {"key": A, "imageSequencer": ""}, False),
        ({"key": A, "imageEventTime": "2"}, {"key": A, "imageEventTime": "1"}, False),
        ({"key": A, "nickname": "x"}, {"key": A}, False),
        ({"key": A, "thumbnail": "t", "thumbnailStatus": "DONE"}, {"key": A}, False),
        (
            {"key": A, "thumbnailStatus": "FAILED", "thumbnailError": "e"},
            {"key": A, "thumbnailStatus": "DONE", "thumbnail": "t"},
            False,
        ),
    ],
)
def test_only_a_new_image_asks_for_a_thumbnail(
    new: dict[str, str], old: dict[str, str] | None, *, asks: bool
) -> None:
    found = change(profile_image(7, **new), None if old is None else profile_image(7, **old))
    if asks:
        again = old is not None and old.get("key") == new["key"]
        assert found == ImageChange("7", new["key"], new.get("imageSequencer"), has_key_again=again)
        assert found is not None
        assert found.position == "100"
    else:
        assert found is None


@pytest.mark.parametrize(
    ("image_id", "text"),
    [
        ("0", "0"),
        ("-5", "-5"),
        ("9" * 38, "9" * 38),
        ("1E+2", "100"),
        ("-1.2E1", "-12"),
    ],
)
def test_any_whole_number_is_an_id(image_id: str, text: str) -> None:
    found = change(profile_image(image_id, A))
    assert found is not None
    assert Decimal(found.profile_id) == Decimal(text)
    assert "E" not in found.profile_id


@pytest.mark.parametrize(
    "wrong",
    [{"N": "1.5"}, {"N": "1E-130"}, {"N": "NaN"}, {"N": "Infinity"}, {"S": "42"}, {"NULL": True}],
)
def test_another_id_is_an_error(wrong: Any) -> None:  # noqa: ANN401 - any attribute
    with pytest.raises(InvalidEventError, match=r"^dynamodb\.NewImage\.id: "):
        change({**profile_image(1, A), "id": wrong})


def test_a_missing_id_is_an_error() -> None:
    with pytest.raises(InvalidEventError, match=r"^dynamodb\.NewImage\.id: missing"):
        change({"image": {"S": A}})


@pytest.mark.parametrize("name", ["image", "imageSequencer"])
def test_a_new_attribute_that_is_no_string_is_named(name: str) -> None:
    with pytest.raises(InvalidEventError, match=f"^{name}: not a string"):
        change({**profile_image(1, A), name: {"N": "5"}})


@pytest.mark.parametrize("name", ["image", "imageSequencer"])
@pytest.mark.parametrize("wrong", [{"N": "5"}, {"NULL": True}, {"SS": ["x"]}])
def test_an_old_attribute_that_was_no_string_does_not_hold_back_the_new_image(
    name: str,
    wrong: Any,  # noqa: ANN401 - any attribute
) -> None:
    old: Item = {**profile_image(1, A, imageSequencer="1"), name: wrong}
    found = change(profile_image(1, A, imageSequencer="1"), old)
    assert found == ImageChange("1", A, "1", has_key_again=name != "image")


def test_an_image_set_to_null_asks_for_nothing() -> None:
    assert change({**profile_image(1), "image": {"NULL": True}}, profile_image(1, A)) is None


def test_a_record_without_its_change_asks_for_nothing() -> None:
    record = profile_record(profile_image(1, A))
    del record["dynamodb"]
    assert image_change_of(DynamoDBRecord(record)) is None


RECORD = profile_record(
    profile_image(1, A, imageSequencer="2", nickname="kitty"),
    profile_image(1, B, imageSequencer="1"),
)


@given(changed(RECORD))
def test_any_record_is_a_change_or_none_or_invalid(record: dict[str, Any]) -> None:
    found, refusal = tried(lambda: image_change_of(DynamoDBRecord(record)), InvalidEventError)
    if refusal:
        fields = r"(eventName|dynamodb|dynamodb\.NewImage\.id|image|imageSequencer)"
        assert re.match(rf"{fields}: ", refusal)
        assert "kitty" not in refusal
    if found is not None:
        new = record["dynamodb"]["NewImage"]
        assert found.key == only_value(new["image"])
        assert Decimal(found.profile_id) == Decimal(only_value(new["id"]) or 0)
        assert re.fullmatch("-?[0-9]{1,126}", found.profile_id)
