"""The execution that a stream record starts."""

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import (
    DynamoDBRecord,
    DynamoDBRecordEventName,
)

from shared.dynamodb_stream import change_of, text_attribute
from shared.errors import InvalidEventError

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

# What Step Functions allows in an execution's name and CloudWatch can show, at most 80 characters:
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
EXECUTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")


@dataclass(frozen=True, slots=True)
class ActivationExecution:
    """An execution to start: its name, and its user."""

    name: str
    username: str


def execution_of(record: DynamoDBRecord) -> ActivationExecution | None:
    """The execution that a stream record starts; None unless it reports a new item.

    Its name is the record's id, which stays the same when the record is delivered again.

    Raises:
        InvalidEventError: The record's id can't be a name, the item has no username, or it isn't a
            stream record at all.
    """
    change = change_of(record)
    if change.kind is not DynamoDBRecordEventName.INSERT:
        return None
    event_id = record.event_id
    if not isinstance(event_id, str) or not EXECUTION_NAME.fullmatch(event_id):
        raise InvalidEventError("eventID: not 1 to 80 letters, digits, hyphens or underscores")
    username = text_attribute(change.new, "username")
    if username is None:
        raise InvalidEventError("dynamodb.NewImage.username: missing or empty")
    return ActivationExecution(event_id, username)


def start(step_functions: "SFNClient", state_machine_arn: str, wanted: ActivationExecution) -> bool:
    """Start an execution; False where an earlier delivery of the record has started it."""
    try:
        step_functions.start_execution(
            stateMachineArn=state_machine_arn,
            name=wanted.name,
            input=json.dumps({"username": wanted.username}),
        )
    except step_functions.exceptions.ExecutionAlreadyExists:
        return False
    return True
