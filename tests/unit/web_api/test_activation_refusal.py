"""Refusing an account: whose item goes, which mails no longer come, and races."""

import hashlib
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError

from shared.errors import ServiceUnavailableError
from shared.user_table import get_user, has_mail_feedback
from tests.unit.builders import Item, Profiles, Users, fail, once_before
from tests.unit.web_api.api import WebState
from tests.unit.web_api.calls import calls_of, lose_an_answer
from web_api.activation import Link, LinkState, Proof, Validity, activate, look_up
from web_api.activation_refusal import refuse
from web_api.refusals import Refusals
from web_api.web_state_table import WebStateTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

NOW = 1_795_342_800
DAY = 86_400
TOKEN = "dGhlIG1haWxlZCB0b2tlbiwgMzIgYnl0ZXMgbG9uZyE"
LINK = Link("anna", TOKEN)
EMAIL = "anna@mail.example"
# Three kinds of another application's items; the second leaves us only the hash, too.
OTHERS: list[dict[str, "AttributeValueTypeDef"]] = [
    {},
    {"keepOnlyTokenHash": {"BOOL": True}},
    {"passwordHash": {"S": "of its own"}},
]


def user(**changes: "AttributeValueTypeDef") -> Item:
    return {
        "username": {"S": "anna"},
        "name": {"S": "Anna Berg"},
        "email": {"S": EMAIL},
        "activationStatus": {"S": "MAIL_SENT"},
        "activationUrlBase": {"S": "https://shop.example/activate"},
        "activationTokenHash": {"S": hashlib.sha256(TOKEN.encode()).hexdigest()},
        "activationTokenCreatedAt": {"N": str(NOW - 3600)},
        **changes,
    }


OURS: dict[str, "AttributeValueTypeDef"] = {
    "keepOnlyTokenHash": {"BOOL": True},
    "passwordHash": {"S": "$argon2id$x"},
}


def put(users: Users, item: Item) -> None:
    users.dynamodb.put_item(TableName=users.name, Item=item)


def refusals_of(web_state: WebState) -> Refusals:
    return Refusals(WebStateTable(web_state.dynamodb, web_state.name))


def use(users: Users, web_state: WebState) -> str | LinkState:
    found = look_up(users.table, LINK, Validity(NOW, DAY))
    return refuse(users.table, refusals_of(web_state), LINK, found, now=NOW)


def activate_meanwhile(users: Users, profiles: Profiles) -> None:
    table = type(users)(boto3.client("dynamodb"), users.name).table
    proof = Proof(checked_hash="$argon2id$x")
    activate(table, profiles.table, LINK, Validity(NOW, DAY), proof=proof)


def test_an_account_that_was_made_here_goes(users: Users, web_state: WebState) -> None:
    put(users, user(**OURS))
    deletions = calls_of(users.dynamodb, "DeleteItem")
    assert use(users, web_state) == "refused"
    assert users.get() == {}
    assert refusals_of(web_state).was_refused("anna", "Anna@mail.example", now=NOW)
    assert not refusals_of(web_state).was_refused("bert", EMAIL, now=NOW)
    (deletion,) = deletions
    # Its role may not see what it deletes.
    assert not [name for name in deletion if name.startswith("ReturnValues")]


@pytest.mark.parametrize("more", OTHERS)
def test_an_item_of_another_application_stays_and_gets_no_more_mails(
    users: Users, web_state: WebState, more: dict[str, "AttributeValueTypeDef"]
) -> None:
    put(users, user(**more, locale={"S": "de"}, activationToken={"S": TOKEN}))
    before = users.get()
    assert use(users, web_state) == "refused"
    after = users.get()
    ended = {"activationToken", "activationTokenHash", "activationTokenCreatedAt"}
    kept = {name: value for name, value in before.items() if name not in ended}
    assert after == {
        **kept,
        "mailFeedback": "REFUSED",
        "mailFeedbackEmail": EMAIL,
        "mailFeedbackReason": "the mailbox's owner has not signed up",
        "mailFeedbackAt": str(NOW),
    }
    found = get_user(users.table, "anna")
    assert found is not None
    assert has_mail_feedback(found)
    assert look_up(users.table, LINK, Validity(NOW, DAY)).state == "wrong-token"


