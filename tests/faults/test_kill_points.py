"""Processes are killed before and after each request that they make for somebody."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Any, NamedTuple

import pytest

from local_cloud.polling import wait_until
from tests.end_to_end.conftest import Cloud
from tests.end_to_end.ses_events import publish, ses_event
from tests.faults import crowd as people
from tests.faults import plans
from tests.faults.conftest import FaultyCloud, redrive_all
from tests.faults.plans import Planned
from tests.faults.proxy import Fault

KILLS = (Fault.KILLED_BEFORE, Fault.KILLED_AFTER)
CLAIM = "SET activationMailClaim"
MARK = "SET activationStatus = :sent"

# Operation, how its update expression starts, the how-manieth of these it is, and how many mails
# there may be in the end: only between SES's acceptance and the mark nobody can know.
MAIL_STEPS = (
    ("StartExecution", "", 1, {Fault.KILLED_BEFORE: 1, Fault.KILLED_AFTER: 1}),
    ("GetItem", "", 1, {Fault.KILLED_BEFORE: 1, Fault.KILLED_AFTER: 1}),  # of the status
    ("GetItem", "", 2, {Fault.KILLED_BEFORE: 1, Fault.KILLED_AFTER: 1}),  # of the user
    ("UpdateItem", CLAIM, 1, {Fault.KILLED_BEFORE: 1, Fault.KILLED_AFTER: 1}),
    ("SendEmail", "", 1, {Fault.KILLED_BEFORE: 1, Fault.KILLED_AFTER: 2}),
    ("UpdateItem", MARK, 1, {Fault.KILLED_BEFORE: 2, Fault.KILLED_AFTER: 1}),
)


class Step(NamedTuple):
    """A request about somebody's picture.

    Attributes:
        operation: Such as "GetObject".
        folder: That of the key that it is about; "" where it is about the profile.
        detail: How its update expression starts.
        turn: The how-manieth of these it is.
    """

    operation: str
    folder: str
    detail: str = ""
    turn: int = 1


PICTURE_STEPS = (
    Step("HeadObject", "original"),
    Step("UpdateItem", "", "SET image"),
    Step("GetObject", "original"),
    Step("PutObject", "thumbnails"),
    Step("UpdateItem", "", "SET thumbnailStatus"),
)
REMOVAL_STEPS = (
    Step("HeadObject", "original"),
    Step("GetItem", ""),
    Step("DeleteObject", "original"),
    Step("HeadObject", "thumbnails"),
    Step("GetItem", "", turn=2),
    Step("DeleteObject", "thumbnails"),
    Step("HeadObject", "thumbnails", turn=2),
)
FEEDBACK_STEPS = (("GetItem", ""), ("UpdateItem", "SET mailFeedback"))
# Of the queue of bounces, 180 in production: so long a message stays with who has died over it.
VISIBILITY_SECONDS = 3


def test_a_mail_goes_out_wherever_its_sender_dies(faulty: FaultyCloud) -> None:
    cloud = faulty.cloud
    expected: dict[str, int] = {}
    faults = []
    for number, (operation, detail, turn, mails) in enumerate(MAIL_STEPS):
        for kill in KILLS:
            username = f"killed-{number}-{kill.name.lower().replace('_', '-')}"
            subject = f"{username}@example.com" if operation == "SendEmail" else username
            faults.append(Planned(operation, subject, kill, detail, turn))
            expected[username] = mails[kill]
    with faulty.proxy.failing(plans.one_by_one(faults)) as ledger:
        for username in expected:
            cloud.insert_user(username=username)
        wait_until(
            lambda: all(
                cloud.user(username)["activationStatus"] == {"S": "MAIL_SENT"}
                for username in expected
            ),
            "a mail to each of them",
            # The claim of a killed sender holds for a minute.
            deadline_seconds=240,
            interval_seconds=1,
        )
    assert sum(ledger.faults.values()) == len(faults)
    assert {name: len(cloud.mails_to(name)) for name in expected} == expected


def test_a_thumbnail_is_made_wherever_its_maker_dies(
    faulty: FaultyCloud, samples: dict[str, bytes]
) -> None:
    cloud = faulty.cloud
    faults, profiles = kills_at(PICTURE_STEPS, "killed", 500_000_000)
    with faulty.proxy.failing(plans.one_by_one(faults)) as ledger:
        upload_all(cloud, profiles, samples["rocket.jpg"])
        wait_for_thumbnails(cloud, profiles)
    assert sum(ledger.faults.values()) == len(faults)
    assert all(cloud.object(f"thumbnails/{name}") for name in profiles.values())


def test_a_left_picture_goes_wherever_its_remover_dies(
    faulty: FaultyCloud, samples: dict[str, bytes]
) -> None:
    cloud = faulty.cloud
    faults, profiles = kills_at(REMOVAL_STEPS, "left", 510_000_000)
    upload_all(cloud, profiles, samples["rocket.jpg"])
    wait_for_thumbnails(cloud, profiles)

    with faulty.proxy.failing(plans.one_by_one(faults)) as ledger:
        for profile_id in profiles:
            cloud.dynamodb.delete_item(
                TableName=cloud.outputs["user_profile_table_name"],
                Key={"id": {"N": str(profile_id)}},
            )
        wait_until(
            lambda: sum(ledger.faults.values()) == len(faults) and nothing_lies(cloud, profiles),
            "the end of all their pictures",
            deadline_seconds=120,
            interval_seconds=1,
        )
    assert sum(cloud.versions_of(f"thumbnails/{name}") for name in profiles.values()) == 0


@pytest.mark.parametrize("kill", KILLS)
def test_an_overtaken_upload_goes_wherever_its_remover_dies(
    faulty: FaultyCloud, samples: dict[str, bytes], profile_id: int, kill: Fault
) -> None:
    cloud = faulty.cloud
    earlier, later = (f"original/{profile_id}/{name}.jpg" for name in ("earlier", "later"))
    cloud.create_profile(profile_id)
    faults = [Planned("HeadObject", earlier, Fault.KILLED_BEFORE)]
    with faulty.proxy.failing(plans.one_by_one(faults)) as ledger:
        cloud.upload(earlier, samples["rocket.jpg"], user_profile_id=str(profile_id))
        wait_until(lambda: bool(ledger.faults), "the first kill", deadline_seconds=60)
    # It is tried again in a second, and finds this one.
    faults = [Planned("DeleteObject", earlier, kill)]
    with faulty.proxy.failing(plans.one_by_one(faults)) as ledger:
        cloud.upload(later, samples["rocket.jpg"], user_profile_id=str(profile_id))
        wait_until(
            lambda: bool(ledger.faults) and cloud.object(earlier) is None,
            "the end of the earlier upload",
            deadline_seconds=60,
        )
        cloud.wait_for_profile(profile_id, "image", later)
        cloud.wait_for_profile(profile_id, "thumbnailStatus", "DONE")
    assert cloud.object(later)


def test_a_bounce_is_noted_wherever_its_recorder_dies(faulty: FaultyCloud) -> None:
    cloud = faulty.cloud
    faults = []
    usernames = []
    for number, (operation, detail) in enumerate(FEEDBACK_STEPS):
        for kill in KILLS:
            username = f"bounced-{number}-{kill.name.lower().replace('_', '-')}"
            faults.append(Planned(operation, username, kill, detail))
            usernames.append(cloud.insert_user(username=username))
    for username in usernames:
        cloud.wait_for_status(username, "MAIL_SENT")

    with faulty.proxy.failing(plans.one_by_one(faults)) as ledger, quick_queue_of_feedback(cloud):
        for username in usernames:
            publish(cloud, ses_event("ses_bounce", username))
        wait_until(
            lambda: (
                sum(ledger.faults.values()) == len(faults)
                and all("mailFeedback" in cloud.user(username) for username in usernames)
            ),
            "a note on each of them",
            deadline_seconds=120,
            interval_seconds=1,
        )
    assert people.waiting_messages(cloud)["record_mail_feedback"] == 0


@contextmanager
def quick_queue_of_feedback(cloud: Cloud) -> Iterator[None]:
    """Let the queue of bounces give back soon what its function has died over."""
    name = cloud.outputs["mail_feedback_topic_arn"].rpartition(":")[2]
    url = cloud.sqs.get_queue_url(QueueName=name)["QueueUrl"]
    before = cloud.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    quick = {"VisibilityTimeout": str(VISIBILITY_SECONDS)}
    cloud.sqs.set_queue_attributes(QueueUrl=url, Attributes=quick)
    try:
        yield
    finally:
        cloud.sqs.set_queue_attributes(QueueUrl=url, Attributes=before["Attributes"])


def kills_at(
    steps: Sequence[Step], folder: str, first_id: int
) -> tuple[list[Planned], dict[int, str]]:
    """A kill before and one after each step, for a profile of its own each.

    Returns:
        The kills, and the name of each profile's picture by the profile's id.
    """
    faults, profiles = [], {}
    for profile_id, (step, kill) in enumerate(product(steps, KILLS), first_id):
        profiles[profile_id] = name = f"{folder}/{profile_id}.jpg"
        subject = f"{step.folder}/{name}" if step.folder else str(profile_id)
        faults.append(Planned(step.operation, subject, kill, step.detail, step.turn))
    return faults, profiles


def upload_all(cloud: Cloud, profiles: dict[int, str], picture: bytes) -> None:
    for profile_id, name in profiles.items():
        cloud.create_profile(profile_id)
        cloud.upload(f"original/{name}", picture, user_profile_id=str(profile_id))


def wait_for_thumbnails(cloud: Cloud, profiles: dict[int, str]) -> None:
    wait_until(
        lambda: all(is_done(cloud, profile_id) for profile_id in profiles),
        "a thumbnail for each of them",
        deadline_seconds=120,
        interval_seconds=1,
    )


def nothing_lies(cloud: Cloud, profiles: dict[int, str]) -> bool:
    """Whether no object is there any more: originals lie below a delete marker."""
    return not any(
        cloud.object(f"{folder}/{name}")
        for folder in ("original", "thumbnails")
        for name in profiles.values()
    )


def is_done(cloud: Cloud, profile_id: int) -> bool:
    profile: dict[str, Any] = cloud.profile(profile_id) or {}
    return profile.get("thumbnailStatus") == {"S": "DONE"}


def test_credentials_that_expired_lose_nothing(faulty: FaultyCloud) -> None:
    cloud = faulty.cloud
    users = {
        "expired-start": ("StartExecution", ""),
        "expired-read": ("GetItem", ""),
        "expired-claim": ("UpdateItem", CLAIM),
        "expired-mark": ("UpdateItem", MARK),
    }
    faults = [
        Planned(operation, username, Fault.REFUSED_CREDENTIALS, detail)
        for username, (operation, detail) in users.items()
    ]
    faults.append(Planned("SendEmail", "expired-send@example.com", Fault.REFUSED_CREDENTIALS))
    usernames = [*users, "expired-send"]
    with faulty.proxy.failing(plans.one_by_one(faults)) as ledger:
        for username in usernames:
            cloud.insert_user(username=username)
        wait_until(
            lambda: sum(ledger.faults.values()) == len(faults),
            "each refusal",
            deadline_seconds=60,
        )
        for username in usernames:
            cloud.wait_for_execution(username)
    redrive_all(cloud)
    wait_until(
        lambda: all(cloud.mails_to(username) for username in usernames),
        "a mail to each of them",
        deadline_seconds=120,
        interval_seconds=1,
    )


@pytest.fixture(scope="session")
def samples() -> dict[str, bytes]:
    """The sample photographs by file name."""
    from tests.end_to_end.conftest import SAMPLES  # noqa: PLC0415 - one constant

    return {file.name: file.read_bytes() for file in SAMPLES.iterdir() if file.suffix != ".md"}
