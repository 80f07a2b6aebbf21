"""Asking for the mail again: who gets it, how often, and what is started."""

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import ServiceUnavailableError
from shared.user_table import UserTable
from tests.unit.builders import (
    USER_TABLE,
    Item,
    Users,
    attributes_read,
    fail,
    make_atomic,
    once_before,
)
from tests.unit.web_api.api import WebState
from tests.unit.web_api.calls import calls_of, lose_an_answer
from web_api.limits import Counts
from web_api.mail_limits import mail_to
from web_api.refusals import Refusals
from web_api.resend import ResendRules, Resends
from web_api.web_state_table import WebStateTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef
    from mypy_boto3_stepfunctions import SFNClient

NOW = 1_795_342_800
RULES = ResendRules(cool_down_seconds=60, limit=5)
# What Step Functions allows.
EXECUTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")

Changes = dict[str, "AttributeValueTypeDef | None"]


def user(changes: Changes | None = None) -> Item:
    """A user of the API who got a mail an hour ago; None leaves an attribute out."""
    attributes: Changes = {
        "username": {"S": "anna"},
        "name": {"S": "Anna Berg"},
        "email": {"S": "anna@mail.example"},
        "activationStatus": {"S": "MAIL_SENT"},
        "activationUrlBase": {"S": "https://shop.example/activate"},
        "activationTokenHash": {"S": "0" * 64},
        "activationTokenCreatedAt": {"N": str(NOW - 3600)},
        "keepOnlyTokenHash": {"BOOL": True},
        "registeredAt": {"N": str(NOW - 3600)},
        **(changes or {}),
    }
    return {name: value for name, value in attributes.items() if value is not None}


def put(users: Users, changes: Changes | None = None) -> None:
    users.dynamodb.put_item(TableName=users.name, Item=user(changes))


@pytest.fixture
def step_functions(aws: None) -> "SFNClient":
    del aws
    return boto3.client("stepfunctions")


@pytest.fixture
def machine(step_functions: "SFNClient", state_machine_arn: str, web_state: WebState) -> "Machine":
    return Machine(step_functions, state_machine_arn, web_state)


class Machine:
    """The state machine, what was started of it, and what the API counts and remembers."""

    def __init__(self, client: "SFNClient", arn: str, web_state: WebState) -> None:
        self.client = client
        self.arn = arn
        self.web_state = web_state

    @property
    def table(self) -> WebStateTable:
        return WebStateTable(self.web_state.dynamodb, self.web_state.name)

    def mails(self) -> int:
        """The mails to all mailboxes that are counted now."""
        return sum(
            int(value)
            for item_id, item in self.web_state.items().items()
            for name, value in item.items()
            if item_id.startswith("mail#day") and name.startswith("part")
        )

    def started(self) -> list[tuple[str, Any]]:
        """The executions by name and input."""
        executions = self.client.list_executions(stateMachineArn=self.arn)["executions"]
        return [
            (
                execution["name"],
                json.loads(
                    self.client.describe_execution(executionArn=execution["executionArn"])["input"]
                ),
            )
            for execution in executions
        ]


def ask(
    users: Users,
    machine: Machine,
    username: str = "anna",
    *,
    now: int = NOW,
    rules: ResendRules = RULES,
) -> None:
    counts, refusals = Counts(machine.table), Refusals(machine.table)
    resends = Resends(users.table, machine.client, machine.arn, counts, refusals, rules)
    resends.request_mail(username, now=now)


@pytest.mark.parametrize("requests", [None, 5])
def test_the_user_is_kept_as_long_again(
    users: Users, machine: Machine, requests: int | None
) -> None:
    changes: Changes = {"expiresAt": {"N": str(NOW + 5)}}
    if requests:
        changes["activationMailRequests"] = {"N": str(requests)}
        changes["activationMailRequestedAt"] = {"N": str(NOW - 2 * 86400)}
    put(users, changes)
    ask(users, machine, rules=ResendRules(cool_down_seconds=60, limit=5, user_seconds=86400))
    assert len(machine.started()) == 1
    assert users.get("anna")["expiresAt"] == str(NOW + 86400)


DAY = 86400


@pytest.mark.parametrize(
    ("age", "ends", "expected"),
    [
        (0, 1, 1),  # asked at once: a period from now
        (2.5, 1, 3.5),
        (3.5, 0.5, 4),  # not beyond four periods after the sign-up
        (3.9, 4, 4),
        (5, 4, 4),  # TTL is late
        (0, 3, 3),  # `make redrive` has set a later time
    ],
)
def test_a_resend_keeps_a_user_for_four_periods_at_most(
    users: Users, machine: Machine, age: float, ends: float, expected: float
) -> None:
    registered = NOW - 61 - int(age * DAY)
    end = registered + int(ends * DAY) + 61
    put(users, {"registeredAt": {"N": str(registered)}, "expiresAt": {"N": str(end)}})
    ask(users, machine, rules=ResendRules(cool_down_seconds=60, limit=5, user_seconds=DAY))
    assert len(machine.started()) == 1
    latest = registered + 4 * DAY
    found = int(users.get()["expiresAt"])
    assert found <= max(latest, end)
    assert abs(found - registered - int(expected * DAY)) <= 61


