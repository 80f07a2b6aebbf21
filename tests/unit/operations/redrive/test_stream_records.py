"""Fetching a stream's records again, and handing them over as Lambda does."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from operations.redrive.drain import RedriveFailedError
from operations.redrive.failures import StreamFailure
from operations.redrive.stream_records import TrimmedError, fetch_records, lambda_record
from tests.unit.builders import USER_TABLE, fail, first_record
from tests.unit.operations.redrive.conftest import FakeStreams, answer

ARN = (
    f"arn:aws:dynamodb:eu-central-1:123456789012:table/{USER_TABLE}/stream/2026-11-22T09:00:00.000"
)
SHARD = "shardId-00000001795342800000-864758bb"
FIRST = 100000000000000000001


def failure(start: int, end: int) -> StreamFailure:
    return StreamFailure("f", "RetryAttemptsExhausted", ARN, SHARD, str(start), str(end))


def record(number: int) -> dict[str, Any]:
    """A record as boto3 reads it."""
    return {
        "eventID": f"{number:032x}",
        "eventName": "INSERT",
        "dynamodb": {"SequenceNumber": str(number), "Keys": {"username": {"S": str(number)}}},
    }


def shard(*answers: list[int], is_open: bool = False) -> FakeStreams:
    """A shard that gives records of these sequence numbers, a list for each answer."""
    return FakeStreams(*([record(n) for n in numbers] for numbers in answers), is_open=is_open)


def fetched(streams: FakeStreams, start: int, end: int) -> list[int]:
    records = fetch_records(streams, failure(start, end))
    return [int(record["dynamodb"]["SequenceNumber"]) for record in records]


def test_from_the_first_to_the_last_and_no_further() -> None:
    streams = shard([FIRST, FIRST + 1, FIRST + 2, FIRST + 3], is_open=True)
    assert fetched(streams, FIRST, FIRST + 2) == [FIRST, FIRST + 1, FIRST + 2]
    assert streams.asked == {
        "StreamArn": ARN,
        "ShardId": SHARD,
        "ShardIteratorType": "AT_SEQUENCE_NUMBER",
        "SequenceNumber": str(FIRST),
    }


def test_over_several_answers_empty_ones_among_them() -> None:
    streams = shard([], [FIRST], [], [], [FIRST + 5], [FIRST + 9], is_open=True)
    assert fetched(streams, FIRST, FIRST + 5) == [FIRST, FIRST + 5]
    assert streams.reads == 5


@pytest.mark.parametrize("kept", [FIRST + 1, FIRST + 9])
def test_a_first_record_that_is_gone_is_an_error_with_or_without_the_last(
    kept: int,
) -> None:
    with pytest.raises(TrimmedError):
        fetched(shard([kept, FIRST + 10]), FIRST, FIRST + 1)


def test_numbers_count_as_numbers() -> None:
    last = 10**21  # one digit more: as text it would come before FIRST
    assert fetched(shard([FIRST, last, last + 1]), FIRST, last) == [FIRST, last]


@pytest.mark.parametrize("is_open", [True, False])
def test_a_shard_without_the_last_one_is_an_error(is_open: bool) -> None:
    streams = shard([FIRST], is_open=is_open)
    with pytest.raises(RedriveFailedError, match="no record"):
        fetched(streams, FIRST, FIRST + 1)
    assert streams.reads < 60


def failing(operation: str, code: str) -> Any:  # noqa: ANN401 - a client
    """A real client, whose one operation is made to fail."""
    streams = boto3.client("dynamodbstreams")
    shards = shard([FIRST])
    answer(streams, "GetShardIterator", shards.get_shard_iterator())
    answer(streams, "GetRecords", {"Records": []})
    fail(streams, operation, code, status=400)
    return streams


@pytest.mark.parametrize("operation", ["GetShardIterator", "GetRecords"])
@pytest.mark.parametrize("code", ["TrimmedDataAccessException", "ResourceNotFoundException"])
def test_what_the_stream_has_trimmed_is_an_error(operation: str, code: str) -> None:
    with pytest.raises(TrimmedError, match="trimmed"):
        fetch_records(failing(operation, code), failure(FIRST, FIRST))


@pytest.mark.parametrize("operation", ["GetShardIterator", "GetRecords"])
def test_another_error_is_none_of_that(operation: str) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        fetch_records(failing(operation, "AccessDeniedException"), failure(FIRST, FIRST))


def test_a_record_becomes_what_lambda_hands_over() -> None:
    """A record of tests/events, as boto3 would have read it, becomes that record again."""
    expected = first_record("user_stream_batch")
    read = json.loads(json.dumps(expected))
    del read["eventSourceARN"]
    change = read["dynamodb"]
    change["ApproximateCreationDateTime"] = datetime.fromtimestamp(
        change["ApproximateCreationDateTime"], UTC
    )
    assert lambda_record(read, expected["eventSourceARN"]) == expected


def test_binary_values_and_who_removed_an_item() -> None:
    read = {
        "userIdentity": {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"},
        "dynamodb": {
            "NewImage": {
                "one": {"B": b"\x00\xff"},
                "more": {"BS": [b"a", b"b"]},
                "inside": {"M": {"list": {"L": [{"B": b"c"}, {"NULL": True}, {"N": "1.50"}]}}},
            }
        },
    }
    made = json.loads(json.dumps(lambda_record(read, ARN)))
    assert made["dynamodb"]["NewImage"] == {
        "one": {"B": "AP8="},
        "more": {"BS": ["YQ==", "Yg=="]},
        "inside": {"M": {"list": {"L": [{"B": "Yw=="}, {"NULL": True}, {"N": "1.50"}]}}},
    }
    assert made["userIdentity"] == {"principalId": "dynamodb.amazonaws.com", "type": "Service"}
