"""What the policies' conditions forbid, tried with the roles' own credentials.

Removing a permission shows that it is needed. Only a refusal shows that it
reaches no further than it should.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.permissions.world import Client, World

Probe = Callable[[World, Client], object]


@contextmanager
def role_of(world: World, folder: str) -> Iterator[Client]:
    """Clients with the credentials of a function's role, which trusts us for as long."""
    iam = world.engine.client("iam")
    name = f"{world.outputs['function_names'][folder]}-{world.outputs['region']}"
    role = iam.get_role(RoleName=name)["Role"]
    us = world.engine.client("sts").get_caller_identity()["Arn"]
    statement = {"Effect": "Allow", "Principal": {"AWS": us}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    try:
        yield world.clients_of(role["Arn"])
    finally:
        iam.update_assume_role_policy(
            RoleName=name, PolicyDocument=json.dumps(role["AssumeRolePolicyDocument"])
        )


def read_user(world: World, client: Client, **request: Any) -> object:  # noqa: ANN401 - of GetItem
    key = {"username": {"S": world.person.username}}
    return client("dynamodb").get_item(
        TableName=world.outputs["user_table_name"], Key=key, **request
    )


def update_user(world: World, client: Client, return_values: str) -> object:
    return client("dynamodb").update_item(
        TableName=world.outputs["user_table_name"],
        Key={"username": {"S": world.person.username}},
        UpdateExpression="SET probed = :yes",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
        ReturnValues=return_values,
    )


def delete_user(world: World, client: Client, return_values: str) -> object:
    """Delete a user who is not there."""
    return client("dynamodb").delete_item(
        TableName=world.outputs["user_table_name"],
        Key={"username": {"S": "nobody-at-all"}},
        ReturnValues=return_values,
    )


def update_profile(world: World, client: Client, attribute: str) -> object:
    return client("dynamodb").update_item(
        TableName=world.outputs["user_profile_table_name"],
        Key={"id": {"N": "0"}},
        UpdateExpression=f"SET {attribute} = :value",
        ConditionExpression="attribute_not_exists(id)",
        ExpressionAttributeValues={":value": {"N": "1"}},
    )


def put(world: World, client: Client, key: str, **request: Any) -> object:  # noqa: ANN401 - of PutObject
    return client("s3").put_object(Bucket=world.bucket, Key=key, Body=b"x", **request)


def put_by_link(world: World, client: Client, key: str, **request: Any) -> object:  # noqa: ANN401 - boto3's own parameters
    """Put an object by a presigned URL, with the headers that it is signed for."""
    link = client("s3").generate_presigned_url(
        "put_object", Params={"Bucket": world.bucket, "Key": key, **request}
    )
    headers = {"If-None-Match": request.get("IfNoneMatch")}  # None: left out
    return accepted(world.web.http.put(link, data=b"x", headers=headers, timeout=10))


def put_by_form(world: World, client: Client, key: str) -> object:
    form = client("s3").generate_presigned_post(world.bucket, key)
    fields, file = form["fields"], {"file": b"x"}
    return accepted(world.web.http.post(form["url"], data=fields, files=file, timeout=10))


def accepted(answer: requests.Response) -> requests.Response:
    """S3's response; its error is raised as a client raises it."""
    if not answer.ok:
        found = re.search(r"<Code>(\w+)</Code>", answer.text)
        code = found[1] if found else answer.text
        raise ClientError({"Error": {"Code": code}}, "PutObject")
    return answer


def unused_key() -> str:
    return f"original/users/1/{uuid.uuid4().hex}.jpg"


def get(world: World, client: Client, key: str) -> object:
    return client("s3").get_object(Bucket=world.bucket, Key=key)


def send_mail(client: Client, sender: str) -> object:
    return client("sesv2").send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": ["ada@example.com"]},
        Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
    )


