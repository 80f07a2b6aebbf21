"""The names of pictures, and whose they are."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidEventError
from shared.profile_images import (
    InvalidProfileIdError,
    is_in_user_folder,
    is_original,
    is_thumbnail_prefix,
    profile_id_from_item,
    profile_id_from_metadata,
    thumbnail_key_from_original,
    thumbnail_keys_from_original,
    thumbnail_prefix,
    user_folder,
)
from tests.unit.hostile import ANY_TEXT, tried


@pytest.mark.parametrize(
    ("value", "profile_id"),
    [
        ("42", 42),
        (" 42 ", 42),
        ("007", 7),
        ("-5", -5),
        ("-0", 0),
        ("9" * 38, int("9" * 38)),
    ],
)
def test_an_id_is_a_whole_number(value: str, profile_id: int) -> None:
    assert profile_id_from_metadata({"user-profile-id": value}) == profile_id


@pytest.mark.parametrize(
    "value",
    ["", " ", "abc", "1.0", "1e5", "+5", "0x1F", "1_000", "4 2", "٤٢", "²", "9" * 39, "9" * 5000],
)
def test_any_other_id_is_an_error(value: str) -> None:
    with pytest.raises(InvalidProfileIdError, match=r"^user-profile-id: not a whole number$"):
        profile_id_from_metadata({"user-profile-id": value})


@pytest.mark.parametrize("metadata", [{}, {"profile-id": "5"}])
def test_no_id_is_none(metadata: dict[str, str]) -> None:
    assert profile_id_from_metadata(metadata) is None


@pytest.mark.parametrize(
    ("original", "thumbnail"),
    [
        ("original/cat.jpg", "thumbnails/cat.jpg"),
        ("original/original/x.jpg", "thumbnails/original/x.jpg"),
        ("original/" + "ü" * 506, "thumbnails/" + "ü" * 506),
        ("original/" + "ü" * 507, None),
        ("original/", None),
        ("thumbnails/cat.jpg", None),
        ("Original/cat.jpg", None),
        ("", None),
    ],
)
def test_a_thumbnail_lies_under_the_path_of_its_original(
    original: str, thumbnail: str | None
) -> None:
    assert thumbnail_key_from_original(original) == thumbnail


def test_the_folder_itself_is_no_original() -> None:
    assert is_original("original/a")
    assert not is_original("original/")


def test_an_id_in_a_record_is_written_as_dynamodb_writes_it() -> None:
    assert profile_id_from_item({"id": Decimal("9" * 38)}, "OldImage") == "9" * 38
    assert profile_id_from_item({"id": Decimal("1E+3")}, "OldImage") == "1000"


@pytest.mark.parametrize(
    "image", [{}, {"id": "42"}, {"id": Decimal("1.5")}, {"id": Decimal("Infinity")}, {"id": None}]
)
def test_an_id_in_a_record_that_is_no_whole_number_is_an_error(image: dict[str, object]) -> None:
    with pytest.raises(InvalidEventError, match=r"^dynamodb\.OldImage\.id: "):
        profile_id_from_item(image, "OldImage")


@given(ANY_TEXT | st.text("0123456789 -+\t\u0661", max_size=45))
def test_any_metadata_is_an_id_or_refused_without_being_told(value: str) -> None:
    profile_id, refusal = tried(
        lambda: profile_id_from_metadata({"user-profile-id": value}), InvalidProfileIdError
    )
    if profile_id is None:
        assert refusal == "user-profile-id: not a whole number"
    else:
        assert abs(profile_id) < 10**38
        assert profile_id == int(value)


@pytest.mark.parametrize("size", [16, 150, 300, 1024])
def test_each_size_has_a_prefix_that_is_known_for_one(size: int) -> None:
    prefix = thumbnail_prefix(size)
    assert prefix == ("thumbnails/" if size == 150 else f"thumbnails-{size}/")
    assert is_thumbnail_prefix(prefix)
    assert is_in_user_folder(user_folder(17, prefix) + "x.jpg", 17)


@pytest.mark.parametrize(
    "prefix", ["", "original/", "thumbnails", "thumbnails-/", "thumbnails-x/", "thumbnails-030/"]
)
def test_no_other_prefix_is_one_of_thumbnails(prefix: str) -> None:
    assert not is_thumbnail_prefix(prefix)


@pytest.mark.parametrize(
    "key", ["users/17/x.jpg", "original/users/170/x.jpg", "x/original/users/17/x.jpg", "", "17"]
)
def test_no_other_key_is_in_a_users_folder(key: str) -> None:
    assert not is_in_user_folder(key, 17)


def test_a_size_whose_key_would_be_too_long_has_none() -> None:
    key = "original/" + "a" * 1012
    assert list(thumbnail_keys_from_original(key, (300, 150))) == [150]
    assert thumbnail_keys_from_original("elsewhere/a", (300, 150)) == {}
