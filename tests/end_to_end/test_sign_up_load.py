"""Two hundred sign-ups at once, ten of them with taken names: none is lost or overwritten."""

import threading
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.end_to_end.web import PASSWORD, Person, Web, somebody
from tooling.polling import wait_until
from tooling.web_client import RefusedError, WebClient

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Cloud

AT_ONCE = 200
TAKEN = 10
TWICE = 5
# The local engine runs three functions for each mail, on this machine's few cores.
MAILS_SECONDS = 240.0
CREATED = 201
CONFLICT = 409


def test_two_hundred_sign_ups_at_once_lose_none_and_overwrite_none(
    cloud: "Cloud", web: Web
) -> None:
    taken = [web.sign_up() for _ in range(TAKEN)]
    for person in taken:
        cloud.wait_for_status(person.username, "MAIL_SENT")
    items_before = {person.username: cloud.user(person.username) for person in taken}
    # People who sign up with a taken name, or with the same name at the same moment, have
    # different names and passwords, so that an item shows whose it is.
    thieves = [Person(person.username, name="Thief", password=f"{PASSWORD}!") for person in taken]
    new = [somebody(name="First") for _ in range(AT_ONCE - TAKEN - TWICE)]
    rivals = [Person(person.username, name="Second") for person in new[:TWICE]]

    outcomes = sign_up_all_at_once(web, [*new, *rivals, *thieves])

    statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for person, status in outcomes:
        statuses[person.username][status] += 1
    for person in new[:TWICE]:
        assert statuses[person.username] == {CREATED: 1, CONFLICT: 1}
    for person in new[TWICE:]:
        assert statuses[person.username] == {CREATED: 1}
    for person in taken:
        assert statuses[person.username] == {CONFLICT: 1}
        assert cloud.user(person.username) == items_before[person.username]

    registered = [person for person, status in outcomes if status == CREATED]
    for person in registered:
        item = cloud.user(person.username)
        assert item["name"] == {"S": person.name}
        assert item["email"] == {"S": person.email}
    everybody = {person.email for person in (*registered, *taken)}
    wait_until(
        lambda: everybody <= set(mails_by_address(cloud)),
        f"mails to {len(registered)} new users",
        deadline_seconds=MAILS_SECONDS,
        interval_seconds=1,
    )
    for person in registered:
        cloud.wait_for_status(person.username, "MAIL_SENT")
    # Once all are marked as sent, no mail is on its way.
    mails = mails_by_address(cloud)
    assert {address: mails[address] for address in everybody} == dict.fromkeys(everybody, 1)


def sign_up_all_at_once(web: Web, people: list[Person]) -> list[tuple[Person, int]]:
    """Run each in its own thread, all started at one moment."""
    start = threading.Barrier(len(people))

    def sign_up(person: Person) -> tuple[Person, int]:
        client = WebClient(web.origin)
        start.wait(timeout=60)
        try:
            client.sign_up(person.username, person.name, person.email, person.password)
        except RefusedError as refused:
            return person, refused.status
        return person, CREATED

    with ThreadPoolExecutor(max_workers=len(people)) as threads:
        return list(threads.map(sign_up, people))


def mails_by_address(cloud: "Cloud") -> Counter[str]:
    return Counter(address for mail in cloud.engine.mails() for address in mail["to"])
