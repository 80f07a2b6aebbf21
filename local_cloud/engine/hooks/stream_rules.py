"""Lambda's documented rules for the batches of a DynamoDB stream.

Plain functions over plain data; stream_lanes.py applies them. The sources, by topic:

- partial batch responses, and bisecting with and without them:
  https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
- retries, age, on-failure destination:
  https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
- defaults and limits of each setting:
  https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
- lanes ("parallelization factor"), batch window:
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
    """Why records are discarded, as the message to the on-failure destination says it."""

    RETRIES = "RetryAttemptsExhausted"
    AGE = "RecordAgeExceeded"


class CompleteFailureError(Exception):
    """A response by which the whole batch counts as failed."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of an event source mapping.

    Attributes:
        batch_size: the most records of one invocation.
        window_seconds: the longest wait for a full batch.
        lanes: how many batches of one shard run at once, in order for each key.
        bisect: whether a failed batch is halved.
        retries: the most retries of a batch; -1 for no limit.
        age_seconds: the greatest age of a record; -1 for no limit but the stream's own.
        partial: whether the function reports which records failed.
    """

    batch_size: int
    window_seconds: int
    lanes: int
    bisect: bool
    retries: int
    age_seconds: int
    partial: bool


def rules_of(mapping: Mapping[str, Any]) -> Rules:
    """The rules of a mapping in the form that GetEventSourceMapping returns."""
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
    """The records of one invocation, and how often they have failed."""

    records: tuple[Record, ...]
    failures: int = 0


def lane_of(record: Record, lanes: int) -> int:
    """The lane of a record: the same one for all records of an item, which keeps their order."""
    keys = json.dumps(record["dynamodb"]["Keys"], sort_keys=True)
    return zlib.crc32(keys.encode()) % lanes


def first_failed(batch: Batch, answer: object, rules: Rules) -> int | None:
    """The index of the first record that a response reports as failed; None if all succeeded.

    Without ReportBatchItemFailures every response is a success.

    Raises:
        CompleteFailureError: the response is not an object, or an item identifier in it is empty,
            null, under a wrong key, or not of this batch. Then the whole batch has failed.
    """
    if not rules.partial or not answer:
        return None
    # AWS documents null and an empty response as success, and doesn't mention a text, a number or a
    # list for streams. They count as failures, so that such a function is noticed here.
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
    """The batches to try after a function failed: the same one, or its halves in order.

    Halving doesn't count as a retry.
    """
    if rules.bisect and len(batch.records) > 1:
        middle = len(batch.records) // 2
        return [
            Batch(batch.records[:middle], batch.failures),
            Batch(batch.records[middle:], batch.failures),
        ]
    return [Batch(batch.records, batch.failures + 1)]


def after_partial_failure(batch: Batch, first: int) -> Batch:
    """The batch to try after a partial batch response: the first failed record and all behind it.

    AWS doesn't document whether the count of retries continues with the shorter batch. Here it
    does, which is the harder of the two.
    """
    return Batch(batch.records[first:], batch.failures + 1)


def is_exhausted(batch: Batch, rules: Rules) -> bool:
    """Whether the retries of a batch are used up."""
    return rules.retries != NO_LIMIT and batch.failures > rules.retries


def split_by_age(batch: Batch, rules: Rules, now: float) -> tuple[Batch, Batch]:
    """The records that are too old at `now` (seconds since the epoch), and the others."""
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
    """The message to an on-failure destination: the position of the records, not their content.

    Args:
        records: the discarded records, at least one.
        why: the reason.
        invocations: how often the function was invoked with them.
        function_arn: the function.
        stream_arn: the stream.
        shard_id: the shard.
        request_id: of the last invocation.
        timestamps: from `timestamps`.
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
    """The times in that message, as ISO 8601 in UTC: now, and of the first and last record."""
    return {
        "now": _iso(now),
        "first": _iso(records[0]["dynamodb"]["ApproximateCreationDateTime"]),
        "last": _iso(records[-1]["dynamodb"]["ApproximateCreationDateTime"]),
    }


def _iso(seconds: float) -> str:
    time_of_day = datetime.fromtimestamp(float(seconds), UTC)
    return time_of_day.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def message_body(message: Mapping[str, Any]) -> str:
    """A message in the form in which it is sent to SQS."""
    return json.dumps(message, separators=(",", ":"))


def new_request_id() -> str:
    """A request id for the message."""
    return str(uuid.uuid4())
