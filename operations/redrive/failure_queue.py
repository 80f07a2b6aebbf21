"""A failure queue: its messages taken one by one, deleted when they are done, else left in it.

What is left is held until the walk through the queue ends, so that SQS gives other messages. Where
a queue holds more than can be taken in HELD_SECONDS, some 16,000, the first come round again before
the last have come, and no answer is ever empty: such a walk ends once nothing new has come for as
long as a message is held, and says that there may be more.
"""

import time
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# Above the longest time that a function can take, 15 minutes, so that a second run at the same time
# finds other messages. A run that is killed gives its message back after this.
HELD_SECONDS = 960
# Long polling asks all of SQS's servers: without it a queue that holds messages can look empty.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
WAIT_SECONDS = 2
# AWS's time has whole seconds: after so long, what is sent is later than what was there.
SETTLE_SECONDS = 1.0
_DELETED = ""
# Of a message that was held for too long: it is visible already, or another run's.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
_HELD_NO_LONGER = frozenset(
    {
        "AWS.SimpleQueueService.MessageNotInflight",
        "InvalidParameterValue",
        "MessageNotInflight",
        "ReceiptHandleIsInvalid",
    }
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message that this run holds: no other receives it meanwhile.

    Attributes:
        id: SQS's id of it.
        receipt: What SQS knows this holding by.
        sent_at: When it was sent, in seconds since the epoch.
        body: What it says.
        attributes: The sender's own attributes, as SQS takes them.
    """

    id: str
    receipt: str
    sent_at: float
    body: str = field(repr=False)
    attributes: Any = field(repr=False)


class FailureQueue:
    """One of the failure queues.

    Args:
        sqs: A client.
        name: What the deployment calls the queue.
        url: Its address.
    """

    def __init__(self, sqs: "SQSClient", name: str, url: str) -> None:
        self.sqs = sqs
        self.name = name
        self.url = url
        # Messages that came after the walk through the queue began, in the last walk.
        self.newer = 0
        # Whether the last walk may have left messages behind: it ended at its limit with one more
        # there, or without having seen the queue empty.
        self.has_more = False
        self._held: dict[str, str] = {}

    def messages(self, limit: int | None = None) -> Generator[Message]:
        """Walk through the messages that were there at the beginning, each taken once.

        Whatever has not been deleted by then becomes visible again as the walk ends: close it
        (`contextlib.closing`) to be sure of when.

        Args:
            limit: The most messages to take; None for all.
        """
        self.newer, self.has_more = 0, False
        try:
            yield from self._walk(limit)
        finally:
            self._release()

    def _walk(self, limit: int | None) -> Generator[Message]:
        taken = 0
        began: float | None = None
        nothing_new_since: float | None = None
        while True:
            message, now = self._receive()
            began = began if began is not None else now
            if message is None:
                return
            if self._is_to_take(message, began):
                if taken == limit:
                    self.has_more = True
                    return
                if not taken:
                    # What this run causes is then sent in a later second, and recognized by that.
                    time.sleep(SETTLE_SECONDS)
                taken += 1
                yield message
                nothing_new_since = None
                continue
            nothing_new_since = nothing_new_since if nothing_new_since is not None else now
            if now - nothing_new_since >= HELD_SECONDS:
                self.has_more = True
                return

    def _is_to_take(self, message: Message, began: float) -> bool:
        """Hold a message that was received; whether it is one to work on."""
        if message.id in self._held:
            self._take_again(message)
            return False
        self._held[message.id] = message.receipt
        # What failed again is a new message: taken too, it would go round without end.
        is_newer = message.sent_at >= began + 1  # a header's time has whole seconds
        self.newer += is_newer
        return not is_newer

    def hold(self, message: Message) -> None:
        """Hold a message for another HELD_SECONDS."""
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message.receipt, VisibilityTimeout=HELD_SECONDS
        )

    def delete(self, message: Message) -> None:
        """Delete a message that is done with."""
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message.receipt)
        self._held[message.id] = _DELETED

    def _take_again(self, message: Message) -> None:
        """What comes round again: a copy of a deleted message, or one that was held too long."""
        if self._held[message.id] == _DELETED:
            self.delete(message)
        else:
            self._held[message.id] = message.receipt

    def _receive(self) -> tuple[Message | None, float]:
        """The next message, if there is one, and the time at AWS."""
        answer = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=1,
            VisibilityTimeout=HELD_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["SentTimestamp"],
            MessageAttributeNames=["All"],
        )
        # The sender's clock is AWS's, so this one must be, too: this machine's may be wrong.
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        asked_at = parsedate_to_datetime(date) if date else datetime.now(UTC)
        received = answer.get("Messages", [])
        return (_message(received[0]) if received else None), asked_at.timestamp()

    def _release(self) -> None:
        """Give back what is held: each, whatever becomes of another."""
        held, self._held = self._held, {}
        errors = [self._give_back(receipt) for receipt in held.values() if receipt != _DELETED]
        for error in errors:
            if error is not None:
                raise error

    def _give_back(self, receipt: str) -> Exception | None:
        try:
            self.sqs.change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=0
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            return None if code in _HELD_NO_LONGER else error
        except BotoCoreError as error:
            return error
        return None


def _message(received: "MessageTypeDef") -> Message:
    return Message(
        id=received["MessageId"],
        receipt=received["ReceiptHandle"],
        sent_at=int(received["Attributes"]["SentTimestamp"]) / 1000,
        body=received["Body"],
        attributes=received.get("MessageAttributes", {}),
    )
