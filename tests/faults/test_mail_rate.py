"""Many sign-ups at once, and few mails a second: none is sent too soon, and none is lost."""

import bisect
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from local_cloud import folders
from local_cloud.engine.process import Engine
from local_cloud.packages import build_for_this_machine
from tests.end_to_end.conftest import Cloud
from tests.end_to_end.quick_stack import QuickStack
from tests.faults.report import table
from tooling.polling import wait_until

RATE = 3  # mails a second; fewer than the environments that the local cloud has for a function
USERS = 60
# Retries of the state machine wait a fiftieth of their time: 0.1 to 6 seconds.
WAIT_SCALE = "0.02"
# At the full rate it would take 20 seconds.
MAILS_SECONDS = 240.0


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("mail-rate")
    build_for_this_machine(folders.BUILD)
    with Engine(folder / "engine", {"SFN_WAIT_SCALE": WAIT_SCALE}) as engine:
        stack = QuickStack(
            engine,
            folder / "terraform",
            folders.BUILD,
            variables={"mail": {"rate_per_second": RATE}, "enable_web_api": False},
        )
        yield Cloud(engine, stack, stack.apply())


def test_mails_keep_to_the_rate_and_the_excess_waits(
    slow: Cloud, show: Callable[[str], None]
) -> None:
    usernames = [f"rate-{number}" for number in range(USERS)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda username: slow.insert_user(username=username), usernames))

    wait_until(
        lambda: len(slow.engine.mails()) >= USERS,
        f"{USERS} mails",
        deadline_seconds=MAILS_SECONDS,
        interval_seconds=1,
    )
    for username in usernames:
        slow.wait_for_status(username, "MAIL_SENT")
    mails = slow.engine.mails()
    assert Counter(mail["to"][0] for mail in mails) == dict.fromkeys(
        [f"{username}@example.com" for username in usernames], 1
    )
    times = sorted(mail["sent_at"] for mail in mails)
    busiest = max(
        bisect.bisect_left(times, moment + 1) - number for number, moment in enumerate(times)
    )
    shown = {
        "mails a second, at most": RATE,
        "mails in the busiest second": busiest,
        "mails": len(times),
        "seconds from the first to the last": f"{times[-1] - times[0]:.1f}",
    }
    show(table("Sending rate", shown))
    assert busiest <= RATE
    failures = slow.sqs.get_queue_attributes(
        QueueUrl=slow.outputs["failure_queue_urls"]["activation"],
        AttributeNames=["ApproximateNumberOfMessages"],
    )
    assert failures["Attributes"]["ApproximateNumberOfMessages"] == "0"


def test_a_second_plan_changes_nothing(slow: Cloud) -> None:
    assert slow.stack.plan_has_changes() is None
