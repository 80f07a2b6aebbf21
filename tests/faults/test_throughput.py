"""How many users a second the whole pipeline takes on this machine, without any fault."""

import time

import pytest

from local_cloud.polling import wait_until
from tests.faults import crowd as people
from tests.faults.conftest import FaultyCloud
from tests.faults.crowd import Crowd
from tests.faults.report import table

USERS = 500


def test_five_hundred_users_are_mailed_once_each(
    faulty: FaultyCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    crowd = Crowd("calm", USERS, 1)
    cloud = faulty.cloud
    start = time.monotonic()
    people.sign_up(cloud, crowd)
    wait_until(
        lambda: sum(people.mails_by_username(cloud)[name] > 0 for name in crowd.usernames) == USERS,
        "a mail to each of them",
        deadline_seconds=420,
        interval_seconds=1,
    )
    seconds = time.monotonic() - start
    wait_until(lambda: not people.without_a_mail(cloud, crowd), "all marked", deadline_seconds=60)
    mails = people.mails_by_username(cloud)
    rows = {"users": USERS, "seconds": f"{seconds:.1f}", "users a second": f"{USERS / seconds:.1f}"}
    with capsys.disabled():
        print("\n" + table("Throughput without faults", rows))  # noqa: T201 - a result to see
    assert {mails[name] for name in crowd.usernames} == {1}
