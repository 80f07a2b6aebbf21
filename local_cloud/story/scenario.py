"""What other applications do: plain DynamoDB and S3 calls, by the contract."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from PIL import Image

from local_cloud.engine.mails import Mail
from tooling.polling import wait_until

ARRIVAL_SECONDS = 60.0
CONTENT_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}

# Makes a client of a service by its name.
Clients = Callable[[str], Any]


@dataclass(frozen=True)
class User:
    """A user that an application writes."""

    username: str
    name: str
    email: str
    activation_status: str = "NONE"
    activation_url_base: str = "https://shop.example.com/activate"


@dataclass(frozen=True)
class Picture:
    """An upload: the profile's id, the file, and the key below `original/`."""

    profile_id: int
    file_name: str
    name: str

    @property
    def original_key(self) -> str:
        """The key that the application uploads it to."""
        return f"original/{self.name}"

    @property
    def thumbnail_key(self) -> str:
        """The key of its thumbnail."""
        return f"thumbnails/{self.name}"


@dataclass(frozen=True)
class Thumbnail:
    """A thumbnail from the bucket."""

    data: bytes
    width: int
    height: int
    image_format: str


# The web API refuses this username; other applications may use it.
NEW_USER = User("mae+crew", "Mae Jemison", "mae@example.com")
ACTIVE_USER = User("grace", "Grace Hopper", "grace@example.com", activation_status="DONE")
PICTURES = (
    Picture(1, "astronaut-rotated.jpg", "crew/1992/astronaut.jpg"),
    Picture(2, "cat.png", "my cat.png"),
)


def insert_user(clients: Clients, table: str, user: User) -> None:
    """Write a new user, which starts the pipeline through the table's stream."""
    clients("dynamodb").put_item(
        TableName=table,
        Item={
            "username": {"S": user.username},
            "name": {"S": user.name},
            "email": {"S": user.email},
            "activationStatus": {"S": user.activation_status},
            "activationUrlBase": {"S": user.activation_url_base},
        },
        ConditionExpression="attribute_not_exists(username)",
    )


def mail_to(mails: list[Mail], address: str) -> Mail | None:
    """The first mail to an address, if there is one."""
    return next((mail for mail in mails if address in mail["to"]), None)


def wait_for_mail(read_mails: Callable[[], list[Mail]], address: str) -> Mail:
    """Wait for the mail to an address."""
    return wait_until(
        lambda: mail_to(read_mails(), address),
        f"the mail to {address}",
        deadline_seconds=ARRIVAL_SECONDS,
    )


def wait_for_execution(clients: Clients, state_machine_arn: str, user: User) -> str:
    """Wait until the execution for a user has ended and return its status."""
    return wait_until(
        lambda: _ended_execution(clients("stepfunctions"), state_machine_arn, user),
        f"the end of the execution for {user.username}",
        deadline_seconds=ARRIVAL_SECONDS,
        interval_seconds=0.2,
    )


def _ended_execution(states: Any, state_machine_arn: str, user: User) -> str | None:  # noqa: ANN401 - a client
    for page in states.get_paginator("list_executions").paginate(stateMachineArn=state_machine_arn):
        for execution in page["executions"]:
            if execution["status"] == "RUNNING":
                continue
            found = states.describe_execution(executionArn=execution["executionArn"])
            if json.loads(found["input"]) == {"username": user.username}:
                return str(found["status"])
    return None


def create_profile(clients: Clients, table: str, picture: Picture) -> None:
    """Write the profile that a picture will belong to."""
    clients("dynamodb").put_item(TableName=table, Item={"id": {"N": str(picture.profile_id)}})


def upload_picture(clients: Clients, bucket: str, samples: Path, picture: Picture) -> None:
    """Upload a picture, which starts the pipeline through the bucket's notification."""
    clients("s3").put_object(
        Bucket=bucket,
        Key=picture.original_key,
        Body=(samples / picture.file_name).read_bytes(),
        ContentType=CONTENT_TYPES[Path(picture.file_name).suffix],
        Metadata={"user-profile-id": str(picture.profile_id)},
    )


def wait_for_thumbnail(clients: Clients, bucket: str, picture: Picture) -> Thumbnail:
    """Wait for a picture's thumbnail and read it."""
    return wait_until(
        lambda: _fetch_thumbnail(clients("s3"), bucket, picture.thumbnail_key),
        f"the thumbnail {picture.thumbnail_key}",
        deadline_seconds=ARRIVAL_SECONDS,
    )


def _fetch_thumbnail(s3: Any, bucket: str, key: str) -> Thumbnail | None:  # noqa: ANN401 - a client
    try:
        found = s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
    return read_thumbnail(found["Body"].read())


def read_thumbnail(data: bytes) -> Thumbnail:
    """A thumbnail's bytes, with its size and format."""
    with Image.open(BytesIO(data)) as image:
        width, height = image.size
        return Thumbnail(data, width, height, image.format or "")
