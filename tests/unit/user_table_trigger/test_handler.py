"""The trigger's handler, from whole batches to executions."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from shared.aws import step_functions
from shared.environment import ConfigurationError
from shared.errors import InvalidEventError
from tests.unit.builders import event, fail, user_insert
from user_table_trigger.handler import handler, logger

ReadLog = Callable[[Logger], Callable[[], list[Any]]]


def executions(state_machine_arn: str) -> dict[str, str]:
    """The input of each execution, by its name."""
    client = boto3.client("stepfunctions")
    listed = client.list_executions(stateMachineArn=state_machine_arn)["executions"]
    return {
        one["name"]: client.describe_execution(executionArn=one["executionArn"])["input"]
        for one in listed
    }


def failed(response: Any) -> list[str]:  # noqa: ANN401 - what a handler answers to Lambda
    """The sequence numbers of a partial batch response."""
    assert list(response) == ["batchItemFailures"]
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def test_each_new_user_of_a_batch_gets_one_execution(
    state_machine_arn: str, context: LambdaContext
) -> None:
    response = handler(event("user_stream_batch"), context)
    assert failed(response) == []
    assert {name: json.loads(text) for name, text in executions(state_machine_arn).items()} == {
        "c4ca4238a0b923820dcc509a6f75849b": {"username": "anna"},
        "eccbc87e4b5ce2fe28308fd9f2a7baf3": {"username": "björn"},
        "1679091c5a880faf6fb5e6087eb1b2dc": {"username": "carla"},
    }


def test_a_batch_delivered_twice_starts_nothing_new(
    state_machine_arn: str, context: LambdaContext
) -> None:
    assert failed(handler(event("user_stream_batch"), context)) == []
    assert failed(handler(event("user_stream_batch"), context)) == []
    assert len(executions(state_machine_arn)) == 3


def test_the_same_record_twice_in_one_batch_starts_one_execution(
    state_machine_arn: str, context: LambdaContext
) -> None:
    records = [user_insert("anna", number="1"), user_insert("anna", number="2")]
    assert failed(handler({"Records": records}, context)) == []
    assert list(executions(state_machine_arn)) == ["e" * 32]


@pytest.mark.usefixtures("state_machine_arn")
def test_an_execution_that_has_ended_counts_as_started(
    context: LambdaContext, read_log: ReadLog
) -> None:
    fail(step_functions(), "StartExecution", "ExecutionAlreadyExists", status=400)
    lines = read_log(logger)
    assert failed(handler({"Records": [user_insert("anna")]}, context)) == []
    assert lines()[0]["message"] == "Activation had been started before"


def test_a_bad_record_reports_only_itself(state_machine_arn: str, context: LambdaContext) -> None:
    records = [
        user_insert("anna", event_id="e1", number="1"),
        user_insert({"N": "5"}, event_id="e2", number="2"),
        user_insert("björn", event_id="e3", number="3"),
    ]
    assert failed(handler({"Records": records}, context)) == ["2"]
    assert sorted(executions(state_machine_arn)) == ["e1", "e3"]


def test_a_batch_of_bad_records_reports_each(
    state_machine_arn: str, context: LambdaContext
) -> None:
    records = [user_insert("", number="1"), user_insert({"N": "5"}, number="2")]
    assert failed(handler({"Records": records}, context)) == ["1", "2"]
    assert executions(state_machine_arn) == {}


def test_an_unknown_event_name_is_reported(context: LambdaContext) -> None:
    record = user_insert("anna", number="7")
    record["eventName"] = "UPSERT"
    assert failed(handler({"Records": [record]}, context)) == ["7"]


@pytest.mark.parametrize(
    ("code", "status"), [("ThrottlingException", 400), ("InternalServerError", 500)]
)
def test_a_service_that_cannot_start_it_now_is_reported_as_failed(
    state_machine_arn: str, context: LambdaContext, code: str, status: int
) -> None:
    fail(step_functions(), "StartExecution", code, status=status, times=1)
    records = [
        user_insert("anna", event_id="e1", number="1"),
        user_insert("björn", event_id="e2", number="2"),
    ]
    assert failed(handler({"Records": records}, context)) == ["1"]
    assert list(executions(state_machine_arn)) == ["e2"]


def test_an_empty_batch_is_done(context: LambdaContext) -> None:
    assert failed(handler({"Records": []}, context)) == []


@pytest.mark.parametrize("wrong", [{}, {"Records": None}, {"Records": {}}, []])
def test_an_event_without_records_is_an_error(wrong: Any, context: LambdaContext) -> None:  # noqa: ANN401 - anything may arrive
    with pytest.raises(InvalidEventError, match=r"^Records: "):
        handler(wrong, context)


def test_a_missing_state_machine_is_named_in_the_log(
    context: LambdaContext, read_log: ReadLog
) -> None:
    lines = read_log(logger)
    assert failed(handler({"Records": [user_insert("anna", number="1")]}, context)) == ["1"]
    assert lines()[0]["exception_name"] == ConfigurationError.__name__
    assert "STATE_MACHINE_ARN" in lines()[0]["exception"]


@pytest.mark.usefixtures("state_machine_arn")
def test_log_lines_name_user_and_execution_and_nothing_private(
    context: LambdaContext, read_log: ReadLog
) -> None:
    lines = read_log(logger)
    batch = event("user_stream_batch")
    bad = user_insert("dora", number="9", event_id="not a name")
    bad["dynamodb"]["NewImage"]["email"] = {"S": "dora@mail.example"}
    batch["Records"].append(bad)
    assert failed(handler(batch, context)) == ["9"]
    *started, failure = lines()
    assert [(line["username"], line["execution"]) for line in started] == [
        ("anna", "c4ca4238a0b923820dcc509a6f75849b"),
        ("björn", "eccbc87e4b5ce2fe28308fd9f2a7baf3"),
        ("carla", "1679091c5a880faf6fb5e6087eb1b2dc"),
    ]
    assert failure["item"] == {"username": {"S": "dora"}}
    assert failure["event_id"] == "not a name"
    assert {line["function_request_id"] for line in lines()} == {context.aws_request_id}
    everything = json.dumps(lines())
    assert "mail.example" not in everything
    assert "set-by-the-application" not in everything


def test_a_failed_record_without_a_change_is_logged_all_the_same(
    context: LambdaContext, read_log: ReadLog
) -> None:
    lines = read_log(logger)
    record = user_insert("anna")
    del record["dynamodb"]["Keys"]
    del record["dynamodb"]["NewImage"]
    handler({"Records": [record]}, context)
    assert lines()[0]["message"] == "Stream record failed"
    assert "item" not in lines()[0]
