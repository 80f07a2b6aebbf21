"""Which requests fail, and how: at random from a seed, or one at a time."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.proxy import Call, Fault, Plan

# Of a hundred requests. Most faults are what AWS itself shows most: throttling and 5xx.
WEIGHTS = {
    Fault.THROTTLED: 40,
    Fault.FAILED: 20,
    Fault.RESET_BEFORE: 10,
    Fault.KILLED_BEFORE: 8,
    Fault.REFUSED_CREDENTIALS: 2,
    Fault.LATE_BEFORE: 1,
    Fault.FAILED_AFTER: 6,
    Fault.RESET_AFTER: 6,
    Fault.KILLED_AFTER: 6,
    Fault.LATE_AFTER: 1,
}


def at_random(seed: int, *, share: float) -> Plan:
    """Let a share of all requests fail.

    Each decision follows from the seed and from what the request is, not from when it comes: a run
    with the same seed meets the same faults, whatever the threads do.
    """

    def plan(call: Call) -> Fault | None:
        dice = random.Random(f"{seed}/{call.operation}/{call.subject}/{call.detail}/{call.turn}")  # noqa: S311 - no secret
        if dice.random() >= share:
            return None
        return dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]

    return plan


@dataclass(frozen=True)
class Planned:
    """A single request that fails.

    Attributes:
        operation: Such as "UpdateItem".
        subject: Whom or what it is about.
        fault: How it fails.
        detail: How its detail starts.
        turn: The how-manieth of these it is, from 1.
    """

    operation: str
    subject: str
    fault: Fault
    detail: str = ""
    turn: int = 1

    def is_meant_by(self, call: Call) -> bool:
        return (
            (call.operation, call.subject) == (self.operation, self.subject)
            and call.detail.startswith(self.detail)
            and call.turn == self.turn
        )


def one_by_one(faults: Sequence[Planned]) -> Plan:
    """Let single requests fail, each once."""
    waiting = list(faults)

    def plan(call: Call) -> Fault | None:
        for planned in list(waiting):
            if planned.is_meant_by(call):
                waiting.remove(planned)
                return planned.fault
        return None

    return plan
