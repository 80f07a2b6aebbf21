"""What a mail address may be."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from send_user_activation_mail.recipient import recipient_of
from shared.mail_address import MAIL_ADDRESS, MAIL_ADDRESS_LENGTH


@pytest.mark.parametrize(
    "address", ["anna@mail.example", "a.b+c_d@mail.example", "o'hara@xn--bcher-kva.example", "a@b"]
)
def test_one_bare_address_is_one(address: str) -> None:
    assert re.fullmatch(MAIL_ADDRESS, address)


@pytest.mark.parametrize(
    "not_one",
    [
        "",
        "anna",
        "@mail.example",
        "anna@",
        "Anna <anna@mail.example>",
        "anna@mail.example, bert@mail.example",
        "anna@mail.example\nBcc: bert@mail.example",
        "änna@mail.example",
        "a" * 65 + "@mail.example",
        "a@" + "b" * 254,
    ],
)
def test_what_could_be_more_than_one_address_is_none(not_one: str) -> None:
    assert not re.fullmatch(MAIL_ADDRESS, not_one)


@given(st.from_regex(MAIL_ADDRESS.removesuffix("$"), fullmatch=True))
def test_what_is_taken_at_sign_up_can_be_mailed_to(address: str) -> None:
    assume(len(address) <= MAIL_ADDRESS_LENGTH)
    recipient = recipient_of(
        {
            "username": {"S": "anna"},
            "email": {"S": address},
            "activationUrlBase": {"S": "https://shop.example/activate"},
            "activationToken": {"S": "token"},
        }
    )
    assert recipient.email == address
