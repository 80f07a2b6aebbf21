"""The claim on a user: who gets it, when it ends, what it leaves alone."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from send_user_activation_mail.activation_token import ActivationToken
from send_user_activation_mail.claim import ActivationMailInProgressError, Claims
from shared.dynamodb import ConditionFailed, Updated, text_of
from shared.errors import ServiceUnavailableError
from tests.unit.builders import Users, fail

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

NOW = 1_795_342_800


MINTED = ActivationToken("minted", is_new=True, has_age=False)
FOUND = ActivationToken("theirs", is_new=False, has_age=False)
AGED = ActivationToken("theirs", is_new=False, has_age=True)


def claims(users: Users, sender: str = "first") -> Claims:
    return Claims(users.table, sender, seconds=60)


def put_aged(users: Users, *, text: str = FOUND.text, token_hash: str = FOUND.hash) -> None:
    """Put a user whose token, or another one, has been out for a while."""
    users.put(activationToken=text, activationTokenHash=token_hash)
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": "anna"}},
        UpdateExpression="SET activationTokenCreatedAt = :then",
        ExpressionAttributeValues={":then": {"N": str(NOW - 1000)}},
    )


def test_a_claim_is_kept_on_the_item_with_its_end_and_the_tokens_hash_and_age(users: Users) -> None:
    users.put()
    claimed = claims(users).take("anna", now=NOW, token=MINTED)
    assert isinstance(claimed, Updated)
    assert text_of(claimed.item, "activationToken") == "minted"
    assert users.get() == {
        "username": "anna",
        "name": "Anna Berg",
        "email": "anna@mail.example",
        "activationStatus": "NONE",
        "activationUrlBase": "https://shop.example/activate",
        "locale": "de",
        "activationToken": "minted",
        "activationTokenHash": MINTED.hash,
        "activationTokenCreatedAt": str(NOW),
        "activationMailClaim": "first",
        "activationMailClaimExpiresAt": str(NOW + 60),
    }


def test_a_token_that_was_set_meanwhile_is_kept(users: Users) -> None:
    users.put(activationToken="theirs")
    before = users.get()
    with pytest.raises(ActivationMailInProgressError):
        claims(users).take("anna", now=NOW, token=MINTED)
    assert users.get() == before


@pytest.mark.parametrize("nothing", [{"S": ""}, {"NULL": True}])
def test_an_empty_token_is_none(users: Users, nothing: "AttributeValueTypeDef") -> None:
    users.put()
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": "anna"}},
        UpdateExpression="SET activationToken = :nothing",
        ExpressionAttributeValues={":nothing": nothing},
    )
    claimed = claims(users).take("anna", now=NOW, token=MINTED)
    assert isinstance(claimed, Updated)
    assert text_of(claimed.item, "activationToken") == "minted"


def test_a_token_keeps_its_age(users: Users) -> None:
    put_aged(users)
    claims(users).take("anna", now=NOW, token=AGED)
    assert users.get()["activationTokenHash"] == AGED.hash
    assert users.get()["activationTokenCreatedAt"] == str(NOW - 1000)


@pytest.mark.parametrize("token", [MINTED, FOUND], ids=["minted", "found"])
def test_a_token_never_inherits_another_ones_age(users: Users, token: ActivationToken) -> None:
    put_aged(users, text="" if token.is_new else token.text, token_hash="0" * 64)
    claims(users).take("anna", now=NOW, token=token)
    assert users.get()["activationTokenHash"] == token.hash
    assert users.get()["activationTokenCreatedAt"] == str(NOW)


@pytest.mark.parametrize("token", [FOUND, AGED], ids=["found", "aged"])
def test_a_token_that_a_resend_has_ended_is_not_brought_back(
    users: Users, start_over: Callable[[], None], token: ActivationToken
) -> None:
    put_aged(users)
    start_over()
    before = users.get()
    with pytest.raises(ActivationMailInProgressError, match="just been changed"):
        claims(users).take("anna", now=NOW, token=token)
    assert users.get() == before


def test_a_token_that_was_replaced_meanwhile_is_not_brought_back(users: Users) -> None:
    put_aged(users)
    users.set(activationToken="another")
    before = users.get()
    with pytest.raises(ActivationMailInProgressError):
        claims(users).take("anna", now=NOW, token=AGED)
    assert users.get() == before


@pytest.mark.parametrize("keep_only_hash", [False, True])
def test_a_mail_whose_token_a_resend_has_ended_is_not_marked(
    users: Users, start_over: Callable[[], None], keep_only_hash: bool
) -> None:
    users.put()
    claims(users).take("anna", now=NOW, token=MINTED)
    # Possible only where the clocks of two functions are half a minute apart, or more.
    start_over()
    before = users.get()
    assert isinstance(
        claims(users).mark_sent("anna", MINTED, keep_only_hash=keep_only_hash), ConditionFailed
    )
    assert users.get() == before


def test_a_claim_without_an_end_has_ended(users: Users) -> None:
    users.put(activationMailClaim="somebody")
    assert isinstance(claims(users).take("anna", now=NOW, token=MINTED), Updated)


@pytest.mark.parametrize("later", [0, 59, 60])
def test_a_second_sender_waits_until_the_claim_has_ended(users: Users, later: int) -> None:
    users.put()
    claims(users).take("anna", now=NOW, token=MINTED)
    with pytest.raises(ActivationMailInProgressError):
        claims(users, "second").take("anna", now=NOW + later, token=MINTED)
    assert users.get()["activationMailClaim"] == "first"


def test_a_second_sender_takes_over_after_its_end_with_the_same_token(users: Users) -> None:
    users.put()
    claims(users).take("anna", now=NOW, token=MINTED)
    again = ActivationToken("minted", is_new=False, has_age=True)
    claimed = claims(users, "second").take("anna", now=NOW + 61, token=again)
    assert isinstance(claimed, Updated)
    assert text_of(claimed.item, "activationToken") == "minted"
    assert users.get()["activationMailClaim"] == "second"
    assert users.get()["activationTokenCreatedAt"] == str(NOW)  # the first mail may be out


def test_the_holder_may_take_it_again_after_a_lost_answer(users: Users) -> None:
    users.put()
    claims(users).take("anna", now=NOW, token=MINTED)
    claimed = claims(users).take("anna", now=NOW, token=MINTED)
    assert isinstance(claimed, Updated)


@pytest.mark.parametrize("status", ["MAIL_SENT", "DONE", None])
def test_another_status_is_never_claimed(users: Users, status: str | None) -> None:
    users.put(activationStatus=status)
    before = users.get()
    assert isinstance(claims(users).take("anna", now=NOW, token=MINTED), ConditionFailed)
    assert users.get() == before


def test_a_missing_user_is_never_created(users: Users) -> None:
    assert isinstance(claims(users).take("anna", now=NOW, token=MINTED), ConditionFailed)
    assert isinstance(
        claims(users).mark_sent("anna", MINTED, keep_only_hash=False), ConditionFailed
    )
    claims(users).release("anna")
    assert users.get() == {}


def test_marking_ends_the_claim_and_touches_nothing_else(users: Users) -> None:
    users.put(activationToken="theirs")
    before = users.get()
    claims(users).take("anna", now=NOW, token=FOUND)
    assert isinstance(claims(users).mark_sent("anna", FOUND, keep_only_hash=False), Updated)
    assert users.get() == {
        **before,
        "activationStatus": "MAIL_SENT",
        "activationTokenHash": FOUND.hash,
        "activationTokenCreatedAt": str(NOW),
    }


def test_marking_removes_the_token_where_its_hash_is_enough(users: Users) -> None:
    users.put()
    before = users.get()
    claims(users).take("anna", now=NOW, token=MINTED)
    assert isinstance(claims(users).mark_sent("anna", MINTED, keep_only_hash=True), Updated)
    assert users.get() == {
        **before,
        "activationStatus": "MAIL_SENT",
        "activationTokenHash": MINTED.hash,
        "activationTokenCreatedAt": str(NOW),
    }


def test_a_user_who_was_quicker_stays_done(users: Users) -> None:
    users.put()
    claims(users).take("anna", now=NOW, token=MINTED)
    users.set(activationStatus="DONE")
    assert isinstance(
        claims(users).mark_sent("anna", MINTED, keep_only_hash=False), ConditionFailed
    )
    assert users.get()["activationStatus"] == "DONE"


def test_only_the_holder_marks_and_releases(users: Users) -> None:
    users.put()
    claims(users).take("anna", now=NOW, token=MINTED)
    before = users.get()
    assert isinstance(
        claims(users, "second").mark_sent("anna", MINTED, keep_only_hash=False), ConditionFailed
    )
    claims(users, "second").release("anna")
    assert users.get() == before


def test_releasing_lets_the_next_one_in_at_once(users: Users) -> None:
    users.put()
    claims(users).take("anna", now=NOW, token=MINTED)
    claims(users).release("anna")
    assert users.get()["activationStatus"] == "NONE"
    again = ActivationToken("minted", is_new=False, has_age=True)
    assert isinstance(claims(users, "second").take("anna", now=NOW, token=again), Updated)


@pytest.mark.parametrize("method", ["take", "mark_sent", "release"])
@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 400, ServiceUnavailableError),
        ("InternalServerError", 500, ServiceUnavailableError),
        ("AccessDeniedException", 400, ClientError),
    ],
)
def test_an_error_of_the_table_is_not_mistaken_for_a_refusal(
    users: Users, method: str, code: str, status: int, expected: type[Exception]
) -> None:
    users.put()
    fail(users.dynamodb, "UpdateItem", code, status=status)
    mine = claims(users)
    with pytest.raises(expected):  # noqa: PT012 - one of three calls
        if method == "take":
            mine.take("anna", now=NOW, token=MINTED)
        elif method == "mark_sent":
            mine.mark_sent("anna", MINTED, keep_only_hash=True)
        else:
            mine.release("anna")
