"""Events that come twice, in the wrong order, late, or after their item or object is gone."""

import io
import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

from PIL import Image

from local_cloud.engine.hooks.stream_rules import lane_of
from tests.end_to_end.conftest import Cloud
from tests.faults.conftest import FaultyCloud
from tooling.polling import wait_until


def jpeg(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), (shade, shade, shade)).save(buffer, "JPEG")
    return buffer.getvalue()


def invoke(cloud: Cloud, function: str, event: object) -> Any:  # noqa: ANN401 - any JSON
    answer = cloud.engine.client("lambda").invoke(
        FunctionName=cloud.outputs["function_names"][function], Payload=json.dumps(event)
    )
    payload = json.load(answer["Payload"])
    assert "FunctionError" not in answer, payload
    return payload


def stream_records(cloud: Cloud, table: str, key: str) -> list[dict[str, Any]]:
    """A table's stream records about one item, as Lambda delivers them."""
    arn = cloud.dynamodb.describe_table(TableName=cloud.outputs[table])["Table"]["LatestStreamArn"]
    streams = cloud.engine.client("dynamodbstreams")
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records: list[dict[str, Any]] = []
    while iterator:
        page = streams.get_records(ShardIterator=iterator)
        records += page["Records"]
        iterator = page.get("NextShardIterator") if page["Records"] else None
    return [
        {**json.loads(json.dumps(record, default=lambda time: time.timestamp()))}
        | {"eventSourceARN": arn}
        for record in records
        if key in record["dynamodb"]["Keys"][next(iter(record["dynamodb"]["Keys"]))].values()
    ]


def lane(profile_id: int) -> int:
    """Where a profile's records wait, with the two lanes that the stream has by default."""
    return lane_of({"dynamodb": {"Keys": {"id": {"N": str(profile_id)}}}}, 2)


def test_a_record_that_comes_again_and_again_sends_one_mail(faulty: FaultyCloud) -> None:
    cloud = faulty.cloud
    username = cloud.insert_user()
    cloud.wait_for_status(username, "MAIL_SENT")
    (record, *_) = stream_records(cloud, "user_table_name", username)

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda _: invoke(cloud, "user_table_trigger", {"Records": [record, record]}),
                range(16),
            )
        )

    assert answers == [{"batchItemFailures": []}] * 16
    assert len(cloud.executions_of(username)) == 1
    assert len(cloud.mails_to(username)) == 1


def test_events_of_two_uploads_in_the_wrong_order_leave_the_later_picture(
    faulty: FaultyCloud, profile_id: int
) -> None:
    cloud = faulty.cloud
    cloud.create_profile(profile_id)
    keys = [f"original/order/{profile_id}-{number}.jpg" for number in (1, 2)]
    for key in keys:
        cloud.upload(key, jpeg(100), user_profile_id=str(profile_id))
        cloud.wait_for_profile(profile_id, "image", key)
    first_version = cloud.s3.list_object_versions(Bucket=cloud.bucket, Prefix=keys[0])["Versions"]
    first = {
        "eventName": "ObjectCreated:Put",
        "eventTime": "2020-01-01T00:00:00.000Z",
        "s3": {
            "bucket": {"name": cloud.bucket},
            "object": {
                "key": keys[0],
                "sequencer": "0000000000000001",
                "versionId": first_version[0]["VersionId"],
            },
        },
    }

    for _ in range(3):
        invoke(cloud, "set_profile_image", {"Records": [first]})

    assert (cloud.profile(profile_id) or {})["image"] == {"S": keys[1]}


def test_an_original_that_is_gone_before_it_is_read_is_a_recorded_refusal(
    faulty: FaultyCloud, profile_id: int
) -> None:
    cloud = faulty.cloud
    key = f"original/gone/{profile_id}.jpg"

    cloud.create_profile(profile_id, image=key)

    profile = cloud.wait_for_profile(profile_id, "thumbnailStatus", "FAILED")
    assert "deleted" in profile["thumbnailError"]["S"]


