"""Failures in the deployed stack's queues are put back and succeed."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from operations import deployment, thumbnails
from operations.deployment import Deployment
from operations.redrive import __main__ as redrive_command
from operations.redrive import failure_queue, trimmed
from tests.end_to_end.failure_records import discard, disconnected, is_discarded, last_change
from tooling.environment import dummy_credentials
from tooling.polling import wait_until

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Cloud

Redrive = Callable[..., int]


@pytest.fixture
def redrive(cloud: "Cloud", monkeypatch: pytest.MonkeyPatch) -> Redrive:
    """The command; the queues are empty at first."""
    engine = cloud.engine
    found = Deployment(cloud.outputs, cloud.outputs["region"], engine.endpoint_url)
    # The test restores what the command changes.
    for name in dummy_credentials(engine.state_dir):
        monkeypatch.setenv(name, os.environ[name])
    monkeypatch.setattr(deployment, "find", lambda _cloud, _environment: found)
    monkeypatch.setattr(failure_queue, "WAIT_SECONDS", 0)
    monkeypatch.setattr(trimmed, "SETTLE_SECONDS", 0.0)
    for url in cloud.outputs["failure_queue_urls"].values():
        cloud.sqs.purge_queue(QueueUrl=url)
    return lambda *arguments: redrive_command.main(arguments)


def count(cloud: "Cloud", queue: str) -> int:
    """The number of messages in a queue, visible or not."""
    attributes = cloud.sqs.get_queue_attributes(
        QueueUrl=cloud.outputs["failure_queue_urls"][queue], AttributeNames=["All"]
    )["Attributes"]
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    return sum(int(attributes[name]) for name in names)


@contextmanager
def broken(cloud: "Cloud", function: str, variable: str) -> Iterator[None]:
    """Remove one of a function's variables, so that it always fails."""
    client = cloud.engine.client("lambda")
    name = cloud.outputs["function_names"][function]
    environment = client.get_function_configuration(FunctionName=name)["Environment"]
    others = {key: text for key, text in environment["Variables"].items() if key != variable}
    assert len(others) == len(environment["Variables"]) - 1
    client.update_function_configuration(FunctionName=name, Environment={"Variables": others})
    try:
        yield
    finally:
        client.update_function_configuration(FunctionName=name, Environment=environment)


def test_empty_queues_are_left_as_they_are(redrive: Redrive) -> None:
    assert redrive() == 0


def test_a_user_whose_record_was_discarded_is_sent_one_mail(
    cloud: "Cloud", redrive: Redrive
) -> None:
    with broken(cloud, "user_table_trigger", "STATE_MACHINE_ARN"):
        username = cloud.insert_user()
        table = cloud.outputs["user_table_name"]
        position = last_change(cloud, table, {"username": {"S": username}})
        wait_until(
            lambda: is_discarded(cloud, "user_table_trigger", position),
            "Lambda's failure record",
            deadline_seconds=60,
        )
        assert redrive() == 1
        assert is_discarded(cloud, "user_table_trigger", position)
    assert cloud.executions_of(username) == []

    assert redrive() == 0
    cloud.wait_for_status(username, "MAIL_SENT")
    assert count(cloud, "user_table_trigger") == 0
    assert redrive() == 0
    assert len(cloud.mails_to(username)) == 1
    assert len(cloud.executions_of(username)) == 1


def test_a_record_that_is_delivered_after_all_sends_no_second_mail(
    cloud: "Cloud", redrive: Redrive
) -> None:
    table = cloud.outputs["user_table_name"]
    with disconnected(cloud, "user_table_trigger"):
        username = cloud.insert_user()
        discard(cloud, "user_table_trigger", table, {"username": {"S": username}})
        assert cloud.executions_of(username) == []
        assert redrive() == 0
        cloud.wait_for_status(username, "MAIL_SENT")
    cloud.wait_for_mail(cloud.insert_user())
    assert len(cloud.mails_to(username)) == 1
    assert len(cloud.executions_of(username)) == 1


