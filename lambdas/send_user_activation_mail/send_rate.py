"""Keeping to the rate at which the account may send.

Lambda runs at most as many invocations of this function at once as are reserved for it. If each
that asks SES goes on for one second after SES's answer, then of those that share a place each asks
at least a second after the one before, and all together hand over no more mails in any second than
there are places. That holds without a clock or a count in common: docs/adr/0021-rate-of-mails.md
"""

import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from send_user_activation_mail.delivery import Mailer
    from send_user_activation_mail.message import Message


@dataclass(slots=True)
class RateLimitedMailer:
    """A mailer for one invocation, which leaves this block no sooner than it may.

    Attributes:
        mailer: Sends the mail.
        seconds: How long the block lasts at least after the mailer's answer, in seconds, whatever
            that was: after a lost one SES may have taken the mail.
    """

    mailer: "Mailer"
    seconds: float
    _answered_at: float | None = field(default=None, init=False)

    def send(self, message: "Message", username: str) -> str:
        """Send one mail for a user; answer its id."""
        try:
            return self.mailer.send(message, username)
        finally:
            self._answered_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # By now the user is marked, or the claim released: nobody waits for this but the next mail.
        if self._answered_at is not None:
            time.sleep(max(0.0, self._answered_at + self.seconds - time.monotonic()))
