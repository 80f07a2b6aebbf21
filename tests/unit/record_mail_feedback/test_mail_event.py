"""What SES's events say, and what is no such event."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from record_mail_feedback.mail_event import MailEvent, mail_event_of
from shared.errors import InvalidEventError
from tests.unit.builders import event

MESSAGE_ID = "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000"
AT_BOUNCE = 1_795_341_603
AT_COMPLAINT = 1_795_341_941
AT_SENDING = 1_795_341_602

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def parse(body: object) -> MailEvent | None:
    return mail_event_of(json.dumps(body))


@pytest.mark.parametrize(
    ("name", "feedback", "reason", "at"),
    [
        ("ses_bounce", "BOUNCED", "General", AT_BOUNCE),
        ("ses_bounce_suppressed", "BOUNCED", "OnAccountSuppressionList", AT_BOUNCE),
        ("ses_bounce_transient", None, "MailboxFull", AT_BOUNCE),
        ("ses_complaint", "COMPLAINED", "abuse", AT_COMPLAINT),
        ("ses_reject", "REJECTED", "virus", AT_SENDING),
    ],
)
def test_events_of_ses(name: str, feedback: Any, reason: str, at: int) -> None:  # noqa: ANN401 - see MailEvent
    assert parse(event(name)) == MailEvent(
        MESSAGE_ID, "anna", "anna@mail.example", feedback, reason, at
    )


def test_an_undetermined_bounce_stops_nothing() -> None:
    bounce = event("ses_bounce")
    bounce["bounce"].update(bounceType="Undetermined", bounceSubType="Undetermined")
    parsed = parse(bounce)
    assert parsed is not None
    assert (parsed.feedback, parsed.reason) == (None, "Undetermined")


def test_a_complaint_of_the_suppression_list_has_no_provider() -> None:
    complaint = event("ses_complaint")
    complaint["complaint"].update(complaintSubType="OnAccountSuppressionList")
    del complaint["complaint"]["complaintFeedbackType"]
    parsed = parse(complaint)
    assert parsed is not None
    assert (parsed.feedback, parsed.reason) == ("COMPLAINED", "OnAccountSuppressionList")


def test_a_complaint_needs_no_reason() -> None:
    complaint = event("ses_complaint")
    del complaint["complaint"]["complaintFeedbackType"]
    parsed = parse(complaint)
    assert parsed is not None
    assert (parsed.feedback, parsed.reason) == ("COMPLAINED", "unknown")


def test_a_report_that_a_mail_is_wanted_stops_nothing() -> None:
    complaint = event("ses_complaint")
    complaint["complaint"]["complaintFeedbackType"] = "not-spam"
    parsed = parse(complaint)
    assert parsed is not None
    assert (parsed.feedback, parsed.reason) == (None, "not-spam")


@pytest.mark.parametrize("word", ["no reason", "a@mail.example", "x" * 65, "a\nb", "<b>", 5, ""])
def test_a_reason_that_is_no_word_is_kept_out(word: object) -> None:
    bounce = event("ses_bounce")
    bounce["bounce"]["bounceSubType"] = word
    parsed = parse(bounce)
    assert parsed is not None
    assert (parsed.feedback, parsed.reason) == ("BOUNCED", "unknown")


def test_the_address_is_the_one_that_the_mail_went_to() -> None:
    bounce = event("ses_bounce")
    bounce["bounce"]["bouncedRecipients"][0]["emailAddress"] = "forwarded@elsewhere.example"
    parsed = parse(bounce)
    assert parsed is not None
    assert parsed.email == "anna@mail.example"
    assert "anna@mail.example" not in repr(parsed)


def test_the_notice_of_a_validated_topic_is_no_event() -> None:
    notice = "Successfully validated SNS topic for Amazon SES event publishing."
    assert mail_event_of(notice) is None


def changed(name: str, path: str, value: object) -> dict[str, Any]:
    """An event with another value, or without one, at a path of names."""
    made = event(name)
    *holders, last = path.split(".")
    holder = made
    for part in holders:
        holder = holder[part]
    if value is KeyError:
        del holder[last]
    else:
        holder[last] = value
    return made


@pytest.mark.parametrize(
    ("name", "path", "value", "message"),
    [
        ("ses_bounce", "eventType", KeyError, "eventType: none of"),
        ("ses_bounce", "eventType", "Delivery", "eventType: none of"),
        ("ses_bounce", "mail", KeyError, "mail: missing"),
        ("ses_bounce", "mail.messageId", None, "mail.messageId: missing"),
        ("ses_bounce", "mail.tags", KeyError, "mail.tags: missing"),
        ("ses_bounce", "mail.tags.username", KeyError, "mail.tags.username: not one string"),
        ("ses_bounce", "mail.tags.username", "YW5uYQ", "mail.tags.username: not one string"),
        ("ses_bounce", "mail.tags.username", ["a", "b"], "mail.tags.username: not one string"),
        ("ses_bounce", "mail.tags.username", ["!"], "mail.tags.username: not unpadded"),
        ("ses_bounce", "mail.tags.username", [""], "mail.tags.username: empty"),
        ("ses_bounce", "mail.destination", [], "mail.destination: not one address"),
        ("ses_bounce", "mail.destination", ["a@x", "b@x"], "mail.destination: not one address"),
        ("ses_bounce", "mail.destination", [""], "mail.destination: not one address"),
        ("ses_bounce", "bounce", None, "bounce: missing"),
        ("ses_bounce", "bounce.bounceType", KeyError, "bounce.bounceType: missing"),
        ("ses_bounce", "bounce.timestamp", KeyError, "timestamp: missing"),
        ("ses_bounce", "bounce.timestamp", "yesterday", "timestamp: missing"),
        ("ses_bounce", "bounce.timestamp", "2026-11-22T10:00:00", "timestamp: has no time zone"),
        ("ses_complaint", "complaint", KeyError, "complaint: missing"),
        ("ses_reject", "mail.timestamp", 5, "timestamp: missing"),
    ],
)
def test_what_is_wrong_is_named(name: str, path: str, value: object, message: str) -> None:
    with pytest.raises(InvalidEventError, match=f"^{message}"):
        parse(changed(name, path, value))


@pytest.mark.parametrize("body", ["", "{", "anna@mail.example", "[" * 100_000])
def test_what_is_no_json_is_not_repeated(body: str) -> None:
    with pytest.raises(InvalidEventError, match=r"^event: not JSON") as caught:
        mail_event_of(body)
    assert "mail.example" not in str(caught.value)
    assert caught.value.__suppress_context__


@given(JSON)
def test_any_json_is_parsed_or_refused(value: object) -> None:
    with pytest.raises(InvalidEventError):
        parse(value)


@given(
    st.sampled_from(["bounce.bounceType", "bounce.timestamp", "mail.tags", "mail.destination"]),
    JSON,
)
def test_any_value_of_a_field_is_parsed_or_refused(path: str, value: object) -> None:
    try:
        parsed = parse(changed("ses_bounce", path, value))
    except InvalidEventError:
        return
    assert parsed is not None
    assert parsed.username == "anna"
