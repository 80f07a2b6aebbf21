"""Claims: the lock on a user's mail, held by one sender at a time and kept on the user's item.

SES has no idempotency key, so "one mail" must be decided before SES is asked. A claim expires, in
case its sender crashes. docs/activation-mail-protocol.md has the protocol and every crash in it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.dynamodb import ConditionFailed, Item, Updated
from shared.user_table import (
    CLAIM_ATTRIBUTES,
    CLAIM_IS_FREE,
    MAIL_IS_NOT_WITHHELD,
    MAILS_ARE_WELCOME,
    STATUS_MAIL_SENT,
    STATUS_NONE,
    UserTable,
    get_user,
    status_of,
)

if TYPE_CHECKING:
    from send_user_activation_mail.activation_token import ActivationToken

HELD_BY_ME = "activationMailClaim = :me"
# The claim may be ":me"'s already: the client retries after a lost response.
FREE_TO_TAKE = (
    f"activationStatus = :none AND {MAILS_ARE_WELCOME} AND {MAIL_IS_NOT_WITHHELD}"
    f" AND ({HELD_BY_ME} OR {CLAIM_IS_FREE})"
)
# A token that was read must still be there: it must not come back after a resend has removed it.
SAME_TOKEN = "activationToken = :token"  # noqa: S105 - an expression, no token
# A new one is set where there is none, which some applications write as an empty text or NULL. It
# may be on the item already, after a lost response.
NO_OTHER_TOKEN = (
    f"(attribute_not_exists(activationToken) OR {SAME_TOKEN}"
    " OR activationToken = :empty OR attribute_type(activationToken, :null))"
)
TAKE = (
    "SET activationMailClaim = :me, activationMailClaimExpiresAt = :end,"
    " activationToken = :token, activationTokenHash = :hash"
)
MARK = f"SET activationStatus = :sent REMOVE {CLAIM_ATTRIBUTES}"


class ActivationMailInProgressError(Exception):
    """Another sender holds the claim. A retry finds the mail sent, or the claim expired."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of one sender.

    Attributes:
        users: The User table.
        sender: The sender's id, a new one for each invocation.
        seconds: How long a claim lasts.
    """

    users: UserTable
    sender: str
    seconds: int

    def read(self, username: str) -> Item | None:
        """The user's item as it is now; None where there is none."""
        return get_user(self.users, username)

    def take(
        self, username: str, *, now: int, token: "ActivationToken"
    ) -> Updated | ConditionFailed:
        """Claim a user whose status is NONE; set the token, its hash and its age.

        The token is the one that the item had when it was read, or a new one. Its age starts now,
        unless it has one.

        Returns:
            The item with claim and token, or the item whose status is no longer NONE.

        Raises:
            ActivationMailInProgressError: Another sender holds the claim, the item's token is no
                longer what was read, the address has just bounced, or the mail has just been
                withheld.
        """
        values: Item = {
            ":me": {"S": self.sender},
            ":now": {"N": str(now)},
            ":end": {"N": str(now + self.seconds)},
            ":none": {"S": STATUS_NONE},
            ":true": {"BOOL": True},
            ":token": {"S": token.text},
            ":hash": {"S": token.hash},
        }
        if token.is_new:
            values = {**values, ":empty": {"S": ""}, ":null": {"S": "NULL"}}
        result = self.users.update_if(
            username,
            TAKE if token.has_age else f"{TAKE}, activationTokenCreatedAt = :now",
            condition=f"{FREE_TO_TAKE} AND {NO_OTHER_TOKEN if token.is_new else SAME_TOKEN}",
            values=values,
            new_item=True,
            found_item=True,
        )
        if isinstance(result, ConditionFailed) and status_of(result.item) == STATUS_NONE:
            raise ActivationMailInProgressError(
                "another sender is at work on the user, or the user has just been changed"
            )
        return result

    def mark_sent(
        self, username: str, token: "ActivationToken", *, keep_only_hash: bool
    ) -> Updated | ConditionFailed:
        """Mark the user's mail as sent and end the claim; with `keep_only_hash`, remove the token.

        The condition fails where the user was quicker with the link, the claim expired and another
        sender took over, or a resend has removed the token.
        """
        return self.users.update_if(
            username,
            f"{MARK}, activationToken" if keep_only_hash else MARK,
            condition=(
                f"activationStatus = :none AND {HELD_BY_ME} AND activationTokenHash = :hash"
            ),
            values={
                ":me": {"S": self.sender},
                ":sent": {"S": STATUS_MAIL_SENT},
                ":none": {"S": STATUS_NONE},
                ":hash": {"S": token.hash},
            },
            found_item=True,
        )

    def release(self, username: str) -> None:
        """End the claim without marking, so that the next sender need not wait."""
        self.users.update_if(
            username,
            f"REMOVE {CLAIM_ATTRIBUTES}",
            condition=HELD_BY_ME,
            values={":me": {"S": self.sender}},
        )
