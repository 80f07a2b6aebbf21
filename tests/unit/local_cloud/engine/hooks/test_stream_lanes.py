"""A lane processes a batch, with fakes for the function and the failure queue."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from local_cloud.engine.hooks.stream_lanes import Answer, Lane, LaneQueue, Lanes
from local_cloud.engine.hooks.stream_rules import NO_LIMIT, Discarded, Record, Rules
from tooling.polling import wait_until

OK = Answer(is_error=False, is_throttled=False, body=None)
FAILED = Answer(is_error=True, is_throttled=False, body=None)
THROTTLED = Answer(is_error=True, is_throttled=True, body=None)


def record(number: int, created: float = 1000.0) -> Record:
    return {
        "dynamodb": {
            "Keys": {"id": {"N": "1"}},
            "SequenceNumber": str(number),
            "ApproximateCreationDateTime": created,
        }
    }


def numbers(records: Sequence[Record]) -> list[int]:
    return [int(each["dynamodb"]["SequenceNumber"]) for each in records]


@dataclass
class FakeSource:
    """Responds by `answer`, and notes its calls."""

    answer: Callable[[list[int]], Answer]
    invoked: list[list[int]] = field(default_factory=list)
    discarded: list[tuple[list[int], Discarded, int]] = field(default_factory=list)

    def invoke(self, records: Sequence[Record]) -> Answer:
        self.invoked.append(numbers(records))
        return self.answer(numbers(records))

    def discard(self, records: Sequence[Record], why: Discarded, invocations: int) -> None:
        self.discarded.append((numbers(records), why, invocations))


def partial(*failed: int) -> Answer:
    body = {"batchItemFailures": [{"itemIdentifier": str(number)} for number in failed]}
    return Answer(is_error=False, is_throttled=False, body=body)


def rules(*, bisect: bool = True, retries: int = 2, age_seconds: int = NO_LIMIT) -> Rules:
    return Rules(
        batch_size=3,
        window_seconds=0,
        lanes=1,
        bisect=bisect,
        retries=retries,
        age_seconds=age_seconds,
        partial=True,
    )


def process(source: FakeSource, of: Rules, records: Sequence[Record]) -> list[float]:
    """Process records; return the pauses."""
    pauses: list[float] = []
    Lane(of, source, pause=pauses.append, now=lambda: 1000.0).process(records)
    return pauses


FOUR = [record(number) for number in (1, 2, 3, 4)]


def test_a_batch_that_succeeds_is_invoked_once() -> None:
    source = FakeSource(lambda _numbers: OK)
    assert process(source, rules(), FOUR) == []
    assert source.invoked == [[1, 2, 3, 4]]


def test_a_poison_record_ends_in_the_queue_and_the_others_are_handled_in_order() -> None:
    source = FakeSource(lambda batch: FAILED if 3 in batch else OK)
    process(source, rules(), FOUR)
    assert source.invoked == [[1, 2, 3, 4], [1, 2], [3, 4], [3], [3], [3], [4]]
    assert source.discarded == [([3], Discarded.RETRIES, 3)]


def test_a_reported_record_is_tried_again_with_all_behind_it() -> None:
    source = FakeSource(lambda batch: partial(2) if len(batch) == 4 else OK)
    pauses = process(source, rules(), FOUR)
    assert source.invoked == [[1, 2, 3, 4], [2, 3, 4]]
    assert source.discarded == []
    assert pauses == [0.2]


def test_a_reported_record_that_always_fails_is_discarded() -> None:
    source = FakeSource(lambda batch: partial(2) if 2 in batch else OK)
    process(source, rules(), FOUR)
    assert source.discarded == [([2, 3, 4], Discarded.RETRIES, 3)]


def test_an_answer_that_names_no_record_of_the_batch_is_a_failure_of_all_of_it() -> None:
    source = FakeSource(lambda numbers: OK if len(numbers) == 1 else partial(99))
    process(source, rules(), FOUR)
    assert source.invoked == [[1, 2, 3, 4], [1, 2], [1], [2], [3, 4], [3], [4]]


def test_a_destination_that_takes_nothing_costs_no_other_record() -> None:
    class Refusing(FakeSource):
        def discard(self, *_: object) -> None:
            raise ConnectionError("refused")

    source = Refusing(lambda numbers: FAILED if 1 in numbers else OK)
    process(source, rules(retries=0), FOUR)
    assert source.invoked == [[1, 2, 3, 4], [1, 2], [1], [2], [3, 4]]


def test_a_throttled_invocation_is_no_try() -> None:
    answers = [THROTTLED] * 9 + [OK]
    source = FakeSource(lambda _numbers: answers.pop(0))
    process(source, rules(retries=0), FOUR)
    assert len(source.invoked) == 10
    assert source.discarded == []


def test_records_that_are_too_old_are_not_sent() -> None:
    source = FakeSource(lambda _numbers: OK)
    process(source, rules(age_seconds=60), [record(1, created=900.0), record(2)])
    assert source.discarded == [([1], Discarded.AGE, 0)]
    assert source.invoked == [[2]]


def test_pauses_grow_and_have_an_end() -> None:
    source = FakeSource(lambda _numbers: FAILED)
    pauses = process(source, rules(bisect=False, retries=9), [record(1)])
    assert pauses == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0, 2.0, 2.0]


def test_a_closed_lane_stays_at_nothing() -> None:
    source = FakeSource(lambda _numbers: THROTTLED)
    lane = Lane(rules(), source, pause=lambda _seconds: lane.close())
    assert lane.process(FOUR) == FOUR
    assert len(source.invoked) == 1


def test_waiting_records_are_sent_in_batches_and_a_crash_stops_none() -> None:
    def answer(batch: list[int]) -> Answer:
        if batch[0] == 1:
            raise RuntimeError("a defect of the poller itself")
        return OK

    source = FakeSource(answer)
    of = rules()
    lane_queue = LaneQueue(Lane(of, source), of)
    for number in range(1, 9):
        lane_queue.put(record(number))
    wait_until(lambda: sum(map(len, source.invoked)) == 8, "all records")
    lane_queue.close()
    assert [number for batch in source.invoked for number in batch] == list(range(1, 9))
    assert max(map(len, source.invoked)) <= 3


class SlowSource(FakeSource):
    """Holds its first batch until it is released."""

    def __init__(self) -> None:
        super().__init__(lambda _numbers: OK)
        self.is_at_it = threading.Event()
        self.go_on = threading.Event()

    def invoke(self, records: Sequence[Record]) -> Answer:
        if not self.invoked:
            self.is_at_it.set()
            self.go_on.wait(10)
        return super().invoke(records)


def test_a_changed_mapping_goes_on_where_it_was() -> None:
    source = SlowSource()
    lanes = Lanes(source)
    assert lanes.follow(rules())
    lanes.put(record(1))
    source.is_at_it.wait(10)
    for number in range(2, 7):
        lanes.put(record(number))

    changed = replace(rules(), batch_size=5, lanes=2)
    assert not lanes.follow(changed)  # a batch is still under way
    source.go_on.set()
    wait_until(lambda: lanes.follow(changed), "lanes of the new kind")
    lanes.put(record(7))

    wait_until(lambda: sum(map(len, source.invoked)) == 7, "all records")
    lanes.close()
    assert [number for batch in source.invoked for number in batch] == list(range(1, 8))


def test_a_mapping_that_is_switched_off_keeps_what_it_has_not_sent() -> None:
    source = FakeSource(lambda _numbers: THROTTLED)
    lanes = Lanes(source)
    assert lanes.follow(rules())
    for number in (1, 2):
        lanes.put(record(number))
    wait_until(lambda: source.invoked, "a first try")
    assert not lanes.follow(None)
    assert not lanes.follow(None)

    source.answer = lambda _numbers: OK
    wait_until(lambda: lanes.follow(rules()), "lanes")
    wait_until(lambda: source.invoked[-1][-1] == 2, "the rest")
    lanes.close()
    assert source.discarded == []
