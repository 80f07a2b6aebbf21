"""Lambda's records in the failure queue of a stream's function, and putting them back."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from operations.deployment import Deployment
from operations.redrive.__main__ import redrive_for
from operations.redrive.drain import drain
from operations.redrive.failure_queue import FailureQueue

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Cloud


@dataclass(frozen=True)
class StreamPosition:
    """Where a record is in a stream."""

    stream_arn: str
    shard_id: str
    number: str


def last_change(cloud: "Cloud", table: str, key: dict[str, Any]) -> StreamPosition:
    """The last record of an item."""
    streams = cloud.engine.client("dynamodbstreams")
    arn = cloud.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    place = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = streams.get_shard_iterator(**place)["ShardIterator"]
    numbers: list[str] = []
    while page := streams.get_records(ShardIterator=iterator):
        if not page["Records"]:
            break
        changes_of_item = (one["dynamodb"] for one in page["Records"])
        numbers += [one["SequenceNumber"] for one in changes_of_item if one["Keys"] == key]
        iterator = page["NextShardIterator"]
    return StreamPosition(arn, shard, numbers[-1])


def is_discarded(cloud: "Cloud", function: str, position: StreamPosition) -> bool:
    """Whether one of Lambda's failure records in the function's queue names a stream record."""
    messages = cloud.sqs.receive_message(
        QueueUrl=cloud.outputs["failure_queue_urls"][function],
        MaxNumberOfMessages=10,
        VisibilityTimeout=0,
    ).get("Messages", [])
    failures = [json.loads(message["Body"])["DDBStreamBatchInfo"] for message in messages]
    return any(
        int(one["startSequenceNumber"]) <= int(position.number) <= int(one["endSequenceNumber"])
        for one in failures
    )


def discard(cloud: "Cloud", function: str, table: str, key: dict[str, Any], **changes: str) -> None:
    """Put Lambda's failure record for the last change of an item into the function's queue."""
    position = last_change(cloud, table, key)
    client, name = cloud.engine.client("lambda"), cloud.outputs["function_names"][function]
    record = {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": client.get_function(FunctionName=name)["Configuration"]["FunctionArn"],
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 6,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "version": "1.0",
        "timestamp": "2026-11-22T10:13:49.717Z",
        "DDBStreamBatchInfo": {
            "shardId": position.shard_id,
            "startSequenceNumber": position.number,
            "endSequenceNumber": position.number,
            "approximateArrivalOfFirstRecord": "2026-11-22T10:00:00Z",
            "approximateArrivalOfLastRecord": "2026-11-22T10:00:00Z",
            "batchSize": 1,
            "streamArn": position.stream_arn,
            **changes,
        },
    }
    cloud.sqs.send_message(
        QueueUrl=cloud.outputs["failure_queue_urls"][function], MessageBody=json.dumps(record)
    )


@contextmanager
def disconnected(cloud: "Cloud", function: str) -> Iterator[None]:
    """A function's stream mapping switched off, so that what is written meanwhile is missed."""
    client = cloud.engine.client("lambda")
    name = cloud.outputs["function_names"][function]
    (mapping,) = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def put_all_back(found: Deployment) -> None:
    """Put back what is in the failure queues, as `make redrive` does; nothing may be left."""
    said: list[str] = []
    for name, url in found.output("failure_queue_urls").items():
        queue = FailureQueue(found.client("sqs"), name, url)
        tally = drain(queue, redrive_for(found, queue), None, said.append)
        assert tally.is_empty, "\n".join([str(tally), *said])
