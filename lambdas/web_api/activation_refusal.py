"""Refusing an account: a mailbox's owner says that it was somebody else who signed up with it."""

from typing import Literal

from shared.dynamodb import Item, Updated, text_of
from shared.errors import ServiceUnavailableError
from shared.user_table import STATUS_DONE, TOKEN_ATTRIBUTES, UserTable, signed_up_here
from web_api.activation import Link, LinkedUser, LinkState, Validity, look_up
from web_api.refusals import Refusals

# A link that is too old to activate can still be refused.
REFUSABLE = frozenset({"ready", "link-expired"})
NOT_ACTIVATED = "activationStatus <> :done"
SAME_LINK = "activationTokenHash = :hash"
# As `signed_up_here`: nothing of another application goes with the item.
IS_OURS = "keepOnlyTokenHash = :true AND attribute_exists(passwordHash)"
# As a bounce does it: MAILS_ARE_WELCOME no longer holds for this address.
NO_MORE_MAILS = (
    "SET mailFeedback = :refused, mailFeedbackEmail = :email,"
    " mailFeedbackReason = :reason, mailFeedbackAt = :now"
    f" REMOVE {TOKEN_ATTRIBUTES}"
)
# The client retries after a lost response, and the first try had succeeded.
DONE_BY_US = "(mailFeedback = :refused AND mailFeedbackAt = :now)"
FEEDBACK = "REFUSED"
REASON = "the mailbox's owner has not signed up"


def refuse(
    users: UserTable, refusals: Refusals, link: Link, found: LinkedUser, *, now: int
) -> Literal["refused"] | LinkState:
    """End a link and its account, unless the account is activated.

    An account that was made here is deleted, which frees its username. Of another application's
    item only the token goes, and no mail is welcome at its address any more. Of a refusal and an
    activation at once, one succeeds.

    Args:
        users: The User table.
        refusals: Keeps mails from the next sign-up by this username and mailbox.
        link: The link.
        found: What it leads to; its state is one of `REFUSABLE`.
        now: In seconds since the epoch.

    Raises:
        ServiceUnavailableError: DynamoDB can't answer now, or another writer was quicker. The same
            call may work later.
    """
    if signed_up_here(found.user):
        # Before the deletion, so that after a crash in between the link can be used again.
        refusals.remember(link.username, text_of(found.user, "email"), now=now)
        is_done = _delete(users, link)
    else:
        is_done = _end_mails(users, link, text_of(found.user, "email"), now=now)
    return "refused" if is_done else _state_now(users, link, now=now)


def _delete(users: UserTable, link: Link) -> bool:
    return users.delete_if(
        link.username,
        condition=f"{NOT_ACTIVATED} AND {SAME_LINK} AND {IS_OURS}",
        values={**_values(link), ":true": {"BOOL": True}},
    )


def _end_mails(users: UserTable, link: Link, email: str, *, now: int) -> bool:
    written = users.update_if(
        link.username,
        NO_MORE_MAILS,
        condition=f"{NOT_ACTIVATED} AND ({SAME_LINK} OR {DONE_BY_US})",
        values={
            **_values(link),
            ":refused": {"S": FEEDBACK},
            ":email": {"S": email},
            ":reason": {"S": REASON},
            ":now": {"N": str(now)},
        },
    )
    return isinstance(written, Updated)


def _values(link: Link) -> Item:
    return {":done": {"S": STATUS_DONE}, ":hash": {"S": link.token_hash}}


def _state_now(users: UserTable, link: Link, *, now: int) -> Literal["refused"] | LinkState:
    """Why the account could not be refused; "refused" where it has gone meanwhile."""
    state = look_up(users, link, Validity(now, max_age_seconds=now)).state
    if state == "unknown-user":
        return "refused"
    if state in REFUSABLE:
        raise ServiceUnavailableError("table User: another write came first")
    return state