def test_a_user_of_unknown_age_is_kept_as_long_as_before(users: Users, machine: Machine) -> None:
    put(users, {"registeredAt": None, "expiresAt": {"N": str(NOW + 5)}})
    ask(users, machine, rules=ResendRules(cool_down_seconds=60, limit=5, user_seconds=DAY))
    assert len(machine.started()) == 1
    assert users.get()["expiresAt"] == str(NOW + 5)


@pytest.mark.parametrize("user_seconds", [None, DAY])
def test_a_user_who_does_not_expire_is_not_told_to(
    users: Users, machine: Machine, user_seconds: int | None
) -> None:
    put(users)
    ask(users, machine, rules=ResendRules(60, 5, user_seconds))
    assert len(machine.started()) == 1
    assert "expiresAt" not in users.get("anna")


@pytest.mark.parametrize("status", ["NONE", "MAIL_SENT"])
def test_the_user_starts_over_without_a_token(users: Users, machine: Machine, status: str) -> None:
    put(
        users,
        {
            "activationStatus": {"S": status},
            "activationToken": {"S": "former"},
            "locale": {"S": "de"},
        },
    )
    ask(users, machine)
    after = users.get()
    request = after.pop("activationMailRequest")
    assert re.fullmatch("[0-9a-f]{16}", request)
    assert after == {
        "username": "anna",
        "name": "Anna Berg",
        "email": "anna@mail.example",
        "activationStatus": "NONE",
        "activationUrlBase": "https://shop.example/activate",
        "keepOnlyTokenHash": "True",
        "registeredAt": str(NOW - 3600),
        "activationMailRequestedAt": str(NOW),
        "activationMailRequests": "1",
        "locale": "de",
    }


def test_an_execution_for_the_user_is_started_under_the_requests_name(
    users: Users, machine: Machine
) -> None:
    put(users)
    ask(users, machine)
    ((name, given_input),) = machine.started()
    assert given_input == {"username": "anna"}
    user_part = hashlib.sha256(b"anna").hexdigest()[:20]
    assert name == f"resend-{user_part}-{NOW}-{users.get()['activationMailRequest']}"
    assert "anna" not in name


TAKEN: list[Changes] = [
    {"registeredAt": None},
    {"registeredAt": {"N": str(NOW - 60)}},
    {"activationMailRequestedAt": {"N": str(NOW - 60)}},
    {"activationMailRequests": {"N": "4"}},
    {
        "activationMailClaim": {"S": "dead"},
        "activationMailClaimExpiresAt": {"N": str(NOW - 1)},
    },
    {"activationMailClaim": {"S": "without an end"}},
    {"activationTokenHash": None, "activationTokenCreatedAt": None},
    {
        "mailFeedback": {"S": "BOUNCED"},
        "mailFeedbackEmail": {"S": "former@mail.example"},
    },
]
REFUSED: list[Changes] = [
    {"activationStatus": {"S": "DONE"}},
    {"activationStatus": {"S": "BLOCKED"}},
    {"activationStatus": None},
    {"activationUrlBase": None},
    {"email": None},
    {"disabledAt": {"N": str(NOW - 1)}},
    {"keepOnlyTokenHash": None},  # another application's user
    {"keepOnlyTokenHash": {"BOOL": False}},
    {"mailFeedback": {"S": "BOUNCED"}, "mailFeedbackEmail": {"S": "anna@mail.example"}},
    {"mailFeedback": {"S": "COMPLAINED"}, "mailFeedbackEmail": {"S": "anna@mail.example"}},
    {"registeredAt": {"N": str(NOW - 59)}},
    {"registeredAt": {"N": str(NOW)}},
    {"activationMailRequestedAt": {"N": str(NOW - 59)}},
    {"activationMailRequestedAt": {"N": str(NOW)}},
    {"activationMailRequests": {"N": "5"}},
    {"activationMailRequests": {"N": "6"}},
    {
        "activationMailClaim": {"S": "at work"},
        "activationMailClaimExpiresAt": {"N": str(NOW)},
    },
]


@pytest.mark.parametrize("changes", TAKEN)
def test_a_request_within_the_rules_is_taken(
    users: Users, machine: Machine, changes: Changes
) -> None:
    put(users, changes)
    ask(users, machine)
    assert len(machine.started()) == 1
    assert users.get()["activationStatus"] == "NONE"


