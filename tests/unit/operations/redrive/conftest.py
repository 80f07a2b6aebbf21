"""A deployment in this process: moto's tables, queues and state machine, our own functions."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import boto3
import pytest

from operations.deployment import Deployment
from operations.redrive import failure_queue, trimmed
from operations.redrive.failure_queue import FailureQueue, Message
from tests.unit.builders import USER_TABLE, make_context

TRIGGER = "onboarding-UserTableTrigger"
CREATE_THUMBNAIL = "onboarding-CreateThumbnail"
SET_PROFILE_IMAGE = "onboarding-SetProfileImage"
FUNCTION_NAMES = {
    "user_table_trigger": TRIGGER,
    "create_thumbnail": CREATE_THUMBNAIL,
    "set_profile_image": SET_PROFILE_IMAGE,
}
Handler = Callable[[dict[str, Any]], object]


@dataclass
class FakeLambda:
    """Lambda's API in front of handlers in this process."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    mappings: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    invoked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - AWS's names
        event = json.loads(Payload)
        self.invoked.append((FunctionName, event))
        try:
            answer, error = self.handlers[FunctionName](event), {}
        except Exception as failure:  # noqa: BLE001 - as the runtime does it
            answer = {"errorType": type(failure).__name__, "errorMessage": str(failure)}
            error = {"FunctionError": "Unhandled"}
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(answer).encode()), **error}

    def get_paginator(self, operation: str) -> "FakeLambda":
        assert operation == "list_event_source_mappings"
        return self

    def paginate(self, *, FunctionName: str) -> Iterator[dict[str, Any]]:  # noqa: N803 - AWS's names
        yield {"EventSourceMappings": []}
        yield {"EventSourceMappings": self.mappings.get(FunctionName, [])}

    def connect(self, function_name: str, stream_arn: str, *event_names: str, **more: Any) -> None:  # noqa: ANN401 - settings of a mapping
        """A mapping as the module dynamodb_stream_trigger makes it."""
        pattern = json.dumps({"eventName": list(event_names)})
        self.mappings.setdefault(function_name, []).append(
            {
                "EventSourceArn": stream_arn,
                "BatchSize": 5,
                "FilterCriteria": {"Filters": [{"Pattern": pattern}]},
                **more,
            }
        )


@dataclass(frozen=True)
class FakeDeployment(Deployment):
    """A deployment whose clients are kept, so that a test can make them fail."""

    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:  # noqa: ANN401 - as in Deployment
        if service not in self.clients:
            self.clients[service] = boto3.client(service)  # type: ignore[call-overload]
        return self.clients[service]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_queue, "WAIT_SECONDS", 0)
    monkeypatch.setattr(trimmed, "SETTLE_SECONDS", 0.0)


@pytest.fixture
def lambdas() -> FakeLambda:
    return FakeLambda()


@pytest.fixture
def deployment(aws: None, lambdas: FakeLambda) -> FakeDeployment:
    """Queues and names as in Terraform's outputs."""
    del aws
    sqs = boto3.client("sqs")
    names = ("activation", "create_thumbnail", "set_profile_image", "user_table_trigger")
    outputs = {
        "region": "eu-central-1",
        "account_id": "123456789012",
        "user_table_name": USER_TABLE,
        "function_names": FUNCTION_NAMES,
        "state_machine_arn": (
            "arn:aws:states:eu-central-1:123456789012:stateMachine:"
            "onboarding-SendUserActivationMail"
        ),
        "failure_queue_urls": {
            name: sqs.create_queue(QueueName=f"onboarding-{name}-failures")["QueueUrl"]
            for name in names
        },
    }
    return FakeDeployment(outputs, "eu-central-1", clients={"lambda": lambdas, "sqs": sqs})


@pytest.fixture
def queue(deployment: FakeDeployment) -> FailureQueue:
    return queue_of(deployment, "activation")


