"""The mails that the engine took instead of sending them."""

from typing import Any, TypedDict

from local_cloud.errors import LocalCloudError


class Mail(TypedDict):
    """One mail as SES was given it; `html` is empty for a mail of text only."""

    message_id: str
    sender: str
    to: list[str]
    subject: str
    text: str
    html: str


def parse_mails(answer: Any) -> list[Mail]:  # noqa: ANN401 - JSON of the engine, parsed here
    """Read the answer of the engine's mail listing, oldest mail first.

    Raises:
        LocalCloudError: the answer has another shape than the pinned engine gives.
    """
    try:
        by_account = answer["messages"]
        found = [message for messages in by_account.values() for message in messages]
        found.sort(key=lambda message: str(message["Timestamp"]))
        return [_parse_mail(message) for message in found]
    except (KeyError, TypeError, AttributeError) as error:
        raise LocalCloudError(
            f"the engine's list of mails has an unknown shape ({error!r}): run `make setup`"
        ) from error


def _parse_mail(message: dict[str, Any]) -> Mail:
    return Mail(
        message_id=str(message["MessageId"]),
        sender=str(message["Source"]),
        to=[str(address) for address in message["To"]],
        subject=str(message["Subject"] or ""),
        text=str(message["BodyText"] or ""),
        html=str(message["BodyHtml"] or ""),
    )
