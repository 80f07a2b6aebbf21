"""A deployment in this process, with two people in it."""

import json
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from operations.deployment import Deployment
from tests.unit.aws_account import make_table
from tests.unit.builders import BUCKET, USER_PROFILE_TABLE, USER_TABLE, Profiles, Users
from web_api.attempts import sign_in_from, sign_in_on
from web_api.limits import Counts
from web_api.mail_limits import mail_to
from web_api.refusals import Refusals
from web_api.uploads import upload_to
from web_api.web_state_table import WebStateTable

STATE_TABLE = "onboarding-web-state"


@dataclass
class Stack:
    """What a command finds, and what tests put there."""

    deployment: Deployment
    users: Users
    profiles: Profiles

    def put_picture(self, key: str, owner: int | None, body: bytes = b"bytes") -> None:
        metadata = {} if owner is None else {"user-profile-id": str(owner)}
        self.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body, Metadata=metadata)

    def put_message(self, queue: str, body: object) -> None:
        url = self.deployment.output("failure_queue_urls")[queue]
        self.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(body))

    def add_person(self, username: str, profile_id: int) -> None:
        """Somebody with everything that there can be of a person."""
        email = f"{username}@mail.example"
        key = f"original/users/{profile_id}/a.jpg"
        thumbnail = key.replace("original/", "thumbnails/")
        item = {
            "username": {"S": username},
            "email": {"S": email},
            "activationStatus": {"S": "DONE"},
            "userProfileId": {"N": str(profile_id)},
        }
        self.users.dynamodb.put_item(TableName=USER_TABLE, Item=item)
        self.profiles.put(profile_id, key, thumbnail=thumbnail, username=username)
        # Also of a size that no setting names any more.
        sizes = [thumbnail.replace("/", f"-{size}/", 1) for size in (300, 96)]
        for name in (key, thumbnail, *sizes):
            self.put_picture(name, profile_id, b"1")
            self.put_picture(name, profile_id, b"2")
        former = f"original/users/{profile_id}/former.jpg"
        self.put_picture(former, profile_id)
        self.client("s3").delete_object(Bucket=BUCKET, Key=former)
        self.put_message("activation", {"input": json.dumps({"username": username})})
        state = WebStateTable(self.users.dynamodb, STATE_TABLE)
        mail = mail_to(email.upper(), "activation")
        Counts(state).take(*sign_in_from(username, "192.0.2.1"), *mail, now=1)
        Counts(state).take(*sign_in_on(username, "a device"), now=1)
        Counts(state).take(upload_to(profile_id, most=50), now=1)
        Refusals(state).remember(username, "attacker@mail.example", now=1)
        Refusals(state).remember(f"not-{username}", email, now=1)

    def state_ids(self) -> set[str]:
        """The ids of all items of the web-state table."""
        items = self.users.dynamodb.scan(TableName=STATE_TABLE)["Items"]
        return {item["id"]["S"] for item in items}

    def client(self, service: str) -> Any:  # noqa: ANN401 - a client made by name
        return self.deployment.client(service)

    def everything(self) -> str:
        """All that lies anywhere, as text to look for somebody in."""
        found: list[Any] = []
        for table in (USER_TABLE, USER_PROFILE_TABLE, STATE_TABLE):
            found += self.users.dynamodb.scan(TableName=table)["Items"]
        listed = self.client("s3").list_object_versions(Bucket=BUCKET)
        found += [
            one["Key"] for kind in ("Versions", "DeleteMarkers") for one in listed.get(kind, [])
        ]
        for url in self.deployment.output("failure_queue_urls").values():
            received = self.client("sqs").receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0
            )
            found += [message["Body"] for message in received.get("Messages", [])]
        return str(found)


@pytest.fixture
def stack(users: Users, profiles: Profiles, s3: object, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A deployment that nobody is in."""
    del s3
    monkeypatch.setattr("operations.redrive.failure_queue.WAIT_SECONDS", 0)
    make_table(STATE_TABLE, "id", "S")
    sqs = boto3.client("sqs")
    outputs = {
        "user_table_name": USER_TABLE,
        "user_profile_table_name": USER_PROFILE_TABLE,
        "web_state_table_name": STATE_TABLE,
        "profile_images_bucket_name": BUCKET,
        "failure_queue_urls": {
            name: sqs.create_queue(QueueName=name)["QueueUrl"]
            for name in ("activation", "set_profile_image")
        },
    }
    return Stack(Deployment(outputs, "eu-central-1"), users, profiles)
