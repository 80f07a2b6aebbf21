"""What came of an image, on the profile."""

from collections.abc import Callable

import pytest

from create_thumbnail.image_change import ImageChange
from create_thumbnail.profile import Superseded, record_refusal, record_thumbnails
from shared.errors import ServiceUnavailableError
from shared.profile_table import ProfileTable
from tests.unit.builders import Profiles, fail

KEY = "original/a.jpg"
Record = Callable[[ProfileTable, ImageChange], Superseded | None]
KEYS = {300: "thumbnails-300/a.jpg", 150: "thumbnails/a.jpg"}


def made(profiles: ProfileTable, change: ImageChange) -> Superseded | None:
    return record_thumbnails(profiles, change, KEYS, "0123456789abcdef")


def refused(profiles: ProfileTable, change: ImageChange) -> Superseded | None:
    return record_refusal(profiles, change, "corrupt")


def test_a_thumbnail_takes_the_place_of_an_error(profiles: Profiles) -> None:
    profiles.put(42, KEY, nickname="kitty", thumbnailStatus="FAILED", thumbnailError="corrupt")
    change = ImageChange("42", KEY, None)
    assert made(profiles.table, change) is None
    assert profiles.get(42) == {
        "id": "42",
        "image": KEY,
        "nickname": "kitty",
        "thumbnailStatus": "DONE",
        "thumbnail": "thumbnails/a.jpg",
        "thumbnailSizes": "['150', '300']",
        "thumbnailVersion": "0123456789abcdef",
    }


def test_an_error_takes_the_place_of_a_thumbnail(profiles: Profiles) -> None:
    profiles.put(42, KEY, nickname="kitty")
    change = ImageChange("42", KEY, None)
    assert made(profiles.table, change) is None
    assert refused(profiles.table, change) is None
    assert profiles.get(42) == {
        "id": "42",
        "image": KEY,
        "nickname": "kitty",
        "thumbnailStatus": "FAILED",
        "thumbnailError": "corrupt",
    }


@pytest.mark.parametrize("record", [made, refused])
@pytest.mark.parametrize(
    ("attributes", "sequencer"),
    [
        ({"key": "original/b.jpg"}, None),
        ({"key": "original/b.jpg", "imageSequencer": "1", "imageVersionId": "v"}, "1"),
        ({"key": KEY, "imageSequencer": "2"}, "1"),
        ({"key": KEY}, "1"),
        ({}, None),
    ],
)
def test_an_image_that_was_superseded_leaves_the_profile_alone(
    profiles: Profiles, record: Record, attributes: dict[str, str], sequencer: str | None
) -> None:
    profiles.put(42, **attributes)
    before = profiles.get(42)
    change = ImageChange("42", KEY, sequencer)
    assert record(profiles.table, change) == Superseded(
        attributes.get("key", ""), attributes.get("imageVersionId", "")
    )
    assert profiles.get(42) == before


@pytest.mark.parametrize("record", [made, refused])
def test_a_profile_that_is_gone_is_not_brought_back(profiles: Profiles, record: Record) -> None:
    found = record(profiles.table, ImageChange("42", KEY, None))
    assert found == Superseded("", "")
    assert profiles.count() == 0


def test_another_error_of_the_table_is_not_mistaken_for_an_answer(profiles: Profiles) -> None:
    fail(profiles.dynamodb, "UpdateItem", "ThrottlingException", status=400)
    with pytest.raises(ServiceUnavailableError, match=r"^table user-profile: Throttling"):
        refused(profiles.table, ImageChange("42", KEY, None))
