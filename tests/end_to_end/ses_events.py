"""SES's events on our mails. The local engine sends none, so tests publish them."""

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Cloud

EVENTS = Path(__file__).parents[1] / "events"


def ses_event(name: str, username: str) -> dict[str, Any]:
    """SES's event on the mail to a user."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    tag = base64.urlsafe_b64encode(username.encode()).decode().rstrip("=")
    event["mail"]["tags"]["username"] = [tag]
    event["mail"]["destination"] = [f"{username}@example.com"]
    return event


def publish(cloud: "Cloud", event: object) -> None:
    """Publish an event to SES's topic."""
    cloud.engine.client("sns").publish(
        TopicArn=cloud.outputs["mail_feedback_topic_arn"],
        Message=event if isinstance(event, str) else json.dumps(event),
    )
