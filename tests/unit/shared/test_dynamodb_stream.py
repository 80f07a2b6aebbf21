"""Reading the images of a stream record. Whole batches are in the two stream handlers' tests."""

from decimal import Decimal

import pytest

from shared.dynamodb_stream import text_attribute
from shared.errors import InvalidEventError


def test_text_is_given() -> None:
    assert text_attribute({"image": "original/a.jpg"}, "image") == "original/a.jpg"


@pytest.mark.parametrize("image", [None, {}, {"image": None}, {"image": ""}])
def test_absent_null_and_empty_are_none(image: dict[str, object] | None) -> None:
    assert text_attribute(image, "image") is None


@pytest.mark.parametrize("value", [Decimal(0), False, [], {}, {"a"}])
def test_another_type_is_named_and_never_shown(value: object) -> None:
    with pytest.raises(InvalidEventError, match=f"^image: not a string but {type(value).__name__}"):
        text_attribute({"image": value}, "image")
