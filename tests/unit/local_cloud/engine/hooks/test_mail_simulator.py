import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from local_cloud.engine.hooks.mail_simulator import event_of, topics_of
from record_mail_feedback.mail_event import mail_event_of
from shared.mail_feedback import tag_of

NOW = datetime(2026, 11, 22, 10, 0, 3, 669_000, UTC)


def mail_to(*recipients: str) -> dict[str, Any]:
    """A request for a mail."""
    return {
        "FromEmailAddress": "shop@example.com",
        "Destination": {"ToAddresses": list(recipients)},
        "ConfigurationSetName": "mails",
        "EmailTags": [{"Name": "username", "Value": tag_of("ada")}],
    }


@pytest.mark.parametrize(
    ("local", "feedback", "reason"),
    [
        ("bounce", "BOUNCED", "General"),
        ("Bounce+label", "BOUNCED", "General"),
        ("suppressionlist+a+b", "BOUNCED", "OnAccountSuppressionList"),
        ("complaint+label", "COMPLAINED", "abuse"),
    ],
)
def test_function_understands_the_simulators_event(local: str, feedback: str, reason: str) -> None:
    address = f"{local}@simulator.amazonses.com"
    event = event_of(mail_to(address), "id-1", NOW)
    assert event is not None
    found = mail_event_of(json.dumps(event))
    assert found is not None
    assert (found.username, found.email, found.message_id) == ("ada", address, "id-1")
    assert (found.feedback, found.reason) == (feedback, reason)
    assert found.at == int(NOW.timestamp())


@pytest.mark.parametrize(
    "recipients",
    [
        ("success+label@simulator.amazonses.com",),
        ("ooto@simulator.amazonses.com",),
        ("bounce@example.com",),
        ("bounce",),
        (),
    ],
)
def test_other_mails_have_no_event(recipients: tuple[str, ...]) -> None:
    assert event_of(mail_to(*recipients), "id-1", NOW) is None


def destination(**other: Any) -> Mapping[str, Any]:  # noqa: ANN401 - the engine's
    return {
        "Enabled": True,
        "MatchingEventTypes": ["BOUNCE", "REJECT"],
        "SnsDestination": {"TopicArn": "arn:topic"},
        **other,
    }


@pytest.mark.parametrize(
    ("settings", "topics"),
    [
        ({}, []),
        ({"EventDestinations": {"a": destination()}}, ["arn:topic"]),
        ({"EventDestinations": {"a": destination(Enabled=False)}}, []),
        ({"EventDestinations": {"a": destination(MatchingEventTypes=["COMPLAINT"])}}, []),
        ({"EventDestinations": {"a": destination(SnsDestination=None)}}, []),
    ],
)
def test_topics_are_those_of_the_sets_destinations(
    settings: Mapping[str, Any], topics: list[str]
) -> None:
    assert list(topics_of(settings, "Bounce")) == topics
