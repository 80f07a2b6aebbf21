"""Usernames that nobody can register."""

import re

import pytest

from web_api.models import USERNAME
from web_api.reserved_usernames import RESERVED, is_reserved


@pytest.mark.parametrize(
    "username",
    ["admin", "administrator", "support", "root", "postmaster", "security", "abuse", "webmaster"],
)
def test_names_of_the_operator_are_reserved(username: str) -> None:
    assert is_reserved(username)


@pytest.mark.parametrize("username", ["no-reply", "ad.min", "s_y_s_t_e_m", "customer.service"])
def test_separators_make_no_other_name(username: str) -> None:
    assert is_reserved(username)


@pytest.mark.parametrize("username", ["anna", "administrata", "admin1", "supporter", "rooty"])
def test_other_names_are_free(username: str) -> None:
    assert not is_reserved(username)


def test_a_deployment_adds_names() -> None:
    assert is_reserved("acme.shop", {"acme-shop"})
    assert is_reserved("admin", {"acme-shop"})
    assert not is_reserved("acme", {"acme-shop"})


def test_each_name_is_one_that_somebody_could_enter() -> None:
    assert [name for name in RESERVED if not re.fullmatch(USERNAME, name)] == []
    assert [name for name in RESERVED if re.search("[._-]", name)] == []
