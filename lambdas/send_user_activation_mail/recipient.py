"""A User item, parsed for the mail."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit, urlunsplit

from send_user_activation_mail.greeting import greeted_name, named_account
from shared.dynamodb import Item, text_of
from shared.mail_address import MAIL_ADDRESS
from shared.user_table import signed_up_here

EMAIL_ADDRESS = re.compile(MAIL_ADDRESS)


class InvalidUserError(Exception):
    """The user's item is not fit for a mail. The message names the attribute, not its value.

    Permanent: a retry can't help until the item is corrected.
    """


@dataclass(frozen=True, slots=True)
class Recipient:
    """The user that a mail goes to.

    Attributes:
        email: One bare mail address.
        name: The name in the greeting, at most 100 characters on one line; "" for none: see
            `greeting`.
        account: The username of an account that was made at the web API, so that the mail names it;
            "" where it can't be shown. None for the item of another application.
        activation_link: The address that activates the account. Kept out of `repr`: it has the
            token.
    """

    email: str = field(repr=False)
    name: str
    account: str | None
    activation_link: str = field(repr=False)


def check_mailable(item: Item, token: str) -> None:
    """Raise the InvalidUserError that `recipient_of` would raise of an item with this token."""
    recipient_of({**item, "activationToken": {"S": token}})


def recipient_of(item: Item) -> Recipient:
    """Parse a User item that has an activationToken.

    Raises:
        InvalidUserError: An attribute is missing or can't be used.
    """
    username = _required(item, "username")
    return Recipient(
        email=_email(item),
        name=greeted_name(text_of(item, "name"), username),
        account=named_account(username) if signed_up_here(item) else None,
        activation_link=activation_link(
            _required(item, "activationUrlBase").strip(),
            username,
            _required(item, "activationToken"),
        ),
    )


def activation_link(url_base: str, username: str, token: str) -> str:
    """The mail's link: `url_base?username=…&token=…`; the base's own query or fragment is kept.

    Raises:
        InvalidUserError: The base is not an http or https address with a host.
    """
    try:
        parts = urlsplit(url_base)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:  # such as an IPv6 address with no closing bracket, or a port of letters
        has_host = False
    if not has_host or parts.scheme not in ("http", "https") or not _is_one_word(url_base):
        raise InvalidUserError("activationUrlBase: not an http or https address")
    ours = urlencode({"username": username, "token": token})
    return urlunsplit(parts._replace(query=f"{parts.query}&{ours}" if parts.query else ours))


def _email(item: Item) -> str:
    email = _required(item, "email").strip()
    if not EMAIL_ADDRESS.fullmatch(email):
        raise InvalidUserError("email: not one bare mail address")
    return email


def _required(item: Item, attribute: str) -> str:
    """An attribute with its white space, which is part of a username or a token."""
    value = text_of(item, attribute)
    if not value.strip():
        raise InvalidUserError(f"{attribute}: missing, empty, or not a string")
    return value


def _is_one_word(text: str) -> bool:
    return text.isprintable() and " " not in text
