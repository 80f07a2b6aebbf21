"""The documented rights of a command are enough for it, and all of them are needed."""

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from operations import deployment, replay_uploads, thumbnails, users
from operations.deployment import Deployment
from operations.forget.__main__ import DONE, forget
from operations.forget.person import find_by_username
from operations.redrive import __main__ as redrive
from operations.redrive import failure_queue, trimmed
from operations.user import __main__ as user
from operations.user.acts import ACTS
from tests.end_to_end.failure_records import discard
from tests.end_to_end.ses_events import ses_event
from tests.end_to_end.web import Person
from tests.permissions.flows import picture, remove_profile, unused_id, wait_until_gone
from tests.permissions.world import Client, World
from tooling import environment

TRIMMED_SHARD = "shardId-00000000000000000001-deadbeef"
DOCS = Path(__file__).parents[2] / "docs"
USER = "user-accounts.md#Rights of make user"
REDRIVE, USERS, REPLAY, THUMBNAILS = (
    f"redrive.md#Rights of make {name}"
    for name in ("redrive", "users", "replay-uploads", "thumbnails")
)
# The engine has no suppression list: nobody is found in it, and nobody deleted from it.
NOT_IN_THE_ENGINE = {"ses:DeleteSuppressedDestination"}
# These tests' stack has none.
OF_DELIVERY = "the distribution of `delivery_distribution_arn`: only with `delivery`"
ROW = re.compile(r"\| (`\w+:\w+`(?:, `\w+:\w+`)*) \| (.+) \|")


@dataclass(frozen=True)
class DeploymentOfOperator(Deployment):
    """The deployment, as somebody with some rights alone sees it."""

    make: Client = field(kw_only=True)

    def prepare(self) -> None:
        """Leave this process's environment as the other tests need it."""

    def client(self, service: str) -> Any:  # noqa: ANN401 - as in Deployment
        return self.make(service)


def documented_rights(section_of: str) -> list[tuple[list[str], str]]:
    """The rows of the table in a page's section on rights: actions, and what they are on."""
    page, heading = section_of.split("#")
    text = (DOCS / page).read_text(encoding="utf-8")
    section = text.split(f"# {heading}\n")[1].split("\n##")[0]
    rows = [ROW.fullmatch(line) for line in section.splitlines()]
    found = [(re.findall(r"[\w:]+", row[1]), row[2]) for row in rows if row]
    assert len(found) == section.count("\n|") - 2  # the head, and the line below it
    return [(actions, on) for actions, on in found if on != OF_DELIVERY]


def arns_of(world: World) -> dict[str, list[str]]:
    """What the documentation means, by its words."""
    account = world.outputs["state_machine_arn"].split(":")[4]
    region = world.outputs["region"]
    table = f"arn:aws:dynamodb:{region}:{account}:table"
    queue = f"arn:aws:sqs:{region}:{account}"
    functions = f"arn:aws:lambda:{region}:{account}:function"
    names = [url.rpartition("/")[2] for url in world.outputs["failure_queue_urls"].values()]
    failure_queues = [f"{queue}:{name}" for name in names]
    both_tables = [
        f"{table}/{world.outputs[output]}"
        for output in ("user_table_name", "user_profile_table_name")
    ]
    return {
        "the tables `onboarding-dev-User` and `onboarding-dev-user-profile`": both_tables,
        "the table `onboarding-dev-web-state`": [
            f"{table}/{world.outputs['web_state_table_name']}"
        ],
        "the bucket": [f"arn:aws:s3:::{world.bucket}"],
        "its objects": [f"arn:aws:s3:::{world.bucket}/*"],
        "its objects below `original/`": [f"arn:aws:s3:::{world.bucket}/original/*"],
        "the queues of `failure_queue_urls`": failure_queues,
        "the queues of `failure_queue_urls`, for `KEEP=1`": failure_queues,
        "source queues of dead-letter queues": [f"{queue}:{feedback_queue(world)}"],
        "the functions that have a failure queue: `onboarding-dev-UserTableTrigger`, "
        "`onboarding-dev-SetProfileImage`, `onboarding-dev-CreateThumbnail`, "
        "`onboarding-dev-RemoveProfileImages`": [
            f"{functions}:{world.outputs['function_names'][name]}"
            for name in (
                "user_table_trigger",
                "set_profile_image",
                "create_thumbnail",
                "remove_profile_images",
            )
        ],
        "the function `onboarding-dev-CreateThumbnail`": [
            f"{functions}:{world.outputs['function_names']['create_thumbnail']}"
        ],
        "the state machine": [world.outputs["state_machine_arn"]],
        # The engine asks without saying which stream: that the actions are enough is shown here.
        "the streams of both tables: `table/onboarding-dev-User/stream/*`, "
        "`table/onboarding-dev-user-profile/stream/*`": ["*"],
        "both tables, for what a stream has trimmed": both_tables,
        "the table `onboarding-dev-User`": both_tables[:1],
        "the table `onboarding-dev-User`, for links that expired": both_tables[:1],
        "the table `onboarding-dev-user-profile`": both_tables[1:],
        "`*`: the action knows no resources": ["*"],
        "`*`: the actions know no resources": ["*"],
    }


