"""Processes are killed before and after each request that a mail or a thumbnail takes."""

from typing import Any

import pytest

from local_cloud.polling import wait_until
from tests.end_to_end.conftest import Cloud
from tests.faults import plans
from tests.faults.conftest import FaultyCloud, redrive_all
from tests.faults.proxy import Fault

KILLS = (Fault.KILLED_BEFORE, Fault.KILLED_AFTER)
CLAIM = "SET activationMailClaim"
MARK = "SET activationStatus = :sent"

# Operation, how its update expression starts, and how many mails there may be in the end: only
# between SES's acceptance and the mark nobody can know.
MAIL_STEPS = (
    ("StartExecution", "", {Fault.KILLED_BEFORE: 1, Fault.KILLED_AFTER: 1}),
    ("GetItem", "", {Fault.KILLED_BEFORE: 1, Fault.KILLED_AFTER: 1}),
    ("UpdateItem", CLAIM, {Fault.KILLED_BEFORE: 1, Fault.KILLED_AFTER: 1}),
    ("SendEmail", "", {Fault.KILLED_BEFORE: 1, Fault.KILLED_AFTER: 2}),
    ("UpdateItem", MARK, {Fault.KILLED_BEFORE: 2, Fault.KILLED_AFTER: 1}),
)
IMAGE = "SET image"
OUTCOME = "SET thumbnailStatus"
PICTURE_STEPS = (
    ("HeadObject", "original", ""),
    ("UpdateItem", "", IMAGE),
    ("GetObject", "original", ""),
    ("PutObject", "thumbnails", ""),
    ("UpdateItem", "", OUTCOME),
)


def test_a_mail_goes_out_wherever_its_sender_dies(faulty: FaultyCloud) -> None:
    cloud = faulty.cloud
    expected: dict[str, int] = {}
    faults = []
    for number, (operation, detail, mails) in enumerate(MAIL_STEPS):
        for kill in KILLS:
            username = f"killed-{number}-{kill.name.lower().replace('_', '-')}"
            subject = f"{username}@example.com" if operation == "SendEmail" else username
            faults.append((operation, subject, detail, kill))
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
    faults = []
    profiles: dict[int, str] = {}
    for number, (operation, folder, detail) in enumerate(PICTURE_STEPS):
        for turn, kill in enumerate(KILLS):
            profile_id = 500_000_000 + 10 * number + turn
            name = f"killed/{profile_id}.jpg"
            faults.append(
                (operation, f"{folder}/{name}" if folder else str(profile_id), detail, kill)
            )
            profiles[profile_id] = name
    with faulty.proxy.failing(plans.one_by_one(faults)) as ledger:
        for profile_id, name in profiles.items():
            cloud.create_profile(profile_id)
            cloud.upload(f"original/{name}", samples["rocket.jpg"], user_profile_id=str(profile_id))
        wait_until(
            lambda: all(is_done(cloud, profile_id) for profile_id in profiles),
            "a thumbnail for each of them",
            deadline_seconds=120,
            interval_seconds=1,
        )
    assert sum(ledger.faults.values()) == len(faults)
    assert all(cloud.object(f"thumbnails/{name}") for name in profiles.values())


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
        (operation, username, detail, Fault.REFUSED_CREDENTIALS)
        for username, (operation, detail) in users.items()
    ]
    faults.append(("SendEmail", "expired-send@example.com", "", Fault.REFUSED_CREDENTIALS))
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
