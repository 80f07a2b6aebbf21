"""Reads the mails that the engine has accepted instead of sending them."""

import json
from typing import Any, TypedDict

from tooling.errors import ToolingError
from tooling.loopback import get

MAILS_PATH = "/_ministack/ses/messages"


class Mail(TypedDict):
    """One mail in the form in which SES received it.

    `sent_at` is in seconds since the epoch; `html` is empty for a mail of text only.
    """

    message_id: str
    sent_at: float
    sender: str
    to: list[str]
    subject: str
    text: str
    html: str


def fetch_mails(endpoint_url: str) -> list[Mail]:
    """All mails that SES at this engine has accepted, oldest first.

    Raises:
        ToolingError: the engine does not respond, or its response has an unknown shape.
    """
    return parse_mails(json.loads(get(endpoint_url + MAILS_PATH)))


def parse_mails(answer: Any) -> list[Mail]:  # noqa: ANN401 - JSON of the engine, parsed here
    """Parse the engine's list of mails, oldest mail first.

    Raises:
        ToolingError: it doesn't have the shape of the pinned engine's list.
    """
    try:
        by_account = answer["messages"]
        found = [_parse_mail(message) for messages in by_account.values() for message in messages]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ToolingError(
            f"the list of mails has an unknown shape ({error!r}): another program than the local "
            "cloud responds there; run `make down`, then `make up`"
        ) from error
    return sorted(found, key=lambda mail: mail["sent_at"])


def _parse_mail(message: dict[str, Any]) -> Mail:
    return Mail(
        message_id=str(message["MessageId"]),
        sent_at=float(message["Timestamp"]),
        sender=str(message["Source"]),
        to=[str(address) for address in message["To"]],
        subject=str(message["Subject"] or ""),
        text=str(message["BodyText"] or ""),
        html=str(message["BodyHtml"] or ""),
    )