def feedback_queue(world: World) -> str:
    """The name of the queue that RecordMailFeedback reads; the topic has the same."""
    return str(world.outputs["mail_feedback_topic_arn"].rpartition(":")[2])


def operator(world: World, rights: Sequence[tuple[list[str], str]]) -> tuple[str, Client]:
    """A new role with documented rights: its name, and what makes its clients."""
    arns = arns_of(world)
    allow = [{"Effect": "Allow", "Action": actions, "Resource": arns[on]} for actions, on in rights]
    return role_with(world, allow)


def role_with(world: World, allow: Sequence[object]) -> tuple[str, Client]:
    """A new role with these statements: its name, and what makes its clients."""
    iam, name = world.engine.client("iam"), f"operator-{uuid.uuid4().hex[:8]}"
    us = world.engine.client("sts").get_caller_identity()["Arn"]
    trust = [{"Effect": "Allow", "Principal": {"AWS": us}, "Action": "sts:AssumeRole"}]
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="work", PolicyDocument=document(allow))
    return name, world.clients_of(role["Arn"])


def document(statements: Sequence[object]) -> str:
    """A policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def somebody_with_data_everywhere(world: World) -> Person:
    """A person whom every kind of place knows that `make forget` looks at."""
    world.web.forget_attempts()
    person = world.web.activated()
    session = world.web.sign_in(person)
    replaced = world.web.upload(session, picture())
    profile_id = int(world.user(person.username)["userProfileId"]["N"])
    world.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    # Another application puts a picture in its place, which lies below a delete marker then.
    key = f"original/{profile_id}.jpg"
    world.upload(key, picture(), user_profile_id=str(profile_id))
    wait_until_gone(world, replaced)
    world.wait_for_profile(profile_id, "thumbnail", f"thumbnails/{profile_id}.jpg")
    world.web.post("/sign-in", {**person.credentials, "password": "not the password"})
    world.sqs.send_message(
        QueueUrl=world.outputs["failure_queue_urls"]["activation"],
        MessageBody=json.dumps({"input": json.dumps({"username": person.username})}),
    )
    return person


def failures_of_every_kind(world: World) -> None:
    """A message in each queue, about something that now would succeed."""
    clear_what_others_left(world)
    username = world.insert_user(email="")
    world.wait_for_failure("activation", username)
    world.dynamodb.update_item(
        TableName=world.outputs["user_table_name"],
        Key={"username": {"S": username}},
        UpdateExpression="SET email = :email",
        ExpressionAttributeValues={":email": {"S": f"{username}@example.com"}},
    )
    profile_id = unused_id()
    key = f"original/{profile_id}.jpg"
    world.upload(key, picture(), user_profile_id=str(profile_id))
    world.wait_for_failure("set_profile_image", key)
    # Its image is gone: in need of a thumbnail, as far as the table tells.
    world.create_profile(profile_id, image=f"original/{profile_id}/gone.jpg")
    world.wait_for_profile(profile_id, "thumbnailStatus", "FAILED")
    table, item = world.outputs["user_profile_table_name"], {"id": {"N": str(profile_id)}}
    discard(world, "create_thumbnail", table, item)
    discard(world, "create_thumbnail", table, item, shardId=TRIMMED_SHARD)
    world.sqs.send_message(
        QueueUrl=world.outputs["failure_queue_urls"]["record_mail_feedback"],
        MessageBody=json.dumps(ses_event("ses_bounce", username)),
    )


def clear_what_others_left(world: World) -> None:
    """Empty the queues, and remove the profiles in need of a thumbnail: some can never have one."""
    table = world.outputs["user_profile_table_name"]
    pages = world.dynamodb.get_paginator("scan").paginate(TableName=table)
    for profile in (item for page in pages for item in page["Items"]):
        if trimmed.profile_is_due(profile):
            remove_profile(world, int(profile["id"]["N"]))
    for url in world.outputs["failure_queue_urls"].values():
        world.sqs.purge_queue(QueueUrl=url)


def seen_as(world: World, section: str) -> tuple[DeploymentOfOperator, str]:
    """The deployment, as somebody with a section's rights alone sees it, and that one's name."""
    name, clients = operator(world, documented_rights(section))
    outputs, endpoint_url = world.outputs, world.engine.endpoint_url
    return DeploymentOfOperator(outputs, environment.REGION, endpoint_url, make=clients), name


def act_as(monkeypatch: pytest.MonkeyPatch, found: DeploymentOfOperator) -> None:
    """Let the commands act on a deployment, without the pauses that real ones need."""
    monkeypatch.setattr(deployment, "find", lambda _cloud, _environment: found)
    monkeypatch.setattr(failure_queue, "WAIT_SECONDS", 0)


def assert_all_is_needed(world: World, section: str, mark: int, name: str) -> None:
    """That somebody with a section's rights was refused nothing since, and has used each row."""
    asked = [one for one in world.decisions.since(mark) if one.principal == name]
    assert [one for one in asked if not one.allowed] == []
    arns = arns_of(world)
    unused = [
        f"{action} on {on}"
        for actions, on in documented_rights(section)
        for action in actions
        if not any(
            one.action == action and any(fnmatchcase(one.resource, arn) for arn in arns[on])
            for one in asked
        )
    ]
    assert unused == [row for row in unused if row.split()[0] in NOT_IN_THE_ENGINE]


