"""How Lambda reads a DynamoDB stream: what becomes of a batch, by the rules that AWS documents.

Plain functions over plain data; stream_lanes.py applies them. The sources, by topic:

- partial batch responses, and bisecting with and without them:
  https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
- retries, age, on-failure destination:
  https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
- defaults and limits of each setting:
  https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
- lanes ("parallelization factor"), batching window:
  https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

import json
import uuid
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

Record = Mapping[str, Any]

NO_LIMIT = -1


class Discarded(Enum):
    """Why records are given up, as the message to the on-failure destination names it."""

    RETRIES = "RetryAttemptsExhausted"
    AGE = "RecordAgeExceeded"


class CompleteFailureError(Exception):
    """An answer that makes all of a batch a failed one."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of an event source mapping.

    Attributes:
        batch_size: The most records of one invocation.
        window_seconds: How long to wait for a batch to fill.
        lanes: How many batches of one shard are under way at once, in order for each key.
        bisect: Whether a failed batch is halved.
        retries: How often a batch is tried again; -1 for as often as it takes.
        age_seconds: How old a record may become; -1 for as old as the stream keeps it.
        partial: Whether the function says which records failed.
    """

    batch_size: int
    window_seconds: int
    lanes: int
    bisect: bool
    retries: int
    age_seconds: int
    partial: bool


def rules_of(mapping: Mapping[str, Any]) -> Rules:
    """The rules of an event source mapping, as GetEventSourceMapping answers it."""
    return Rules(
        batch_size=int(mapping.get("BatchSize") or 100),
        window_seconds=int(mapping.get("MaximumBatchingWindowInSeconds") or 0),
        lanes=int(mapping.get("ParallelizationFactor") or 1),
        bisect=bool(mapping.get("BisectBatchOnFunctionError")),
        retries=_limit(mapping.get("MaximumRetryAttempts")),
        age_seconds=_limit(mapping.get("MaximumRecordAgeInSeconds")),
        partial="ReportBatchItemFailures" in (mapping.get("FunctionResponseTypes") or ()),
    )


def _limit(value: object) -> int:
    return NO_LIMIT if value is None else int(str(value))


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to hand over at once, and how often they have failed already."""

    records: tuple[Record, ...]
    failures: int = 0


def lane_of(record: Record, lanes: int) -> int:
    """The lane of a record: always the same one for the same item, so that its order is kept."""
    keys = json.dumps(record["dynamodb"]["Keys"], sort_keys=True)
    return zlib.crc32(keys.encode()) % lanes


def first_failed(batch: Batch, answer: object, rules: Rules) -> int | None:
    """The index of the first record that a function says has failed; None where all succeeded.

    Without ReportBatchItemFailures an answer says nothing: that it came at all is success.

    Raises:
        CompleteFailureError: An item identifier is empty, null, under a wrong key, or names no
            record of the batch, or the answer is no object: then all of the batch counts as failed.
    """
    if not rules.partial or not answer:
        return None
    # AWS documents null and an empty answer as success, and says nothing of a text, a number or a
    # list for streams. The harder of the two, so that a function that answers so is noticed here.
    if not isinstance(answer, Mapping):
        raise CompleteFailureError
    failures = answer.get("batchItemFailures")
    if not failures:
        return None
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch.records]
    try:
        return min(numbers.index(failure["itemIdentifier"]) for failure in failures)
    except (KeyError, TypeError, ValueError):
        raise CompleteFailureError from None


def after_failure(batch: Batch, rules: Rules) -> list[Batch]:
    """What is tried next where a function failed as a whole: the batch, or its halves in order.

    Halving is no retry: it does not count against the limit.
    """
    if rules.bisect and len(batch.records) > 1:
        middle = len(batch.records) // 2
        return [
            Batch(batch.records[:middle], batch.failures),
            Batch(batch.records[middle:], batch.failures),
        ]
    return [Batch(batch.records, batch.failures + 1)]


def after_partial_failure(batch: Batch, first: int) -> Batch:
    """What is tried next where a function said which record was the first to fail.

    That record and all behind it, whether they failed or not. AWS does not say whether the count of
    retries goes on or starts again with the shorter batch; here it goes on, the harder of the two.
    """
    return Batch(batch.records[first:], batch.failures + 1)


def is_exhausted(batch: Batch, rules: Rules) -> bool:
    """Whether a batch has been tried as often as it may."""
    return rules.retries != NO_LIMIT and batch.failures > rules.retries


def split_by_age(batch: Batch, rules: Rules, now: float) -> tuple[Batch, Batch]:
    """The records that have become too old, and the others.

    Args:
        batch: The records.
        rules: The mapping's.
        now: The time, in seconds since the epoch.
    """
    if rules.age_seconds == NO_LIMIT:
        return Batch(()), batch
    young = [record for record in batch.records if now - _created(record) <= rules.age_seconds]
    old = [record for record in batch.records if now - _created(record) > rules.age_seconds]
    return Batch(tuple(old), batch.failures), Batch(tuple(young), batch.failures)


def _created(record: Record) -> float:
    return float(record["dynamodb"]["ApproximateCreationDateTime"])


def failure_message(  # noqa: PLR0913 - the parts of one message
    records: Sequence[Record],
    *,
    why: Discarded,
    invocations: int,
    function_arn: str,
    stream_arn: str,
    shard_id: str,
    request_id: str,
    timestamps: Mapping[str, str],
) -> dict[str, Any]:
    """The message to an on-failure destination: where the records are, and not what they hold.

    Args:
        records: What is given up, one at least.
        why: The reason.
        invocations: How often the function was invoked with them.
        function_arn: The function.
        stream_arn: The stream.
        shard_id: The shard.
        request_id: The last invocation's id.
        timestamps: ISO 8601, UTC: `now`, and when the `first` and the `last` record arrived.
    """
    return {
        "requestContext": {
            "requestId": request_id,
            "functionArn": function_arn,
            "condition": why.value,
            "approximateInvokeCount": invocations,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "version": "1.0",
        "timestamp": timestamps["now"],
        "DDBStreamBatchInfo": {
            "shardId": shard_id,
            "startSequenceNumber": records[0]["dynamodb"]["SequenceNumber"],
            "endSequenceNumber": records[-1]["dynamodb"]["SequenceNumber"],
            "approximateArrivalOfFirstRecord": timestamps["first"],
            "approximateArrivalOfLastRecord": timestamps["last"],
            "batchSize": len(records),
            "streamArn": stream_arn,
        },
    }


def timestamps(records: Sequence[Record], now: float) -> dict[str, str]:
    """The times in a message to the on-failure destination."""
    return {
        "now": _iso(now),
        "first": _iso(records[0]["dynamodb"]["ApproximateCreationDateTime"]),
        "last": _iso(records[-1]["dynamodb"]["ApproximateCreationDateTime"]),
    }


def _iso(seconds: float) -> str:
    time_of_day = datetime.fromtimestamp(float(seconds), UTC)
    return time_of_day.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def message_body(message: Mapping[str, Any]) -> str:
    """A message as SQS is sent it."""
    return json.dumps(message, separators=(",", ":"))


def new_request_id() -> str:
    """An id for an invocation that has none to show."""
    return str(uuid.uuid4())
