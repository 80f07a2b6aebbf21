"""Memory of mailbox owners who said that a registration was not theirs.

A later sign-up by the same username and mailbox sends no mail. docs/web-api.md
"""

from dataclasses import dataclass

from shared.dynamodb import number_of
from web_api.limits import hashed
from web_api.mailbox import plain_spelling
from web_api.web_state_table import WebStateTable

PREFIX = "refused-sign-up"
REMEMBERED_FOR = 30 * 24 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class Refusals:
    """What mailbox owners have refused, kept in the web-state table.

    Methods raise ServiceUnavailableError where DynamoDB can't answer now.
    """

    table: WebStateTable

    def remember(self, username: str, email: str, *, now: int) -> None:
        """Remember that the owner of a mailbox refuses a registration by this username."""
        self.table.put_item(
            {
                **self.table.key(_item_id(username, email)),
                "expiresAt": {"N": str(now + REMEMBERED_FOR)},
            }
        )

    def was_refused(self, username: str, email: str, *, now: int) -> bool:
        """Whether the owner of a mailbox has refused this username in the last 30 days."""
        found = self.table.get_item(_item_id(username, email), ("expiresAt",))
        # TTL may remove an item days later.
        return found is not None and int(number_of(found, "expiresAt") or 0) > now


def _item_id(username: str, email: str) -> str:
    return "#".join((PREFIX, hashed(username), hashed(plain_spelling(email))))
