"""Alarms and the way to the people they wake, and the commands that their pages give."""

import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local_cloud import running
from operations import deployment, replay_uploads, users
from operations.deployment import Deployment
from operations.redrive import __main__ as redrive_command
from operations.redrive import failure_queue, trimmed
from tests import fake_python
from tests.documented_commands import blocks_of, make_calls, pages
from tests.end_to_end.failure_records import disconnected
from tooling import processes
from tooling.environment import dummy_credentials
from tooling.paths import REPOSITORY
from tooling.polling import wait_until

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Cloud


def test_every_alarm_stands_and_tells_the_topic(cloud: "Cloud") -> None:
    pages = cloud.engine.client("cloudwatch").get_paginator("describe_alarms").paginate()
    alarms = {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}

    assert set(alarms) == set(cloud.outputs["alarm_names"])
    for alarm in alarms.values():
        assert alarm["ActionsEnabled"]
        assert alarm["AlarmActions"] == [cloud.outputs["alarm_topic_arn"]]


def test_the_dashboard_stands(cloud: "Cloud") -> None:
    dashboard = cloud.engine.client("cloudwatch").get_dashboard(
        DashboardName=cloud.outputs["dashboard_name"]
    )
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    (shown,) = [widget for widget in widgets if widget["type"] == "alarm"]
    assert len(shown["properties"]["alarms"]) == len(cloud.outputs["alarm_names"])


def test_an_alarm_reaches_who_has_subscribed(cloud: "Cloud") -> None:
    alarm_name = f"{cloud.outputs['function_names']['web_api']}-errors"
    queue_url = cloud.sqs.create_queue(QueueName="a-pager")["QueueUrl"]
    try:
        cloud.engine.client("sns").subscribe(
            TopicArn=cloud.outputs["alarm_topic_arn"],
            Protocol="sqs",
            Endpoint=arn_of(cloud, queue_url),
        )
        cloud.engine.client("cloudwatch").set_alarm_state(
            AlarmName=alarm_name, StateValue="ALARM", StateReason="A try"
        )
        (message,) = wait_until(
            lambda: cloud.sqs.receive_message(QueueUrl=queue_url).get("Messages"),
            f"the alarm {alarm_name}",
        )
    finally:
        cloud.sqs.delete_queue(QueueUrl=queue_url)

    told: dict[str, Any] = json.loads(json.loads(message["Body"])["Message"])
    assert told["AlarmName"] == alarm_name
    assert told["NewStateValue"] == "ALARM"
    assert told["AlarmDescription"].endswith("What to do: docs/runbooks/errors.md")


def arn_of(cloud: "Cloud", queue_url: str) -> str:
    answer = cloud.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


@dataclass(frozen=True)
class Scratch:
    """What the commands of the pages act on: the stack, but with users, uploads and queues apart.

    So no command touches what another test has made, or waits for it.
    """

    found: Deployment
    cloud: "Cloud"

    def send_failure(self) -> str:
        """Put a message into the queue `activation`; return its id."""
        url = self.found.output("failure_queue_urls")["activation"]
        return str(self.cloud.sqs.send_message(QueueUrl=url, MessageBody="hello")["MessageId"])


@pytest.fixture
def scratch(cloud: "Cloud", monkeypatch: pytest.MonkeyPatch) -> Iterator[Scratch]:
    name = f"scratch-{uuid.uuid4().hex[:8]}"
    cloud.dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "username", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "username", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    cloud.dynamodb.put_item(
        TableName=name, Item={"username": {"S": "ada"}, "activationStatus": {"S": "NONE"}}
    )
    cloud.s3.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": cloud.outputs["region"]}
    )
    cloud.s3.put_object(
        Bucket=name, Key="original/a.jpg", Body=b"a", Metadata={"user-profile-id": "1"}
    )
    queues = {
        queue: cloud.sqs.create_queue(QueueName=f"{name}-{queue}")["QueueUrl"]
        for queue in cloud.outputs["failure_queue_urls"]
    }
    outputs = {
        **cloud.outputs,
        "user_table_name": name,
        "profile_images_bucket_name": name,
        "failure_queue_urls": queues,
    }
    found = Deployment(outputs, cloud.outputs["region"], cloud.engine.endpoint_url)
    # What the command does to them ends with the test.
    for variable in dummy_credentials(cloud.engine.state_dir):
        monkeypatch.setenv(variable, os.environ[variable])
    monkeypatch.setattr(deployment, "find", lambda _cloud, _environment: found)
    monkeypatch.setattr(failure_queue, "WAIT_SECONDS", 0)
    monkeypatch.setattr(trimmed, "SETTLE_SECONDS", 0.0)
    yield Scratch(found, cloud)
    for url in queues.values():
        cloud.sqs.delete_queue(QueueUrl=url)
    cloud.dynamodb.delete_table(TableName=name)
    cloud.s3.delete_object(Bucket=name, Key="original/a.jpg")
    cloud.s3.delete_bucket(Bucket=name)


def documented() -> list[str]:
    """Each call of an operators' command on the pages, once."""
    calls = (call for page in pages() for block in blocks_of(page) for call in make_calls(block))
    found = {" ".join(call) for call in calls if call[0] in MODULES}
    # Whatever is deployed; and the cloud is the fixture's.
    return sorted({re.sub(r" CLOUD=\w+", "", call) for call in found})


