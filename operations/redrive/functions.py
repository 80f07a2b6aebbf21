"""Functions, invoked once more with what they failed on."""

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from operations.redrive.drain import RedriveFailedError, Say, StillWorking
from operations.redrive.failures import (
    ExecutionFailure,
    InvocationFailure,
    NotUnderstoodError,
    StreamFailure,
    parse_failure,
)
from operations.redrive.stream_records import TrimmedError, fetch_records, sequence_number
from operations.redrive.terminal import shown
from operations.redrive.trimmed import REPAIRS, trimmed_records
from tooling.progress import Progress

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from operations.deployment import Deployment
    from operations.redrive.failure_queue import Message

# Of records delivered at once. A request may have 6 MB, a record up to twice 400 KB.
MOST_RECORDS = 10
MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class StreamMapping:
    """How a function is connected to a table's stream.

    Attributes:
        stream_arn: The stream, as it is now.
        event_names: Kinds of change that the function is called for; None for all.
        batch_size: Records that it is made to take at once.
    """

    stream_arn: str
    event_names: frozenset[str] | None
    batch_size: int

    @property
    def table_name(self) -> str:
        """The stream's table."""
        return self.stream_arn.split("/")[1]


@dataclass
class FunctionRedrive:
    """Puts back what a function failed on: an event as it was, a stream's records fetched again.

    Attributes:
        deployment: What the function belongs to.
        name: The function's folder in lambdas/.
        function_name: Its name at AWS.
    """

    deployment: "Deployment"
    name: str
    function_name: str
    # Of trimmed records: the result of reading the table, once for all messages of a run.
    _repaired: str | RedriveFailedError | None = field(default=None, init=False)

    def __call__(self, message: "Message", still_working: StillWorking) -> str:
        """Put back what a message is about; return what was done.

        Raises:
            NotUnderstoodError: The message is not about this function.
            RedriveFailedError: The function failed again, or the records can't be had.
        """
        failure = parse_failure(message.body)
        if isinstance(failure, ExecutionFailure) or failure.function_name != self.function_name:
            raise NotUnderstoodError(f"it is not about {self.function_name}")
        if isinstance(failure, InvocationFailure):
            invoke(self._lambda, self.function_name, failure.event)
            return f"{failure.reason}; the same event was handled now"
        return f"{failure.reason}; {self._redrive_records(failure, still_working)}"

    @property
    def _lambda(self) -> "LambdaClient":
        client: LambdaClient = self.deployment.client("lambda")
        return client

    def _redrive_records(self, failure: StreamFailure, still_working: StillWorking) -> str:
        mapping = mapping_of(self._lambda, self.function_name, failure.table_arn)
        try:
            records = fetch_records(self.deployment.client("dynamodbstreams"), failure)
        except TrimmedError as error:
            return self._repair(mapping, str(error), still_working)
        wanted = [
            record
            for record in records
            if mapping.event_names is None or record["eventName"] in mapping.event_names
        ]
        self._deliver(wanted, mapping, still_working)
        return f"{len(wanted)} fetched again and handled"

    def _repair(self, mapping: StreamMapping, why: str, still_working: StillWorking) -> str:
        """Deliver the items that are still in need; once for all messages of this run."""
        if self.name not in REPAIRS:
            raise RedriveFailedError(
                f"{why}, and no item of {mapping.table_name} tells what {self.name} missed"
            )
        if self._repaired is None:
            records = self._missed_records(mapping, still_working)
            try:
                self._deliver(records, mapping, still_working)
                self._repaired = f"{why}: {len(records)} item(s) in need found and handled"
            except RedriveFailedError as error:
                self._repaired = error
        if isinstance(self._repaired, RedriveFailedError):
            raise self._repaired
        return self._repaired

    def _missed_records(
        self, mapping: StreamMapping, still_working: StillWorking
    ) -> list[dict[str, Any]]:
        dynamodb = self.deployment.client("dynamodb")
        with Progress().step(f"Reading the table {mapping.table_name}"):
            return trimmed_records(dynamodb, mapping.stream_arn, REPAIRS[self.name], still_working)

    def redrive_missed(self, say: Say, *, dry_run: bool) -> int:
        """Deliver what the table says that the function missed, with no message about it.

        Args:
            say: Prints a line.
            dry_run: Only say what would be delivered.

        Returns:
            How many items were found.

        Raises:
            NotUnderstoodError: The function reads no stream.
            RedriveFailedError: Some failed again; all have been tried.
        """
        mapping = mapping_of(self._lambda, self.function_name)
        records = self._missed_records(mapping, _nothing)
        for record in records:
            (value,) = record["dynamodb"]["Keys"].values()
            say(f"  {shown(str(next(iter(value.values()))))}")
        if not dry_run:
            self._deliver(records, mapping, _nothing)
        return len(records)

    def _deliver(
        self, records: Sequence[dict[str, Any]], mapping: StreamMapping, still_working: StillWorking
    ) -> None:
        """Deliver records in batches; those of a batch that fails as a whole one by one.

        So a record that kills the function keeps no other from being handled.

        Raises:
            RedriveFailedError: Some failed again; all have been tried.
        """
        failed, why = 0, ""
        waiting = deque(_batches(records, min(mapping.batch_size, MOST_RECORDS)))
        while waiting:
            batch = waiting.popleft()
            still_working()
            try:
                failed += len(failed_records(self._lambda, self.function_name, batch))
            except RedriveFailedError as error:
                if len(batch) > 1:
                    waiting.extend([record] for record in batch)
                else:
                    failed, why = failed + 1, f": {error}"
        if failed:
            raise RedriveFailedError(f"{failed} of {len(records)} record(s) failed again{why}")


