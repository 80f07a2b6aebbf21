"""The activation link: what it is good for, and that it works once."""

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal, cast

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import ServiceUnavailableError
from shared.profile_table import ProfileTable
from shared.user_table import UserTable
from tests.unit.builders import (
    USER_PROFILE_TABLE,
    USER_TABLE,
    Item,
    Profiles,
    Users,
    attributes_read,
    fail,
    make_atomic,
    once_before,
)
from tests.unit.web_api.calls import calls_of, lose_an_answer
from web_api.activation import (
    ATTEMPTS,
    NO_PASSWORD,
    PROFILE_IDS,
    READ_ATTRIBUTES,
    Activated,
    FailedState,
    Link,
    LinkState,
    Proof,
    Validity,
    activate,
    look_up,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

NOW = 1_795_342_800
DAY = 86_400
TOKEN = "dGhlIG1haWxlZCB0b2tlbiwgMzIgYnl0ZXMgbG9uZyE"
LINK = Link("anna", TOKEN)

# What a link finds, from a user that differs by these attributes (None: without it).
Changes = dict[str, "AttributeValueTypeDef | None"]
NOT_READY: list[tuple[Link, Changes, FailedState]] = [
    (Link("nobody", TOKEN), {}, "unknown-user"),
    (Link("Anna", TOKEN), {}, "unknown-user"),
    (Link("", TOKEN), {}, "unknown-user"),
    (Link("a" * 2049, TOKEN), {}, "unknown-user"),
    (Link("\ud800", TOKEN), {}, "unknown-user"),
    (LINK, {"activationStatus": {"S": "DONE"}}, "already-activated"),
    # What has become of the account is for the link's own token.
    (Link("anna", "wrong"), {"activationStatus": {"S": "DONE"}}, "wrong-token"),
    (Link("anna", ""), {"activationStatus": {"S": "DONE"}}, "wrong-token"),
    # Activated before the hash was kept.
    (LINK, {"activationStatus": {"S": "DONE"}, "activationTokenHash": None}, "wrong-token"),
    (LINK, {"disabledAt": {"N": "1"}}, "account-disabled"),
    (LINK, {"disabledAt": {"N": "1"}, "activationStatus": {"S": "DONE"}}, "account-disabled"),
    (Link("anna", "wrong"), {"disabledAt": {"N": "1"}}, "wrong-token"),
    (Link("anna", "wrong"), {}, "wrong-token"),
    (Link("anna", ""), {}, "wrong-token"),
    (Link("anna", TOKEN.lower()), {}, "wrong-token"),
    (Link("anna", f"{TOKEN} "), {}, "wrong-token"),
    (Link("anna", "\ud800"), {}, "wrong-token"),
    (Link("anna", hashlib.sha256(TOKEN.encode()).hexdigest()), {}, "wrong-token"),
    (LINK, {"activationTokenHash": {"S": "ä"}}, "wrong-token"),
    (LINK, {"activationTokenHash": {"S": ""}}, "wrong-token"),
    (LINK, {"activationTokenCreatedAt": {"N": str(NOW - DAY)}}, "link-expired"),
    (LINK, {"activationTokenCreatedAt": None}, "link-expired"),
    (
        Link("anna", "wrong"),
        {"activationTokenCreatedAt": {"N": str(NOW - 2 * DAY)}},
        "wrong-token",
    ),
]


def user(changes: Changes | None = None) -> Item:
    """A user of the API who has got the mail an hour ago."""
    attributes: Changes = {
        "username": {"S": "anna"},
        "name": {"S": "Anna Berg"},
        "email": {"S": "anna@mail.example"},
        "activationStatus": {"S": "MAIL_SENT"},
        "activationUrlBase": {"S": "https://shop.example/activate"},
        "activationTokenHash": {"S": hashlib.sha256(TOKEN.encode()).hexdigest()},
        "activationTokenCreatedAt": {"N": str(NOW - 3600)},
        "keepOnlyTokenHash": {"BOOL": True},
        **(changes or {}),
    }
    return {name: value for name, value in attributes.items() if value is not None}


def put(users: Users, changes: Changes | None = None) -> None:
    users.dynamodb.put_item(TableName=users.name, Item=user(changes))


def state(users: Users, link: Link = LINK) -> LinkState:
    return look_up(users.table, link, Validity(NOW, DAY)).state


def use(
    users: Users, link: Link = LINK, proof: Proof = NO_PASSWORD
) -> FailedState | Literal["activated"]:
    """Use a link; the account of `user` has no password."""
    result = attempt(users, link, proof)
    return "activated" if isinstance(result, Activated) else result


def attempt(users: Users, link: Link, proof: Proof) -> Activated | FailedState:
    profiles = ProfileTable(users.dynamodb, USER_PROFILE_TABLE)
    return activate(users.table, profiles, link, Validity(NOW, DAY), proof=proof)


def refuse(users: Users, *codes: str, times: int = 1_000_000) -> list[str]:
    """Let transactions be cancelled for these reasons, one for each write; what was refused."""
    refused: list[str] = []

    def answer(params: dict[str, Any], **_: object) -> tuple[Any, dict[str, Any]] | None:
        if len(refused) >= times:
            return None
        refused.append(params["body"])
        http = type("Http", (), {"status_code": 400, "headers": {}})()
        return http, {
            "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
            "ResponseMetadata": {"HTTPStatusCode": 400, "HTTPHeaders": {}},
            "CancellationReasons": [{"Code": code} for code in codes],
        }

    handler = cast("Callable[..., None]", answer)
    users.dynamodb.meta.events.register_first("before-call.dynamodb.TransactWriteItems", handler)
    return refused


def choose_ids(monkeypatch: pytest.MonkeyPatch, ids: Iterator[int]) -> None:
    """Let profile ids be these, instead of random ones."""

    def choose(limit: int) -> int:
        assert limit == PROFILE_IDS
        return next(ids)

    monkeypatch.setattr("web_api.activation.secrets.randbelow", choose)


def test_a_token_is_not_shown() -> None:
    assert TOKEN not in repr(LINK)


def test_the_link_of_the_mail_is_ready(users: Users) -> None:
    put(users)
    assert state(users) == "ready"


def test_a_user_who_is_quicker_than_the_mail_function_is_ready(users: Users) -> None:
    put(users, {"activationStatus": {"S": "NONE"}})
    assert state(users) == "ready"


@pytest.mark.parametrize(("link", "changes", "expected"), NOT_READY)
def test_a_link_that_is_not_ready_says_why(
    users: Users, link: Link, changes: Changes, expected: LinkState
) -> None:
    put(users, changes)
    assert state(users, link) == expected


@pytest.mark.parametrize(("link", "changes", "expected"), NOT_READY)
def test_using_a_link_that_is_not_ready_says_why_and_writes_nothing(
    users: Users, profiles: Profiles, link: Link, changes: Changes, expected: FailedState
) -> None:
    put(users, changes)
    before = users.get()
    assert use(users, link) == expected
    assert users.get() == before
    assert profiles.count() == 0


@pytest.mark.parametrize(("age", "expected"), [(DAY - 1, "ready"), (DAY, "link-expired")])
def test_a_link_holds_for_its_time_and_not_a_second_longer(
    users: Users, age: int, expected: LinkState
) -> None:
    put(users, {"activationTokenCreatedAt": {"N": str(NOW - age)}})
    assert state(users) == expected


def test_the_token_of_another_application_is_no_token_here(users: Users) -> None:
    put(users, {"activationToken": {"S": TOKEN}, "activationTokenHash": None})
    assert state(users) == "wrong-token"


def test_looking_changes_nothing_however_often(users: Users) -> None:
    put(users)
    before = users.get()
    assert [state(users) for _ in range(5)] == ["ready"] * 5
    assert users.get() == before


def test_who_activates_does_not_expire_even_after_the_time(
    users: Users, profiles: Profiles
) -> None:
    put(users, {"expiresAt": {"N": str(NOW - 1)}})  # DynamoDB removes it within days
    assert use(users) == "activated"
    assert "expiresAt" not in users.get()
    assert profiles.count() == 1


def test_who_was_removed_before_the_click_is_unknown(users: Users, profiles: Profiles) -> None:
    put(users, {"expiresAt": {"N": str(NOW - 1)}})
    once_before(
        users.dynamodb,
        "TransactWriteItems",
        lambda: boto3.client("dynamodb").delete_item(
            TableName=users.name, Key={"username": {"S": "anna"}}
        ),
    )
    assert use(users) == "unknown-user"
    assert profiles.count() == 0


def test_a_link_activates_and_makes_the_profile(users: Users, profiles: Profiles) -> None:
    put(users, {"activationToken": {"S": TOKEN}, "locale": {"S": "de"}})
    assert use(users) == "activated"
    after = users.get()
    profile_id = after["userProfileId"]
    assert after == {
        "username": "anna",
        "name": "Anna Berg",
        "email": "anna@mail.example",
        "activationStatus": "DONE",
        "activationUrlBase": "https://shop.example/activate",
        "locale": "de",
        # For the answer to this link alone, should it be opened again.
        "activationTokenHash": hashlib.sha256(TOKEN.encode()).hexdigest(),
        "activatedAt": str(NOW),
        "userProfileId": profile_id,
    }
    assert 0 <= int(profile_id) < PROFILE_IDS
    assert profiles.get(profile_id) == {"id": profile_id, "username": "anna"}


def test_a_link_works_once(users: Users, profiles: Profiles) -> None:
    put(users)
    assert use(users) == "activated"
    before = users.get()
    assert use(users) == "already-activated"
    assert users.get() == before
    assert profiles.count() == 1


def test_no_token_is_asked_for_and_no_user_given_back(users: Users, profiles: Profiles) -> None:
    del profiles
    put(users)
    reads = calls_of(users.dynamodb, "GetItem")
    writes = calls_of(users.dynamodb, "TransactWriteItems")
    state(users)
    use(users)
    assert {tuple(attributes_read(read)) for read in reads} == {READ_ATTRIBUTES}
    assert "activationToken" not in READ_ATTRIBUTES
    assert all(read["ConsistentRead"] for read in reads)
    ((update, profile),) = (write["TransactItems"] for write in writes)
    assert not any(name.startswith("ReturnValues") for name in (*update["Update"], *profile["Put"]))


def test_a_profile_id_that_is_taken_is_left_to_its_owner(
    users: Users, profiles: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(users)
    profiles.put(7, nickname="kitty")
    choose_ids(monkeypatch, iter([7, 8]))
    writes = calls_of(users.dynamodb, "TransactWriteItems")
    assert use(users) == "activated"
    assert users.get()["userProfileId"] == "8"
    assert profiles.get(8) == {"id": "8", "username": "anna"}
    assert profiles.get(7) == {"id": "7", "nickname": "kitty"}
    # One request token for both would be a mismatch: they are about different ids.
    tokens = [write["ClientRequestToken"] for write in writes]
    assert len(set(tokens)) == 2
    assert all(1 <= len(token) <= 36 for token in tokens)


def test_profile_ids_that_are_all_taken_leave_the_link_for_later(
    users: Users, profiles: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(users)
    before = users.get()
    profiles.put(7)
    choose_ids(monkeypatch, iter([7] * ATTEMPTS))
    with pytest.raises(ServiceUnavailableError):
        use(users)
    assert users.get() == before


OVERTAKEN: list[tuple[Changes, FailedState]] = [
    ({"activationStatus": {"S": "DONE"}, "userProfileId": {"N": "5"}}, "already-activated"),
    ({"disabledAt": {"N": "1"}}, "account-disabled"),
    ({"activationTokenHash": {"S": "0" * 64}}, "wrong-token"),
    ({"activationTokenHash": None, "activationTokenCreatedAt": None}, "wrong-token"),
    ({"activationTokenCreatedAt": {"N": str(NOW - DAY)}}, "link-expired"),
]


@pytest.mark.parametrize(("changes", "expected"), OVERTAKEN)
def test_a_link_that_is_overtaken_says_what_is_the_case_now(
    users: Users, profiles: Profiles, changes: Changes, expected: FailedState
) -> None:
    put(users, changes)
    by_another = users.get()
    put(users)
    once_before(users.dynamodb, "TransactWriteItems", lambda: put(users, changes))
    assert use(users) == expected
    assert users.get() == by_another
    assert profiles.count() == 0


def test_a_user_who_is_deleted_meanwhile_is_not_brought_back(
    users: Users, profiles: Profiles
) -> None:
    put(users)
    once_before(users.dynamodb, "TransactWriteItems", users.delete)
    assert use(users) == "unknown-user"
    assert users.get() == {}
    assert profiles.count() == 0


def test_the_clients_own_second_try_is_still_this_activation(
    users: Users, profiles: Profiles
) -> None:
    put(users)
    lose_an_answer(users.dynamodb, "TransactWriteItems")
    assert use(users) == "activated"
    assert profiles.count() == 1
    assert profiles.get(users.get()["userProfileId"])["username"] == "anna"


def test_an_attempt_that_goes_through_late_is_still_this_activation(
    users: Users, profiles: Profiles
) -> None:
    put(users)
    refused = refuse(users, "TransactionConflict", "None", times=1)
    service = boto3.client("dynamodb")
    once_before(
        users.dynamodb,
        "TransactWriteItems",
        lambda: service.transact_write_items(**json.loads(refused[0])),
    )
    assert use(users) == "activated"
    assert profiles.count() == 1


@pytest.mark.parametrize(
    "codes",
    [
        ("TransactionConflict", "None"),
        ("None", "TransactionConflict"),
        ("ConditionalCheckFailed", "ThrottlingError"),
    ],
)
def test_a_conflict_that_passes_is_no_error(
    users: Users, profiles: Profiles, codes: tuple[str, str]
) -> None:
    put(users)
    refused = refuse(users, *codes, times=ATTEMPTS - 1)
    assert use(users) == "activated"
    assert len(refused) == ATTEMPTS - 1
    assert profiles.count() == 1


def test_a_conflict_that_lasts_asks_to_try_later(users: Users, profiles: Profiles) -> None:
    put(users)
    before = users.get()
    refused = refuse(users, "TransactionConflict", "None")
    with pytest.raises(ServiceUnavailableError):
        use(users)
    assert len(refused) == ATTEMPTS
    assert users.get() == before
    assert profiles.count() == 0


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_transaction_that_is_throttled_asks_to_try_later(users: Users, code: str) -> None:
    put(users)
    refused = refuse(users, "None", code)
    with pytest.raises(ServiceUnavailableError):
        use(users)
    assert len(refused) == 1


@pytest.mark.parametrize("codes", [("ValidationError", "None"), ("None", "AccessDenied"), ()])
def test_a_transaction_that_can_never_work_is_an_error_as_it_is(
    users: Users, codes: tuple[str, ...]
) -> None:
    put(users)
    refuse(users, *codes)
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        use(users)


@pytest.mark.parametrize("operation", ["GetItem", "TransactWriteItems"])
@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 400, ServiceUnavailableError),
        ("InternalServerError", 500, ServiceUnavailableError),
        ("AccessDeniedException", 400, ClientError),
    ],
)
def test_an_error_of_the_tables_is_not_mistaken_for_an_answer(
    users: Users, operation: str, code: str, status: int, expected: type[Exception]
) -> None:
    put(users)
    fail(users.dynamodb, operation, code, status=status)
    with pytest.raises(expected):
        use(users)