@pytest.mark.parametrize(
    "lost",
    [
        {"shardId": "shardId-00000000000000000001-deadbeef"},
        {"startSequenceNumber": "000000000000000000000"},
    ],
)
def test_a_user_whom_the_stream_has_trimmed_is_found_and_one_mail_is_sent(
    cloud: "Cloud", redrive: Redrive, lost: dict[str, str]
) -> None:
    table = cloud.outputs["user_table_name"]
    with disconnected(cloud, "user_table_trigger"):
        username = cloud.insert_user()
        discard(cloud, "user_table_trigger", table, {"username": {"S": username}}, **lost)
        assert cloud.executions_of(username) == []
        redrive("--queue", "user_table_trigger")
        cloud.wait_for_status(username, "MAIL_SENT")
        assert count(cloud, "user_table_trigger") == 0
    # Now the mapping delivers the record: another execution, which finds the mail sent.
    cloud.wait_for_mail(cloud.insert_user())
    assert len(cloud.mails_to(username)) == 1


def test_a_user_whom_the_function_missed_is_found_without_a_message(
    cloud: "Cloud", redrive: Redrive, capsys: pytest.CaptureFixture[str]
) -> None:
    with disconnected(cloud, "user_table_trigger"):
        username = cloud.insert_user()
        assert redrive("--missed-by", "user_table_trigger", "--dry-run") == 0
        assert f"  {username}\n" in capsys.readouterr().out
        assert cloud.executions_of(username) == []
        assert redrive("--missed-by", "user_table_trigger") == 0
        cloud.wait_for_status(username, "MAIL_SENT")
    cloud.wait_for_mail(cloud.insert_user())
    assert len(cloud.mails_to(username)) == 1


def test_a_picture_whose_record_was_discarded_gets_its_thumbnail(
    cloud: "Cloud", redrive: Redrive, samples: dict[str, bytes], profile_id: int
) -> None:
    key = f"original/{profile_id}.jpg"
    table = cloud.outputs["user_profile_table_name"]
    with broken(cloud, "create_thumbnail", "MAX_IMAGE_BYTES"):
        cloud.create_profile(profile_id)
        cloud.upload(key, samples["rocket.jpg"], user_profile_id=str(profile_id))
        cloud.wait_for_profile(profile_id, "image", key)
        # Other records may be discarded meanwhile, and the profile's own creation is before it.
        position = last_change(cloud, table, {"id": {"N": str(profile_id)}})
        wait_until(
            lambda: is_discarded(cloud, "create_thumbnail", position),
            "Lambda's failure record",
            deadline_seconds=60,
        )
    assert "thumbnailStatus" not in (cloud.profile(profile_id) or {})

    assert redrive() == 0
    profile = cloud.profile(profile_id)
    assert profile is not None
    assert profile["thumbnailStatus"] == {"S": "DONE"}
    assert cloud.wait_for_object(f"thumbnails/{profile_id}.jpg").image.size == (150, 100)
    assert count(cloud, "create_thumbnail") == 0
    assert redrive() == 0
    assert cloud.versions_of(f"thumbnails/{profile_id}.jpg") == 1


def test_a_profile_that_the_stream_has_trimmed_is_found_and_the_thumbnail_is_made(
    cloud: "Cloud", redrive: Redrive, samples: dict[str, bytes], profile_id: int
) -> None:
    table = cloud.outputs["user_profile_table_name"]
    lost = {"shardId": "shardId-00000000000000000001-deadbeef"}
    with disconnected(cloud, "create_thumbnail"):
        cloud.create_profile(profile_id)
        key = f"original/{profile_id}.jpg"
        cloud.upload(key, samples["rocket.jpg"], user_profile_id=str(profile_id))
        cloud.wait_for_profile(profile_id, "image", key)
        discard(cloud, "create_thumbnail", table, {"id": {"N": str(profile_id)}}, **lost)
        assert "thumbnailStatus" not in (cloud.profile(profile_id) or {})
        assert redrive() == 0
        profile = cloud.profile(profile_id)
        assert profile is not None
        assert profile["thumbnailStatus"] == {"S": "DONE"}


