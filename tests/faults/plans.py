"""Which requests fail, and how: at random from a seed, or one at a time."""

import random
from collections.abc import Mapping

from tests.faults.proxy import Call, Fault, Plan

# Of a hundred requests. Most faults are AWS's most frequent ones: throttling and 5xx.
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

    Each decision depends on the seed and the request, not on its time: a run
    with the same seed has the same faults, no matter how threads are scheduled.
    """

    def plan(call: Call) -> Fault | None:
        dice = random.Random(f"{seed}/{call.operation}/{call.subject}/{call.detail}/{call.turn}")  # noqa: S311 - no secret
        if dice.random() >= share:
            return None
        return dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]

    return plan


def one_by_one(faults: Mapping[Call, Fault]) -> Plan:
    """Let single calls fail once."""
    waiting = dict(faults)
    return lambda call: waiting.pop(call, None)
