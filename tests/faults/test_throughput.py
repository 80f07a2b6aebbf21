"""How many users a second the whole pipeline handles on this machine, without faults."""

import time
from collections.abc import Callable

from tests.faults import crowd as people
from tests.faults.conftest import FaultyCloud
from tests.faults.crowd import Crowd
from tests.faults.report import table
from tooling.polling import wait_until

USERS = 500


def test_five_hundred_users_are_mailed_once_each(
    faulty: FaultyCloud, show: Callable[[str], None]
) -> None:
    crowd = Crowd("calm", USERS, 1)
    cloud = faulty.cloud
    start = time.time()
    people.sign_up(cloud, crowd)
    wait_until(
        lambda: set(crowd.usernames) <= set(people.mails_by_username(cloud)),
        "a mail to each of them",
        deadline_seconds=420,
        # Rarely: the engine lists all of its mails each time, and does nothing else meanwhile.
        interval_seconds=5,
    )
    ours = {f"{name}@example.com" for name in crowd.usernames}
    seconds = max(m["sent_at"] for m in cloud.engine.mails() if m["to"][0] in ours) - start
    wait_until(lambda: not people.without_a_mail(cloud, crowd), "all marked", deadline_seconds=60)
    mails = people.mails_by_username(cloud)
    rows = {"users": USERS, "seconds": f"{seconds:.1f}", "users a second": f"{USERS / seconds:.1f}"}
    show(table("Throughput without faults", rows))
    assert {mails[name] for name in crowd.usernames} == {1}
