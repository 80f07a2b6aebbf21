"""Dead letters, sent back to the queue that the redrive allow policy names."""

import json
from typing import Any

import boto3
import pytest

from operations.redrive.dead_letters import DeadLetterRedrive, source_url_of
from operations.redrive.drain import drain
from operations.redrive.failure_queue import FailureQueue
from tests.unit.operations.redrive.conftest import FakeDeployment, answer, bodies

SOURCE_ARN = "arn:aws:sqs:eu-central-1:123456789012:mail-feedback"


def policy(queue: FailureQueue, *source_arns: str) -> None:
    """What the queue answers about whose dead letters it holds."""
    text = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": source_arns})
    answer(queue.sqs, "GetQueueAttributes", {"Attributes": {"RedriveAllowPolicy": text}})


@pytest.fixture
def source(deployment: FakeDeployment) -> FailureQueue:
    sqs = deployment.client("sqs")
    return FailureQueue(sqs, "source", sqs.create_queue(QueueName="mail-feedback")["QueueUrl"])


def test_a_queue_of_dead_letters_names_their_source(
    queue: FailureQueue, source: FailureQueue
) -> None:
    policy(queue, SOURCE_ARN)
    assert source_url_of(queue) == source.url


def test_other_queues_have_none(queue: FailureQueue) -> None:
    assert source_url_of(queue) is None


@pytest.mark.parametrize("arns", [(), (SOURCE_ARN, f"{SOURCE_ARN}-2")])
def test_none_is_guessed(queue: FailureQueue, arns: tuple[str, ...]) -> None:
    policy(queue, *arns)
    assert source_url_of(queue) is None


def test_a_message_goes_back_as_it_was(queue: FailureQueue, source: FailureQueue) -> None:
    attributes: dict[str, Any] = {"kind": {"StringValue": "Bounce", "DataType": "String"}}
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="{}", MessageAttributes=attributes)
    tally = drain(queue, DeadLetterRedrive(queue.sqs, source.url), None, print)
    assert tally.is_empty
    assert bodies(queue) == []
    received = boto3.client("sqs").receive_message(
        QueueUrl=source.url, MessageAttributeNames=["All"]
    )["Messages"]
    assert [(one["Body"], one["MessageAttributes"]) for one in received] == [("{}", attributes)]
