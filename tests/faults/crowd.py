"""Writes a thousand people and their pictures, waits for them, and counts."""

import io
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from PIL import Image

from tests.end_to_end.conftest import Cloud
from tooling.errors import ToolingError
from tooling.polling import wait_until

WRITERS = 8


@dataclass(frozen=True)
class Crowd:
    """People of one run: each has a username, and a profile whose id is `first_id` + number."""

    name: str
    size: int
    first_id: int

    @property
    def usernames(self) -> list[str]:
        return [f"{self.name}-{number}" for number in range(self.size)]

    @property
    def profile_ids(self) -> list[int]:
        return list(range(self.first_id, self.first_id + self.size))

    def original(self, profile_id: int) -> str:
        return f"original/{self.name}/{profile_id}.jpg"

    def thumbnails(self, profile_id: int) -> set[str]:
        return {
            f"{folder}/{self.name}/{profile_id}.jpg" for folder in ("thumbnails", "thumbnails-300")
        }


def sign_up(cloud: Cloud, crowd: Crowd) -> None:
    """Write all users, as an application does."""
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda username: cloud.insert_user(username=username), crowd.usernames))


def upload(cloud: Cloud, crowd: Crowd) -> None:
    """Write all profiles, and upload a picture for each."""
    picture = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((400, 300)).save(picture, "JPEG")

    def upload_one(profile_id: int) -> None:
        cloud.create_profile(profile_id)
        cloud.upload(
            crowd.original(profile_id), picture.getvalue(), user_profile_id=str(profile_id)
        )

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(upload_one, crowd.profile_ids))


def scanned(cloud: Cloud, table: str) -> dict[str, dict[str, Any]]:
    """All items of a table by key, with attributes as plain text."""
    pages = cloud.dynamodb.get_paginator("scan").paginate(
        TableName=cloud.outputs[table], ConsistentRead=True
    )
    items = [item for page in pages for item in page["Items"]]
    plain = [{name: next(iter(v.values())) for name, v in item.items()} for item in items]
    return {item.get("username") or item["id"]: item for item in plain}


def mails_by_username(cloud: Cloud) -> Counter[str]:
    return Counter(mail["to"][0].partition("@")[0] for mail in cloud.engine.mails())


def without_a_mail(cloud: Cloud, crowd: Crowd) -> set[str]:
    """The users without a mail, or without its mark."""
    users, mails = scanned(cloud, "user_table_name"), mails_by_username(cloud)
    return {
        name
        for name in crowd.usernames
        if users[name]["activationStatus"] != "MAIL_SENT" or not mails[name]
    }


def without_a_thumbnail(cloud: Cloud, crowd: Crowd) -> set[int]:
    """The people who lack a thumbnail of a size, or its mark on the profile."""
    profiles = scanned(cloud, "user_profile_table_name")
    pages = cloud.s3.get_paginator("list_objects_v2").paginate(
        Bucket=cloud.bucket, Prefix="thumbnails"
    )
    there = {found["Key"] for page in pages for found in page.get("Contents", [])}
    return {
        profile_id
        for profile_id in crowd.profile_ids
        if profiles[str(profile_id)].get("thumbnailStatus") != "DONE"
        or not crowd.thumbnails(profile_id) <= there
    }


def running_executions(cloud: Cloud) -> int:
    pages = cloud.states.get_paginator("list_executions").paginate(
        stateMachineArn=cloud.outputs["state_machine_arn"], statusFilter="RUNNING"
    )
    return sum(len(page["executions"]) for page in pages)


def waiting_messages(cloud: Cloud) -> dict[str, int]:
    """How many messages are in each failure queue."""
    counts = {}
    for name, url in cloud.outputs["failure_queue_urls"].items():
        attributes = cloud.sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )["Attributes"]
        counts[name] = int(attributes["ApproximateNumberOfMessages"])
    return counts


def wait_until_quiet(cloud: Cloud, crowd: Crowd, *, deadline_seconds: float) -> None:
    """Wait until everything is done, or nothing changes for a while.

    Raises:
        ToolingError: executions are still running at the deadline.
    """
    seen: list[tuple[object, float]] = []

    def is_quiet() -> bool:
        if running_executions(cloud):
            return False
        missing = (len(without_a_mail(cloud, crowd)), len(without_a_thumbnail(cloud, crowd)))
        if missing == (0, 0):
            return True
        state = (missing, tuple(waiting_messages(cloud).items()))
        if not seen or seen[-1][0] != state:
            seen.append((state, time.monotonic()))
        # The longest pause between retries, of an asynchronous event or a stream's batch.
        return time.monotonic() - seen[-1][1] > 15

    wait_until(
        is_quiet, "the end of all work", deadline_seconds=deadline_seconds, interval_seconds=1
    )


def blocked_streams(cloud: Cloud, crowd: Crowd) -> Sequence[str]:
    """The streams that no longer deliver: one more user, and one more picture, show it."""
    probe = Crowd(f"{crowd.name}-probe", 1, crowd.first_id + crowd.size)
    sign_up(cloud, probe)
    upload(cloud, probe)
    blocked = []
    for stream, missing in (("User", without_a_mail), ("user-profile", without_a_thumbnail)):
        try:
            wait_until(lambda missing=missing: not missing(cloud, probe), stream)  # type: ignore[misc]
        except ToolingError:
            blocked.append(stream)
    return blocked