def test_a_former_try_that_is_still_under_way_asks_to_try_later(users: Users) -> None:
    put(users)
    fail(users.dynamodb, "TransactWriteItems", "TransactionInProgressException", status=400)
    with pytest.raises(ServiceUnavailableError):
        use(users)


def test_of_clicks_at_once_one_activates(users: Users, profiles: Profiles) -> None:
    put(users)
    make_atomic(users.dynamodb)
    with ThreadPoolExecutor(8) as clicks:
        results = sorted(clicks.map(lambda _: use(users), range(8)))
    assert results == ["activated", *["already-activated"] * 7]
    assert profiles.count() == 1


# Accounts with a password

HASH, OTHER_HASH = "$argon2id$stored", "$argon2id$other"
WITH_PASSWORD: Changes = {"passwordHash": {"S": HASH}, "sessionGeneration": {"S": "first"}}
BY_PASSWORD, BY_NEW_PASSWORD = Proof(checked_hash=HASH), Proof(new_hash=OTHER_HASH)


@pytest.mark.usefixtures("profiles")
def test_the_password_that_was_checked_keeps_the_generation(users: Users) -> None:
    put(users, WITH_PASSWORD)
    assert attempt(users, LINK, BY_PASSWORD) == Activated("first")
    after = users.get()
    assert (after["passwordHash"], after["sessionGeneration"]) == (HASH, "first")


