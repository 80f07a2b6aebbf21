"""Recording SES's feedback about an address on the user's item."""

from typing import Literal

from record_mail_feedback.mail_event import MailEvent
from shared.dynamodb import Updated, text_of
from shared.user_table import UserTable

Outcome = Literal["recorded", "no_such_user", "another_address", "known", "nothing_to_record"]

RECORD = (
    "SET mailFeedback = :feedback, mailFeedbackEmail = :email,"
    " mailFeedbackReason = :reason, mailFeedbackAt = :at"
)
# The item still exists, and has the address that was compared.
SAME_ADDRESS = "email = :email"
# Events come twice and in any order: the latest one about this address stays.
IS_NEWS = (
    "(attribute_not_exists(mailFeedbackAt) OR mailFeedbackAt < :at"
    " OR NOT (mailFeedbackEmail = :email))"
)


def record(users: UserTable, event: MailEvent) -> Outcome:
    """Record an event on the user's item, if it is about the address that the user has now.

    The status stays: the feedback itself stops further mails.

    Returns:
        The outcome; all but "recorded" have written nothing. "known": this event or a later one had
        been recorded, or the address was changed at this moment.
    """
    if event.feedback is None:
        return "nothing_to_record"
    item = users.get_item(event.username, ("username", "email"))
    if item is None:
        return "no_such_user"
    # As it is on the item, blanks included: the feedback is compared to it whole.
    email = text_of(item, "email")
    if not is_same_address(email, event.email):
        return "another_address"
    return "recorded" if _write(users, event, email) else "known"


def is_same_address(email: str, sent_to: str) -> bool:
    """Whether two addresses are the same, whatever case SES writes one in."""
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
