"""Reads the streams of DynamoDB tables for Lambda, as `stream_rules` says, in the engine's place.

A mapping has a reader, which spreads the stream's new records over lanes, and a thread for each
lane, which hands them to the function batch by batch and stays at a batch until that is done with.
The engine's own poller knows no partial answer, no halving, no limit of retries, and no lanes.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from local_cloud.engine.hooks import stream_rules
from local_cloud.engine.hooks.stream_rules import (
    Batch,
    CompleteFailureError,
    Discarded,
    Record,
    Rules,
)

logger = logging.getLogger("local_cloud.stream_lanes")

# Between tries of a batch. On AWS they start in the same range and grow to a minute or more.
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
READ_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What an invocation came to.

    Attributes:
        is_error: The function failed as a whole.
        is_throttled: It was not even started.
        body: What it answered.
    """

    is_error: bool
    is_throttled: bool
    body: object


class Source(Protocol):
    """What a lane works with: the function, and where it sends what is given up."""

    def invoke(self, records: Sequence[Record]) -> Answer:
        """Invoke the function with a batch."""

    def give_up(self, records: Sequence[Record], why: Discarded, invocations: int) -> None:
        """Tell the on-failure destination, if there is one."""


class Lane:
    """One sequence of batches of a mapping."""

    def __init__(
        self,
        rules: Rules,
        source: Source,
        *,
        pause: Callable[[float], object] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._rules = rules
        self._source = source
        self._pause = pause
        self._now = now
        self._is_closed = threading.Event()

    def close(self) -> None:
        """Hand nothing more over, not even again."""
        self._is_closed.set()

    def work_off(self, records: Sequence[Record]) -> list[Record]:
        """Hand records over until each is done with or given up.

        Returns:
            What is left, in its order, where the lane was closed meanwhile.
        """
        waiting = deque([Batch(tuple(records))])
        while waiting and not self._is_closed.is_set():
            batch = self._without_old_ones(waiting.popleft())
            if not batch.records:
                continue
            if stream_rules.is_exhausted(batch, self._rules):
                self._give_up(batch, Discarded.RETRIES)
                continue
            if batch.failures:
                self._pause(min(FIRST_PAUSE_SECONDS * 2**batch.failures, LONGEST_PAUSE_SECONDS))
            waiting.extendleft(reversed(self._handed_over(batch)))
        return [record for batch in waiting for record in batch.records]

    def _handed_over(self, batch: Batch) -> list[Batch]:
        """Invoke the function; answer what is left to do, in order."""
        answer = self._source.invoke(batch.records)
        if answer.is_throttled:
            # It did not reach the function, so it is no try.
            self._pause(FIRST_PAUSE_SECONDS)
            return [batch]
        if answer.is_error:
            return stream_rules.after_failure(batch, self._rules)
        try:
            first = stream_rules.first_failed(batch, answer.body, self._rules)
        except CompleteFailureError:
            return stream_rules.after_failure(batch, self._rules)
        return [] if first is None else [stream_rules.after_partial_failure(batch, first)]

    def _without_old_ones(self, batch: Batch) -> Batch:
        old, young = stream_rules.split_by_age(batch, self._rules, self._now())
        if old.records:
            self._give_up(old, Discarded.AGE)
        return young

    def _give_up(self, batch: Batch, why: Discarded) -> None:
        """Tell the destination. Where it takes nothing, as on AWS that alone is lost."""
        try:
            self._source.give_up(batch.records, why, batch.failures)
        except Exception:
            logger.exception("the failure of %d records was told nobody", len(batch.records))


class LaneQueue:
    """The records that wait for a lane, and the thread that works them off."""

    def __init__(self, lane: Lane, rules: Rules) -> None:
        self._lane = lane
        self._rules = rules
        self._records: deque[Record] = deque()
        self._condition = threading.Condition()
        self._is_closed = False
        self._left: list[Record] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def put(self, record: Record) -> None:
        """Add a record at the end."""
        with self._condition:
            self._records.append(record)
            self._condition.notify()

    def close(self) -> None:
        """Hand nothing more over than what is under way."""
        self._lane.close()
        with self._condition:
            self._is_closed = True
            self._condition.notify()

    def left(self) -> list[Record] | None:
        """What a closed lane was not done with; None while a batch is still under way."""
        return None if self._thread.is_alive() else [*self._left, *self._records]

    def _run(self) -> None:
        while (batch := self._next_batch()) is not None:
            try:
                self._left = self._lane.work_off(batch)
            except Exception:
                # A lane that ended would block its items for ever, and say nothing.
                logger.exception("a batch of %d records was lost", len(batch))

    def _next_batch(self) -> list[Record] | None:
        """As many records as make a batch, or as came in the batching window; None at the end."""
        with self._condition:
            self._condition.wait_for(lambda: self._records or self._is_closed)
            if not self._is_closed and self._rules.window_seconds:
                self._condition.wait_for(
                    lambda: len(self._records) >= self._rules.batch_size or self._is_closed,
                    timeout=self._rules.window_seconds,
                )
            if self._is_closed:
                return None
            count = min(len(self._records), self._rules.batch_size)
            return [self._records.popleft() for _ in range(count)]


class Lanes:
    """The lanes of a mapping, while its settings change: no record is left out by that.

    Args:
        source: The mapping's function, and where it sends what is given up.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._rules: Rules | None = None
        self._open: list[LaneQueue] = []
        self._closing: list[LaneQueue] = []
        self._left: list[Record] = []

    def follow(self, rules: Rules | None) -> bool:
        """Keep to the mapping's settings.

        Where they have changed, lanes of the new kind begin once the others have ended the batch
        that they are at; its count of tries begins again, too.

        Args:
            rules: The settings; None for a mapping that is switched off.

        Returns:
            Whether records can be put.
        """
        if rules != self._rules:
            self.close()
            self._closing += self._open
            self._rules, self._open = rules, []
        if rules is None or not self._have_closed():
            return False
        if not self._open:
            self._open = [LaneQueue(Lane(rules, self._source), rules) for _ in range(rules.lanes)]
            left, self._left = self._left, []
            for record in sorted(left, key=_place):
                self.put(record)
        return True

    def put(self, record: Record) -> None:
        """Give a record to its lane."""
        self._open[stream_rules.lane_of(record, len(self._open))].put(record)

    def close(self) -> None:
        """Hand nothing more over than what is under way."""
        for lane in self._open:
            lane.close()

    def _have_closed(self) -> bool:
        """Whether no lane of the former settings is at a batch any more."""
        left = [lane.left() for lane in self._closing]
        if any(records is None for records in left):
            return False
        self._closing = []
        self._left += [record for records in left for record in records or ()]
        return True


def _place(record: Record) -> int:
    """Where a record is in its stream."""
    return int(record["dynamodb"]["SequenceNumber"])
