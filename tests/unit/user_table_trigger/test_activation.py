"""Which stream record starts which execution."""

import re
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidEventError
from tests.unit.builders import event, fail, user_insert
from tests.unit.hostile import changed, only_value, tried
from user_table_trigger.activation import EXECUTION_NAME, ActivationExecution, execution_of, start


def test_only_new_items_start_an_execution() -> None:
    records = [DynamoDBRecord(record) for record in event("user_stream_batch")["Records"]]
    assert [execution_of(record) for record in records] == [
        ActivationExecution("c4ca4238a0b923820dcc509a6f75849b", "anna"),
        None,
        ActivationExecution("eccbc87e4b5ce2fe28308fd9f2a7baf3", "björn"),
        None,
        None,
        ActivationExecution("1679091c5a880faf6fb5e6087eb1b2dc", "carla"),
    ]


@pytest.mark.parametrize("event_id", ["", "with space", "a" * 81, "ä", "a/b", "a\n", None, 5])
def test_an_event_id_that_is_no_execution_name_is_an_error(event_id: object) -> None:
    record = user_insert("anna")
    record["eventID"] = event_id
    with pytest.raises(InvalidEventError, match=r"^eventID: "):
        execution_of(DynamoDBRecord(record))


@pytest.mark.parametrize("username", [{"N": "5"}, {"L": []}, {"M": {}}, {"BOOL": True}])
def test_a_username_that_is_no_string_is_an_error(username: object) -> None:
    with pytest.raises(InvalidEventError, match=r"^username: not a string"):
        execution_of(DynamoDBRecord(user_insert(username)))


@pytest.mark.parametrize("username", ["", {"NULL": True}])
def test_a_missing_username_is_an_error(username: object) -> None:
    with pytest.raises(InvalidEventError, match=r"^dynamodb\.NewImage\.username: missing"):
        execution_of(DynamoDBRecord(user_insert(username)))


def test_a_record_without_its_change_is_an_error() -> None:
    record = user_insert("anna")
    del record["dynamodb"]
    with pytest.raises(InvalidEventError, match=r"^dynamodb\.NewImage\.username: missing"):
        execution_of(DynamoDBRecord(record))


@given(st.from_regex(EXECUTION_NAME, fullmatch=True), st.text(min_size=1))
def test_name_and_username_are_taken_as_they_are(event_id: str, username: str) -> None:
    record = DynamoDBRecord(user_insert(username, event_id=event_id))
    assert execution_of(record) == ActivationExecution(event_id, username)


def test_starting_again_says_that_it_was_started_before(state_machine_arn: str) -> None:
    step_functions = boto3.client("stepfunctions")
    wanted = ActivationExecution("e1", "anna")
    assert start(step_functions, state_machine_arn, wanted) is True
    fail(step_functions, "StartExecution", "ExecutionAlreadyExists", status=400)
    assert start(step_functions, state_machine_arn, wanted) is False


@given(changed(user_insert("anna")))
def test_any_record_starts_one_execution_or_none_or_is_invalid(record: dict[str, Any]) -> None:
    wanted, refusal = tried(lambda: execution_of(DynamoDBRecord(record)), InvalidEventError)
    if refusal:
        assert re.match(r"(eventID|eventName|username|dynamodb(\.NewImage\.username)?): ", refusal)
        assert "anna" not in refusal
    elif wanted is None:
        assert record["eventName"] in ("MODIFY", "REMOVE")
    else:
        assert wanted.name == record["eventID"]
        assert wanted.username == only_value(record["dynamodb"]["NewImage"]["username"])