@pytest.mark.usefixtures("profiles")
def test_an_account_without_a_generation_gets_one(users: Users) -> None:
    put(users, {**WITH_PASSWORD, "sessionGeneration": None})
    result = attempt(users, LINK, BY_PASSWORD)
    assert isinstance(result, Activated)
    assert len(result.generation) > 20
    assert users.get()["sessionGeneration"] == result.generation


@pytest.mark.usefixtures("profiles")
def test_a_new_password_comes_with_a_new_generation_and_the_activation(users: Users) -> None:
    put(users, WITH_PASSWORD)
    result = attempt(users, LINK, BY_NEW_PASSWORD)
    assert isinstance(result, Activated)
    after = users.get()
    assert after["activationStatus"] == "DONE"
    assert after["passwordHash"] == OTHER_HASH
    assert after["sessionGeneration"] == result.generation != "first"


@pytest.mark.usefixtures("profiles")
def test_without_a_password_nobody_is_signed_in(users: Users) -> None:
    put(users)
    assert attempt(users, LINK, NO_PASSWORD) == Activated("")
    assert "sessionGeneration" not in users.get()
    assert "passwordHash" not in users.get()


@pytest.mark.parametrize(
    ("changes", "proof"),
    [
        (WITH_PASSWORD, NO_PASSWORD),
        (WITH_PASSWORD, Proof(checked_hash=OTHER_HASH)),
        ({}, BY_PASSWORD),
        ({}, BY_NEW_PASSWORD),
    ],
)
def test_a_proof_that_is_not_the_accounts_activates_nothing(
    users: Users, profiles: Profiles, changes: Changes, proof: Proof
) -> None:
    """The password was set, changed or removed between the check and the write."""
    put(users, changes)
    before = users.get()
    with pytest.raises(ServiceUnavailableError):
        attempt(users, LINK, proof)
    assert users.get() == before
    assert profiles.count() == 0


