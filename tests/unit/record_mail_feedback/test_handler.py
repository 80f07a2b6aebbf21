"""RecordMailFeedback, from the queue to the user's item."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from record_mail_feedback.handler import handler, logger
from shared.aws import dynamodb
from tests.unit.builders import Users, event, fail

ReadLog = Callable[[Logger], Callable[[], list[Any]]]


def queue_event(*bodies: object) -> dict[str, Any]:
    """A batch with these bodies: text as it is, anything else as JSON."""
    batch = event("sqs_mail_feedback")
    template = batch["Records"][1]
    batch["Records"] = [
        {
            **template,
            "messageId": f"message-{number}",
            "body": body if isinstance(body, str) else json.dumps(body),
        }
        for number, body in enumerate(bodies)
    ]
    return batch


def test_a_bounce_is_recorded_and_the_log_says_so(
    users: Users, context: LambdaContext, read_log: ReadLog
) -> None:
    users.put()
    lines = read_log(logger)
    assert handler(event("sqs_mail_feedback"), context) == {"batchItemFailures": []}
    assert users.get()["mailFeedback"] == "BOUNCED"
    notice, recorded = lines()
    assert notice["message"] == "SES has validated the topic"
    assert (recorded["message"], recorded["username"], recorded["outcome"]) == (
        "Mail feedback recorded",
        "anna",
        "recorded",
    )
    assert (recorded["feedback"], recorded["reason"]) == ("BOUNCED", "General")
    assert "mail.example" not in json.dumps(lines())


def test_a_transient_bounce_is_logged_and_not_recorded(
    users: Users, context: LambdaContext, read_log: ReadLog
) -> None:
    users.put()
    before = users.get()
    lines = read_log(logger)
    handler(queue_event(event("ses_bounce_transient")), context)
    assert users.get() == before
    (line,) = lines()
    assert (line["outcome"], line["reason"]) == ("nothing_to_record", "MailboxFull")


def test_a_message_that_is_no_event_is_tried_again_and_holds_back_no_other(
    users: Users, context: LambdaContext, read_log: ReadLog
) -> None:
    users.put()
    lines = read_log(logger)
    answer = handler(
        queue_event("to anna@mail.example", event("ses_complaint"), {"mail": {}}), context
    )
    assert answer == {
        "batchItemFailures": [{"itemIdentifier": "message-0"}, {"itemIdentifier": "message-2"}]
    }
    assert users.get()["mailFeedback"] == "COMPLAINED"
    assert "mail.example" not in json.dumps(lines())


def test_a_message_comes_back_while_the_table_cannot_answer(
    users: Users, context: LambdaContext
) -> None:
    users.put()
    fail(dynamodb(), "UpdateItem", times=1)
    batch = queue_event(event("ses_bounce"))
    assert handler(batch, context) == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
    assert handler(batch, context) == {"batchItemFailures": []}
    assert users.get()["mailFeedback"] == "BOUNCED"


@pytest.mark.usefixtures("aws")
def test_a_missing_variable_fails_the_message(context: LambdaContext, read_log: ReadLog) -> None:
    lines = read_log(logger)
    answer = handler(queue_event(event("ses_bounce")), context)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
    assert "USER_TABLE_NAME: " in json.dumps(lines())
