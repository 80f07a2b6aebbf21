"""The spelling that all addresses of one mailbox have in common."""

import pytest

from web_api.mailbox import PROVIDERS, plain_spelling


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.b+x@gmail.com", "ab@googlemail.com"),
        ("A.B@GMail.com", "ab@gmail.com"),
        ("Anna@company.example", "anna@COMPANY.example"),
        ("anna+shop@outlook.com", "anna@outlook.com"),
        ("anna+a+b@hotmail.com", "anna@hotmail.com"),
        ("anna+x@hotmail.co.uk", "anna@hotmail.co.uk"),
        ("anna+x@outlook.de", "Anna+y@Outlook.de"),
        ("anna@mac.com", "anna+x@icloud.com"),
        ("anna@me.com", "anna@icloud.com"),
        ("anna.b-c_d+x@pm.me", "annabcd@proton.me"),
        ("anna@protonmail.ch", "anna@protonmail.com"),
        ("anna+x@fastmail.com", "anna@fastmail.com"),
        ("shop@anna.fastmail.com", "anna@fastmail.com"),
    ],
)
def test_addresses_of_one_mailbox_count_as_one(one: str, other: str) -> None:
    assert plain_spelling(one) == plain_spelling(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.b@company.example", "ab@company.example"),
        ("ab+x@company.example", "ab@company.example"),
        ("a.b@outlook.com", "ab@outlook.com"),
        ("anna@outlook.com", "anna@hotmail.com"),
        ("anna@hotmail.fr", "anna@hotmail.de"),
        ("anna@fastmail.com", "anna@fastmail.fm"),
        ("a-b@gmail.com", "ab@gmail.com"),
        ("anna@gmail.com.example", "anna@gmail.com"),
        ("anna@mail.company.example", "anna@company.example"),
        ("+a@gmail.com", "+b@gmail.com"),
    ],
)
def test_addresses_of_two_mailboxes_count_as_two(one: str, other: str) -> None:
    assert plain_spelling(one) != plain_spelling(other)


def test_a_plain_spelling_stays_as_it_is() -> None:
    for domain in PROVIDERS:
        plain = plain_spelling(f"a.b-c_d+x@{domain}")
        assert plain_spelling(plain) == plain
