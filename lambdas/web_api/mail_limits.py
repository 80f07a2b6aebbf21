"""The limits on mails to one mailbox, by the kind of mail."""

from typing import Literal

from web_api.limits import Limit, Use
from web_api.mailbox import plain_spelling

MailKind = Literal["activation"]

# Anybody can enter anybody's address. These are mails that one person may need, with typing errors
# and lost mails, and few enough to delete by hand. By kind, so that nobody who uses up one kind
# keeps another from the mailbox's owner.
MAILS_IN_AN_HOUR = Limit("mail#hour", most=5, seconds=3600)
MAILS_IN_A_DAY = Limit("mail#day", most=10, seconds=24 * 3600)


def mail_to(email: str, kind: MailKind) -> tuple[Use, ...]:
    """What one mail to an address uses.

    The subject begins with the mailbox: `make forget` finds the counts of all kinds by it.
    """
    mailbox = plain_spelling(email)
    return (MAILS_IN_AN_HOUR.of(mailbox, kind), MAILS_IN_A_DAY.of(mailbox, kind))
