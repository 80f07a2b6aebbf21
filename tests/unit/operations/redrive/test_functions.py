"""Functions invoked again: real handlers of ours, and answers of every kind."""

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

import create_thumbnail.handler
import set_profile_image.handler
import user_table_trigger.handler
from operations.redrive.drain import RedriveFailedError
from operations.redrive.failures import NotUnderstoodError
from operations.redrive.functions import FunctionRedrive, failed_records, invoke, mapping_of
from tests.unit.builders import (
    Profiles,
    Users,
    event,
    fail,
    user_insert,
)
from tests.unit.operations.redrive.conftest import (
    CREATE_THUMBNAIL,
    SET_PROFILE_IMAGE,
    TRIGGER,
    FakeDeployment,
    FakeLambda,
    FakeStreams,
    arn_of,
    changed,
    handler_of,
    message_of,
    quietly,
    stream_failure,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SHARD = "shardId-00000001795342800000-864758bb"
FIRST = 100000000000000000001


def usernames(state_machine_arn: str) -> list[str]:
    """The users of all executions."""
    client = boto3.client("stepfunctions")
    listed = client.list_executions(stateMachineArn=state_machine_arn)["executions"]
    inputs = [client.describe_execution(executionArn=one["executionArn"]) for one in listed]
    return sorted(json.loads(one["input"])["username"] for one in inputs)


def insert(username: object, number: int) -> dict[str, Any]:
    """A stream record of a new user, with an id and a place of its own."""
    return user_insert(username, event_id=f"{number:032d}", number=str(number))


@pytest.fixture
def trigger(deployment: FakeDeployment, lambdas: FakeLambda, users: Users) -> FunctionRedrive:
    """user_table_trigger, connected to its table."""
    lambdas.handlers[TRIGGER] = handler_of(user_table_trigger.handler)
    lambdas.connect(TRIGGER, arn_of(users.name), "INSERT")
    return FunctionRedrive(deployment, "user_table_trigger", TRIGGER)


def give(deployment: FakeDeployment, *records: dict[str, Any]) -> None:
    deployment.clients["dynamodbstreams"] = FakeStreams(list(records))


def trim(deployment: FakeDeployment) -> None:
    """Let the stream have trimmed everything."""
    streams = deployment.client("dynamodbstreams")
    fail(streams, "GetShardIterator", "TrimmedDataAccessException", status=400)


# Records that the stream still has


def test_a_streams_records_are_fetched_and_handled(
    deployment: FakeDeployment, trigger: FunctionRedrive, users: Users, state_machine_arn: str
) -> None:
    give(deployment, insert("anna", FIRST), insert("björn", FIRST + 1))
    failure = stream_failure(arn_of(users.name), SHARD, str(FIRST), str(FIRST + 1), batchSize=2)
    done = trigger(message_of(failure), quietly)
    assert done == "RetryAttemptsExhausted: 2 record(s); 2 fetched again and handled"
    assert usernames(state_machine_arn) == ["anna", "björn"]
    # Once more, as where a run was killed before it deleted the message.
    trigger(message_of(failure), quietly)
    assert usernames(state_machine_arn) == ["anna", "björn"]


def test_only_kinds_of_change_that_the_mapping_lets_pass_are_handed_over(
    deployment: FakeDeployment, trigger: FunctionRedrive, users: Users, lambdas: FakeLambda
) -> None:
    modify = {**insert("anna", FIRST), "eventName": "MODIFY"}
    give(deployment, modify)
    trigger(message_of(stream_failure(arn_of(users.name), SHARD, str(FIRST))), quietly)
    assert lambdas.invoked == []


def test_records_go_in_batches_as_the_mapping_makes_them(
    deployment: FakeDeployment,
    trigger: FunctionRedrive,
    users: Users,
    state_machine_arn: str,
    lambdas: FakeLambda,
) -> None:
    give(deployment, *(insert(f"user-{number}", FIRST + number) for number in range(12)))
    kept: list[int] = []
    failure = stream_failure(arn_of(users.name), SHARD, str(FIRST), str(FIRST + 11))
    trigger(message_of(failure), lambda: kept.append(1))
    assert [len(event["Records"]) for _, event in lambdas.invoked] == [5, 5, 2]
    assert len(kept) == 3
    assert len(usernames(state_machine_arn)) == 12


def test_large_records_go_in_smaller_batches(
    deployment: FakeDeployment, trigger: FunctionRedrive, users: Users, lambdas: FakeLambda
) -> None:
    lambdas.handlers[TRIGGER] = lambda _event: None
    records = [insert("u" * 1_500_000, FIRST + number) for number in range(3)]
    give(deployment, *records)
    failure = stream_failure(arn_of(users.name), SHARD, str(FIRST), str(FIRST + 2))
    trigger(message_of(failure), quietly)
    assert [len(event["Records"]) for _, event in lambdas.invoked] == [1, 1, 1]


def test_one_record_that_fails_again_keeps_the_message_and_holds_up_no_other(
    deployment: FakeDeployment, trigger: FunctionRedrive, users: Users, state_machine_arn: str
) -> None:
    give(
        deployment, insert("anna", FIRST), insert({"N": "5"}, FIRST + 1), insert("carla", FIRST + 2)
    )
    failure = stream_failure(arn_of(users.name), SHARD, str(FIRST), str(FIRST + 2))
    with pytest.raises(RedriveFailedError, match=r"1 of 3 record\(s\) failed again"):
        trigger(message_of(failure), quietly)
    assert usernames(state_machine_arn) == ["anna", "carla"]


def test_a_record_that_kills_the_function_keeps_no_other_from_being_handled(
    deployment: FakeDeployment,
    trigger: FunctionRedrive,
    users: Users,
    state_machine_arn: str,
    lambdas: FakeLambda,
) -> None:
    handle = lambdas.handlers[TRIGGER]

    def out_of_memory(event: dict[str, Any]) -> object:
        if any(one["eventID"].endswith("02") for one in event["Records"]):
            raise MemoryError("signal: killed")
        return handle(event)

    lambdas.handlers[TRIGGER] = out_of_memory
    give(deployment, *(insert(f"user-{number}", FIRST - 1 + number) for number in range(1, 8)))
    failure = stream_failure(arn_of(users.name), SHARD, str(FIRST), str(FIRST + 6))
    with pytest.raises(
        RedriveFailedError, match=r"^1 of 7 record\(s\) failed again: MemoryError: signal: killed$"
    ):
        trigger(message_of(failure), quietly)
    expected = [f"user-{number}" for number in range(1, 8) if number != 2]
    assert usernames(state_machine_arn) == expected


# Records that the stream has trimmed


def test_trimmed_users_get_their_execution_once(
    deployment: FakeDeployment,
    trigger: FunctionRedrive,
    users: Users,
    state_machine_arn: str,
    lambdas: FakeLambda,
) -> None:
    users.put("anna")
    users.put("björn", activationStatus="MAIL_SENT")
    trim(deployment)
    failure = message_of(stream_failure(arn_of(users.name), SHARD, str(FIRST)))
    assert "1 item(s) in need found and handled" in trigger(failure, quietly)
    # A second message of the same run, and a run of the same day.
    trigger(failure, quietly)
    FunctionRedrive(deployment, "user_table_trigger", TRIGGER)(failure, quietly)
    assert len(lambdas.invoked) == 2
    assert usernames(state_machine_arn) == ["anna"]


def test_a_trimmed_item_that_fails_keeps_every_message(
    deployment: FakeDeployment, trigger: FunctionRedrive, users: Users, lambdas: FakeLambda
) -> None:
    users.put("anna")
    trim(deployment)
    lambdas.handlers[TRIGGER] = lambda event: {
        "batchItemFailures": [
            {"itemIdentifier": one["dynamodb"]["SequenceNumber"]} for one in event["Records"]
        ]
    }
    failure = message_of(stream_failure(arn_of(users.name), SHARD, str(FIRST)))
    for _ in range(2):
        with pytest.raises(RedriveFailedError, match=r"1 of 1 record\(s\) failed again"):
            trigger(failure, quietly)
    assert len(lambdas.invoked) == 1


def test_what_no_item_tells_of_stays(
    deployment: FakeDeployment, lambdas: FakeLambda, profiles: Profiles
) -> None:
    name = "onboarding-RemoveProfileImages"
    lambdas.connect(name, arn_of(profiles.name), "REMOVE")
    trim(deployment)
    failure = stream_failure(arn_of(profiles.name), SHARD, str(FIRST), function_name=name)
    with pytest.raises(RedriveFailedError, match="no item of onboarding-user-profile tells"):
        FunctionRedrive(deployment, "remove_profile_images", name)(message_of(failure), quietly)


def test_trimmed_pictures_are_looked_at(
    deployment: FakeDeployment,
    lambdas: FakeLambda,
    profiles: Profiles,
    s3: "S3Client",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "THUMBNAIL_ENGINE": "pillow",
        "THUMBNAIL_FIT": "fit",
        "MAX_IMAGE_BYTES": "1000000",
        "MAX_DECODE_BYTES": "100000000",
        "THUMBNAIL_SIZES": "150,300",
    }.items():
        monkeypatch.setenv(name, value)
    lambdas.handlers[CREATE_THUMBNAIL] = handler_of(create_thumbnail.handler)
    lambdas.connect(CREATE_THUMBNAIL, arn_of(profiles.name), "INSERT", "MODIFY")
    bucket = s3.list_buckets()["Buckets"][0]["Name"]
    s3.put_object(Bucket=bucket, Key="original/broken.jpg", Body=b"no picture")
    profiles.put(1, "original/broken.jpg", imageSequencer="0A")
    profiles.put(2, "original/gone.jpg")
    trim(deployment)
    failure = stream_failure(
        arn_of(profiles.name), SHARD, str(FIRST), function_name=CREATE_THUMBNAIL
    )
    redrive = FunctionRedrive(deployment, "create_thumbnail", CREATE_THUMBNAIL)
    assert "2 item(s)" in redrive(message_of(failure), quietly)
    assert profiles.get(1)["thumbnailStatus"] == "FAILED"
    assert profiles.get(2)["thumbnailError"] == "the original has been deleted"


# Events of asynchronous invocations


@pytest.fixture
def uploads(deployment: FakeDeployment, lambdas: FakeLambda) -> FunctionRedrive:
    lambdas.handlers[SET_PROFILE_IMAGE] = handler_of(set_profile_image.handler)
    return FunctionRedrive(deployment, "set_profile_image", SET_PROFILE_IMAGE)


def test_an_event_is_handled_as_it_was(
    uploads: FunctionRedrive, profiles: Profiles, s3: "S3Client"
) -> None:
    profiles.put(42)
    bucket = s3.list_buckets()["Buckets"][0]["Name"]
    s3.put_object(
        Bucket=bucket, Key="original/cat.jpg", Body=b"x", Metadata={"user-profile-id": "42"}
    )
    for _ in range(2):
        assert "handled now" in uploads(message_of(event("failure_invocation")), quietly)
    assert profiles.get(42)["image"] == "original/cat.jpg"


def test_an_event_that_fails_again_stays(
    uploads: FunctionRedrive, profiles: Profiles, s3: "S3Client"
) -> None:
    bucket = s3.list_buckets()["Buckets"][0]["Name"]
    s3.put_object(
        Bucket=bucket, Key="original/cat.jpg", Body=b"x", Metadata={"user-profile-id": "42"}
    )
    with pytest.raises(RedriveFailedError, match=r"^ProfileNotFoundError: id: no profile 42$"):
        uploads(message_of(event("failure_invocation")), quietly)
    assert profiles.count() == 0


# Messages of others


@pytest.mark.parametrize(
    "body",
    [
        "hello",
        event("failure_execution"),
        changed(
            event("failure_invocation"),
            "requestContext.functionArn",
            "arn:aws:lambda:eu-central-1:123456789012:function:somebody-elses",
        ),
    ],
)
def test_a_message_of_something_else_is_not_acted_on(
    uploads: FunctionRedrive, lambdas: FakeLambda, body: object
) -> None:
    with pytest.raises(NotUnderstoodError):
        uploads(message_of(body), quietly)
    assert lambdas.invoked == []


def test_a_stream_of_another_table_is_not_read(
    trigger: FunctionRedrive, users: Users, lambdas: FakeLambda
) -> None:
    arn = arn_of(users.name).replace(users.name, "payroll")
    with pytest.raises(NotUnderstoodError, match="reads no stream of"):
        trigger(message_of(stream_failure(arn, SHARD, str(FIRST))), quietly)
    assert lambdas.invoked == []


def test_the_stream_may_have_been_switched_off_and_on(lambdas: FakeLambda) -> None:
    table_arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/onboarding-User"
    lambdas.connect(TRIGGER, f"{table_arn}/stream/2026-11-23T00:00:00.000", "INSERT")
    mapping = mapping_of(lambdas, TRIGGER, table_arn)  # type: ignore[arg-type]
    assert mapping.table_name == "onboarding-User"
    assert mapping.event_names == frozenset({"INSERT"})


def test_a_filter_of_another_kind_is_refused(lambdas: FakeLambda) -> None:
    table_arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/onboarding-User"
    pattern = '{"eventName": ["INSERT"], "dynamodb": {"NewImage": {"a": {"S": ["b"]}}}}'
    lambdas.connect(
        TRIGGER, f"{table_arn}/stream/s", FilterCriteria={"Filters": [{"Pattern": pattern}]}
    )
    with pytest.raises(RedriveFailedError, match="of no known kind"):
        mapping_of(lambdas, TRIGGER, table_arn)  # type: ignore[arg-type]


def test_without_a_filter_every_change_is_handed_over(lambdas: FakeLambda) -> None:
    table_arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/onboarding-User"
    lambdas.connect(TRIGGER, f"{table_arn}/stream/s", FilterCriteria={})
    assert mapping_of(lambdas, TRIGGER, table_arn).event_names is None  # type: ignore[arg-type]


# What a function answers


@pytest.mark.parametrize(
    ("response", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "2"}]}, {"2"}),
        ({"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "1"}]}, {"1", "2"}),
        ({"batchItemFailures": [{"itemIdentifier": "7"}]}, {"1", "2", "3"}),
        (
            {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "7"}]},
            {"1", "2", "3"},
        ),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"1", "2", "3"}),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, {"1", "2", "3"}),
        ({"batchItemFailures": [{"itemIdentifier": ["2"]}]}, {"1", "2", "3"}),
        ({"batchItemFailures": [{"id": "2"}]}, {"1", "2", "3"}),
        ({"batchItemFailures": ["2"]}, {"1", "2", "3"}),
        ({"batchItemFailures": "2"}, {"1", "2", "3"}),
        # Of what is no object AWS says nothing for streams: the local cloud takes it so, too.
        ("done", {"1", "2", "3"}),
        (["3"], {"1", "2", "3"}),
        (True, {"1", "2", "3"}),
        ("", set()),
        ([], set()),
    ],
)
def test_a_partial_batch_response_is_read_as_lambda_reads_it(
    lambdas: FakeLambda, response: object, failed: set[str]
) -> None:
    lambdas.handlers["f"] = lambda _event: response
    batch = [insert("anna", number) for number in (1, 2, 3)]
    assert failed_records(lambdas, "f", batch) == failed  # type: ignore[arg-type]


def test_an_error_of_the_function_is_passed_on(lambdas: FakeLambda) -> None:
    def broken(_event: object) -> object:
        raise ValueError("of its own")

    lambdas.handlers["f"] = broken
    with pytest.raises(RedriveFailedError, match=r"^ValueError: of its own$"):
        invoke(lambdas, "f", {})  # type: ignore[arg-type]