def test_a_user_who_is_gone_before_the_mail_is_sent_gets_none(faulty: FaultyCloud) -> None:
    cloud = faulty.cloud
    username = f"gone-{faulty.cloud.outputs['region']}"
    item = {"username": {"S": username}}

    def delete_user(operation_subject: tuple[str, str]) -> None:
        if operation_subject == ("StartExecution", username):
            cloud.dynamodb.delete_item(TableName=cloud.outputs["user_table_name"], Key=item)

    with faulty.proxy.failing(lambda call: delete_user((call.operation, call.subject))):
        cloud.insert_user(username=username)
        execution = cloud.wait_for_execution(username)

    assert execution["status"] == "SUCCEEDED"
    assert cloud.mails_to(username) == []
    found = cloud.dynamodb.get_item(TableName=cloud.outputs["user_table_name"], Key=item)
    assert "Item" not in found  # and nobody wrote a part of it back


def test_a_profile_that_is_gone_in_mid_flight_is_not_written_back(
    faulty: FaultyCloud, profile_id: int
) -> None:
    cloud = faulty.cloud
    key = {"id": {"N": str(profile_id)}}
    name = f"{profile_id}.jpg"
    seen: list[str] = []

    def delete_profile(operation: str, subject: str) -> None:
        if (operation, subject) == ("GetObject", f"original/{name}"):
            cloud.dynamodb.delete_item(TableName=cloud.outputs["user_profile_table_name"], Key=key)
            seen.append(operation)

    with faulty.proxy.failing(lambda call: delete_profile(call.operation, call.subject)):
        cloud.create_profile(profile_id)
        cloud.upload(f"original/{name}", jpeg(50), user_profile_id=str(profile_id))
        wait_until(lambda: bool(seen), "the read of the original", deadline_seconds=60)
        # A later picture of the same lane has its thumbnail: the record before it was processed.
        later_id = next(each for each in count(profile_id + 1) if lane(each) == lane(profile_id))
        cloud.create_profile(later_id)
        cloud.upload(f"original/later-{name}", jpeg(50), user_profile_id=str(later_id))
        cloud.wait_for_profile(later_id, "thumbnailStatus", "DONE")

    assert cloud.profile(profile_id) is None


def test_a_claim_by_a_clock_that_was_ahead_holds_a_mail_up_and_does_not_lose_it(
    faulty: FaultyCloud,
) -> None:
    cloud = faulty.cloud
    username = f"skew-{time.time_ns()}"
    item = {
        "username": username,
        "name": "Ada",
        "email": f"{username}@example.com",
        "activationStatus": "NONE",
        "activationUrlBase": "https://shop.example.com/activate",
        # A sender whose clock is ahead took the claim, and died.
        "activationMailClaim": "somebody-who-died",
    }
    cloud.dynamodb.put_item(
        TableName=cloud.outputs["user_table_name"],
        Item={
            **{name: {"S": value} for name, value in item.items()},
            "activationMailClaimExpiresAt": {"N": str(int(time.time()) + 30)},
        },
    )

    cloud.wait_for_status(username, "MAIL_SENT")

    assert len(cloud.mails_to(username)) == 1


def test_a_claim_by_a_clock_that_is_behind_ends_early_and_one_of_two_senders_marks(
    faulty: FaultyCloud,
) -> None:
    cloud = faulty.cloud
    username = f"behind-{time.time_ns()}"
    stolen: list[str] = []

    def let_another_take_over(operation: str, subject: str) -> None:
        """Before the mark, another sender takes the claim, which has ended by its clock."""
        if operation == "SendEmail" and subject == f"{username}@example.com" and not stolen:
            stolen.append(subject)
            cloud.dynamodb.update_item(
                TableName=cloud.outputs["user_table_name"],
                Key={"username": {"S": username}},
                UpdateExpression="SET activationMailClaim = :other",
                ExpressionAttributeValues={":other": {"S": "another-sender"}},
            )

    with faulty.proxy.failing(lambda call: let_another_take_over(call.operation, call.subject)):
        cloud.insert_user(username=username)
        execution = cloud.wait_for_execution(username)

    user = cloud.user(username)
    assert execution["status"] == "SUCCEEDED"
    # Not marked by the sender that lost the claim: the other one does it.
    assert user["activationStatus"] == {"S": "NONE"}
    assert user["activationMailClaim"] == {"S": "another-sender"}
