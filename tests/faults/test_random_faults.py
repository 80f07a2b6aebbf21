"""A thousand users and pictures while AWS fails at random, from a printed seed."""

import os
from collections.abc import Callable

import pytest

from tests.faults import crowd as people
from tests.faults import plans
from tests.faults.conftest import FaultyCloud, redrive_all
from tests.faults.crowd import Crowd
from tests.faults.proxy import Ledger
from tests.faults.report import faults_by_operation, table
from tooling.polling import wait_until

SIZE = 1000
# The share of requests that fail.
SHARE = 0.04
SEEDS = [int(os.environ["FAULT_SEED"])] if os.environ.get("FAULT_SEED") else [1, 2]


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_and_nothing_blocked(
    faulty: FaultyCloud, seed: int, show: Callable[[str], None]
) -> None:
    cloud, crowd = faulty.cloud, Crowd(f"seed{seed}", SIZE, 10**6 * (seed + 1))
    with faulty.proxy.failing(plans.at_random(seed, share=SHARE)) as ledger:
        people.sign_up(cloud, crowd)
        people.upload(cloud, crowd)
        people.wait_until_quiet(cloud, crowd, deadline_seconds=480)
        in_queues = people.waiting_messages(cloud)
        left_mails, left_thumbnails = (
            len(people.without_a_mail(cloud, crowd)),
            len(people.without_a_thumbnail(cloud, crowd)),
        )
        blocked = people.blocked_streams(cloud, crowd)
    redrive_all(cloud)
    wait_until(
        lambda: (
            not people.without_a_mail(cloud, crowd)
            and not people.without_a_thumbnail(cloud, crowd)
            and not people.running_executions(cloud)
        ),
        "all of them, after the redrive",
        deadline_seconds=240,
        interval_seconds=1,
    )
    must_be_none = {
        "users without a mail": len(people.without_a_mail(cloud, crowd)),
        "thumbnails missing": len(people.without_a_thumbnail(cloud, crowd)),
        "second mails without such a fault": sum(
            ledger.mails[name].unjustified for name in crowd.usernames
        ),
        "stuck executions": people.running_executions(cloud),
        "blocked streams": len(blocked),
        "messages left in queues": sum(people.waiting_messages(cloud).values()),
    }
    faults = sum(ledger.faults.values())
    accepted = {name: ledger.mails[name].accepted for name in crowd.usernames}
    second = sum(accepted.values()) - SIZE
    rows: dict[str, object] = {
        "seed": seed,
        "faults injected": faults,
        "of these, processes killed": kills(ledger),
        "given up to a queue, before the redrive": in_queues,
        "users without a mail, before the redrive": left_mails,
        "thumbnails missing, before the redrive": left_thumbnails,
        "second mails": second,
        "kills between a mail's acceptance and its mark": ledger.kills_between,
        "answers lost there": ledger.answers_lost_between,
    }
    show(table("Under faults", {**rows, **must_be_none}))
    show("\n".join(faults_by_operation(ledger)))
    assert faults > SIZE / 10
    assert must_be_none == dict.fromkeys(must_be_none, 0)
    assert second <= ledger.kills_between + ledger.answers_lost_between
    in_mailboxes = people.mails_by_username(cloud)
    assert {name: in_mailboxes[name] for name in crowd.usernames} == accepted


def kills(ledger: Ledger) -> int:
    return sum(count for (_, fault), count in ledger.faults.items() if "killed" in fault)