MODULES = {
    "failures": redrive_command,
    "redrive": redrive_command,
    "replay-uploads": replay_uploads,
    "users": users,
}


@pytest.mark.parametrize("typed", documented())
def test_each_command_of_the_pages_runs(
    scratch: Scratch, tmp_path: Path, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    sent = scratch.send_failure()
    typed = re.sub(r"DISCARD=\S+", f"DISCARD={sent}", typed)
    fake_python.put_in(tmp_path)
    made = fake_python.make(tmp_path, *typed.split())
    arguments = json.loads(made.stdout)[2:]

    code = MODULES[typed.split()[0]].main(arguments)

    # The message is no failure of ours: a redrive of its queue leaves it.
    is_left = typed.startswith("redrive") and f"{sent}  not understood" in capsys.readouterr().out
    assert code == (1 if is_left and "DRY_RUN" not in typed else 0)


class Checkout:
    """A checkout for which the engine of these tests is the one that `make up` left running."""

    def __init__(self, folder: Path, cloud: "Cloud") -> None:
        self.folder = folder
        for name in ("lambdas", "local_cloud", "operations", "tooling", "Makefile"):
            source = REPOSITORY / name
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, folder / name)
        (folder / ".venv").symlink_to(sys.prefix)
        (folder / ".local").mkdir()
        (folder / ".local" / "up").symlink_to(cloud.engine.state_dir)
        process_id = processes.lock_holder(cloud.engine.lock_file)
        assert process_id is not None
        endpoint, inbox = cloud.engine.endpoint_url, cloud.engine.inbox_url
        running.note(
            folder / ".local" / "up", running.Running(process_id, endpoint, inbox, cloud.outputs)
        )

    def make(self, *arguments: str) -> str:
        """Run a target; return what it printed."""
        done = subprocess.run(  # noqa: S603 - the project's own Makefile
            ["make", "-o", ".venv/.installed", *arguments, "CLOUD=local"],  # noqa: S607 - the user's own
            cwd=self.folder,
            capture_output=True,
            encoding="utf-8",
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def checkout(cloud: "Cloud", tmp_path: Path) -> Iterator[Checkout]:
    yield Checkout(tmp_path, cloud)
    running.forget(cloud.engine.state_dir)


@contextmanager
def unreported_uploads(cloud: "Cloud") -> Iterator[None]:
    """S3 reports no upload meanwhile."""
    found = cloud.s3.get_bucket_notification_configuration(Bucket=cloud.bucket)
    found.pop("ResponseMetadata")
    assert found
    cloud.s3.put_bucket_notification_configuration(
        Bucket=cloud.bucket, NotificationConfiguration={}
    )
    try:
        yield
    finally:
        cloud.s3.put_bucket_notification_configuration(
            Bucket=cloud.bucket, NotificationConfiguration=found
        )


def test_uploads_that_s3_reported_to_nobody_are_replayed(
    cloud: "Cloud", checkout: Checkout, samples: dict[str, bytes], profile_id: int
) -> None:
    former, latest = f"original/{profile_id}/a.jpg", f"original/{profile_id}/b.jpg"
    cloud.create_profile(profile_id)
    since = datetime.now(UTC).isoformat(timespec="seconds")
    with unreported_uploads(cloud):
        for key in (former, latest):
            cloud.upload(key, samples["rocket.jpg"], user_profile_id=str(profile_id))

    listed = checkout.make("replay-uploads", f"SINCE={since}", "DRY_RUN=1")
    assert f"{former}  to be copied" in listed
    assert cloud.versions_of(latest) == 1
    assert "image" not in (cloud.profile(profile_id) or {})

    done = checkout.make("replay-uploads", f"SINCE={since}")
    assert f"{latest}  copied" in done
    cloud.wait_for_profile(profile_id, "image", latest)
    cloud.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    again = checkout.make("replay-uploads", f"SINCE={since}")
    assert f"{latest}  copied" not in again
    assert cloud.versions_of(latest) == 2


def test_the_real_command_lists_a_failure(cloud: "Cloud", checkout: Checkout) -> None:
    url = cloud.outputs["failure_queue_urls"]["record_mail_feedback"]
    sent = cloud.sqs.send_message(QueueUrl=url, MessageBody="hello")["MessageId"]
    assert sent in checkout.make("failures", "QUEUE=record_mail_feedback")
    assert sent in checkout.make("redrive", "QUEUE=record_mail_feedback", f"DISCARD={sent}")
    assert sent not in checkout.make("failures", "QUEUE=record_mail_feedback")


def test_a_user_whom_nobody_mailed_is_listed_and_started(
    cloud: "Cloud", checkout: Checkout
) -> None:
    with disconnected(cloud, "user_table_trigger"):
        username = cloud.insert_user()
        listed = checkout.make("users", "STATUS=NONE", "OLDER=1h", "START=1", "DRY_RUN=1")
        assert f"no time on the item      NONE       {username}\n" in listed
        assert cloud.executions_of(username) == []

        checkout.make("users", f"USERNAME={username}", "START=1")
        cloud.wait_for_status(username, "MAIL_SENT")
    # Now the mapping delivers the record itself: another execution, which finds the mail sent.
    cloud.wait_for_mail(cloud.insert_user())
    assert len(cloud.mails_to(username)) == 1