def test_a_lost_answer_still_has_the_generation_that_was_written(
    users: Users, profiles: Profiles
) -> None:
    put(users, WITH_PASSWORD)
    refused = refuse(users, "TransactionConflict", "None", times=1)
    service = boto3.client("dynamodb")
    once_before(
        users.dynamodb,
        "TransactWriteItems",
        lambda: service.transact_write_items(**json.loads(refused[0])),
    )
    result = attempt(users, LINK, BY_NEW_PASSWORD)
    assert isinstance(result, Activated)
    assert users.get()["sessionGeneration"] == result.generation
    assert profiles.count() == 1


def test_neither_a_hash_nor_a_token_is_shown_of_what_a_link_leads_to(users: Users) -> None:
    put(users, WITH_PASSWORD)
    found = look_up(users.table, LINK, Validity(NOW, DAY))
    assert repr(found) == "LinkedUser(state='ready')"
    assert found.password_hash == HASH


def test_nothing_is_known_of_the_user_of_a_link_with_another_token(users: Users) -> None:
    put(users, WITH_PASSWORD)
    assert look_up(users.table, Link("anna", "wrong"), Validity(NOW, DAY)).user == {}


class OneUser:
    """A User table that holds one user and takes no write."""

    def __init__(self, item: Item) -> None:
        self.item = item

    def get_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as boto3 takes it
        assert request["TableName"] == USER_TABLE
        return {"Item": self.item} if request["Key"]["username"] == self.item["username"] else {}