ALLOWED: dict[str, tuple[str, Probe]] = {
    "read what the API shows of a user": (
        "web_api",
        lambda world, client: read_user(world, client, ProjectionExpression="passwordHash"),
    ),
    "put a picture by a link that overwrites nothing": (
        "web_api",
        lambda world, client: put_by_link(world, client, unused_key(), IfNoneMatch="*"),
    ),
    "close the uploads of a profile": (
        "web_api",
        lambda world, client: update_profile(world, client, "uploadsClosedAt"),
    ),
    "write a user": ("web_api", lambda world, client: update_user(world, client, "NONE")),
    "delete a user": ("web_api", lambda world, client: delete_user(world, client, "NONE")),
    "send from the own address": (
        "send_user_activation_mail",
        lambda world, client: send_mail(client, world.outputs["from_address"]),
    ),
}
REFUSED: dict[str, tuple[str, Probe]] = {
    "read a user's token": (
        "web_api",
        lambda world, client: read_user(world, client, ProjectionExpression="activationToken"),
    ),
    "read a user's token under another name": (
        "web_api",
        lambda world, client: read_user(
            world,
            client,
            ProjectionExpression="#t",
            ExpressionAttributeNames={"#t": "activationToken"},
        ),
    ),
    "read all of a user": ("web_api", read_user),
    "see what a write replaces": (
        "web_api",
        lambda world, client: update_user(world, client, "ALL_OLD"),
    ),
    "see what a deletion removes": (
        "web_api",
        lambda world, client: delete_user(world, client, "ALL_OLD"),
    ),
    "put a picture other than by a link": (
        "web_api",
        lambda world, client: put(world, client, "original/users/1/x.jpg", IfNoneMatch="*"),
    ),
    "put a picture by a link that may overwrite": (
        "web_api",
        lambda world, client: put_by_link(world, client, "original/users/1/x.jpg"),
    ),
    "put a picture by a form": (
        "web_api",
        lambda world, client: put_by_form(world, client, "original/users/1/x.jpg"),
    ),
    "put a picture elsewhere by a link": (
        "web_api",
        lambda world, client: put_by_link(world, client, "original/x.jpg", IfNoneMatch="*"),
    ),
    "change the image of a profile": (
        "web_api",
        lambda world, client: update_profile(world, client, "image"),
    ),
    "get a thumbnail other than by a link": (
        "web_api",
        lambda world, client: get(world, client, "thumbnails/users/1/x.jpg"),
    ),
    "get a larger thumbnail other than by a link": (
        "web_api",
        lambda world, client: get(world, client, "thumbnails-300/users/1/x.jpg"),
    ),
    "write a thumbnail of a size that is not made": (
        "create_thumbnail",
        lambda world, client: put(world, client, "thumbnails-3000/x.jpg"),
    ),
    "send a mail": (
        "web_api",
        lambda world, client: send_mail(client, world.outputs["from_address"]),
    ),
    "send from another address": (
        "send_user_activation_mail",
        lambda _, client: send_mail(client, "ceo@example.com"),
    ),
    "write an original": (
        "create_thumbnail",
        lambda world, client: put(world, client, "original/x.jpg"),
    ),
    "read a thumbnail": (
        "set_profile_image",
        lambda world, client: get(world, client, "thumbnails/x.jpg"),
    ),
}


@pytest.mark.parametrize(("folder", "probe"), ALLOWED.values(), ids=ALLOWED)
def test_role_may(world: World, folder: str, probe: Probe) -> None:
    with role_of(world, folder) as client:
        assert probe(world, client)


@pytest.mark.parametrize(("folder", "probe"), REFUSED.values(), ids=REFUSED)
def test_role_may_not(world: World, folder: str, probe: Probe) -> None:
    with role_of(world, folder) as client, pytest.raises(ClientError) as refusal:
        probe(world, client)
    code = refusal.value.response["Error"]["Code"]
    assert code in {"AccessDenied", "AccessDeniedException"}
