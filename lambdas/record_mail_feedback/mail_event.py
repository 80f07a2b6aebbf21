"""SES's event about one of our mails, parsed.

The fields: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from shared.errors import InvalidEventError
from shared.mail_feedback import USERNAME_TAG, username_of_tag

Feedback = Literal["BOUNCED", "COMPLAINED", "REJECTED"]

# What SES publishes, as plain text, when the topic is set up.
TOPIC_VALIDATION = "Successfully validated SNS topic"

# A word of SES or a mail provider, such as "OnAccountSuppressionList" or "abuse". Anything else
# stays out of the item and the log.
REASON = re.compile(r"[A-Za-z][A-Za-z-]{0,63}")
UNKNOWN_REASON = "unknown"


@dataclass(frozen=True, slots=True)
class MailEvent:
    """What SES says about a mail.

    Attributes:
        message_id: SES's id of the mail.
        username: The user that the mail was for.
        email: The address that it went to. Kept out of `repr`.
        feedback: Why to stop further mails to the address; None where there is no reason to.
        reason: SES's or the provider's word for it.
        at: When it happened, in seconds since the epoch.
    """

    message_id: str
    username: str
    email: str = field(repr=False)
    feedback: Feedback | None
    reason: str
    at: int


def mail_event_of(body: str) -> MailEvent | None:
    """Parse an event from its JSON; None for the notice that the topic was validated.

    Raises:
        InvalidEventError: It isn't one of the events that we subscribe to, or not about a mail to
            one address that is tagged with its user. The message names the field.
    """
    if body.startswith(TOPIC_VALIDATION):
        return None
    event = _object(_json(body), "event")
    mail = _object(event.get("mail"), "mail")
    feedback, reason, timestamp = _verdict(event, mail)
    return MailEvent(
        message_id=_text(mail, "mail", "messageId"),
        username=_username(mail),
        email=_only_recipient(mail),
        feedback=feedback,
        reason=reason if REASON.fullmatch(reason) else UNKNOWN_REASON,
        at=_seconds(timestamp),
    )


def _verdict(
    event: Mapping[str, Any], mail: Mapping[str, Any]
) -> tuple[Feedback | None, str, object]:
    """The feedback, its reason, and when it happened."""
    kind = event.get("eventType")
    if kind == "Bounce":
        bounce = _object(event.get("bounce"), "bounce")
        # "Transient" may pass (a full mailbox), and "Undetermined" is unknown. SES's suppression
        # list takes "Permanent" ones only, too.
        is_permanent = _text(bounce, "bounce", "bounceType") == "Permanent"
        feedback: Feedback | None = "BOUNCED" if is_permanent else None
        return feedback, _word(bounce, "bounceSubType"), bounce.get("timestamp")
    if kind == "Complaint":
        complaint = _object(event.get("complaint"), "complaint")
        # For an address on SES's suppression list there is no provider's report.
        reason = _word(complaint, "complaintFeedbackType", "complaintSubType")
        # A provider reports a wanted mail as a complaint, too: RFC 6430.
        feedback = None if reason == "not-spam" else "COMPLAINED"
        return feedback, reason, complaint.get("timestamp")
    if kind == "Reject":
        # SES found a virus. The event has no time of its own.
        return "REJECTED", "virus", mail.get("timestamp")
    raise InvalidEventError("eventType: none of Bounce, Complaint, Reject")


def _username(mail: Mapping[str, Any]) -> str:
    tags = _object(mail.get("tags"), "mail.tags").get(USERNAME_TAG)
    if not isinstance(tags, list) or len(tags) != 1 or not isinstance(tags[0], str):
        raise InvalidEventError(f"mail.tags.{USERNAME_TAG}: not one string")
    try:
        username = username_of_tag(tags[0])
    except ValueError as error:
        raise InvalidEventError(f"mail.tags.{USERNAME_TAG}: {error}") from error
    if not username:
        raise InvalidEventError(f"mail.tags.{USERNAME_TAG}: empty")
    return username


def _only_recipient(mail: Mapping[str, Any]) -> str:
    # Not the bounced or complaining recipient: a forwarded mail may bounce elsewhere.
    recipients = mail.get("destination")
    if (
        not isinstance(recipients, list)
        or len(recipients) != 1
        or not isinstance(recipients[0], str)
        or not recipients[0]
    ):
        raise InvalidEventError("mail.destination: not one address")
    return recipients[0]


def _json(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        # The error's own message would quote the body, which holds a mail address.
        raise InvalidEventError(f"event: not JSON ({type(error).__name__})") from None


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidEventError(f"{name}: missing, or not an object")
    return value


def _text(holder: Mapping[str, Any], holder_name: str, name: str) -> str:
    value = holder.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidEventError(f"{holder_name}.{name}: missing, or not a string")
    return value


def _word(holder: Mapping[str, Any], *names: str) -> str:
    """The first of some fields that holds text; "" where none does: some events have none."""
    found = (holder.get(name) for name in names)
    return next((value for value in found if isinstance(value, str) and value), "")


def _seconds(timestamp: object) -> int:
    try:
        moment = datetime.fromisoformat(timestamp if isinstance(timestamp, str) else "")
    except ValueError:
        raise InvalidEventError("timestamp: missing, or not a date of ISO 8601") from None
    if moment.tzinfo is None:
        raise InvalidEventError("timestamp: has no time zone")
    return int(moment.timestamp())
