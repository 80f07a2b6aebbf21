"""The token that a mail carries, its hash, and whether its age is known."""

import hashlib
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from send_user_activation_mail.activation_token import (
    ActivationToken,
    token_for,
    token_of,
)
from send_user_activation_mail.recipient import InvalidUserError
from shared.user_table import keeps_only_token_hash
from tests.unit.builders import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

THEIRS = "theirs"
HASH_OF_THEIRS = "4c55a8552a2c7261f61f798c2265e6f13358f326ae5b934096ff16bd15e62c33"
NO_TOKEN: list[Item] = [{}, {"activationToken": {"S": ""}}, {"activationToken": {"NULL": True}}]


def item(**attributes: "AttributeValueTypeDef") -> Item:
    return {"activationToken": {"S": THEIRS}, **attributes}


@pytest.mark.parametrize("nothing", NO_TOKEN)
def test_no_token_is_set(nothing: Item) -> None:
    assert token_of(nothing) is None


def test_the_applications_token_is_found() -> None:
    assert token_of(item()) == THEIRS


def test_a_token_that_is_no_text_is_an_error() -> None:
    with pytest.raises(InvalidUserError, match=r"^activationToken: not a string"):
        token_of({"activationToken": {"N": "17"}})


@pytest.mark.parametrize("nothing", NO_TOKEN)
def test_a_new_token_is_long_another_one_each_time_and_inherits_no_age(nothing: Item) -> None:
    former: Item = {
        "activationTokenHash": {"S": HASH_OF_THEIRS},
        "activationTokenCreatedAt": {"N": "1"},
    }
    first, second = token_for({**former, **nothing}), token_for({**former, **nothing})
    assert (first.is_new, first.has_age) == (True, False)
    assert first.text != second.text
    assert len(first.text) * 6 >= 128  # base64: 6 bits a character


def test_the_age_of_a_token_is_known_by_its_hash() -> None:
    aged = item(
        activationTokenHash={"S": HASH_OF_THEIRS}, activationTokenCreatedAt={"N": "1795342800"}
    )
    assert token_for(aged) == ActivationToken(THEIRS, is_new=False, has_age=True)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"activationTokenCreatedAt": {"N": "1"}},
        {"activationTokenHash": {"S": HASH_OF_THEIRS}},
        {"activationTokenHash": {"S": "0" * 64}, "activationTokenCreatedAt": {"N": "1"}},
        {
            "activationTokenHash": {"S": HASH_OF_THEIRS.upper()},
            "activationTokenCreatedAt": {"N": "1"},
        },
        {"activationTokenHash": {"S": HASH_OF_THEIRS}, "activationTokenCreatedAt": {"S": "1"}},
        {"activationTokenHash": {"NULL": True}, "activationTokenCreatedAt": {"N": "1"}},
    ],
    ids=str,
)
def test_a_token_with_another_ones_age_or_none_has_no_age_yet(
    attributes: "dict[str, AttributeValueTypeDef]",
) -> None:
    assert token_for(item(**attributes)) == ActivationToken(THEIRS, is_new=False, has_age=False)


def test_the_hash_is_the_one_that_is_agreed_upon() -> None:
    # As `printf theirs | sha256sum` says it.
    assert ActivationToken(THEIRS, is_new=False, has_age=False).hash == HASH_OF_THEIRS


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_token_has_a_hash_of_its_utf_8(text: str) -> None:
    found = ActivationToken(text, is_new=False, has_age=False).hash
    assert re.fullmatch("[0-9a-f]{64}", found)
    assert found == hashlib.sha256(text.encode("utf-8")).hexdigest()


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, False),
        ({"BOOL": False}, False),
        ({"S": "true"}, False),
        ({"N": "1"}, False),
        ({"NULL": True}, False),
        ({"BOOL": True}, True),
    ],
)
def test_the_hash_alone_is_kept_where_the_application_says_true(
    value: "AttributeValueTypeDef | None", kept: bool
) -> None:
    assert keeps_only_token_hash({} if value is None else {"keepOnlyTokenHash": value}) is kept


def test_the_token_is_not_in_the_repr() -> None:
    assert repr(token_for(item())) == "ActivationToken(is_new=False, has_age=False)"
