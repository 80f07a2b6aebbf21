"""Executions started again: one for each failed one, however often the message comes."""

import json
import time

import boto3
import pytest

from operations.redrive.activation_links import ActivationLinks
from operations.redrive.executions import ExecutionRedrive, execution_name
from operations.redrive.failures import ExecutionFailure, NotUnderstoodError, parse_failure
from tests.unit.builders import Users, event, fail
from tests.unit.operations.redrive.conftest import changed, message_of, quietly

FAILED = event("failure_execution")


@pytest.fixture
def redrive(state_machine_arn: str) -> ExecutionRedrive:
    return ExecutionRedrive(boto3.client("stepfunctions"), state_machine_arn)


def executions(redrive: ExecutionRedrive) -> dict[str, str]:
    """The input of each execution, by its name."""
    client = redrive.step_functions
    listed = client.list_executions(stateMachineArn=redrive.state_machine_arn)["executions"]
    return {
        one["name"]: client.describe_execution(executionArn=one["executionArn"])["input"]
        for one in listed
    }


def name_of(record: object) -> str:
    failure = parse_failure(json.dumps(record))
    assert isinstance(failure, ExecutionFailure)
    return execution_name(failure)


def test_an_execution_starts_with_the_username_alone(redrive: ExecutionRedrive) -> None:
    done = redrive(message_of(FAILED), quietly)
    assert executions(redrive) == {name_of(FAILED): '{"username": "anna"}'}
    assert done == (
        "anna: ServiceUnavailableError: SES: TooManyRequestsException; "
        f"execution {name_of(FAILED)} started"
    )


def test_the_same_message_twice_starts_one(redrive: ExecutionRedrive) -> None:
    redrive(message_of(FAILED), quietly)
    fail(redrive.step_functions, "StartExecution", "ExecutionAlreadyExists", status=400)
    assert "had been started before" in redrive(message_of(FAILED), quietly)
    assert len(executions(redrive)) == 1


def test_what_fails_again_can_be_put_back_again(redrive: ExecutionRedrive) -> None:
    redrive(message_of(FAILED), quietly)
    arn = FAILED["executionId"].rpartition(":")[0]
    again = changed(FAILED, "executionId", f"{arn}:{name_of(FAILED)}")
    redrive(message_of(again), quietly)
    assert len(executions(redrive)) == 2
    assert len(name_of(again)) <= 80


def test_an_error_of_the_service_is_left_to_the_caller(redrive: ExecutionRedrive) -> None:
    fail(redrive.step_functions, "StartExecution", "ExecutionLimitExceeded", status=400)
    with pytest.raises(redrive.step_functions.exceptions.ClientError):
        redrive(message_of(FAILED), quietly)


@pytest.mark.parametrize(
    "body",
    [
        "hello",
        event("failure_stream"),
        changed(
            FAILED,
            "executionId",
            "arn:aws:states:eu-central-1:123456789012:execution:Payroll:c4ca4238",
        ),
    ],
)
def test_a_message_of_something_else_starts_nothing(
    redrive: ExecutionRedrive, body: object
) -> None:
    with pytest.raises(NotUnderstoodError):
        redrive(message_of(body), quietly)
    assert executions(redrive) == {}


def test_a_link_that_has_expired_is_replaced(state_machine_arn: str, users: Users) -> None:
    users.put("anna", activationToken="t", activationTokenHash="h")
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": "anna"}},
        UpdateExpression=(
            "SET keepOnlyTokenHash = :true, activationTokenCreatedAt = :old, expiresAt = :old"
        ),
        ExpressionAttributeValues={":true": {"BOOL": True}, ":old": {"N": "1000"}},
    )
    links = ActivationLinks(users.table, seconds=3600, user_seconds=7200)
    now = time.time()
    redrive = ExecutionRedrive(boto3.client("stepfunctions"), state_machine_arn, links)
    assert redrive(message_of(FAILED), quietly).endswith("its link had expired and is replaced")
    assert "activationToken" not in users.get("anna")
    assert int(users.get("anna")["expiresAt"]) >= int(now) + 7200
    assert len(executions(redrive)) == 1
