"""Answers mails to SES's mailbox simulator with SES's event, through the configuration set.

The engine publishes the simulator's bounces and complaints for an identity's topics only, and for
mails of the older API. SES publishes them for event destinations as well:
https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
The form of the events:
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

# ruff: noqa: SLF001, PLC0415 - internals of one version, which only the engine has

import contextvars
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

DOMAIN = "simulator.amazonses.com"
# SES takes seconds. An event at once would come before the sender has noted the mail as sent.
DELAY_SECONDS = 0.5

BOUNCE = {"bounceType": "Permanent", "bounceSubType": "General"}
SUPPRESSED = {"bounceType": "Permanent", "bounceSubType": "OnAccountSuppressionList"}
COMPLAINT = {"complaintFeedbackType": "abuse"}
# By the address in front of a label: the event's type, and what is in it.
EVENTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "bounce": ("Bounce", BOUNCE),
    "suppressionlist": ("Bounce", SUPPRESSED),
    "complaint": ("Complaint", COMPLAINT),
}


def install() -> None:
    """Publish the simulator's events."""
    from ministack.services import ses_v2, sns

    handle_request = ses_v2.handle_request

    def publish(topics: tuple[str, ...], event: Mapping[str, Any]) -> None:
        for topic in topics:
            sns.publish_internal(topic, json.dumps(event))

    async def handle_and_publish(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: Any,  # noqa: ANN401 - the engine's
    ) -> Any:  # noqa: ANN401 - the engine's
        answer = await handle_request(method, path, headers, body, query)
        if (method, path.rstrip("/")) != ("POST", "/v2/email/outbound-emails") or answer[0] != 200:
            return answer
        request = json.loads(body)
        event = event_of(request, json.loads(answer[2])["MessageId"], datetime.now(UTC))
        if event is not None:
            settings = ses_v2._config_sets.get(request.get("ConfigurationSetName")) or {}
            topics = tuple(topics_of(settings, event["eventType"]))
            # The engine keeps a call's account and region in it.
            context = contextvars.copy_context()
            timer = threading.Timer(DELAY_SECONDS, context.run, (publish, topics, event))
            timer.daemon = True
            timer.start()
        return answer

    ses_v2.handle_request = handle_and_publish


def event_of(
    request: Mapping[str, Any], message_id: str, now: datetime
) -> Mapping[str, Any] | None:
    """SES's event about a mail to the simulator; None where the simulator takes it silently.

    Args:
        request: a SendEmail request.
        message_id: SES's id of the mail.
        now: when it was sent.
    """
    recipients: list[str] = (request.get("Destination") or {}).get("ToAddresses") or []
    local, _, domain = recipients[0].rpartition("@") if recipients else ("", "", "")
    found = EVENTS.get(local.partition("+")[0].lower())
    if domain.lower() != DOMAIN or found is None:
        return None
    kind, verdict = found
    time = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"
    name = "bouncedRecipients" if kind == "Bounce" else "complainedRecipients"
    return {
        "eventType": kind,
        kind.lower(): {
            **verdict,
            name: [{"emailAddress": recipients[0]}],
            "timestamp": time,
            "feedbackId": str(uuid4()),
        },
        "mail": {
            "timestamp": time,
            "source": request.get("FromEmailAddress"),
            "messageId": message_id,
            "destination": recipients,
            "tags": {tag["Name"]: [tag["Value"]] for tag in request.get("EmailTags") or []},
        },
    }


def topics_of(settings: Mapping[str, Any], kind: str) -> Iterator[str]:
    """The topics that a configuration set sends events of a type to."""
    for destination in (settings.get("EventDestinations") or {}).values():
        topic = (destination.get("SnsDestination") or {}).get("TopicArn")
        if topic and destination["Enabled"] and kind.upper() in destination["MatchingEventTypes"]:
            yield topic