class SlowSqs:
    """A queue of which each answer takes so long that messages come round again during a walk.

    Args:
        count: How many messages there are, of the ids "0", "1" and so on.
        seconds: How long an answer takes.
        again_first: Whether what has come round again is given before what never was.
        arrive: How many more messages come after each answer.
    """

    def __init__(
        self, count: int, *, seconds: float, again_first: bool = False, arrive: int = 0
    ) -> None:
        self.now = 1_795_342_800.0
        self.seconds = seconds
        self.again_first = again_first
        self.arrive = arrive
        self.asked = 0
        self.sent_at: dict[str, float] = {}
        self.visible_at: dict[str, float] = {}
        self._send(count, at=0.0)

    def _send(self, count: int, *, at: float) -> None:
        for number in range(len(self.sent_at), len(self.sent_at) + count):
            self.sent_at[str(number)] = at
            self.visible_at[str(number)] = 0.0

    def receive_message(self, *, VisibilityTimeout: int, **_: object) -> dict[str, Any]:  # noqa: N803 - AWS's name
        self.asked += 1
        assert self.asked < 10_000, "a walk without end"
        self.now += self.seconds
        answer: dict[str, Any] = {
            "ResponseMetadata": {"HTTPHeaders": {"date": formatdate(self.now, usegmt=True)}}
        }
        if visible := [one for one, at in self.visible_at.items() if at <= self.now]:
            choose = max if self.again_first else min
            chosen = choose(visible, key=self.visible_at.__getitem__)
            self.visible_at[chosen] = self.now + VisibilityTimeout
            sent_at = str(int(self.sent_at[chosen] * 1000))
            message = {"MessageId": chosen, "ReceiptHandle": chosen, "Body": chosen}
            answer["Messages"] = [{**message, "Attributes": {"SentTimestamp": sent_at}}]
        self._send(self.arrive, at=self.now + 1)
        return answer

    def change_message_visibility(self, *, ReceiptHandle: str, **_: object) -> None:  # noqa: N803 - AWS's name
        self.visible_at[ReceiptHandle] = self.now

    def delete_message(self, *, ReceiptHandle: str, **_: object) -> None:  # noqa: N803 - AWS's name
        del self.visible_at[ReceiptHandle]


def queue_of(deployment: Deployment, name: str) -> FailureQueue:
    urls = deployment.outputs["failure_queue_urls"]
    return FailureQueue(deployment.client("sqs"), name, urls[name])


def send(queue: FailureQueue, body: object) -> str:
    """Put a message into a queue; return its id."""
    text = body if isinstance(body, str) else json.dumps(body)
    return queue.sqs.send_message(QueueUrl=queue.url, MessageBody=text)["MessageId"]


def bodies(queue: FailureQueue) -> list[str]:
    """What is visible in a queue; it stays there."""
    answer = queue.sqs.receive_message(
        QueueUrl=queue.url, MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [message["Body"] for message in answer.get("Messages", [])]


def message_of(body: object) -> Message:
    return Message("id", "receipt", 0.0, body if isinstance(body, str) else json.dumps(body), {})


def stream_failure(
    stream_arn: str,
    shard_id: str,
    start: str,
    end: str | None = None,
    **changes: Any,  # noqa: ANN401 - settings of a mapping
) -> dict[str, Any]:
    """Lambda's failure record for some records of a stream, of user_table_trigger by default."""
    function_name = changes.pop("function_name", TRIGGER)
    return {
        "requestContext": {
            "functionArn": f"arn:aws:lambda:eu-central-1:123456789012:function:{function_name}",
            "condition": "RetryAttemptsExhausted",
        },
        "DDBStreamBatchInfo": {
            "streamArn": stream_arn,
            "shardId": shard_id,
            "startSequenceNumber": start,
            "endSequenceNumber": end or start,
            "batchSize": 1,
            **changes,
        },
    }


def handler_of(module: Any) -> Handler:  # noqa: ANN401 - a function's handler module
    """A function of ours as Lambda calls it."""
    return lambda event: module.handler(event, make_context("redrive"))


def quietly() -> None:
    """Nothing to keep alive."""


def arn_of(table: str) -> str:
    """The stream of one of moto's tables."""
    return boto3.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]


class FakeStreams:
    """A shard of a stream that gives its records in answers of the test's choice."""

    def __init__(self, *answers: list[dict[str, Any]], is_open: bool = True) -> None:
        self.answers = answers
        self.is_open = is_open
        self.asked: dict[str, str] = {}
        self.reads = 0

    def get_shard_iterator(self, **asked: str) -> dict[str, str]:
        self.asked = asked
        return {"ShardIterator": "0"}

    def get_records(self, *, ShardIterator: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        self.reads += 1
        place = int(ShardIterator)
        answer: dict[str, Any] = {
            "Records": self.answers[place] if place < len(self.answers) else []
        }
        if self.is_open or place + 1 < len(self.answers):
            answer["NextShardIterator"] = str(place + 1)
        return answer


def answer(client: Any, operation: str, answered: dict[str, Any]) -> None:  # noqa: ANN401 - any client
    """Let an operation of a client answer so, and ask nobody."""
    http = type("Http", (), {"status_code": 200, "headers": {}})()
    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(
        f"before-call.{service}.{operation}", lambda **_: (http, dict(answered))
    )


def changed(record: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy of a record with another value at a path; None removes it."""
    copy: dict[str, Any] = json.loads(json.dumps(record))
    *parents, last = path.split(".")
    holder = copy
    for name in parents:
        holder = holder[name]
    if value is None:
        del holder[last]
    else:
        holder[last] = value
    return copy
