"""The messages of the failure queues, parsed: nothing in a queue is trusted before."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
SHARD_ID = re.compile(r"[ -~]{28,65}")
SEQUENCE_NUMBER = re.compile(r"[0-9]{21,40}")
STREAM_ARN = re.compile(
    r"arn:[a-z0-9-]+:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[A-Za-z0-9_.-]{3,255}/stream/[0-9T:.-]+"
)
FUNCTION_ARN = re.compile(
    r"arn:[a-z0-9-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:([A-Za-z0-9_-]{1,64})(:[A-Za-z0-9_$-]+)?"
)
# Of EXPRESS the ARN has one more part, and starts another word: express.
EXECUTION_ARN = re.compile(
    r"arn:[a-z0-9-]+:states:[a-z0-9-]+:[0-9]{12}:(?:execution|express):([^\s:]{1,80}):[^\s]{1,200}"
)


class NotUnderstoodError(Exception):
    """A message is not what its queue is for. It stays; the error names the field."""


@dataclass(frozen=True, slots=True)
class StreamFailure:
    """Records of a table's stream that Lambda discarded: their position, not the records.

    https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html

    Attributes:
        function_name: The function that failed.
        condition: Why Lambda discarded them, such as "RetryAttemptsExhausted".
        stream_arn: The stream.
        shard_id: The shard.
        start, end: Sequence numbers of the first and the last record.
        count: Number of records, as Lambda counted them; None where it doesn't say.
        arrived: When the first record came into the stream, as Lambda wrote it; "" if unknown.
    """

    function_name: str
    condition: str
    stream_arn: str
    shard_id: str
    start: str
    end: str
    count: int | None = None
    arrived: str = ""

    @property
    def subject(self) -> str:
        """What it is about: nothing of the records is in the message."""
        return ""

    @property
    def table_arn(self) -> str:
        """The stream's table."""
        return self.stream_arn.partition("/stream/")[0]

    @property
    def reason(self) -> str:
        """What was discarded, and why, in a few words."""
        count = "records" if self.count is None else f"{self.count} record(s)"
        arrived = f" of {self.arrived}" if self.arrived else ""
        return f"{self.condition}: {count}{arrived}"


@dataclass(frozen=True, slots=True)
class InvocationFailure:
    """An event that a function was invoked with asynchronously and that Lambda discarded.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html

    Attributes:
        function_name: The function that failed.
        reason: Why, in a few words.
        event: The event.
    """

    function_name: str
    reason: str
    event: Mapping[str, Any] = field(repr=False)

    @property
    def subject(self) -> str:
        """What it is about: the keys of uploaded objects; "" for an event of another kind."""
        records = self.event.get("Records")
        keys = [_at(record, "s3.object.key") for record in _listed(records)]
        return ", ".join(unquote_plus(key) for key in keys if isinstance(key, str))


@dataclass(frozen=True, slots=True)
class ExecutionFailure:
    """An execution of the state machine that failed; RecordActivationFailure writes it.

    Attributes:
        execution_arn: The execution.
        state_machine_name: What it is an execution of.
        username: The user that it was about.
        reason: Why, in a few words.
    """

    execution_arn: str
    state_machine_name: str
    username: str
    reason: str

    @property
    def subject(self) -> str:
        """What it is about: the user."""
        return self.username


Failure = StreamFailure | InvocationFailure | ExecutionFailure


def parse_failure(body: str) -> Failure:
    """Parse a message's body.

    Raises:
        NotUnderstoodError: It is nothing of ours.
    """
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        raise NotUnderstoodError("body: not JSON") from None
    if not isinstance(record, Mapping):
        raise NotUnderstoodError("body: not a JSON object")
    if "DDBStreamBatchInfo" in record:
        return _stream_failure(record)
    if "requestPayload" in record:
        return _invocation_failure(record)
    if "executionId" in record:
        return _execution_failure(record)
    raise NotUnderstoodError("has neither DDBStreamBatchInfo nor requestPayload nor executionId")


def _stream_failure(record: Mapping[str, Any]) -> StreamFailure:
    start, _ = _match(record, "DDBStreamBatchInfo.startSequenceNumber", SEQUENCE_NUMBER)
    end, _ = _match(record, "DDBStreamBatchInfo.endSequenceNumber", SEQUENCE_NUMBER)
    if int(end) < int(start):
        raise NotUnderstoodError("DDBStreamBatchInfo.endSequenceNumber: before the start")
    count = _at(record, "DDBStreamBatchInfo.batchSize")
    return StreamFailure(
        function_name=_function_name(record),
        condition=_condition(record),
        stream_arn=_match(record, "DDBStreamBatchInfo.streamArn", STREAM_ARN)[0],
        shard_id=_match(record, "DDBStreamBatchInfo.shardId", SHARD_ID)[0],
        start=start,
        end=end,
        count=count if isinstance(count, int) else None,
        arrived=_time(_at(record, "DDBStreamBatchInfo.approximateArrivalOfFirstRecord")),
    )


def _invocation_failure(record: Mapping[str, Any]) -> InvocationFailure:
    event = record["requestPayload"]
    if not isinstance(event, Mapping):
        raise NotUnderstoodError("requestPayload: not an object")
    error = _error_of(record.get("responsePayload"))
    return InvocationFailure(
        function_name=_function_name(record),
        reason=f"{_condition(record)}: {error}" if error else _condition(record),
        event=event,
    )


def _execution_failure(record: Mapping[str, Any]) -> ExecutionFailure:
    execution_arn, state_machine_name = _match(record, "executionId", EXECUTION_ARN)
    username = _at(record, "input.username")
    if not isinstance(username, str) or not username:
        raise NotUnderstoodError("input.username: missing, empty, or not a string")
    error, cause = _at(record, "input.error.Error"), _at(record, "input.error.Cause")
    return ExecutionFailure(
        execution_arn=execution_arn,
        state_machine_name=state_machine_name,
        username=username,
        reason=_error_of_task(error, cause),
    )


def _error_of_task(error: object, cause: object) -> str:
    """Step Functions' Error and Cause; a function's Cause is its error as JSON, in a string."""
    name = error if isinstance(error, str) and error else "unknown error"
    if not isinstance(cause, str) or not cause:
        return name
    try:
        said = json.loads(cause)
    except (ValueError, RecursionError):
        return f"{name}: {cause}"
    return _error_of(said) or name


def _error_of(payload: object) -> str:
    """A function's error, as Lambda answers it; "" where there is none."""
    kind, message = _at(payload, "errorType"), _at(payload, "errorMessage")
    return ": ".join(part for part in (kind, message) if isinstance(part, str) and part)


def _function_name(record: Mapping[str, Any]) -> str:
    return _match(record, "requestContext.functionArn", FUNCTION_ARN)[1]


def _condition(record: Mapping[str, Any]) -> str:
    value = _at(record, "requestContext.condition")
    return value if isinstance(value, str) and value else "unknown condition"


def _time(value: object) -> str:
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return ""


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _at(record: object, path: str) -> object:
    value = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _match(record: Mapping[str, Any], path: str, pattern: re.Pattern[str]) -> tuple[str, str]:
    """The text at a path, and the pattern's first group in it ("" where it has none)."""
    value = _at(record, path)
    found = pattern.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise NotUnderstoodError(f"{path}: missing, or not what AWS writes")
    return found[0], found[1] if pattern.groups else ""
