"""The activation mail: subject, text and HTML from the templates and the language's texts."""

import html
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import Template

from send_user_activation_mail.recipient import Recipient
from send_user_activation_mail.texts import MailTexts

LINE_LENGTH = 72  # characters; most programs show so many without breaking a line


@dataclass(frozen=True, slots=True)
class Message:
    """One mail, ready to send.

    Attributes:
        to: One bare mail address.
        subject: One line.
        text: The body in plain text, its lines wrapped, with the link on a line of its own.
        html: The same body as an HTML page, every value escaped.
    """

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


def compose(recipient: Recipient, texts: MailTexts) -> Message:
    """Write the activation mail to a recipient."""
    said = texts.filled_in(recipient.name, recipient.account or "")
    greeting = said["greeting"] if recipient.name else said["greeting_without_name"]
    said = {**said, "greeting": greeting, "product_name": texts.product_name}
    wrapped = {key: _wrapped(text) for key, text in said.items()}
    values = {**said, "language": texts.language, "link": recipient.activation_link}
    escaped = {key: html.escape(value, quote=True) for key, value in values.items()}
    link = recipient.activation_link
    text_part, html_part = _account_parts(recipient, wrapped, escaped)
    return Message(
        to=recipient.email,
        subject=said["subject"].strip(),
        text=_template("activation.txt").substitute(wrapped, link=link, account_part=text_part),
        html=_template("activation.html").substitute(escaped, account_part=html_part),
    )


def _account_parts(
    recipient: Recipient, wrapped: Mapping[str, str], escaped: Mapping[str, str]
) -> tuple[str, str]:
    """The paragraph that names an account of the web API, in the text and in the page."""
    if recipient.account is None:
        return "", ""
    key = "account" if recipient.account else "account_without_username"
    return (
        _template("account.txt").substitute(account=wrapped[key]),
        _template("account.html").substitute(account=escaped[key]),
    )


def _wrapped(text: str) -> str:
    # Words stay whole: one may be the product's name, or an address in the operator's own text.
    return textwrap.fill(text, LINE_LENGTH, break_long_words=False, break_on_hyphens=False)


@cache
def _template(file_name: str) -> Template:
    folder = files("send_user_activation_mail") / "templates"
    return Template((folder / file_name).read_text(encoding="utf-8"))
