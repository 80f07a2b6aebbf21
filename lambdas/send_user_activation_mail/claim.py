"""The right to mail a user: held by one sender at a time, kept on the user's own item.

SES has no idempotency key, so "one mail" must be settled before it is asked: whoever sends holds a
claim, which ends by itself when its holder dies. docs/activation-mail-protocol.md has the whole
protocol and what each crash in it leads to.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.dynamodb import ConditionFailed, Item, Updated
from shared.user_table import (
    CLAIM_ATTRIBUTES,
    CLAIM_IS_FREE,
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
# The claim may be ":me"'s already: the client tries again after a lost answer.
FREE_TO_TAKE = (
    f"activationStatus = :none AND {MAILS_ARE_WELCOME} AND ({HELD_BY_ME} OR {CLAIM_IS_FREE})"
)
# A token that was read must still be there: a resend removes it, and must not see it come back.
SAME_TOKEN = "activationToken = :token"  # noqa: S105 - an expression, no token
# For a new one there must be none; some applications write an empty text or NULL where they have
# none. It may be on the item already, again after a lost answer.
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
    """Another sender holds the claim: it will have sent the mail, or its claim will have ended."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims on the items of one User table, made by one sender.

    Attributes:
        users: The User table.
        sender: The sender's own id, another one for each invocation.
        seconds: How long a claim holds.
    """

    users: UserTable
    sender: str
    seconds: int

    def read(self, username: str) -> Item | None:
        """The user's item as it is now; None where there is none.

        Raises:
            ServiceUnavailableError: DynamoDB can't answer now.
        """
        return get_user(self.users, username)

    def take(
        self, username: str, *, now: int, token: "ActivationToken"
    ) -> Updated | ConditionFailed:
        """Take the claim on a user whose status is NONE; set the token, its hash and its age.

        Args:
            username: The user.
            now: The time, in seconds since the epoch.
            token: The token that the item had when it was read, or a new one. Its age starts
                now, unless it has one.

        Returns:
            The item with the claim and the token; what is there where its status is no longer NONE.

        Raises:
            ActivationMailInProgressError: Another sender holds the claim, or the item's token is
                no longer what was read, or the address has just bounced.
            ServiceUnavailableError: DynamoDB can't answer now.
        """
        values: Item = {
            ":me": {"S": self.sender},
            ":now": {"N": str(now)},
            ":end": {"N": str(now + self.seconds)},
            ":none": {"S": STATUS_NONE},
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
        """Mark the user's mail as sent and end the claim.

        Args:
            username: The user.
            token: The token that was mailed.
            keep_only_hash: Whether the token itself goes with the same write.

        Returns:
            ConditionFailed where the item has moved on: the user was quicker with the link, or the
            claim ended and another sender took over, or a resend has ended the token.

        Raises:
            ServiceUnavailableError: DynamoDB can't answer now.
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
        """End the claim with nothing marked, so that the next sender need not wait for its end.

        Raises:
            ServiceUnavailableError: DynamoDB can't answer now.
        """
        self.users.update_if(
            username,
            f"REMOVE {CLAIM_ATTRIBUTES}",
            condition=HELD_BY_ME,
            values={":me": {"S": self.sender}},
        )
