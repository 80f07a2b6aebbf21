"""Sign-ups through the web API while DynamoDB fails beneath it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import product

from tests.end_to_end.web import Person, Web
from tests.faults import crowd as people
from tests.faults import plans
from tests.faults.conftest import FaultyCloud, redrive_all
from tests.faults.proxy import Call, Fault, no_faults
from tooling.polling import wait_until
from web_api.limits import hashed
from web_api.mail_limits import mail_to
from web_api.refusals import PREFIX
from web_api.registration import SignUpRules

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


def subjects_of(person: Person) -> list[str]:
    """What the calls of a sign-up are about: the keys of items."""
    rules = SignUpRules(per_hour=1)
    return [
        person.username,
        *(limit.of("127.0.0.1").item_id for limit in (rules.by_network, rules.tries_by_network)),
        f"{PREFIX}#{hashed(person.username)}#{hashed(person.email)}",
        *(use.item_id for use in mail_to(person.email, "activation")),
    ]


def is_of_the_sign_up(call: Call, person: Person) -> bool:
    """Whether a call is not one of the activation, which has begun meanwhile."""
    is_about_the_user = call.subject == person.username
    return not is_about_the_user or (call.operation in ("GetItem", "PutItem") and call.turn == 1)


def test_a_sign_up_can_be_repeated_wherever_its_function_dies(faulty: FaultyCloud) -> None:
    cloud, sample = faulty.cloud, Person("dies-nowhere")
    with Web(cloud) as web, faulty.proxy.failing(no_faults):
        assert web.post("/users", sample.registration).status_code == 201
        made = faulty.proxy.calls_about(subjects_of(sample))
    calls = [call for call in made if is_of_the_sign_up(call, sample)]
    # Two reads; the user; both counts of the network and both of the mailbox.
    assert Counter(call.operation for call in calls) == {
        "GetItem": 2,
        "PutItem": 1,
        "UpdateItem": 4,
    }

    everybody = [sample]
    for number, (call, kill) in enumerate(
        product(calls, (Fault.KILLED_BEFORE, Fault.KILLED_AFTER))
    ):
        person = Person(f"dies-{number}")
        everybody.append(person)
        subjects = dict(zip(subjects_of(sample), subjects_of(person), strict=True))
        fault = replace(call, subject=subjects[call.subject])
        with Web(cloud) as web, faulty.proxy.failing(plans.one_by_one({fault: kill})) as ledger:
            first, second = (web.post("/users", person.registration).status_code for _ in range(2))
        assert first >= 500
        assert second in (201, 409)
        assert sum(ledger.faults.values()) == 1, fault

    for person in everybody:
        item = cloud.wait_for_status(person.username, "MAIL_SENT")
        assert item["email"] == {"S": person.email}
    mails = people.mails_by_username(cloud)
    assert {person.username: mails[person.username] for person in everybody} == {
        person.username: 1 for person in everybody
    }