@pytest.mark.parametrize("more", [OURS, *OTHERS])
def test_an_activation_that_was_quicker_stays(
    users: Users,
    profiles: Profiles,
    web_state: WebState,
    more: dict[str, "AttributeValueTypeDef"],
) -> None:
    put(users, user(**more))
    done = user(**more, userProfileId={"N": "7"}) | {"activationStatus": {"S": "DONE"}}
    for operation in ("DeleteItem", "UpdateItem"):
        once_before(users.dynamodb, operation, lambda: put(users, done))
    assert use(users, web_state) == "already-activated"
    assert users.get()["activationStatus"] == "DONE"
    assert "mailFeedback" not in users.get()
    assert profiles.count() == 0


def test_a_refusal_that_was_quicker_leaves_nothing_to_activate(
    users: Users, profiles: Profiles, web_state: WebState
) -> None:
    put(users, user(**OURS))
    once_before(users.dynamodb, "TransactWriteItems", lambda: use(users, web_state))
    proof = Proof(new_hash="$argon2id$new")
    result = activate(users.table, profiles.table, LINK, Validity(NOW, DAY), proof=proof)
    assert result == "unknown-user"
    assert users.get() == {}
    assert profiles.count() == 0


def test_an_activation_between_the_look_and_the_deletion_stays(
    users: Users, profiles: Profiles, web_state: WebState
) -> None:
    put(users, user(**OURS))
    once_before(users.dynamodb, "DeleteItem", lambda: activate_meanwhile(users, profiles))
    assert use(users, web_state) == "already-activated"
    assert users.get()["activationStatus"] == "DONE"
    assert profiles.count() == 1


def test_a_newer_link_stays(users: Users, web_state: WebState) -> None:
    put(users, user(**OURS))
    newer = user(**OURS) | {"activationTokenHash": {"S": "0" * 64}}
    once_before(users.dynamodb, "DeleteItem", lambda: put(users, newer))
    assert use(users, web_state) == "wrong-token"
    assert users.get()["activationTokenHash"] == "0" * 64


@pytest.mark.parametrize("more", [OURS, *OTHERS])
def test_the_clients_own_second_try_is_still_this_refusal(
    users: Users, web_state: WebState, more: dict[str, "AttributeValueTypeDef"]
) -> None:
    put(users, user(**more))
    lose_an_answer(users.dynamodb, "DeleteItem" if more is OURS else "UpdateItem")
    assert use(users, web_state) == "refused"


def test_a_crash_before_the_deletion_leaves_a_link_that_can_be_refused_again(
    users: Users, web_state: WebState
) -> None:
    put(users, user(**OURS))
    fail(users.dynamodb, "DeleteItem", times=1)
    with pytest.raises(ServiceUnavailableError):
        use(users, web_state)
    assert refusals_of(web_state).was_refused("anna", EMAIL, now=NOW)
    assert users.get()["activationStatus"] == "MAIL_SENT"
    assert use(users, web_state) == "refused"
    assert users.get() == {}


def test_a_crash_before_the_memory_deletes_nothing(users: Users, web_state: WebState) -> None:
    put(users, user(**OURS))
    fail(web_state.dynamodb, "PutItem", times=1)
    with pytest.raises(ServiceUnavailableError):
        use(users, web_state)
    assert users.get()["activationStatus"] == "MAIL_SENT"


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 400, ServiceUnavailableError),
        ("AccessDeniedException", 400, ClientError),
    ],
)
def test_an_error_of_the_table_is_not_mistaken_for_a_failed_condition(
    users: Users, web_state: WebState, code: str, status: int, expected: type[Exception]
) -> None:
    put(users, user(**OURS))
    fail(users.dynamodb, "DeleteItem", code, status=status)
    with pytest.raises(expected):
        use(users, web_state)