def test_documented_rights_are_what_make_forget_needs(world: World) -> None:
    person = somebody_with_data_everywhere(world)
    found, name = seen_as(world, "privacy.md#Rights")
    mark = world.decisions.mark()

    who = find_by_username(found, person.username)
    assert forget(found, who, search_bucket=True, yes=True) == DONE

    assert_all_is_needed(world, "privacy.md#Rights", mark, name)


def test_documented_rights_are_what_make_redrive_needs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trimmed, "SETTLE_SECONDS", 0.0)
    failures_of_every_kind(world)
    found, name = seen_as(world, REDRIVE)
    act_as(monkeypatch, found)
    mark = world.decisions.mark()

    assert redrive.main(["--keep"]) == 0
    assert redrive.main([]) == 0

    assert_all_is_needed(world, REDRIVE, mark, name)


def test_documented_rights_are_what_make_users_needs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    username = world.insert_user(email="")
    world.wait_for_failure("activation", username)
    found, name = seen_as(world, USERS)
    act_as(monkeypatch, found)
    mark = world.decisions.mark()

    assert users.main(["--status", "NONE"]) == 0
    assert users.main(["--username", username, "--start"]) == 0

    assert_all_is_needed(world, USERS, mark, name)


def test_documented_rights_are_what_make_user_needs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    username = world.insert_user()
    found, name = seen_as(world, USER)
    act_as(monkeypatch, found)
    mark = world.decisions.mark()

    for act in ACTS:
        assert user.main(["--do", act, username]) == 0

    assert_all_is_needed(world, USER, mark, name)


def test_documented_rights_are_what_make_replay_uploads_needs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile_id = unused_id()
    key = f"original/{profile_id}.jpg"
    world.upload(key, picture(), user_profile_id=str(profile_id))
    world.wait_for_failure("set_profile_image", key)
    world.create_profile(profile_id)
    found, name = seen_as(world, REPLAY)
    act_as(monkeypatch, found)
    mark = world.decisions.mark()

    assert replay_uploads.main(["--since", "1h"]) == 0

    assert_all_is_needed(world, REPLAY, mark, name)
    world.wait_for_profile(profile_id, "thumbnailStatus", "DONE")


def test_documented_rights_are_what_make_thumbnails_needs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile_id = unused_id()
    world.create_profile(profile_id)
    world.upload(f"original/{profile_id}.jpg", picture(), user_profile_id=str(profile_id))
    profile = world.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    before = {name: value for name, value in profile.items() if name != "thumbnailSizes"}
    table = world.outputs["user_profile_table_name"]
    world.engine.client("dynamodb").put_item(TableName=table, Item=before)
    found, name = seen_as(world, THUMBNAILS)
    act_as(monkeypatch, found)
    mark = world.decisions.mark()

    assert thumbnails.main([]) == 0

    assert_all_is_needed(world, THUMBNAILS, mark, name)
    assert "thumbnailSizes" in (world.profile(profile_id) or {})
