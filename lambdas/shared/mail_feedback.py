"""The tag that names a mail's user: SES's events about a mail carry the mail's tags.

Feedback names the address that it is about and stops mails to that address only: it no longer
counts once the user's `email` is another one. docs/mail-reputation.md
"""

import base64
import re

# SES takes at most 256 ASCII letters, digits, "_" and "-", and shows tags in events only:
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html
USERNAME_TAG = "username"
TAG_LENGTH = 256
TAG = re.compile(r"[A-Za-z0-9_-]*")


def tag_of(username: str) -> str | None:
    """The tag of a user: unpadded base64url of the username's UTF-8.

    None for a username of more than 192 bytes: its tag would be too long.
    """
    tag = base64.urlsafe_b64encode(username.encode()).decode("ascii").rstrip("=")
    return tag if len(tag) <= TAG_LENGTH else None


def username_of_tag(tag: str) -> str:
    """The username that a tag names.

    Raises:
        ValueError: It is not a tag of `tag_of`.
    """
    refusal = ValueError("not unpadded base64url of UTF-8")
    if not TAG.fullmatch(tag):
        raise refusal
    try:
        return base64.urlsafe_b64decode(tag + "=" * (-len(tag) % 4)).decode()
    except ValueError as error:  # its length, or what it stands for
        raise refusal from error
