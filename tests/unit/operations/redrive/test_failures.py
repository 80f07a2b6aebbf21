"""What is in a queue, parsed: real records of AWS, and everything else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.redrive.failures import (
    ExecutionFailure,
    InvocationFailure,
    NotUnderstoodError,
    StreamFailure,
    parse_failure,
)
from tests.unit.builders import event
from tests.unit.operations.redrive.conftest import changed


def test_a_stream_failure_tells_where_the_records_are() -> None:
    record = event("failure_stream")
    failure = parse_failure(json.dumps(record))
    assert failure == StreamFailure(
        function_name="onboarding-UserTableTrigger",
        condition="RetryAttemptsExhausted",
        stream_arn=record["DDBStreamBatchInfo"]["streamArn"],
        shard_id="shardId-00000001795342800000-864758bb",
        start="800000000003126276362",
        end="800000000003126276362",
        count=1,
        arrived="2026-11-22T10:00:00+00:00",
    )
    assert failure.table_arn.endswith(":table/onboarding-User")
    assert failure.reason == "RetryAttemptsExhausted: 1 record(s) of 2026-11-22T10:00:00+00:00"
    assert failure.subject == ""  # nothing of the records is in the message


def test_an_invocation_failure_holds_the_event() -> None:
    record = event("failure_invocation")
    failure = parse_failure(json.dumps(record))
    assert isinstance(failure, InvocationFailure)
    assert failure.function_name == "onboarding-SetProfileImage"
    assert failure.reason == "RetriesExhausted: ProfileNotFoundError: id: no profile 42"
    assert failure.event == record["requestPayload"]


@pytest.mark.parametrize(
    ("payload", "subject"),
    [
        ({"Records": [{"s3": {"object": {"key": "original/a+%C3%BC.jpg"}}}]}, "original/a ü.jpg"),
        ({"Records": [{"s3": {"object": {"key": key}}} for key in "ab"]}, "a, b"),
        ({"Records": [{"s3": {"object": {"key": 5}}}, "odd", None]}, ""),
        ({"Records": {"s3": {}}}, ""),
        ({"username": "anna"}, ""),
    ],
)
def test_an_invocation_failure_names_the_uploads(payload: dict[str, Any], subject: str) -> None:
    record = changed(event("failure_invocation"), "requestPayload", payload)
    assert parse_failure(json.dumps(record)).subject == subject


def test_an_event_that_grew_too_old_has_no_answer() -> None:
    record = changed(event("failure_invocation"), "requestContext.condition", "EventAgeExceeded")
    record = changed(changed(record, "responsePayload", None), "responseContext", None)
    failure = parse_failure(json.dumps(record))
    assert isinstance(failure, InvocationFailure)
    assert failure.reason == "EventAgeExceeded"


def test_an_execution_failure_names_the_user_and_why() -> None:
    record = event("failure_execution")
    failure = parse_failure(json.dumps(record))
    assert failure == ExecutionFailure(
        execution_arn=record["executionId"],
        state_machine_name="onboarding-SendUserActivationMail",
        username="anna",
        reason="ServiceUnavailableError: SES: TooManyRequestsException",
    )


def test_an_execution_of_express_is_one_too() -> None:
    machine = "onboarding-SendUserActivationMail"
    arn = f"arn:aws:states:eu-central-1:123456789012:express:{machine}:c4ca:0f1e-2d"
    failure = parse_failure(json.dumps(changed(event("failure_execution"), "executionId", arn)))
    assert isinstance(failure, ExecutionFailure)
    assert failure.state_machine_name == machine


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"Error": "States.Timeout"}, "States.Timeout"),
        ({"Error": "Lambda.Unknown", "Cause": "plain words"}, "Lambda.Unknown: plain words"),
        ({"Error": "Odd", "Cause": "[1]"}, "Odd"),
        ({"Error": 5, "Cause": None}, "unknown error"),
        ("no object", "unknown error"),
    ],
)
def test_a_reason_is_made_of_what_there_is(error: Any, reason: str) -> None:  # noqa: ANN401 - any JSON
    failure = parse_failure(json.dumps(changed(event("failure_execution"), "input.error", error)))
    assert failure.reason == reason


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("failure_stream", "requestContext", None),
        ("failure_stream", "requestContext.functionArn", "UserTableTrigger"),
        ("failure_stream", "DDBStreamBatchInfo", []),
        ("failure_stream", "DDBStreamBatchInfo.streamArn", "arn:aws:kinesis:x:1:stream/a"),
        ("failure_stream", "DDBStreamBatchInfo.shardId", "short"),
        ("failure_stream", "DDBStreamBatchInfo.startSequenceNumber", 800000000003126276362),
        ("failure_stream", "DDBStreamBatchInfo.startSequenceNumber", "800000000003126276363"),
        ("failure_stream", "DDBStreamBatchInfo.endSequenceNumber", "latest"),
        ("failure_invocation", "requestContext.functionArn", None),
        ("failure_invocation", "requestPayload", "text"),
        ("failure_execution", "executionId", "anna"),
        ("failure_execution", "input", None),
        ("failure_execution", "input.username", ""),
        ("failure_execution", "input.username", {"S": "anna"}),
    ],
)
def test_what_is_wrong_is_named(name: str, path: str, value: object) -> None:
    with pytest.raises(NotUnderstoodError, match=r"^[\w.]+: "):
        parse_failure(json.dumps(changed(event(name), path, value)))


@pytest.mark.parametrize(
    "body", ["", "hello", "[]", "null", "{}", '{"Records": []}', "[" * 100_000]
)
def test_a_body_that_is_nothing_of_ours(body: str) -> None:
    with pytest.raises(NotUnderstoodError):
        parse_failure(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(
    name=st.sampled_from(["failure_stream", "failure_invocation", "failure_execution"]),
    data=st.data(),
)
def test_whatever_stands_in_a_field_it_is_parsed_or_refused(name: str, data: st.DataObject) -> None:
    record = event(name)
    path: list[str] = []
    holder: Any = record
    while isinstance(holder, dict) and holder and (not path or data.draw(st.booleans())):
        path.append(data.draw(st.sampled_from(sorted(holder))))
        holder = holder[path[-1]]
    value = data.draw(json_values.filter(lambda value: value is not None))
    try:
        failure = parse_failure(json.dumps(changed(record, ".".join(path), value)))
    except NotUnderstoodError:
        return
    assert isinstance(failure.reason, str)
