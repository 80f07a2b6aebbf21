"""Sign-ups through the web API while DynamoDB fails beneath it."""

from collections import Counter
from collections.abc import Callable

from tests.end_to_end.web import Person, Web
from tests.faults import crowd as people
from tests.faults import plans
from tests.faults.conftest import FaultyCloud, redrive_all
from tooling.polling import wait_until

PEOPLE = 40
SHARE = 0.25
# After a 5xx a page or a program tries again; 409 then means that the first try was accepted.
TRIES = 12


def test_a_sign_up_is_whole_or_not_there_whatever_it_was_answered(
    faulty: FaultyCloud, show: Callable[[str], None]
) -> None:
    everybody = [Person(f"faulty-{number}") for number in range(PEOPLE)]
    answers: Counter[int] = Counter()
    with Web(faulty.cloud) as web, faulty.proxy.failing(plans.at_random(3, share=SHARE)) as ledger:
        for person in everybody:
            for _ in range(TRIES):
                status = web.post("/users", person.registration).status_code
                answers[status] += 1
                if status < 500:
                    break
            assert status in (201, 409), answers
    show(f"Sign-ups under faults: {dict(answers)}, {sum(ledger.faults.values())} faults")

    def everybody_has_a_mail() -> bool:
        # Repeatedly: a discarded event may still be on its way into the queue.
        redrive_all(faulty.cloud)
        mails = people.mails_by_username(faulty.cloud)
        return all(mails[each.username] for each in everybody)

    wait_until(
        everybody_has_a_mail, "a mail to each of them", deadline_seconds=240, interval_seconds=2
    )
    for person in everybody:
        item = faulty.cloud.user(person.username)
        assert item["email"] == {"S": person.email}
        assert {"name", "activationUrlBase", "registeredAt"} <= set(item)
    assert sum(ledger.faults.values()) > PEOPLE / 10
