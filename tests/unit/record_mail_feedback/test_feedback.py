"""What is noted on a user's item, and when nothing is."""

from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from record_mail_feedback.feedback import record
from record_mail_feedback.mail_event import MailEvent
from shared.errors import ServiceUnavailableError
from shared.user_table import UserTable
from tests.unit.builders import (
    Users,
    attributes_read,
    fail,
    once_before,
)

NOW = 1_795_341_603
BOUNCE = MailEvent("m1", "anna", "anna@mail.example", "BOUNCED", "General", NOW)
COMPLAINT = MailEvent("m1", "anna", "anna@mail.example", "COMPLAINED", "abuse", NOW + 300)
RECORDED = {
    "mailFeedback": "BOUNCED",
    "mailFeedbackEmail": "anna@mail.example",
    "mailFeedbackReason": "General",
    "mailFeedbackAt": str(NOW),
}


@pytest.mark.parametrize("status", ["NONE", "MAIL_SENT", "DONE"])
def test_a_bounce_is_noted_beside_everything_else(users: Users, status: str) -> None:
    users.put(activationStatus=status, activationToken="theirs")
    before = users.get()
    assert record(users.table, BOUNCE) == "recorded"
    assert users.get() == {**before, **RECORDED}


def test_the_time_is_a_number(users: Users) -> None:
    users.put()
    record(users.table, BOUNCE)
    item = users.dynamodb.get_item(TableName=users.name, Key={"username": {"S": "anna"}})["Item"]
    assert item["mailFeedbackAt"] == {"N": str(NOW)}


def test_an_event_that_comes_twice_changes_nothing(users: Users) -> None:
    users.put()
    record(users.table, BOUNCE)
    before = users.get()
    assert record(users.table, BOUNCE) == "known"
    assert users.get() == before


def test_the_latest_event_stays_in_whatever_order_they_come(users: Users) -> None:
    for events in ([BOUNCE, COMPLAINT], [COMPLAINT, BOUNCE]):
        users.put()
        for event in events:
            record(users.table, event)
        after = users.get()
        assert (after["mailFeedback"], after["mailFeedbackReason"]) == ("COMPLAINED", "abuse")
        assert after["mailFeedbackAt"] == str(NOW + 300)


def test_nobody_is_created(users: Users) -> None:
    assert record(users.table, BOUNCE) == "no_such_user"
    assert users.get() == {}


def test_a_user_deleted_after_the_look_is_not_brought_back(users: Users) -> None:
    users.put()
    client = boto3.client("dynamodb")
    once_before(client, "UpdateItem", users.delete)
    assert record(UserTable(client, users.name), BOUNCE) == "known"
    assert users.get() == {}


def test_an_address_that_the_user_no_longer_has_is_nothing_to_note(users: Users) -> None:
    users.put(email="new@mail.example")
    before = users.get()
    assert record(users.table, BOUNCE) == "another_address"
    assert users.get() == before


def test_an_address_changed_after_the_look_is_left_alone(users: Users) -> None:
    users.put()
    client = boto3.client("dynamodb")
    once_before(client, "UpdateItem", lambda: users.set(email="new@mail.example"))
    assert record(UserTable(client, users.name), BOUNCE) == "known"
    assert "mailFeedback" not in users.get()


def test_an_earlier_event_on_the_new_address_takes_the_place_of_the_old_ones(users: Users) -> None:
    users.put()
    record(users.table, COMPLAINT)
    users.set(email="new@mail.example")
    event = replace(BOUNCE, email="new@mail.example")
    assert record(users.table, event) == "recorded"
    assert users.get()["mailFeedback"] == "BOUNCED"
    assert users.get()["mailFeedbackEmail"] == "new@mail.example"


@pytest.mark.parametrize("email", [" anna@mail.example ", "Anna@Mail.Example"])
def test_the_address_is_noted_as_it_stands_on_the_item(users: Users, email: str) -> None:
    users.put(email=email)
    assert record(users.table, BOUNCE) == "recorded"
    assert users.get()["mailFeedbackEmail"] == email


def test_what_stops_nothing_is_not_even_looked_up(users: Users) -> None:
    users.put()
    fail(users.dynamodb, "GetItem")
    event = replace(BOUNCE, feedback=None)
    assert record(users.table, event) == "nothing_to_record"


@pytest.mark.parametrize("operation", ["GetItem", "UpdateItem"])
@pytest.mark.parametrize(
    ("code", "expected"),
    [("ThrottlingException", ServiceUnavailableError), ("AccessDeniedException", ClientError)],
)
def test_an_error_of_the_table_is_not_mistaken_for_an_outcome(
    users: Users, operation: str, code: str, expected: type[Exception]
) -> None:
    users.put()
    fail(users.dynamodb, operation, code, status=400)
    with pytest.raises(expected):
        record(users.table, BOUNCE)


def test_no_more_is_read_than_the_address(users: Users) -> None:
    users.put()
    reads: list[dict[str, Any]] = []
    users.dynamodb.meta.events.register(
        "provide-client-params.dynamodb.GetItem", lambda params, **_: reads.append(params)
    )
    record(users.table, BOUNCE)
    assert [attributes_read(read) for read in reads] == [["username", "email"]]