@pytest.mark.parametrize("changes", REFUSED)
def test_a_request_against_the_rules_changes_nothing(
    users: Users, machine: Machine, changes: Changes
) -> None:
    put(users, changes)
    before = users.get()
    ask(users, machine)
    assert users.get() == before
    assert machine.started() == []
    assert machine.mails() == 0


def test_nobody_is_created_for_an_unknown_name(users: Users, machine: Machine) -> None:
    ask(users, machine, "nobody")
    assert users.get("nobody") == {}
    assert machine.started() == []


def test_a_day_after_the_last_request_they_are_counted_anew(users: Users, machine: Machine) -> None:
    put(users, {"activationMailRequests": {"N": "5"}, "activationMailRequestedAt": {"N": str(NOW)}})
    ask(users, machine, now=NOW + 86_399)
    assert machine.started() == []
    ask(users, machine, now=NOW + 86_400)
    assert len(machine.started()) == 1
    assert users.get()["activationMailRequests"] == "1"


# By mailbox


def take_mails(machine: Machine, times: int, email: str = "anna@mail.example") -> None:
    for _ in range(times):
        Counts(machine.table).take(*mail_to(email, "activation"), now=NOW)


def test_a_mailbox_that_has_its_mails_gets_no_more(users: Users, machine: Machine) -> None:
    take_mails(machine, 5, "ANNA@mail.example")
    put(users)
    before = users.get()
    ask(users, machine)
    assert users.get() == before
    assert machine.started() == []
    # An hour and a part of it later.
    ask(users, machine, now=NOW + 3900)
    assert len(machine.started()) == 1


def test_users_of_one_mailbox_share_its_mails(users: Users, machine: Machine) -> None:
    for number in range(6):
        email = f"anna.b{'.' * (number % 2)}erg+{number}@gmail.com"
        put(users, {"username": {"S": f"user{number}"}, "email": {"S": email}})
        ask(users, machine, f"user{number}")
    assert len(machine.started()) == 5
    assert users.get("user5")["activationStatus"] == "MAIL_SENT"


WITHHELD: Changes = {"mailWithheld": {"BOOL": True}, "activationStatus": {"S": "NONE"}}


def test_a_withheld_mail_is_sent_on_request_within_the_limits(
    users: Users, machine: Machine
) -> None:
    put(users, WITHHELD)
    take_mails(machine, 5)
    ask(users, machine)
    assert users.get()["mailWithheld"] == "True"
    ask(users, machine, now=NOW + 3900)
    assert "mailWithheld" not in users.get()
    assert len(machine.started()) == 1


def test_no_request_lifts_what_the_mailbox_owner_refused(users: Users, machine: Machine) -> None:
    put(users, WITHHELD)
    Refusals(machine.table).remember("anna", "anna@mail.example", now=NOW)
    before = users.get()
    ask(users, machine, now=NOW + 30 * DAY - 1)
    assert users.get() == before
    assert machine.started() == []
    assert machine.mails() == 0
    ask(users, machine, now=NOW + 30 * DAY)
    assert len(machine.started()) == 1


def test_an_address_that_changes_meanwhile_gets_no_mail_on_another_ones_account(
    users: Users, machine: Machine
) -> None:
    put(users)
    once_before(users.dynamodb, "UpdateItem", lambda: users.set(email="new@mail.example"))
    ask(users, machine)
    assert machine.started() == []
    assert machine.mails() == 0


def test_a_flood_of_requests_in_the_cool_down_writes_nothing(
    users: Users, machine: Machine
) -> None:
    put(users, {"registeredAt": {"N": str(NOW)}})
    writes = calls_of(machine.web_state.dynamodb, "UpdateItem")
    updates = calls_of(users.dynamodb, "UpdateItem")
    for _ in range(10):
        ask(users, machine)
    assert writes == updates == []


def test_requests_are_counted_up_to_the_limit(users: Users, machine: Machine) -> None:
    put(users)
    for number in range(8):
        ask(users, machine, now=NOW + number * 61)
    assert users.get()["activationMailRequests"] == "5"
    assert len(machine.started()) == machine.mails() == 5


def test_a_double_click_is_one_request(users: Users, machine: Machine) -> None:
    put(users)
    ask(users, machine)
    ask(users, machine)
    assert users.get()["activationMailRequests"] == "1"
    assert len(machine.started()) == 1


def test_of_requests_at_once_one_is_taken(users: Users, machine: Machine) -> None:
    put(users)
    make_atomic(users.dynamodb)
    make_atomic(machine.web_state.dynamodb)
    with ThreadPoolExecutor(8) as clicks:
        list(clicks.map(lambda _: ask(users, machine), range(8)))
    assert users.get()["activationMailRequests"] == "1"
    assert len(machine.started()) == 1


