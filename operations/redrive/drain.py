"""One queue, from its first message to its last."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from operations.redrive.failures import NotUnderstoodError
from operations.redrive.terminal import shown
from shared.errors import ServiceUnavailableError

if TYPE_CHECKING:
    from operations.redrive.failure_queue import FailureQueue, Message

# Called while a message is being worked on, so that it stays this run's.
StillWorking = Callable[[], None]
Say = Callable[[str], None]


class RedriveFailedError(Exception):
    """What a message is about failed again, or can't be put back now. The message stays."""


# Puts back what a message is about; returns what was done, in a few words.
Redrive = Callable[["Message", StillWorking], str]


@dataclass
class Tally:
    """What came of a queue's messages.

    Attributes:
        queue: The queue's name.
        done: Put back, and deleted.
        failed: Failed again: still there.
        not_understood: Not what the queue is for: still there.
        newer: Came while the run was at work, such as what failed once more: still there.
        has_more: Whether there may be more: the run ended at its limit, or in a queue of so many
            messages that the first came round again before the last.
    """

    queue: str
    done: int = 0
    failed: int = 0
    not_understood: int = 0
    newer: int = 0
    has_more: bool = False

    @property
    def taken(self) -> int:
        """How many messages were worked on."""
        return self.done + self.failed + self.not_understood

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left in the queue, as far as the run saw."""
        return not (self.failed or self.not_understood or self.newer or self.has_more)


def drain(queue: "FailureQueue", redrive: Redrive, limit: int | None, say: Say) -> Tally:
    """Put back what is in a queue, message by message; one that fails holds up no other.

    A message is deleted once all of its work is done. A crash before that leaves it there, and
    then what was done is done once more: each redrive must be idempotent.
    """
    tally = Tally(queue.name)
    with closing(queue.messages(limit)) as messages:
        for message in messages:
            say(f"  {message.id}  {_redrive_one(queue, redrive, message, tally)}")
    tally.newer, tally.has_more = queue.newer, queue.has_more
    return tally


def _redrive_one(queue: "FailureQueue", redrive: Redrive, message: "Message", tally: Tally) -> str:
    try:
        done = redrive(message, lambda: queue.hold(message))
        queue.delete(message)
    except NotUnderstoodError as error:
        tally.not_understood += 1
        return f"not understood, left: {shown(str(error))}"
    except (RedriveFailedError, ServiceUnavailableError, BotoCoreError, ClientError) as error:
        tally.failed += 1
        return f"failed, left: {shown(str(error))}"
    tally.done += 1
    return f"done: {shown(done)}"