def test_an_execution_that_failed_is_started_again_once_the_user_is_mended(
    cloud: "Cloud", redrive: Redrive, capsys: pytest.CaptureFixture[str]
) -> None:
    username = cloud.insert_user(email="")
    cloud.wait_for_failure("activation", username)

    assert redrive("--list") == 0
    assert f"{username}: InvalidUserError: email: " in capsys.readouterr().out

    # Not fixed yet: it fails again, and is in the queue again. The command says so with 1 if that
    # is so before it ends, which takes it more than a second only on a busy machine.
    assert redrive() in {0, 1}
    assert f"  done: {username}: InvalidUserError: email: " in capsys.readouterr().out
    wait_until(lambda: count(cloud, "activation") == 1, "the failure's return")
    cloud.dynamodb.update_item(
        TableName=cloud.outputs["user_table_name"],
        Key={"username": {"S": username}},
        UpdateExpression="SET email = :email",
        ExpressionAttributeValues={":email": {"S": f"{username}@example.com"}},
    )
    assert redrive() == 0
    cloud.wait_for_status(username, "MAIL_SENT")
    assert count(cloud, "activation") == 0
    assert redrive() == 0
    assert len(cloud.mails_to(username)) == 1
    assert len(cloud.executions_of(username)) == 3


def test_an_upload_that_failed_is_handled_once_there_is_a_profile(
    cloud: "Cloud", redrive: Redrive, samples: dict[str, bytes], profile_id: int
) -> None:
    key = f"original/{profile_id}.jpg"
    cloud.upload(key, samples["rocket.jpg"], user_profile_id=str(profile_id))
    cloud.wait_for_failure("set_profile_image", key)

    assert redrive() == 1
    assert count(cloud, "set_profile_image") == 1
    cloud.create_profile(profile_id)
    assert redrive() == 0

    cloud.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    assert count(cloud, "set_profile_image") == 0


def test_a_message_of_a_stranger_is_named_and_left(
    cloud: "Cloud", redrive: Redrive, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = "user_table_trigger"
    sent = cloud.sqs.send_message(
        QueueUrl=cloud.outputs["failure_queue_urls"][queue], MessageBody="hello"
    )["MessageId"]
    assert redrive() == 1
    assert f"{sent}  not understood, left: body: not JSON" in capsys.readouterr().out
    assert redrive("--discard", sent) == 0
    assert count(cloud, queue) == 0


@pytest.mark.usefixtures("redrive")
def test_a_picture_from_before_a_size_was_added_gets_its_thumbnail(
    cloud: "Cloud", samples: dict[str, bytes], profile_id: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"before/{profile_id}.jpg"
    cloud.create_profile(profile_id)
    cloud.upload(f"original/{path}", samples["rocket.jpg"], user_profile_id=str(profile_id))
    profile = cloud.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    # As the function left it when it made no others.
    del profile["thumbnailSizes"]
    cloud.dynamodb.put_item(TableName=cloud.outputs["user_profile_table_name"], Item=profile)
    cloud.s3.delete_object(Bucket=cloud.bucket, Key=f"thumbnails-300/{path}")

    assert thumbnails.main([]) == 0

    assert f"original/{path}  made" in capsys.readouterr().out
    made_now = cloud.profile(profile_id)
    assert made_now is not None
    assert made_now["thumbnailSizes"] == {"NS": ["150", "300"]}
    made = cloud.s3.get_object(Bucket=cloud.bucket, Key=f"thumbnails-300/{path}")
    with made["Body"] as body, Image.open(body) as picture:
        assert max(picture.size) == 300
