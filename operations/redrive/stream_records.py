"""Records of a table's stream, fetched again, as Lambda delivers them to a function."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from operations.redrive.drain import RedriveFailedError
from operations.redrive.failures import StreamFailure

# The stream, the shard or the records in it are gone: after 24 hours at most.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
TRIMMED_CODES = frozenset({"ResourceNotFoundException", "TrimmedDataAccessException"})
# Some answers in a row may be empty although records follow. An open shard gives such answers
# without end, once all that it holds has been read.
MOST_EMPTY_ANSWERS = 50


class TrimmedError(Exception):
    """The stream no longer has the records."""


# boto3's types for this service are not among those that the project has.
def fetch_records(streams: Any, failure: StreamFailure) -> list[dict[str, Any]]:  # noqa: ANN401 - a client made by name
    """Fetch the records from a failure's first to its last, in their order.

    Args:
        streams: A client of DynamoDB Streams.
        failure: Where the records are.

    Returns:
        The records, of every kind of change, as Lambda delivers them to a function.

    Raises:
        TrimmedError: The stream no longer has all of them.
        RedriveFailedError: The stream never reached the last of them.
    """
    try:
        iterator = streams.get_shard_iterator(
            StreamArn=failure.stream_arn,
            ShardId=failure.shard_id,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=failure.start,
        )["ShardIterator"]
        return _read(streams, iterator, failure)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in TRIMMED_CODES:
            raise TrimmedError("the stream has trimmed them") from error
        raise


def _read(streams: Any, iterator: str | None, failure: StreamFailure) -> list[dict[str, Any]]:  # noqa: ANN401 - see above
    found: list[dict[str, Any]] = []
    empty = 0
    while iterator is not None and empty < MOST_EMPTY_ANSWERS:
        answer = streams.get_records(ShardIterator=iterator)
        for record in answer["Records"]:
            number = int(sequence_number(record))
            if not found and number > int(failure.start):
                raise TrimmedError("the stream has trimmed the first of them")
            if number > int(failure.end):
                return found
            found.append(lambda_record(record, failure.stream_arn))
        if found and sequence_number(found[-1]) == failure.end:
            return found
        empty = 0 if answer["Records"] else empty + 1
        iterator = answer.get("NextShardIterator")
    raise RedriveFailedError(f"shard {failure.shard_id}: no record {failure.end} was found in it")


def sequence_number(record: Mapping[str, Any]) -> str:
    """A record's place in its shard."""
    return str(record["dynamodb"]["SequenceNumber"])


def lambda_record(record: Mapping[str, Any], stream_arn: str) -> dict[str, Any]:
    """A record as boto3 reads it from a stream, made into what Lambda delivers to a function.

    Lambda adds the stream's ARN, writes binary values as base64 and times as seconds since the
    epoch: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
    """
    made: dict[str, Any] = {**_wire(record), "eventSourceARN": stream_arn}
    identity = made.get("userIdentity")
    if identity:
        # Who removed an expired item; the one field whose keys Lambda writes differently.
        made["userIdentity"] = {key[0].lower() + key[1:]: text for key, text in identity.items()}
    return made


def _wire(value: object) -> Any:  # noqa: ANN401 - JSON of any shape
    if isinstance(value, Mapping):
        return {key: _wire(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_wire(inner) for inner in value]
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, datetime):
        return value.timestamp()
    return value
