"""Messages of a dead-letter queue, sent to the queue that they come from."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from operations.redrive.drain import StillWorking
    from operations.redrive.failure_queue import FailureQueue, Message


@dataclass(frozen=True, slots=True)
class DeadLetterRedrive:
    """Sends messages back to where they failed.

    Not by SQS's own StartMessageMoveTask, which moves all of them, at some later time. A crash
    between the sending and the deletion leaves two: SQS delivers a message at least once anyhow.

    Attributes:
        sqs: A client.
        source_url: The queue that they come from.
    """

    sqs: "SQSClient"
    source_url: str

    def __call__(self, message: "Message", _still_working: "StillWorking") -> str:
        """Send a message back; return where to."""
        self.sqs.send_message(
            QueueUrl=self.source_url,
            MessageBody=message.body,
            MessageAttributes=message.attributes,
        )
        return f"sent back to {self.source_url.rpartition('/')[2]}"


def source_url_of(queue: "FailureQueue") -> str | None:
    """The queue whose dead letters a queue holds, as its redrive allow policy names it.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html

    Returns:
        The source's address; None for no dead-letter queue, or one of several queues.
    """
    attributes = queue.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["All"]).get(
        "Attributes", {}
    )
    policy = json.loads(attributes.get("RedriveAllowPolicy", "{}"))
    sources = policy.get("sourceQueueArns", [])
    if len(sources) != 1:
        return None
    return queue.sqs.get_queue_url(QueueName=sources[0].rpartition(":")[2])["QueueUrl"]
