"""One activation mail per user, whatever is delivered twice, retried, racing or crashing."""

from dataclasses import dataclass
from typing import Literal, Protocol

from send_user_activation_mail.activation_token import keeps_only_hash, token_for
from send_user_activation_mail.claim import Claims
from send_user_activation_mail.message import Message, compose
from send_user_activation_mail.recipient import has_feedback, recipient_of
from send_user_activation_mail.texts import MailTexts
from shared.errors import ServiceUnavailableError
from shared.user_table import STATUS_MAIL_SENT, STATUS_NONE, get_user, text_of


class SendsMessages(Protocol):
    """What `deliver` needs of a mailer."""

    def send(self, message: Message, username: str) -> str:
        """Send one mail for a user; answer its id."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of it.

    Attributes:
        result: "sent", "not_needed" (another status than NONE), "not_welcome" (a mail to this
            address has bounced or been complained about) or "no_such_user".
        activation_status: The status that the user has now; "" for no such user.
        message_id: SES's id of the mail, where one was sent.
    """

    result: Literal["sent", "not_needed", "not_welcome", "no_such_user"]
    activation_status: str
    message_id: str | None = None


def deliver(
    username: str, claims: Claims, mailer: SendsMessages, *, texts: MailTexts, now: int
) -> Delivery:
    """Send a user's activation mail if the status is NONE, and mark it as sent.

    Args:
        username: The user.
        claims: The claims of this sender.
        mailer: Sends the mail.
        texts: What the mail says.
        now: The time, in seconds since the epoch.

    Raises:
        InvalidUserError: The item lacks what the mail needs. Permanent.
        MailRejectedError: SES will not send it. Permanent.
        ActivationMailInProgressError: Another sender is at it. Try again later.
        SendingRateExceededError: The account sends all that it may just now. Try again later.
        ServiceUnavailableError: DynamoDB or SES can't answer now. Try again later.
    """
    user = get_user(claims.dynamodb, claims.table_name, username)
    if user is None:
        return Delivery("no_such_user", "")
    if text_of(user, "activationStatus") != STATUS_NONE:
        return Delivery("not_needed", text_of(user, "activationStatus"))
    if has_feedback(user):
        return Delivery("not_welcome", STATUS_NONE)
    token = token_for(user)
    # An item that can't be mailed to is refused here, before anything is written to it.
    recipient_of({**user, "activationToken": {"S": token.text}})
    claimed = claims.take(username, now=now, token=token)
    if claimed is None:
        return _overtaken(username, claims)
    try:
        message_id = mailer.send(compose(recipient_of(claimed), texts), username)
    except Exception:
        # Whatever it was, this sender is not sending any more: the next one need not wait.
        _release(username, claims)
        raise
    if claims.mark_sent(username, token, keep_only_hash=keeps_only_hash(claimed)):
        return Delivery("sent", STATUS_MAIL_SENT, message_id)
    _release(username, claims)
    return Delivery("sent", _status_now(username, claims), message_id)


def _overtaken(username: str, claims: Claims) -> Delivery:
    user = get_user(claims.dynamodb, claims.table_name, username)
    if user is None:
        return Delivery("no_such_user", "")
    return Delivery("not_needed", text_of(user, "activationStatus"))


def _status_now(username: str, claims: Claims) -> str:
    return text_of(get_user(claims.dynamodb, claims.table_name, username) or {}, "activationStatus")


def _release(username: str, claims: Claims) -> None:
    try:
        claims.release(username)
    except ServiceUnavailableError:
        return  # the claim ends by itself; the error that led here is the one to report
