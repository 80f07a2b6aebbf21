"""A mail bounces: SES's event goes to the topic, and stops further mails to that address."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.end_to_end.ses_events import publish, ses_event
from tests.end_to_end.web import unique_username
from tooling.polling import wait_until

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Cloud
    from tests.end_to_end.web import Web

ARRIVAL_SECONDS = 60.0


def wait_for_feedback(cloud: "Cloud", username: str, feedback: str) -> dict[str, Any]:
    def noted() -> dict[str, Any] | None:
        item = cloud.user(username)
        return item if item.get("mailFeedback") == {"S": feedback} else None

    return wait_until(noted, f"{feedback} of {username}", deadline_seconds=ARRIVAL_SECONDS)


@pytest.mark.parametrize(
    ("name", "feedback", "reason"),
    [
        ("ses_bounce", "BOUNCED", "General"),
        ("ses_bounce_suppressed", "BOUNCED", "OnAccountSuppressionList"),
        ("ses_complaint", "COMPLAINED", "abuse"),
    ],
)
def test_what_ses_says_of_a_mail_is_noted_on_the_user(
    cloud: "Cloud", name: str, feedback: str, reason: str
) -> None:
    username = cloud.insert_user(favouriteCard="ace")
    before = cloud.wait_for_status(username, "MAIL_SENT")

    publish(cloud, "Successfully validated SNS topic for Amazon SES event publishing.")
    publish(cloud, ses_event("ses_bounce_transient", username))
    publish(cloud, ses_event(name, username))

    item = wait_for_feedback(cloud, username, feedback)
    at = item.pop("mailFeedbackAt")
    assert abs(int(at["N"]) - 1_795_341_603) < 3600
    assert item == {
        **before,
        "mailFeedback": {"S": feedback},
        "mailFeedbackEmail": {"S": f"{username}@example.com"},
        "mailFeedbackReason": {"S": reason},
    }


def test_who_bounced_gets_no_other_mail_until_the_address_changes(
    cloud: "Cloud", web: "Web"
) -> None:
    person, _link = web.sign_up_and_get_link()
    web.set_back(person, "registeredAt", seconds=3600)
    publish(cloud, ses_event("ses_bounce", person.username))
    before = wait_for_feedback(cloud, person.username, "BOUNCED")

    refused = web.post(f"/users/{person.username}/activation-mail", {})

    assert refused.status_code == 202  # a stranger doesn't learn it
    assert cloud.user(person.username) == before

    cloud.dynamodb.update_item(
        TableName=cloud.outputs["user_table_name"],
        Key={"username": {"S": person.username}},
        UpdateExpression="SET email = :email",
        ExpressionAttributeValues={":email": {"S": f"new-{person.email}"}},
    )
    taken = web.post(f"/users/{person.username}/activation-mail", {})

    assert taken.status_code == 202
    new_mails = wait_until(
        lambda: [mail for mail in cloud.engine.mails() if mail["to"] == [f"new-{person.email}"]],
        f"mail to the new address of {person.username}",
        deadline_seconds=ARRIVAL_SECONDS,
    )
    assert len(new_mails) == 1
    assert len(web.mails_to(person)) == 1


def test_an_execution_for_an_address_that_bounced_sends_nothing(cloud: "Cloud") -> None:
    username = unique_username("user-")
    cloud.insert_user(
        username=username, mailFeedback="BOUNCED", mailFeedbackEmail=f"{username}@example.com"
    )

    execution = cloud.wait_for_execution(username)

    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"])["activationMail"]["result"] == "not_welcome"
    assert cloud.mails_to(username) == []
    assert cloud.user(username)["activationStatus"] == {"S": "NONE"}


def test_an_event_that_cannot_be_read_ends_in_the_failure_queue(cloud: "Cloud") -> None:
    mark = uuid.uuid4().hex
    with coming_back_soon(cloud):
        publish(cloud, {"eventType": "Bounce", "mark": mark})

        failure = cloud.wait_for_failure("record_mail_feedback", mark)

    assert failure == {"eventType": "Bounce", "mark": mark}
    # Nobody can repair it, and other tests read the queues, too.
    cloud.sqs.purge_queue(QueueUrl=cloud.outputs["failure_queue_urls"]["record_mail_feedback"])


@contextmanager
def coming_back_soon(cloud: "Cloud") -> Iterator[None]:
    """Let failed messages return after a second, not after minutes."""
    name = cloud.outputs["mail_feedback_topic_arn"].rpartition(":")[2]
    queue = cloud.sqs.get_queue_url(QueueName=name)["QueueUrl"]
    attribute = "VisibilityTimeout"
    found = cloud.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[attribute])
    cloud.sqs.set_queue_attributes(QueueUrl=queue, Attributes={attribute: "1"})
    try:
        yield
    finally:
        cloud.sqs.set_queue_attributes(QueueUrl=queue, Attributes=found["Attributes"])
