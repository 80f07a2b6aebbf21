"""Processes are killed before and after each call that they make for one subject.

An undisturbed subject shows first which calls these are.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product

import pytest

from tests.end_to_end.conftest import SAMPLES, Cloud
from tests.end_to_end.ses_events import publish, ses_event
from tests.end_to_end.web import Link, Person, Web
from tests.faults import crowd as people
from tests.faults import plans
from tests.faults.conftest import FaultyCloud, redrive_all
from tests.faults.proxy import Call, Fault, Proxy, no_faults
from tooling.polling import wait_until
from web_api.limits import hashed

KILLS = (Fault.KILLED_BEFORE, Fault.KILLED_AFTER)
MARK = "SET activationStatus = :sent"
# The queue of bounces' visibility timeout, 180 in production: a killed function holds its message.
VISIBILITY_SECONDS = 3


def settled_calls(proxy: Proxy, subjects: Sequence[str]) -> list[Call]:
    """The calls about a subject, once none has come for a second."""
    seen: list[list[Call]] = []

    def none_has_come() -> bool:
        seen.append(proxy.calls_about(subjects))
        return len(seen) > 1 and seen[-1] == seen[-2]

    wait_until(none_has_come, "the end of all calls", interval_seconds=1)
    return seen[-1]


# Mails


def mails_after(call: Call, kill: Fault) -> int:
    """The most mails allowed: between acceptance and mark nobody can know of the first."""
    is_between = (call.operation, kill) == ("SendEmail", Fault.KILLED_AFTER) or (
        call.detail.startswith(MARK) and kill is Fault.KILLED_BEFORE
    )
    return 2 if is_between else 1


def test_a_mail_goes_out_wherever_its_sender_dies(faulty: FaultyCloud) -> None:
    cloud = faulty.cloud
    with faulty.proxy.failing(no_faults):
        sample = cloud.insert_user()
        cloud.wait_for_status(sample, "MAIL_SENT")
        calls = settled_calls(faulty.proxy, [sample, f"{sample}@example.com"])
    assert {call.operation for call in calls} > {"StartExecution", "GetItem", "SendEmail"}
    faults: dict[Call, Fault] = {}
    expected: dict[str, int] = {}
    for number, (call, kill) in enumerate(product(calls, KILLS)):
        username = f"killed-{number}"
        faults[replace(call, subject=call.subject.replace(sample, username))] = kill
        expected[username] = mails_after(call, kill)

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


def test_credentials_that_expired_lose_nothing(faulty: FaultyCloud) -> None:
    cloud = faulty.cloud
    with faulty.proxy.failing(no_faults):
        sample = cloud.insert_user()
        cloud.wait_for_status(sample, "MAIL_SENT")
        calls = settled_calls(faulty.proxy, [sample, f"{sample}@example.com"])
    faults: dict[Call, Fault] = {}
    usernames = [f"expired-{number}" for number in range(len(calls))]
    for username, call in zip(usernames, calls, strict=True):
        subject = call.subject.replace(sample, username)
        faults[replace(call, subject=subject)] = Fault.REFUSED_CREDENTIALS

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


# Whose account it is

NEW_PASSWORD = "violet tractor umbrella"


def take_over(web: Web, link: Link) -> int:
    """Activate with a new password; return the status."""
    return web.post("/activate", {**link.body, "newPassword": NEW_PASSWORD}).status_code


def test_an_account_is_activated_with_its_new_password_or_not_at_all(faulty: FaultyCloud) -> None:
    cloud = faulty.cloud
    with Web(cloud) as web:
        sample, link = web.sign_up_and_get_link()
        with faulty.proxy.failing(no_faults):
            assert take_over(web, link) == 200
            calls = settled_calls(faulty.proxy, [sample.username])
        assert {call.operation for call in calls} == {"GetItem", "TransactWriteItems"}

        for call, kill in product(calls, KILLS):
            person, link = web.sign_up_and_get_link()
            before = cloud.user(person.username)
            plan = plans.one_by_one({replace(call, subject=person.username): kill})
            with faulty.proxy.failing(plan) as ledger:
                assert take_over(web, link) >= 500
            assert ledger.faults

            after = cloud.user(person.username)
            if after != before:
                profile_id = int(after["userProfileId"]["N"])
                assert after["activationStatus"] == {"S": "DONE"}
                assert after["passwordHash"] != before["passwordHash"]
                assert after["sessionGeneration"] != before["sessionGeneration"]
                assert cloud.profile(profile_id) is not None
            assert take_over(web, link) == (200 if after == before else 409)
            web.sign_in(replace(person, password=NEW_PASSWORD))


def test_an_account_is_refused_wherever_the_process_dies(faulty: FaultyCloud) -> None:
    cloud = faulty.cloud
    with Web(cloud) as web:
        sample, link = web.sign_up_and_get_link()
        with faulty.proxy.failing(no_faults):
            assert web.post("/activate/refuse", link.body).status_code == 200
            calls = settled_calls(faulty.proxy, [sample.username, memory_of(sample)])
        assert {call.operation for call in calls} == {"GetItem", "PutItem", "DeleteItem"}

        for call, kill in product(calls, KILLS):
            person, link = web.sign_up_and_get_link()
            subject = memory_of(person) if call.operation == "PutItem" else person.username
            plan = plans.one_by_one({replace(call, subject=subject): kill})
            with faulty.proxy.failing(plan) as ledger:
                assert web.post("/activate/refuse", link.body).status_code >= 500
            assert ledger.faults

            # The link can be refused until the account has gone.
            assert web.post("/activate/refuse", link.body).status_code in (200, 404)
            web.forget_attempts()
            assert web.post("/users", person.registration).status_code == 201
            assert cloud.user(person.username)["mailWithheld"] == {"BOOL": True}


def memory_of(person: Person) -> str:
    """The id under which a refusal is remembered."""
    return "#".join(("refused-sign-up", hashed(person.username), hashed(person.email)))


# Pictures


@dataclass(frozen=True)
class Picture:
    """A profile's picture.

    Attributes:
        folder: the scenario's folder below original/ and thumbnails/.
        profile_id: the profile.
    """

    folder: str
    profile_id: int

    @property
    def original(self) -> str:
        return f"original/{self.folder}/{self.profile_id}.jpg"

    @property
    def thumbnails(self) -> list[str]:
        folders = ("thumbnails", "thumbnails-300")
        return [f"{folder}/{self.folder}/{self.profile_id}.jpg" for folder in folders]

    @property
    def subjects(self) -> list[str]:
        return [str(self.profile_id), self.original, *self.thumbnails]


@dataclass(frozen=True)
class Scenario:
    """Something that happens to a picture.

    Attributes:
        name: its name.
        prepare: makes the state before it.
        begin: makes it happen.
        is_done: whether it has happened.
    """

    name: str
    prepare: Callable[[Cloud, Picture], object]
    begin: Callable[[Cloud, Picture], object]
    is_done: Callable[[Cloud, Picture], bool]


def photograph() -> bytes:
    return (SAMPLES / "rocket.jpg").read_bytes()


def upload(cloud: Cloud, picture: Picture, data: bytes | None = None) -> None:
    profile_id = str(picture.profile_id)
    cloud.upload(picture.original, data or photograph(), user_profile_id=profile_id)


def create_profile(cloud: Cloud, picture: Picture) -> None:
    cloud.create_profile(picture.profile_id)


def create_profile_of_the_future(cloud: Cloud, picture: Picture) -> None:
    """A profile whose image was set by a later upload than any that can come."""
    later = {"imageEventTime": "2999-01-01T00:00:00.000Z", "imageSequencer": "F" * 32}
    cloud.create_profile(picture.profile_id, image="original/other.jpg", **later)
    cloud.wait_for_profile(picture.profile_id, "thumbnailStatus", "FAILED")


def create_closed_profile(cloud: Cloud, picture: Picture) -> None:
    """A profile whose person has signed out after the upload was permitted."""
    create_profile(cloud, picture)
    cloud.dynamodb.update_item(
        TableName=cloud.outputs["user_profile_table_name"],
        Key={"id": {"N": str(picture.profile_id)}},
        UpdateExpression="SET uploadsClosedAt = :after",
        ExpressionAttributeValues={":after": {"N": "2"}},
    )


def upload_permitted_before(cloud: Cloud, picture: Picture) -> None:
    owner = str(picture.profile_id)
    cloud.upload(picture.original, photograph(), user_profile_id=owner, upload_permitted_at="1.0")


def make_thumbnail(cloud: Cloud, picture: Picture) -> None:
    create_profile(cloud, picture)
    upload(cloud, picture)
    wait_until(lambda: has_thumbnail(cloud, picture), "a thumbnail", deadline_seconds=60)


def upload_broken(cloud: Cloud, picture: Picture) -> None:
    upload(cloud, picture, photograph()[:1000])


def delete_profile(cloud: Cloud, picture: Picture) -> None:
    table = cloud.outputs["user_profile_table_name"]
    cloud.dynamodb.delete_item(TableName=table, Key={"id": {"N": str(picture.profile_id)}})


def status_of(cloud: Cloud, picture: Picture) -> str:
    profile = cloud.profile(picture.profile_id) or {}
    return str(profile.get("thumbnailStatus", {}).get("S", ""))


def has_thumbnail(cloud: Cloud, picture: Picture) -> bool:
    return status_of(cloud, picture) == "DONE" and all(map(cloud.object, picture.thumbnails))


def is_refused(cloud: Cloud, picture: Picture) -> bool:
    return status_of(cloud, picture) == "FAILED" and not any(map(cloud.object, picture.thumbnails))


def is_gone(cloud: Cloud, picture: Picture) -> bool:
    """Nothing is there any more: the original is below a delete marker."""
    return cloud.object(picture.original) is None and not any(
        map(cloud.versions_of, picture.thumbnails)
    )


def is_deleted(cloud: Cloud, picture: Picture) -> bool:
    """The original is gone for good, and never was the image."""
    profile = cloud.profile(picture.profile_id) or {}
    return cloud.versions_of(picture.original) == 0 and "image" not in profile


SCENARIOS = (
    Scenario("made", create_profile, upload, has_thumbnail),
    Scenario("refused", make_thumbnail, upload_broken, is_refused),
    Scenario("removed", make_thumbnail, delete_profile, is_gone),
    Scenario("overtaken", create_profile_of_the_future, upload, is_gone),
    Scenario("closed", create_closed_profile, upload_permitted_before, is_deleted),
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_what_happens_to_a_picture_comes_about_wherever_a_process_dies(
    faulty: FaultyCloud, scenario: Scenario, profile_id: int
) -> None:
    cloud = faulty.cloud
    sample = Picture(scenario.name, profile_id)
    scenario.prepare(cloud, sample)
    with faulty.proxy.failing(no_faults):
        scenario.begin(cloud, sample)
        wait_until(lambda: scenario.is_done(cloud, sample), scenario.name, deadline_seconds=60)
        calls = settled_calls(faulty.proxy, sample.subjects)
    assert len(calls) > 3

    # One after the other: a batch whose function dies is delivered again as a whole.
    for number, (call, kill) in enumerate(product(calls, KILLS), start=1):
        picture = replace(sample, profile_id=profile_id + number)
        scenario.prepare(cloud, picture)
        subject = picture.subjects[sample.subjects.index(call.subject)]
        plan = plans.one_by_one({replace(call, subject=subject): kill})
        with faulty.proxy.failing(plan) as ledger:
            scenario.begin(cloud, picture)
            wait_until(
                lambda: ledger.faults and scenario.is_done(cloud, picture),  # noqa: B023 - of this turn
                f"{scenario.name}, {kill.value}: {call}",
                deadline_seconds=60,
            )


# Bounces


def test_a_bounce_is_noted_wherever_its_recorder_dies(faulty: FaultyCloud) -> None:
    cloud = faulty.cloud
    with quick_queue_of_feedback(cloud):
        sample = new_user(cloud)
        with faulty.proxy.failing(no_faults):
            publish(cloud, ses_event("ses_bounce", sample))
            wait_until(lambda: "mailFeedback" in cloud.user(sample), "a note")
            calls = settled_calls(faulty.proxy, [sample])
        assert {call.operation for call in calls} == {"GetItem", "UpdateItem"}
        for call, kill in product(calls, KILLS):
            username = new_user(cloud)
            plan = plans.one_by_one({replace(call, subject=username): kill})
            with faulty.proxy.failing(plan) as ledger:
                publish(cloud, ses_event("ses_bounce", username))
                wait_until(
                    lambda: ledger.faults and "mailFeedback" in cloud.user(username),  # noqa: B023 - of this turn
                    f"a note, {kill.value}: {call}",
                    deadline_seconds=60,
                )
    assert people.waiting_messages(cloud)["record_mail_feedback"] == 0


def new_user(cloud: Cloud) -> str:
    username = cloud.insert_user()
    cloud.wait_for_status(username, "MAIL_SENT")
    return username


@contextmanager
def quick_queue_of_feedback(cloud: Cloud) -> Iterator[None]:
    """Let the queue of bounces soon return messages of a killed function."""
    name = cloud.outputs["mail_feedback_topic_arn"].rpartition(":")[2]
    url = cloud.sqs.get_queue_url(QueueName=name)["QueueUrl"]
    before = cloud.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    quick = {"VisibilityTimeout": str(VISIBILITY_SECONDS)}
    cloud.sqs.set_queue_attributes(QueueUrl=url, Attributes=quick)
    try:
        yield
    finally:
        cloud.sqs.set_queue_attributes(QueueUrl=url, Attributes=before["Attributes"])
