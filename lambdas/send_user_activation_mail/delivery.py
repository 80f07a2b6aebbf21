"""One activation mail per user, despite duplicates, retries, races and crashes."""

from dataclasses import dataclass
from typing import Literal, Protocol

from send_user_activation_mail.activation_token import token_for
from send_user_activation_mail.claim import Claims
from send_user_activation_mail.message import Message, compose
from send_user_activation_mail.recipient import check_mailable, recipient_of
from send_user_activation_mail.texts import MailTexts
from shared.dynamodb import ConditionFailed, Item, Updated
from shared.errors import ServiceUnavailableError
from shared.user_table import (
    STATUS_MAIL_SENT,
    STATUS_NONE,
    has_mail_feedback,
    is_mail_withheld,
    keeps_only_token_hash,
    status_of,
)


class Mailer(Protocol):
    """Sends mails."""

    def send(self, message: Message, username: str) -> str:
        """Send one mail for a user; return its id."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The outcome.

    Attributes:
        result: "sent", "not_needed" (another status than NONE), "not_welcome" (a mail to this
            address has bounced or been complained about), "withheld" (the web API withholds it,
            or the user is disabled) or "no_such_user".
        activation_status: The user's status now; "" for no such user.
        message_id: SES's id of the mail, where one was sent.
    """

    result: Literal["sent", "not_needed", "not_welcome", "withheld", "no_such_user"]
    activation_status: str
    message_id: str | None = None


def deliver(
    username: str, claims: Claims, mailer: Mailer, *, texts: MailTexts, now: int
) -> Delivery:
    """Send a user's activation mail if the status is NONE, and mark it as sent.

    Raises:
        InvalidUserError: The item lacks what the mail needs. Permanent.
        MailRejectedError: SES will not send it. Permanent.
        ActivationMailInProgressError: Another sender holds the claim. Retry later.
        SendingRateExceededError: The account's rate or quota is used up. Retry later.
        ServiceUnavailableError: DynamoDB or SES can't answer now. Retry later.
    """
    user = claims.read(username)
    if user is None or status_of(user) != STATUS_NONE:
        return _not_needed(user)
    if has_mail_feedback(user):
        return Delivery("not_welcome", STATUS_NONE)
    if is_mail_withheld(user):
        return Delivery("withheld", STATUS_NONE)
    token = token_for(user)
    check_mailable(user, token.text)  # before anything is written
    claimed = claims.take(username, now=now, token=token)
    if isinstance(claimed, ConditionFailed):
        return _not_needed(claimed.item)
    try:
        # From the claimed item: the application may have changed it since it was read.
        message_id = mailer.send(compose(recipient_of(claimed.item), texts), username)
    except Exception:
        # Any error: this sender sends nothing more, so the next one need not wait.
        _release(username, claims)
        raise
    keep_only_hash = keeps_only_token_hash(claimed.item)
    marked = claims.mark_sent(username, token, keep_only_hash=keep_only_hash)
    if isinstance(marked, Updated):
        return Delivery("sent", STATUS_MAIL_SENT, message_id)
    _release(username, claims)
    return Delivery("sent", status_of(marked.item), message_id)


def _not_needed(user: Item | None) -> Delivery:
    return Delivery("no_such_user" if user is None else "not_needed", status_of(user))


def _release(username: str, claims: Claims) -> None:
    try:
        claims.release(username)
    except ServiceUnavailableError:
        return  # the claim expires; the error that led here is the one to report
