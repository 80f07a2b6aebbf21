"""Delivers the records of a DynamoDB stream to a function, by the rules in `stream_rules`.

Each event source mapping has a reader (`stream_source`) and some lanes, each with a thread. A lane
invokes the function batch by batch, and finishes a batch before it takes the next. The engine's
own poller knows neither partial batch responses nor halving, limits of retries and lanes.
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

# Pauses between retries of a batch. On AWS they begin alike and grow to a minute or more.
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
READ_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of an invocation.

    Attributes:
        is_error: the function failed as a whole.
        is_throttled: the function was not started.
        body: the function's response.
    """

    is_error: bool
    is_throttled: bool
    body: object


class Source(Protocol):
    """A mapping's function and its on-failure destination."""

    def invoke(self, records: Sequence[Record]) -> Answer:
        """Invoke the function with a batch."""

    def discard(self, records: Sequence[Record], why: Discarded, invocations: int) -> None:
        """Report discarded records to the on-failure destination, if there is one."""


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
        """Start no further invocation, and no retry."""
        self._is_closed.set()

    def process(self, records: Sequence[Record]) -> list[Record]:
        """Invoke the function until each record is processed or discarded.

        Returns:
            The records that are left, in order, if the lane was closed meanwhile.
        """
        waiting = deque([Batch(tuple(records))])
        while waiting and not self._is_closed.is_set():
            batch = self._without_old_ones(waiting.popleft())
            if not batch.records:
                continue
            if stream_rules.is_exhausted(batch, self._rules):
                self._discard(batch, Discarded.RETRIES)
                continue
            if batch.failures:
                self._pause(min(FIRST_PAUSE_SECONDS * 2**batch.failures, LONGEST_PAUSE_SECONDS))
            waiting.extendleft(reversed(self._invoke(batch)))
        return [record for batch in waiting for record in batch.records]

    def _invoke(self, batch: Batch) -> list[Batch]:
        """Invoke the function; return the batches that are left, in order."""
        answer = self._source.invoke(batch.records)
        if answer.is_throttled:
            # It did not reach the function, so it doesn't count as a retry.
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
            self._discard(old, Discarded.AGE)
        return young

    def _discard(self, batch: Batch, why: Discarded) -> None:
        try:
            self._source.discard(batch.records, why, batch.failures)
        except Exception:  # as on AWS, a report that can't be sent is lost, and nothing else
            logger.exception("the failure of %d records was not reported", len(batch.records))


class LaneQueue:
    """The records that wait for a lane, and the thread that processes them."""

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
        """Start no further invocation; the current one ends."""
        self._lane.close()
        with self._condition:
            self._is_closed = True
            self._condition.notify()

    def left(self) -> list[Record] | None:
        """The records that a closed lane has not processed; None while a batch is under way."""
        return None if self._thread.is_alive() else [*self._left, *self._records]

    def _run(self) -> None:
        while (batch := self._next_batch()) is not None:
            try:
                self._left = self._lane.process(batch)
            except Exception:
                # A lane whose thread ended would block its items silently and for ever.
                logger.exception("a batch of %d records was lost", len(batch))

    def _next_batch(self) -> list[Record] | None:
        """The next batch: full, or what came within the batch window. None at the end."""
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
    """The lanes of a mapping. A change of its settings loses no record."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._rules: Rules | None = None
        self._open: list[LaneQueue] = []
        self._closing: list[LaneQueue] = []
        self._left: list[Record] = []

    def follow(self, rules: Rules | None) -> bool:
        """Apply settings, None for a disabled mapping; return whether records can be put.

        After a change, new lanes start when the former ones have ended their current batch. The
        count of its retries starts again, too.
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
        """Add a record to its lane."""
        self._open[stream_rules.lane_of(record, len(self._open))].put(record)

    def close(self) -> None:
        """Start no further invocation; those under way end."""
        for lane in self._open:
            lane.close()

    def _have_closed(self) -> bool:
        """Whether all lanes of the former settings have ended their last batch."""
        left = [lane.left() for lane in self._closing]
        if any(records is None for records in left):
            return False
        self._closing = []
        self._left += [record for records in left for record in records or ()]
        return True


def _place(record: Record) -> int:
    """Where a record is in its stream."""
    return int(record["dynamodb"]["SequenceNumber"])
