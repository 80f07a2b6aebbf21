"""The whole product on the local cloud: built for this machine, applied once for all tests here."""

import io
import json
import uuid
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from PIL import Image

from local_cloud import folders
from local_cloud.engine.hooks.request_log import REQUESTS_VARIABLE
from local_cloud.engine.mails import Mail
from local_cloud.engine.process import Engine
from local_cloud.packages import build_for_this_machine
from local_cloud.stack import Stack
from tests.end_to_end.quick_stack import QuickStack
from tests.end_to_end.web import MANY_SIGN_UPS, Web, unique_username
from tooling.polling import wait_until

SAMPLES = Path(__file__).parents[1] / "samples"
ARRIVAL_SECONDS = 60.0
# Beside the engine's folder: Terraform's requests since the engine started.
REQUEST_LOG = "requests.jsonl"
# terraform/bootstrap makes it. The engine asks nobody whether there is one.
BOUNDARY_ARN = (
    "arn:aws:iam::000000000000:policy/github-actions/onboarding-dev-boundary-eu-central-1"
)
VARIABLES = {**MANY_SIGN_UPS, "permissions_boundary": BOUNDARY_ARN}


@dataclass(frozen=True)
class Object:
    """An object of the bucket."""

    data: bytes
    metadata: Mapping[str, str]
    content_type: str

    @property
    def image(self) -> Image.Image:
        return Image.open(io.BytesIO(self.data))


