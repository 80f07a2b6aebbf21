"""Limit the mails a second to the function's reserved concurrency.

An invocation that asks SES lasts until a second after SES's response. So none of the concurrent
invocations asks twice within a second, and together they send at most as many mails a second as
run at once. That needs no shared clock and no shared count: docs/adr/0021-rate-of-mails.md
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
    """A mailer for one invocation, whose `with` block ends after the time for a mail.

    Attributes:
        mailer: Sends the mail.
        seconds: How long the block lasts at least after the mailer's response or error: after a
            lost response SES may have taken the mail.
    """

    mailer: "Mailer"
    seconds: float
    _answered_at: float | None = field(default=None, init=False)

    def send(self, message: "Message", username: str) -> str:
        """Send one mail for a user; return its id."""
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
        # The user is marked by now, or the claim released: only the next mail waits for this.
        if self._answered_at is not None:
            time.sleep(max(0.0, self._answered_at + self.seconds - time.monotonic()))
