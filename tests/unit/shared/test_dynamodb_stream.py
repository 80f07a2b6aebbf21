"""Stream records: their images, and the odd ones. Whole batches are in the handlers' tests."""

from decimal import Decimal
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import (
    DynamoDBRecord,
    DynamoDBRecordEventName,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.dynamodb_stream import change_of, handle_each_record, text_attribute
from shared.errors import InvalidEventError
from tests.unit.builders import first_record, user_insert
from tests.unit.hostile import ANY_ATTRIBUTE, ANY_JSON, changed, tried


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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"eventName": "UPSERT"}, "eventName: "),
        ({"eventName": None}, "eventName: "),
        ({"eventName": ["INSERT"]}, "eventName: "),
        ({"dynamodb": {"NewImage": {"a": {"X": "secret"}}}}, "dynamodb: "),
        ({"dynamodb": {"NewImage": {"a": {}}}}, "dynamodb: "),
        ({"dynamodb": {"NewImage": {"a": {"N": "secret"}}}}, "dynamodb: "),
        ({"dynamodb": {"OldImage": "secret"}}, "dynamodb: "),
        ({"dynamodb": "secret"}, "dynamodb: "),
    ],
)
def test_what_no_stream_writes_is_an_error_that_tells_no_value(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidEventError, match=f"^{message}") as error:
        change_of(DynamoDBRecord({**first_record("user_stream_batch"), **change}))
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("number", ["9" * 38, "1" + "0" * 125, "-0." + "0" * 129 + "1", "1E-130"])
def test_any_number_of_dynamodb_may_stand_on_the_item(number: str) -> None:
    record = user_insert("anna")
    record["dynamodb"]["NewImage"]["score"] = {"N": number}
    assert change_of(DynamoDBRecord(record)).new["score"] == Decimal(number)


@given(changed(first_record("user_stream_batch")))
def test_any_record_is_a_change_or_an_invalid_event(record: dict[str, Any]) -> None:
    change, refusal = tried(lambda: change_of(DynamoDBRecord(record)), InvalidEventError)
    if change is None:
        assert refusal.startswith(("eventName: ", "dynamodb: "))
    else:
        assert isinstance(change.kind, DynamoDBRecordEventName)


@given(ANY_JSON)
def test_any_event_without_records_is_invalid(event: Any) -> None:  # noqa: ANN401 - any JSON
    assume(not (isinstance(event, dict) and isinstance(event.get("Records"), list)))
    with pytest.raises(InvalidEventError, match=r"^Records: missing, or not a list$"):
        handle_each_record(event, lambda record: record, Logger(service="test"))


@given(st.lists(ANY_ATTRIBUTE | st.none(), max_size=8))
def test_exactly_the_bad_records_are_reported(usernames: list[Any]) -> None:
    """Good records, of which `None` makes one, are handled wherever bad ones stand."""
    records = [
        user_insert("anna" if username is None else username, number=str(number))
        for number, username in enumerate(usernames)
    ]
    handled: list[str | None] = []

    def handle(record: DynamoDBRecord) -> None:
        change = change_of(record)
        assert text_attribute(change.new, "username") == "anna"
        handled.append(record.raw_event["dynamodb"]["SequenceNumber"])

    response = handle_each_record({"Records": records}, handle, Logger(service="test"))
    reported = [failure["itemIdentifier"] for failure in response["batchItemFailures"]]
    is_good = [username in (None, {"S": "anna"}) for username in usernames]
    assert handled == [str(number) for number, good in enumerate(is_good) if good]
    assert reported == [str(number) for number, good in enumerate(is_good) if not good]