def _nothing() -> None:
    """Keep alive nothing: there is no message."""


def mapping_of(
    client: "LambdaClient", function_name: str, table_arn: str | None = None
) -> StreamMapping:
    """How a function is connected to the stream of a table; None: of the one that it reads.

    Raises:
        NotUnderstoodError: It is not.
        RedriveFailedError: The mapping's filter is of a kind that is not known here.
    """
    pages = client.get_paginator("list_event_source_mappings").paginate(FunctionName=function_name)
    for page in pages:
        for found in page["EventSourceMappings"]:
            # The stream has another name where it was switched off and on: the table is the same.
            stream_arn = found.get("EventSourceArn", "")
            arn_of_table, is_stream, _ = stream_arn.partition("/stream/")
            if is_stream and table_arn in {None, arn_of_table}:
                return StreamMapping(
                    stream_arn, _event_names(found), found.get("BatchSize", MOST_RECORDS)
                )
    raise NotUnderstoodError(f"{function_name} reads no stream of {table_arn or 'a table'}")


def _event_names(mapping: Mapping[str, Any]) -> frozenset[str] | None:
    """What a mapping's filters let pass; None for everything. One filter that matches is enough."""
    filters = (mapping.get("FilterCriteria") or {}).get("Filters") or []
    names: set[str] = set()
    for each in filters:
        pattern = json.loads(each["Pattern"])
        wanted = pattern.get("eventName")
        if set(pattern) != {"eventName"} or not all(isinstance(name, str) for name in wanted):
            raise RedriveFailedError(f"the mapping's filter {each['Pattern']} is of no known kind")
        names.update(wanted)
    return frozenset(names) if filters else None


def _batches(records: Sequence[dict[str, Any]], most: int) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for record in records:
        length = len(json.dumps(record))
        if batch and (len(batch) == most or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += length
    if batch:
        yield batch


def failed_records(
    client: "LambdaClient", function_name: str, batch: Sequence[Mapping[str, Any]]
) -> set[str]:
    """Invoke a function with a batch; the sequence numbers of the records that failed.

    The answer is read as Lambda reads it: an error, or a number that is not in the batch, means
    the whole batch; null, an empty answer and an empty list in it mean that all is well.
    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html

    Of one that is neither empty nor an object, such as a text, AWS says nothing for streams. It is
    taken to mean the whole batch, as the local cloud takes it (stream_rules.py).

    Raises:
        RedriveFailedError: The function failed as a whole.
    """
    numbers = {sequence_number(record) for record in batch}
    answer = invoke(client, function_name, {"Records": list(batch)})
    if not answer:
        return set()
    if not isinstance(answer, Mapping):
        return numbers
    failures = answer.get("batchItemFailures") or []
    try:
        failed = {failure["itemIdentifier"] for failure in failures}
    except (TypeError, KeyError):
        return numbers
    return numbers if failed - numbers else failed


def invoke(client: "LambdaClient", function_name: str, event: Mapping[str, Any]) -> object:
    """Invoke a function and wait for its answer.

    Raises:
        RedriveFailedError: The function failed; with its own error.
    """
    answer = client.invoke(FunctionName=function_name, Payload=json.dumps(event).encode())
    payload = json.loads(answer["Payload"].read() or b"null")
    if error := answer.get("FunctionError"):  # only there where the function failed
        said = payload if isinstance(payload, Mapping) else {}
        kind, text = said.get("errorType", error), said.get("errorMessage", "")
        raise RedriveFailedError(f"{kind}: {text}")
    return payload
