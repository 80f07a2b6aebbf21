"""A stream's records reach a function as on Lambda, also if some of them fail."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local_cloud.engine.process import Engine
from packager.targets import host_target
from tooling.polling import wait_until

RUNTIME = host_target().runtime

# The item says what the function does with its record: `fails` times it reports that the record
# failed; with `raises` it fails as a whole. It logs the records of each invocation.
HANDLER = """
import json

seen = {}

def handler(event, context):
    failures = []
    numbers, turns = [], []
    for record in event["Records"]:
        item = record["dynamodb"].get("NewImage", {})
        key = record["dynamodb"]["Keys"]["id"]["S"]
        numbers.append(key)
        turns.append(item.get("turn", {}).get("N"))
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= int(item.get("fails", {"N": "0"})["N"]):
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
    arn = event["Records"][0]["eventSourceARN"]
    print("HANDED", json.dumps({"keys": numbers, "turns": turns, "arn": arn}))
    if any("raises" in record["dynamodb"].get("NewImage", {}) for record in event["Records"]):
        raise RuntimeError("poison")
    return {"batchItemFailures": failures}
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("streams")) as running:
        running.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument="{}")
        yield running


@dataclass
class Mapping:
    """A table with its stream, a function and a queue, all with one name."""

    engine: Engine
    name: str
    queue_url: str
    stream_arn: str

    def put(self, **items: dict[str, Any]) -> None:
        for key, attributes in items.items():
            self.engine.client("dynamodb").put_item(
                TableName=self.name, Item={"id": {"S": key}, **attributes}
            )

    def batches(self) -> list[list[str]]:
        """The keys of the records of each invocation."""
        return [invocation["keys"] for invocation in self.invocations()]

    def invocations(self) -> list[dict[str, Any]]:
        """The function's log line of each invocation."""
        lines = self.engine.log_file.read_text("utf-8").splitlines()
        ours = [line.partition("HANDED ")[2] for line in lines if f" {self.name}: HANDED" in line]
        return [json.loads(line) for line in ours]

    def messages(self) -> list[dict[str, Any]]:
        answer = self.engine.client("sqs").receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def wait_for(self, key: str) -> list[list[str]]:
        """All invocations so far, once the record with this key has been delivered."""
        wait_until(
            lambda: any(key in batch for batch in self.batches()),
            f"the record {key}",
            deadline_seconds=30,
        )
        return self.batches()

    def wait_for_messages(self) -> list[dict[str, Any]]:
        wait_until(lambda: bool(self.messages()), "a failure message", deadline_seconds=30)
        return self.messages()


def made(engine: Engine, name: str, **settings: Any) -> Mapping:  # noqa: ANN401 - of the mapping
    table = engine.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    queue_url = engine.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", HANDLER)
    functions = engine.client("lambda")
    functions.create_function(
        FunctionName=name,
        Runtime=RUNTIME,
        Role="arn:aws:iam::000000000000:role/function",
        Handler="main.handler",
        Code={"ZipFile": code.getvalue()},
        Timeout=10,
    )
    functions.create_event_source_mapping(
        EventSourceArn=table["LatestStreamArn"],
        FunctionName=name,
        StartingPosition="TRIM_HORIZON",
        BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={
            "OnFailure": {"Destination": f"arn:aws:sqs:eu-central-1:000000000000:{name}"}
        },
        **{"MaximumRetryAttempts": 2, "BisectBatchOnFunctionError": True, **settings},
    )
    return Mapping(engine, name, queue_url, table["LatestStreamArn"])


def test_records_arrive_in_their_order(engine: Engine) -> None:
    mapping = made(engine, "in-order")
    mapping.put(**{f"k{number}": {} for number in range(25)})
    handed = [key for batch in mapping.wait_for("k24") for key in batch]
    assert handed == [f"k{number}" for number in range(25)]


def test_a_record_that_the_function_reports_is_tried_again(engine: Engine) -> None:
    mapping = made(engine, "reported")
    mapping.put(a={}, b={"fails": {"N": "2"}}, c={})
    wait_until(
        lambda: sum("b" in batch for batch in mapping.batches()) == 3,
        "the third time of b",
        deadline_seconds=30,
    )
    mapping.put(later={})
    mapping.wait_for("later")
    assert mapping.messages() == []


def test_a_record_that_always_fails_ends_in_the_queue_and_blocks_nothing(engine: Engine) -> None:
    mapping = made(engine, "poison")
    mapping.put(a={}, poison={"raises": {"BOOL": True}}, b={})

    (message,) = mapping.wait_for_messages()
    mapping.put(later={})
    mapping.wait_for("later")

    alone = [batch for batch in mapping.batches() if batch == ["poison"]]
    assert len(alone) == 3  # once, and two retries
    assert ["b"] in mapping.batches()
    assert message["requestContext"]["condition"] == "RetryAttemptsExhausted"
    info = message["DDBStreamBatchInfo"]
    assert info["streamArn"] == mapping.stream_arn
    assert info["batchSize"] == 1
    assert info["startSequenceNumber"] == info["endSequenceNumber"]
    streams = engine.client("dynamodbstreams")
    iterator = streams.get_shard_iterator(
        StreamArn=info["streamArn"],
        ShardId=info["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=info["startSequenceNumber"],
    )["ShardIterator"]
    (record, *_) = streams.get_records(ShardIterator=iterator)["Records"]
    assert record["dynamodb"]["Keys"] == {"id": {"S": "poison"}}


def test_only_what_the_filter_lets_through_arrives(engine: Engine) -> None:
    mapping = made(
        engine,
        "filtered",
        FilterCriteria={"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]},
    )
    mapping.put(a={})
    mapping.put(a={"changed": {"BOOL": True}})
    engine.client("dynamodb").delete_item(TableName=mapping.name, Key={"id": {"S": "a"}})
    mapping.put(b={})
    assert [key for batch in mapping.wait_for("b") for key in batch] == ["a", "b"]


def test_lanes_keep_the_order_of_each_item(engine: Engine) -> None:
    mapping = made(engine, "lanes", ParallelizationFactor=4)
    keys = [f"k{number}" for number in range(12)]
    for turn in range(3):
        mapping.put(**{key: {"turn": {"N": str(turn)}} for key in keys})
    wait_until(
        lambda: sum(len(batch) for batch in mapping.batches()) == 36,
        "all records",
        deadline_seconds=30,
    )
    turns: dict[str, list[str]] = {key: [] for key in keys}
    for invocation in mapping.invocations():
        for key, turn in zip(invocation["keys"], invocation["turns"], strict=True):
            turns[key].append(turn)
    assert turns == {key: ["0", "1", "2"] for key in keys}


def test_a_mapping_that_is_switched_off_and_changed_goes_on_where_it_was(engine: Engine) -> None:
    mapping = made(engine, "changed")
    mapping.put(before={})
    mapping.wait_for("before")
    functions = engine.client("lambda")
    (found,) = functions.list_event_source_mappings(FunctionName="changed")["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=found["UUID"], Enabled=False)
    mapping.put(**{f"k{number}": {} for number in range(4)})
    time.sleep(2)  # the engine reads its mappings every second
    assert mapping.batches() == [["before"]]

    functions.update_event_source_mapping(UUID=found["UUID"], Enabled=True, BatchSize=2)

    assert mapping.wait_for("k3") == [["before"], ["k0", "k1"], ["k2", "k3"]]
