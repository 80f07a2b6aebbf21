"""Noting on a user's item what SES said of the address."""

from typing import Literal

from record_mail_feedback.mail_event import MailEvent
from shared.dynamodb import Updated, text_of
from shared.user_table import UserTable

Outcome = Literal["recorded", "no_such_user", "another_address", "known", "nothing_to_record"]

RECORD = (
    "SET mailFeedback = :feedback, mailFeedbackEmail = :email,"
    " mailFeedbackReason = :reason, mailFeedbackAt = :at"
)
# The item is there, or it would have no address; and the address is the one that was compared.
SAME_ADDRESS = "email = :email"
# Events come twice and in any order: the latest one on this address stays.
IS_NEWS = (
    "(attribute_not_exists(mailFeedbackAt) OR mailFeedbackAt < :at"
    " OR NOT (mailFeedbackEmail = :email))"
)


def record(users: UserTable, event: MailEvent) -> Outcome:
    """Note an event on the user's item, if it is about the address that the user has now.

    The status is left alone: what stops further mails is the note itself.

    Returns:
        What came of it; everything but "recorded" has written nothing. "known": the same event
        or a later one had been recorded, or the address was changed at this very moment.

    Raises:
        ServiceUnavailableError: DynamoDB can't answer now.
    """
    if event.feedback is None:
        return "nothing_to_record"
    item = users.get_item(event.username, ("username", "email"))
    if item is None:
        return "no_such_user"
    # As it stands on the item, which may have blanks around it: the note is compared to it whole.
    email = text_of(item, "email")
    if not is_same_address(email, event.email):
        return "another_address"
    return "recorded" if _write(users, event, email) else "known"


def is_same_address(email: str, sent_to: str) -> bool:
    """Whether a mail to `sent_to` was one to `email`, whatever case SES writes it in."""
    return email.strip().casefold() == sent_to.strip().casefold()


def _write(users: UserTable, event: MailEvent, email: str) -> bool:
    result = users.update_if(
        event.username,
        RECORD,
        condition=f"{SAME_ADDRESS} AND {IS_NEWS}",
        values={
            ":feedback": {"S": str(event.feedback)},
            ":email": {"S": email},
            ":reason": {"S": event.reason},
            ":at": {"N": str(event.at)},
        },
    )
    return isinstance(result, Updated)
