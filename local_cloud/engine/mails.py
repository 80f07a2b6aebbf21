"""The mails that the engine took instead of sending them."""

import json
from typing import Any, TypedDict

from tooling.errors import ToolingError
from tooling.loopback import get

MAILS_PATH = "/_ministack/ses/messages"


class Mail(TypedDict):
    """One mail as SES was given it.

    `sent_at` is in seconds since 1970 (UTC); `html` is empty for a mail of text only.
    """

    message_id: str
    sent_at: float
    sender: str
    to: list[str]
    subject: str
    text: str
    html: str


def fetch_mails(endpoint_url: str) -> list[Mail]:
    """All mails that SES took at this engine so far, oldest first.

    Raises:
        ToolingError: the engine does not answer, or in another shape than the pinned one.
    """
    return parse_mails(json.loads(get(endpoint_url + MAILS_PATH)))


def parse_mails(answer: Any) -> list[Mail]:  # noqa: ANN401 - JSON of the engine, parsed here
    """Read the answer of the engine's mail listing, oldest mail first.

    Raises:
        ToolingError: the answer has another shape than the pinned engine gives.
    """
    try:
        by_account = answer["messages"]
        found = [_parse_mail(message) for messages in by_account.values() for message in messages]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ToolingError(
            f"the list of mails has an unknown shape ({error!r}): something else than the local "
            "cloud answers there; `make down`, then `make up`"
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