def test_a_lost_answer_of_the_table_loses_no_mail(users: Users, machine: Machine) -> None:
    put(users)
    lose_an_answer(users.dynamodb, "UpdateItem")
    ask(users, machine)
    assert users.get()["activationMailRequests"] == "1"
    assert len(machine.started()) == 1


def test_a_lost_answer_of_the_state_machine_is_a_start_all_the_same(
    users: Users, machine: Machine
) -> None:
    put(users)
    lose_an_answer(machine.client, "StartExecution")
    ask(users, machine)
    assert len(machine.started()) == 1
    put(users)
    fail(machine.client, "StartExecution", "ExecutionAlreadyExists", status=400)
    ask(users, machine)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ThrottlingException", 400),
        ("ExecutionLimitExceeded", 400),
        ("InternalServerError", 500),
    ],
)
def test_a_start_that_fails_can_be_asked_for_again_after_the_cool_down(
    users: Users, machine: Machine, code: str, status: int
) -> None:
    put(users)
    fail(machine.client, "StartExecution", code, status=status, times=1)
    with pytest.raises(ServiceUnavailableError, match=r"^state machine: "):
        ask(users, machine)
    assert machine.started() == []
    ask(users, machine, now=NOW + 59)
    assert machine.started() == []
    ask(users, machine, now=NOW + 60)
    assert len(machine.started()) == 1


def test_a_state_machine_out_of_reach_may_be_asked_later(users: Users, machine: Machine) -> None:
    put(users)

    def lose(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://states.example")

    machine.client.meta.events.register("before-call.sfn.StartExecution", lose)
    with pytest.raises(ServiceUnavailableError, match=r"^state machine: ReadTimeoutError$"):
        ask(users, machine)


def test_a_start_that_can_never_work_is_an_error_as_it_is(users: Users, machine: Machine) -> None:
    put(users)
    fail(machine.client, "StartExecution", "AccessDeniedException", status=400)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        ask(users, machine)


@pytest.mark.parametrize("operation", ["UpdateItem", "GetItem"])
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ThrottlingException", ServiceUnavailableError),
        ("AccessDeniedException", ClientError),
    ],
)
def test_an_error_of_the_table_is_not_mistaken_for_a_refusal(
    users: Users, machine: Machine, operation: str, code: str, expected: type[Exception]
) -> None:
    put(users, {"activationMailRequests": {"N": "5"}})
    fail(users.dynamodb, operation, code, status=400)
    with pytest.raises(expected):
        ask(users, machine)
    assert machine.started() == []


def test_no_token_is_asked_for_and_no_user_given_back(users: Users, machine: Machine) -> None:
    put(users, {"activationMailRequests": {"N": "5"}})
    reads = calls_of(users.dynamodb, "GetItem")
    updates = calls_of(users.dynamodb, "UpdateItem")
    ask(users, machine)
    assert [attributes_read(read) for read in reads] == [
        [
            "username",
            "email",
            "activationStatus",
            "registeredAt",
            "activationMailRequestedAt",
            "expiresAt",
        ],
        ["username", "activationMailRequest"],
    ]
    assert len(updates) == 2
    assert not any(name.startswith("ReturnValues") for update in updates for name in update)


class TakesAll:
    """Tables with one user in them, and a state machine, that take everything."""

    def __init__(self, found: Item) -> None:
        self.found = found
        self.updated: list[dict[str, Any]] = []
        self.started: list[dict[str, Any]] = []

    def get_item(self, *, TableName: str, **_: object) -> dict[str, Any]:  # noqa: N803 - as boto3 takes it
        return {"Item": self.found} if TableName == USER_TABLE else {}

    def update_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as boto3 takes it
        if request["TableName"] == USER_TABLE:
            self.updated.append(request)
        return {"Attributes": {}}

    def start_execution(self, **request: Any) -> None:  # noqa: ANN401 - as boto3 takes it
        self.started.append(request)


@given(st.text(min_size=1), st.integers(min_value=0, max_value=2**40))
def test_any_user_at_any_time_gives_a_name_that_step_functions_takes(
    username: str, now: int
) -> None:
    taken = TakesAll(user({"username": {"S": username}, "registeredAt": None}))
    dynamodb = cast("DynamoDBClient", taken)
    state = WebStateTable(dynamodb, "web-state")
    resends = Resends(
        UserTable(dynamodb, USER_TABLE),
        cast("SFNClient", taken),
        "arn",
        Counts(state),
        Refusals(state),
        RULES,
    )
    resends.request_mail(username, now=now)
    ((update,), (start,)) = (taken.updated, taken.started)
    assert EXECUTION_NAME.fullmatch(start["name"])
    assert start["name"].endswith(update["ExpressionAttributeValues"][":request"]["S"])
    assert json.loads(start["input"]) == {"username": username}
