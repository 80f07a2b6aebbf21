"""Limits on how often something may happen within a time, against guessing and unwanted mails.

Each use is counted before it is made, in one write, so that a hundred at once count as a hundred.
The window slides: it is counted in parts, and every part that it touches counts. So no span of its
length has more uses than the limit, and a use is forgotten after its length and a part at most.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from shared.dynamodb import Item, number_of
from shared.errors import ServiceUnavailableError
from web_api.web_state_table import WebStateTable

PARTS = 12  # of a window
CUSTOMER_PREFIX = 56  # bits of an IPv6 address that one customer's have in common: RFC 6177


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit on one thing for each subject, such as a network.

    Attributes:
        name: What is counted: the prefix of its items' ids.
        most: The uses in any span of `seconds`.
        seconds: The length of the window, a multiple of `PARTS`.
    """

    name: str
    most: int
    seconds: int

    def of(self, *subject: str) -> "Use":
        """One use by a subject."""
        return Use(self, subject)

    @property
    def part_seconds(self) -> int:
        """The length of a part of the window."""
        return self.seconds // PARTS


class Use(NamedTuple):
    """One use of what a limit counts, by one subject."""

    limit: Limit
    subject: tuple[str, ...]

    @property
    def item_id(self) -> str:
        """The id of the subject's count.

        Each part of the subject is hashed: it may be a password, typed into the field of the
        username. The id of the first parts alone begins this one, so that `make forget` finds it.
        """
        return "#".join((self.limit.name, *map(hashed, self.subject)))


class TooManyAttemptsError(Exception):
    """A limit is reached. `retry_after_seconds`: until it allows one use more."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("too many attempts")
        self.retry_after_seconds = retry_after_seconds


class Taken(NamedTuple):
    """Uses that were counted, so that they can be given back."""

    uses: tuple[Use, ...]
    now: int


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of all limits, kept in the web-state table.

    Methods raise ServiceUnavailableError where DynamoDB can't answer now.
    """

    table: WebStateTable

    def take(self, *uses: Use, now: int) -> Taken:
        """Count some uses before they are made: all of them or none, in this order.

        Raises:
            TooManyAttemptsError: A limit is reached: what is counted must not be done.
        """
        taken = Taken((), now)
        for use in uses:
            try:
                item = self._add(1, use, now)
            except ServiceUnavailableError:
                self.give_back(taken)
                raise
            taken = Taken((*taken.uses, use), now)
            wait = _seconds_to_wait(use.limit, item, now)
            if wait:
                # A refused use does not count, or others could keep a limit reached for ever.
                self.give_back(taken)
                raise TooManyAttemptsError(wait)
        return taken

    def give_back(self, taken: Taken) -> None:
        """Take uses off their counts again.

        Where DynamoDB can't answer now, they stay counted until their window has passed: what was
        done is not undone for that.
        """
        for use in taken.uses:
            with suppress(ServiceUnavailableError):
                self._add(-1, use, taken.now)

    def _add(self, number: int, use: Use, now: int) -> Item:
        limit = use.limit
        part = now // limit.part_seconds
        # Of parts before these, a few may stay until the item expires.
        gone = range(part - 2 * PARTS, part - PARTS)
        return self.table.update(
            use.item_id,
            "ADD #part :number SET expiresAt = :end REMOVE "
            + ", ".join(f"#gone{index}" for index in range(len(gone))),
            {
                ":number": {"N": str(number)},
                ":end": {"N": str((part + PARTS + 1) * limit.part_seconds)},
            },
            names={
                "#part": _attribute(part),
                **{f"#gone{index}": _attribute(part) for index, part in enumerate(gone)},
            },
        )


def network_of(address: str) -> str:
    """One customer's network: an IPv4 address, or a /56 of IPv6 addresses.

    https://www.rfc-editor.org/rfc/rfc6177#section-2
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:  # all of these would be one network
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, CUSTOMER_PREFIX), strict=False).network_address)
    return str(parsed)


def hashed(text: str) -> str:
    """A text as ids of the web-state table have it: its SHA-256."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _attribute(part: int) -> str:
    return f"part{part}"


def _seconds_to_wait(limit: Limit, item: Item, now: int) -> int:
    """How long until the uses of an item, the newest included, are within the limit; 0: now."""
    newest = now // limit.part_seconds
    over = -limit.most
    # From the newest part back: the one that exceeds the limit must leave the window first.
    for part in range(newest, newest - PARTS - 1, -1):
        over += int(number_of(item, _attribute(part)) or 0)
        if over > 0:
            return (part + PARTS + 1) * limit.part_seconds - now
    return 0
