"""Links of activation mails that ended while their execution lay in the queue, or outlive a user.

For users of the web API alone, whom keepOnlyTokenHash marks: another application knows its tokens,
how long they count, and when its users expire.
"""

from dataclasses import dataclass

from shared.dynamodb import Item, Updated
from shared.user_table import (
    CLAIM_IS_FREE,
    STATUS_NONE,
    TOKEN_ATTRIBUTES,
    WAITS_FOR_MAIL,
    UserTable,
)

# As the web API does it for a resend: only while nobody holds a claim.
HAS_EXPIRED = f"{WAITS_FOR_MAIL} AND activationTokenCreatedAt < :oldest AND {CLAIM_IS_FREE}"
REMOVE_TOKEN = f"REMOVE {TOKEN_ATTRIBUTES}"
# Only where the item has it: who signed up before it was switched on is kept.
EXPIRES_EARLIER = f"{WAITS_FOR_MAIL} AND expiresAt < :expires"
EXPIRE_LATER = "SET expiresAt = :expires"


@dataclass(frozen=True, slots=True)
class ActivationLinks:
    """The links that the web API takes.

    Attributes:
        users: The User table.
        seconds: How long a link works.
        user_seconds: How long a user is kept who doesn't activate; None: for ever, as far as the
            deployment knows.
    """

    users: UserTable
    seconds: int
    user_seconds: int | None = None

    def keep_user(self, username: str, now: int) -> bool:
        """Keep a user who is waiting for a mail for as long as after a sign-up or a resend.

        Or TTL could remove the user before the link of the mail ends, which is sent only now.

        Args:
            username: The user.
            now: The time, in seconds since the epoch.

        Returns:
            Whether the user would have expired earlier.
        """
        if self.user_seconds is None:
            return False
        values: Item = {":expires": {"N": str(now + self.user_seconds)}}
        return self._updated(username, EXPIRE_LATER, EXPIRES_EARLIER, values)

    def end_expired(self, username: str, now: int) -> bool:
        """Take an ended token off a user who is waiting for a mail, so that the mail has a new one.

        A mail keeps the token of the first try and its age (docs/activation-mail-protocol.md), and
        its link would be dead as it arrives.

        Args:
            username: The user.
            now: The time, in seconds since the epoch.

        Returns:
            Whether there was an ended one.
        """
        values: Item = {":oldest": {"N": str(now - self.seconds)}, ":now": {"N": str(now)}}
        return self._updated(username, REMOVE_TOKEN, HAS_EXPIRED, values)

    def _updated(self, username: str, update: str, condition: str, values: Item) -> bool:
        """Write to a user where a condition holds; answer whether it did."""
        values = {":none": {"S": STATUS_NONE}, ":true": {"BOOL": True}, **values}
        result = self.users.update_if(username, update, condition=condition, values=values)
        return isinstance(result, Updated)
