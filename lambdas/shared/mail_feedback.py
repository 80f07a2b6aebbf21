"""What became of mails to a user's address: names that the functions share.

SES reports on a mail by an event that carries the mail's own tags, so the mail is tagged with its
user. What it reports stops mails to that address and no other: the feedback on a user's item names
the address that it is about, and is without force as soon as `email` is another one.
docs/mail-reputation.md
"""

import base64
import re

# Tags show in events and nowhere else. Only ASCII letters, digits, "_" and "-" are taken, at most
# 256: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html
USERNAME_TAG = "username"
TAG_LENGTH = 256
TAG = re.compile(r"[A-Za-z0-9_-]*")


def tag_of(username: str) -> str | None:
    """The tag that names a user: unpadded base64url of the username's UTF-8.

    Returns:
        None where it would be too long, that is for a username of more than 192 bytes.
    """
    tag = base64.urlsafe_b64encode(username.encode()).decode("ascii").rstrip("=")
    return tag if len(tag) <= TAG_LENGTH else None


def username_of_tag(tag: str) -> str:
    """The username that a tag names.

    Raises:
        ValueError: It is no such tag.
    """
    refusal = ValueError("not unpadded base64url of UTF-8")
    if not TAG.fullmatch(tag):
        raise refusal
    try:
        return base64.urlsafe_b64decode(tag + "=" * (-len(tag) % 4)).decode()
    except ValueError as error:  # its length, or what it stands for
        raise refusal from error
