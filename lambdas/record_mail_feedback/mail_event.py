"""An event of SES on one of our mails, parsed into what it says about the mail's address.

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

# What SES publishes, as plain text, when it is told of the topic.
TOPIC_VALIDATION = "Successfully validated SNS topic"

# One of SES's or of a mail provider's words, such as "OnAccountSuppressionList" or "abuse". What
# looks otherwise may be anything, and stays out of the item and the log.
REASON = re.compile(r"[A-Za-z][A-Za-z-]{0,63}")
UNKNOWN_REASON = "unknown"


@dataclass(frozen=True, slots=True)
class MailEvent:
    """What SES says of a mail.

    Attributes:
        message_id: SES's id of the mail.
        username: The user that the mail was for.
        email: The address that it went to. Kept out of `repr`.
        feedback: What is to stop further mails to the address; None where nothing is.
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
    """Read an event, as SES publishes it.

    Args:
        body: The event's JSON, without an envelope.

    Returns:
        The event; None for the notice that the topic was validated.

    Raises:
        InvalidEventError: It is no event of the kinds that are asked for, or is not about a mail
            to one address that is tagged with its user. The message names the field.
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
    """What to note, why, and when it happened."""
    kind = event.get("eventType")
    if kind == "Bounce":
        bounce = _object(event.get("bounce"), "bounce")
        # "Transient" may pass (a full mailbox), and of "Undetermined" nobody knows: SES's own list
        # of addresses to suppress takes up "Permanent" ones only, too.
        is_permanent = _text(bounce, "bounce", "bounceType") == "Permanent"
        feedback: Feedback | None = "BOUNCED" if is_permanent else None
        return feedback, _word(bounce, "bounceSubType"), bounce.get("timestamp")
    if kind == "Complaint":
        complaint = _object(event.get("complaint"), "complaint")
        # An address that is on SES's list comes back without a report of a provider.
        reason = _word(complaint, "complaintFeedbackType", "complaintSubType")
        # A provider's report that a mail is wanted comes as a complaint too: RFC 6430.
        feedback = None if reason == "not-spam" else "COMPLAINED"
        return feedback, reason, complaint.get("timestamp")
    if kind == "Reject":
        # SES took it for a virus. The event has no time of its own.
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
    # Not the bounced or complaining recipient: a mail that was forwarded may come back from there.
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
        # The error's own words would quote the body, which holds a mail address.
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
    """The first of some fields that holds a text; "" where none does: not every event has one."""
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
