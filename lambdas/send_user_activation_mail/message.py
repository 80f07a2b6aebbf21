"""The activation mail: subject, text and HTML from the template files."""

import html
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import Template

from send_user_activation_mail.recipient import Recipient


@dataclass(frozen=True, slots=True)
class Message:
    """One mail, ready to send.

    Attributes:
        to: One bare mail address.
        subject: One line.
        text: The body for readers of plain text.
        html: The same body as an HTML page, every value escaped.
    """

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


def compose(recipient: Recipient, product_name: str) -> Message:
    """Write the activation mail to a recipient."""
    values = {
        "name": recipient.name,
        "product_name": product_name,
        "link": recipient.activation_link,
    }
    escaped = {key: html.escape(value, quote=True) for key, value in values.items()}
    return Message(
        to=recipient.email,
        subject=_template("activation.subject.txt").substitute(values).strip(),
        text=_template("activation.txt").substitute(values),
        html=_template("activation.html").substitute(escaped),
    )


@cache
def _template(file_name: str) -> Template:
    folder = files("send_user_activation_mail") / "templates"
    return Template((folder / file_name).read_text(encoding="utf-8"))
