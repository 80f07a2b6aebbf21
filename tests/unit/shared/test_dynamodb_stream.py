"""Stream records: their images, and the odd ones. Whole batches are in the handlers' tests."""

from decimal import Decimal

import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from shared.dynamodb_stream import handle_each_record, text_attribute
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


@pytest.mark.parametrize(
    "record",
    ["text", {}, {"dynamodb": "text"}, {"dynamodb": {}}, {"dynamodb": {"SequenceNumber": 1}}],
)
def test_a_failed_record_that_cannot_be_named_fails_the_batch(record: object) -> None:
    def fail(_: DynamoDBRecord) -> None:
        raise ValueError

    with pytest.raises(InvalidEventError, match=r"^dynamodb\.SequenceNumber"):
        handle_each_record({"Records": [record]}, fail, Logger(service="test"))
