"""The User table: its key, its statuses, and the conditions that several writers share.

docs/architecture.md describes every attribute.
"""

from collections.abc import Mapping
from typing import Any

from shared.dynamodb import Item, Table, is_true, text_of
from shared.errors import InvalidEventError

STATUS_NONE = "NONE"
STATUS_MAIL_SENT = "MAIL_SENT"
STATUS_DONE = "DONE"

KEY_BYTES_LIMIT = 2048  # of DynamoDB, for a hash key in UTF-8

# Parts of expressions, with the values that they take.

# What an activation link is checked against: to end a link is to remove all three.
TOKEN_ATTRIBUTES = "activationToken, activationTokenHash, activationTokenCreatedAt"  # noqa: S105 - attribute names
CLAIM_ATTRIBUTES = "activationMailClaim, activationMailClaimExpiresAt"
# No sender is at work on the user's mail (:now). docs/activation-mail-protocol.md
CLAIM_IS_FREE = (
    "(attribute_not_exists(activationMailClaim)"
    " OR attribute_not_exists(activationMailClaimExpiresAt) OR activationMailClaimExpiresAt < :now)"
)
# No mail to the user's address has bounced or been complained about: docs/mail-reputation.md
# Without feedback there is no address to compare, and NOT makes that true.
MAILS_ARE_WELCOME = "NOT (mailFeedbackEmail = email)"
# The web API does not withhold the user's mail (:true), and the user is not disabled:
# docs/activation-mail-protocol.md
MAIL_IS_NOT_WITHHELD = "NOT (mailWithheld = :true) AND attribute_not_exists(disabledAt)"
# A user of the web API (:true) whose mail is due (:none).
WAITS_FOR_MAIL = (
    f"activationStatus = :none AND keepOnlyTokenHash = :true AND {MAIL_IS_NOT_WITHHELD}"
)
# A user whose mail is due (:none, :true), and for whom no sender has taken a claim yet: the claim
# sets the token's hash.
NEVER_CLAIMED = (
    "activationStatus = :none AND attribute_not_exists(activationMailClaim)"
    f" AND attribute_not_exists(activationTokenHash) AND {MAIL_IS_NOT_WITHHELD}"
)


class UserTable(Table):
    """The User table; its key is the username."""

    label = "table User"
    key_name = "username"
    key_type = "S"


def username_of(event: Mapping[str, Any]) -> str:
    """The username in the input of a state machine's task; "" where it is empty.

    Raises:
        InvalidEventError: The event has no username, or one that is not a string.
    """
    username = event.get("username") if isinstance(event, Mapping) else None
    if not isinstance(username, str):
        raise InvalidEventError("username: missing, or not a string")
    return username


def may_be_a_username(username: str) -> bool:
    """Whether DynamoDB takes it as a key. If not, no user has it."""
    try:
        size = len(username.encode())
    except UnicodeEncodeError:  # a lone surrogate, which JSON may hold
        return False
    return 0 < size <= KEY_BYTES_LIMIT


def get_user(users: UserTable, username: str) -> Item | None:
    """A user's whole item as it is now (strongly consistent); None where there is none."""
    return users.get_item(username) if may_be_a_username(username) else None


def status_of(user: Item | None) -> str:
    """A user's activationStatus; "" where there is no such user, or no status."""
    return text_of(user or {}, "activationStatus")


def has_mail_feedback(user: Item) -> bool:
    """Whether MAILS_ARE_WELCOME is false for an item that was read.

    Feedback about a former address of the user says nothing about this one.
    """
    about = text_of(user, "mailFeedbackEmail")
    return about != "" and about == text_of(user, "email")


def is_mail_withheld(user: Item) -> bool:
    """Whether MAIL_IS_NOT_WITHHELD is false for an item that was read."""
    return is_true(user, "mailWithheld") or "disabledAt" in user


def keeps_only_token_hash(user: Item) -> bool:
    """Whether the application wants the token removed once its mail is sent."""
    return is_true(user, "keepOnlyTokenHash")


def signed_up_here(user: Item) -> bool:
    """Whether the web API has made the account, and no other application.

    Another application may set keepOnlyTokenHash as well, but has no password of ours.
    """
    return keeps_only_token_hash(user) and text_of(user, "passwordHash") != ""


def was_never_claimed(user: Item) -> bool:
    """Whether NEVER_CLAIMED holds for an item that was read."""
    return (
        status_of(user) == STATUS_NONE
        and "activationMailClaim" not in user
        and "activationTokenHash" not in user
        and not is_mail_withheld(user)
    )
