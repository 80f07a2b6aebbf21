"""The claim on a user: who gets it, when it ends, what it leaves alone."""

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from send_user_activation_mail.claim import ActivationMailInProgressError, Claims
from shared.errors import ServiceUnavailableError
from shared.user_table import text_of
from tests.unit.builders import Users, fail

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

NOW = 1_795_342_800


def claims(users: Users, sender: str = "first") -> Claims:
    return Claims(users.dynamodb, users.name, sender, seconds=60)


def test_a_claim_is_kept_on_the_item_with_its_end_and_a_token(users: Users) -> None:
    users.put()
    claimed = claims(users).take("anna", now=NOW, token="minted")
    assert claimed is not None
    assert text_of(claimed, "activationToken") == "minted"
    assert users.get() == {
        "username": "anna",
        "name": "Anna Berg",
        "email": "anna@mail.example",
        "activationStatus": "NONE",
        "activationUrlBase": "https://shop.example/activate",
        "locale": "de",
        "activationToken": "minted",
        "activationMailClaim": "first",
        "activationMailClaimExpiresAt": str(NOW + 60),
    }


def test_a_token_that_was_set_meanwhile_is_kept(users: Users) -> None:
    users.put(activationToken="theirs")
    before = users.get()
    with pytest.raises(ActivationMailInProgressError):
        claims(users).take("anna", now=NOW, token="minted")
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
    claimed = claims(users).take("anna", now=NOW, token="minted")
    assert claimed is not None
    assert text_of(claimed, "activationToken") == "minted"


def test_a_claim_without_an_end_has_ended(users: Users) -> None:
    users.put(activationMailClaim="somebody")
    assert claims(users).take("anna", now=NOW, token="minted") is not None


@pytest.mark.parametrize("later", [0, 59, 60])
def test_a_second_sender_waits_until_the_claim_has_ended(users: Users, later: int) -> None:
    users.put()
    claims(users).take("anna", now=NOW, token="one")
    with pytest.raises(ActivationMailInProgressError):
        claims(users, "second").take("anna", now=NOW + later, token="two")
    assert users.get()["activationMailClaim"] == "first"


def test_a_second_sender_takes_over_after_its_end_with_the_same_token(users: Users) -> None:
    users.put()
    claims(users).take("anna", now=NOW, token="one")
    claimed = claims(users, "second").take("anna", now=NOW + 61, token="one")
    assert claimed is not None
    assert text_of(claimed, "activationToken") == "one"
    assert users.get()["activationMailClaim"] == "second"


def test_the_holder_may_take_it_again_after_a_lost_answer(users: Users) -> None:
    users.put()
    claims(users).take("anna", now=NOW, token="one")
    claimed = claims(users).take("anna", now=NOW, token="one")
    assert claimed is not None


@pytest.mark.parametrize("status", ["MAIL_SENT", "DONE", None])
def test_another_status_is_never_claimed(users: Users, status: str | None) -> None:
    users.put(activationStatus=status)
    before = users.get()
    assert claims(users).take("anna", now=NOW, token="one") is None
    assert users.get() == before


def test_a_missing_user_is_never_created(users: Users) -> None:
    assert claims(users).take("anna", now=NOW, token="one") is None
    assert claims(users).mark_sent("anna") is False
    claims(users).release("anna")
    assert users.get() == {}


def test_marking_ends_the_claim_and_touches_nothing_else(users: Users) -> None:
    users.put(activationToken="theirs")
    before = users.get()
    claims(users).take("anna", now=NOW, token="theirs")
    assert claims(users).mark_sent("anna") is True
    assert users.get() == {**before, "activationStatus": "MAIL_SENT"}


def test_a_user_who_was_quicker_stays_done(users: Users) -> None:
    users.put()
    claims(users).take("anna", now=NOW, token="one")
    users.set(activationStatus="DONE")
    assert claims(users).mark_sent("anna") is False
    assert users.get()["activationStatus"] == "DONE"


def test_only_the_holder_marks_and_releases(users: Users) -> None:
    users.put()
    claims(users).take("anna", now=NOW, token="one")
    before = users.get()
    assert claims(users, "second").mark_sent("anna") is False
    claims(users, "second").release("anna")
    assert users.get() == before


def test_releasing_lets_the_next_one_in_at_once(users: Users) -> None:
    users.put()
    claims(users).take("anna", now=NOW, token="one")
    claims(users).release("anna")
    assert users.get()["activationStatus"] == "NONE"
    assert claims(users, "second").take("anna", now=NOW, token="one") is not None


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
            mine.take("anna", now=NOW, token="one")
        else:
            getattr(mine, method)("anna")