class Cloud:
    """The stack as an application sees it, with helpers for tests."""

    # tests/permissions overrides it.
    wait_until = staticmethod(wait_until)

    def __init__(self, engine: Engine, stack: Stack, outputs: dict[str, Any]) -> None:
        self.engine = engine
        self.stack = stack
        self.outputs = outputs

    @cached_property
    def dynamodb(self) -> Any:  # noqa: ANN401 - a client made by name
        return self.engine.client("dynamodb")

    @cached_property
    def s3(self) -> Any:  # noqa: ANN401 - a client made by name
        return self.engine.client("s3")

    @cached_property
    def states(self) -> Any:  # noqa: ANN401 - a client made by name
        return self.engine.client("stepfunctions")

    @cached_property
    def sqs(self) -> Any:  # noqa: ANN401 - a client made by name
        return self.engine.client("sqs")

    @property
    def bucket(self) -> str:
        return str(self.outputs["profile_images_bucket_name"])

    # Users

    def insert_user(self, **attributes: str) -> str:
        """Write a new user with a unique name; return the username."""
        username = attributes.pop("username", unique_username("user-"))
        item = {
            "name": "Ada Lovelace",
            "email": f"{username}@example.com",
            "activationStatus": "NONE",
            "activationUrlBase": "https://shop.example.com/activate",
            **attributes,
            "username": username,
        }
        self.dynamodb.put_item(
            TableName=self.outputs["user_table_name"],
            Item={name: {"S": value} for name, value in item.items() if value},
        )
        return username

    def user(self, username: str) -> dict[str, Any]:
        item: dict[str, Any] = self.dynamodb.get_item(
            TableName=self.outputs["user_table_name"],
            Key={"username": {"S": username}},
            ConsistentRead=True,
        )["Item"]
        return item

    def mails_to(self, username: str) -> list[Mail]:
        address = f"{username}@example.com"
        return [mail for mail in self.engine.mails() if mail["to"] == [address]]

    def wait_for_mail(self, username: str) -> Mail:
        mails = self.wait_until(
            lambda: self.mails_to(username),
            f"mail to {username}",
            deadline_seconds=ARRIVAL_SECONDS,
        )
        return mails[0]

    def wait_for_status(self, username: str, status: str) -> dict[str, Any]:
        def has_status() -> dict[str, Any] | None:
            item = self.user(username)
            return item if item["activationStatus"] == {"S": status} else None

        return self.wait_until(
            has_status, f"{username} is {status}", deadline_seconds=ARRIVAL_SECONDS
        )

    def executions_of(self, username: str) -> list[dict[str, Any]]:
        pages = self.states.get_paginator("list_executions").paginate(
            stateMachineArn=self.outputs["state_machine_arn"]
        )
        described = [
            self.states.describe_execution(executionArn=execution["executionArn"])
            for page in pages
            for execution in page["executions"]
        ]
        return [found for found in described if json.loads(found["input"])["username"] == username]

    def wait_for_execution(self, username: str) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            found = self.executions_of(username)
            return found[0] if found and found[0]["status"] != "RUNNING" else None

        return self.wait_until(
            ended,
            f"end of the execution for {username}",
            deadline_seconds=ARRIVAL_SECONDS,
            interval_seconds=0.2,
        )

    def failures(self, queue: str) -> Generator[Mapping[str, Any]]:
        """Every message in one of the failure queues; all stay in it.

        A message that stayed visible would be received again in place of those behind it.
        """
        url = self.outputs["failure_queue_urls"][queue]
        handles: list[str] = []
        try:
            while messages := self.sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=30
            ).get("Messages"):
                handles += [message["ReceiptHandle"] for message in messages]
                yield from messages
        finally:
            for handle in handles:
                self.sqs.change_message_visibility(
                    QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0
                )

    def wait_for_failure(self, queue: str, mention: str) -> dict[str, Any]:
        """Wait for a message with a certain text in one of the failure queues."""

        def found() -> dict[str, Any] | None:
            with closing(self.failures(queue)) as messages:
                bodies = (message["Body"] for message in messages)
                return next((json.loads(body) for body in bodies if mention in body), None)

        return self.wait_until(
            found, f"failure of {mention} in {queue}", deadline_seconds=ARRIVAL_SECONDS
        )

    # Pictures

    def create_profile(self, profile_id: int, **attributes: str) -> None:
        self.dynamodb.put_item(
            TableName=self.outputs["user_profile_table_name"],
            Item={
                "id": {"N": str(profile_id)},
                **{name: {"S": value} for name, value in attributes.items()},
            },
        )

    def profile(self, profile_id: int) -> dict[str, Any] | None:
        item: dict[str, Any] | None = self.dynamodb.get_item(
            TableName=self.outputs["user_profile_table_name"],
            Key={"id": {"N": str(profile_id)}},
            ConsistentRead=True,
        ).get("Item")
        return item

    def upload(self, key: str, data: bytes, **metadata: str) -> None:
        self.s3.put_object(
            Bucket=self.bucket,
            Key=key,
            Body=data,
            ContentType="application/octet-stream",
            Metadata={name.replace("_", "-"): value for name, value in metadata.items()},
        )

    def object(self, key: str) -> Object | None:
        try:
            found = self.s3.get_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise
        return Object(found["Body"].read(), found["Metadata"], found["ContentType"])

    def wait_for_object(self, key: str) -> Object:
        return self.wait_until(lambda: self.object(key), key, deadline_seconds=ARRIVAL_SECONDS)

    def wait_for_profile(self, profile_id: int, attribute: str, value: str) -> dict[str, Any]:
        def has_value() -> dict[str, Any] | None:
            item = self.profile(profile_id)
            return item if item and item.get(attribute) == {"S": value} else None

        return self.wait_until(
            has_value,
            f"{attribute} {value} of profile {profile_id}",
            deadline_seconds=ARRIVAL_SECONDS,
        )

    def wait_for_change(self, key: str, *, versions: int) -> None:
        """Wait until an object has at least this many versions."""
        self.wait_until(
            lambda: self.versions_of(key) >= versions,
            f"{versions} versions of {key}",
            deadline_seconds=ARRIVAL_SECONDS,
        )

    def versions_of(self, key: str) -> int:
        listed = self.s3.list_object_versions(Bucket=self.bucket, Prefix=key).get("Versions", [])
        return sum(version["Key"] == key for version in listed)


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("end-to-end")
    build_for_this_machine(folders.BUILD)
    settings = {REQUESTS_VARIABLE: str(folder / REQUEST_LOG)}
    with Engine(folder / "engine", settings, inbox=True) as engine:
        stack = QuickStack(engine, folder / "terraform", folders.BUILD, variables=VARIABLES)
        yield Cloud(engine, stack, stack.apply())


@pytest.fixture(scope="session")
def web(cloud: Cloud) -> Iterator[Web]:
    with Web(cloud) as web:
        yield web


@pytest.fixture
def profile_id() -> int:
    """The id of a profile that no other test uses."""
    return uuid.uuid4().int % 10**12


@pytest.fixture(scope="session")
def samples() -> dict[str, bytes]:
    """The sample photographs by file name."""
    files = (path for path in SAMPLES.iterdir() if path.is_file() and path.suffix != ".md")
    return {file.name: file.read_bytes() for file in files}