def seen(table: OneUser, link: Link) -> LinkState:
    users = UserTable(cast("DynamoDBClient", table), USER_TABLE)
    return look_up(users, link, Validity(NOW, DAY)).state


def test_the_longest_username_that_a_table_takes_is_looked_up() -> None:
    longest = "ä" * 1024
    table = OneUser(user({"username": {"S": longest}}))
    assert seen(table, Link(longest, TOKEN)) == "ready"


@given(st.text(st.characters(exclude_categories=[])), st.text(st.characters()))
def test_whatever_a_link_says_only_the_right_one_is_ready(username: str, token: str) -> None:
    expected = "unknown-user"
    if username == "anna":
        expected = "ready" if token == TOKEN else "wrong-token"
    assert seen(OneUser(user()), Link(username, token)) == expected


@given(st.text(st.characters(exclude_categories=[])))
def test_every_other_token_is_wrong(token: str) -> None:
    expected = "ready" if token == TOKEN else "wrong-token"
    assert seen(OneUser(user()), Link("anna", token)) == expected


@given(st.text(), st.text())
def test_every_token_that_was_mailed_is_found_by_its_hash(token: str, other: str) -> None:
    hashed = hashlib.sha256(token.encode()).hexdigest()
    table = OneUser(user({"activationTokenHash": {"S": hashed}}))
    assert seen(table, Link("anna", token)) == "ready"
    assert (seen(table, Link("anna", other)) == "ready") == (other == token)
