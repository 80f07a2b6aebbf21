"""Lambda's rules for streams, by the documentation that stream_rules.py names."""

from typing import Any

import pytest

from local_cloud.engine.hooks.stream_rules import (
    NO_LIMIT,
    Batch,
    CompleteFailureError,
    Discarded,
    Record,
    Rules,
    after_failure,
    after_partial_failure,
    failure_message,
    first_failed,
    is_exhausted,
    lane_of,
    rules_of,
    split_by_age,
)


def record(number: int, *, key: str = "ada", created: float = 1000.0) -> Record:
    return {
        "dynamodb": {
            "Keys": {"username": {"S": key}},
            "SequenceNumber": str(number),
            "ApproximateCreationDateTime": created,
        }
    }


def rules(**changes: Any) -> Rules:  # noqa: ANN401 - any of the settings
    settings: dict[str, Any] = {
        "batch_size": 100,
        "window_seconds": 0,
        "lanes": 1,
        "bisect": False,
        "retries": NO_LIMIT,
        "age_seconds": NO_LIMIT,
        "partial": True,
    }
    return Rules(**{**settings, **changes})


BATCH = Batch(tuple(record(number) for number in range(1, 6)))


def failures(*numbers: object) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}


def test_a_mapping_without_settings_has_the_documented_defaults() -> None:
    assert rules_of({}) == rules(partial=False)


def test_settings_of_a_mapping_are_read() -> None:
    mapping = {
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 1,
        "ParallelizationFactor": 2,
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 0,
        "MaximumRecordAgeInSeconds": 60,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    assert rules_of(mapping) == Rules(
        batch_size=10,
        window_seconds=1,
        lanes=2,
        bisect=True,
        retries=0,
        age_seconds=60,
        partial=True,
    )


@pytest.mark.parametrize(
    "answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, "", []]
)
def test_no_failures_are_a_complete_success(answer: object) -> None:
    assert first_failed(BATCH, answer, rules()) is None


@pytest.mark.parametrize(
    "answer",
    [
        failures(""),
        failures(None),
        {"batchItemFailures": [{"itemId": "3"}]},
        {"batchItemFailures": ["3"]},
        failures("77"),  # not in the batch
        # AWS documents nothing for values that are not objects; operations.redrive does the same.
        "done",
        ["3"],
        True,
    ],
)
def test_what_names_no_record_is_a_complete_failure(answer: object) -> None:
    with pytest.raises(CompleteFailureError):
        first_failed(BATCH, answer, rules())


def test_the_lowest_of_several_failures_is_the_checkpoint() -> None:
    assert first_failed(BATCH, failures("4", "3", "5"), rules()) == 2


def test_failures_are_not_looked_at_unless_the_mapping_says_so() -> None:
    assert first_failed(BATCH, failures("3"), rules(partial=False)) is None
    assert first_failed(BATCH, "done", rules(partial=False)) is None


def test_all_from_the_checkpoint_on_is_tried_again() -> None:
    assert after_partial_failure(BATCH, 2) == Batch(BATCH.records[2:], failures=1)


def test_a_failed_batch_is_tried_again_whole() -> None:
    assert after_failure(BATCH, rules()) == [Batch(BATCH.records, failures=1)]


def test_a_failed_batch_is_halved_and_that_is_no_retry() -> None:
    halves = after_failure(Batch(BATCH.records, failures=2), rules(bisect=True))
    assert halves == [Batch(BATCH.records[:2], 2), Batch(BATCH.records[2:], 2)]


def test_a_single_record_can_only_be_tried_again() -> None:
    single = Batch(BATCH.records[:1])
    assert after_failure(single, rules(bisect=True)) == [Batch(single.records, failures=1)]


@pytest.mark.parametrize(
    ("retries", "failed", "exhausted"),
    [(0, 0, False), (0, 1, True), (5, 5, False), (5, 6, True), (NO_LIMIT, 10_000, False)],
)
def test_a_batch_is_discarded_once_its_retries_are_used_up(
    *, retries: int, failed: int, exhausted: bool
) -> None:
    assert is_exhausted(Batch(BATCH.records, failed), rules(retries=retries)) is exhausted


def test_records_that_became_too_old_are_set_apart() -> None:
    batch = Batch((record(1, created=100.0), record(2, created=161.0)), failures=3)
    old, young = split_by_age(batch, rules(age_seconds=60), now=221.0)
    assert [each["dynamodb"]["SequenceNumber"] for each in old.records] == ["1"]
    assert young == Batch(batch.records[1:], failures=3)


def test_without_a_limit_no_record_is_too_old() -> None:
    assert split_by_age(BATCH, rules(), now=1e12) == (Batch(()), BATCH)


def test_an_item_stays_in_its_lane_and_items_spread() -> None:
    lanes = {key: {lane_of(record(n, key=key), 4) for n in range(9)} for key in "abcdefghijkl"}
    assert all(len(of_one_item) == 1 for of_one_item in lanes.values())
    assert set.union(*lanes.values()) == {0, 1, 2, 3}


def test_message_says_where_the_records_are_and_not_what_they_hold() -> None:
    message = failure_message(
        BATCH.records[1:4],
        why=Discarded.RETRIES,
        invocations=6,
        function_arn="arn:function",
        stream_arn="arn:stream",
        shard_id="shardId-1",
        request_id="id",
        timestamps={
            "now": "2026-01-01T00:00:09Z",
            "first": "2026-01-01T00:00:01Z",
            "last": "2026-01-01T00:00:02Z",
        },
    )
    assert message["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert message["requestContext"]["approximateInvokeCount"] == 6
    assert message["DDBStreamBatchInfo"] == {
        "shardId": "shardId-1",
        "startSequenceNumber": "2",
        "endSequenceNumber": "4",
        "approximateArrivalOfFirstRecord": "2026-01-01T00:00:01Z",
        "approximateArrivalOfLastRecord": "2026-01-01T00:00:02Z",
        "batchSize": 3,
        "streamArn": "arn:stream",
    }
    assert "ada" not in str(message)
