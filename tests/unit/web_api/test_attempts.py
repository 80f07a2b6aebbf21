"""The limits on attempts to sign in: by user and network, by user, by network."""

import pytest

from tests.unit.web_api.api import WebState
from web_api.attempts import (
    SIGN_IN_BY_NETWORK,
    SIGN_IN_BY_USER,
    SIGN_IN_BY_USER_AND_NETWORK,
    sign_in_from,
)
from web_api.limits import Counts, TooManyAttemptsError
from web_api.web_state_table import WebStateTable

NOW = 1_000_000 * 900 + 100


@pytest.fixture
def counts(web_state: WebState) -> Counts:
    return Counts(WebStateTable(web_state.dynamodb, web_state.name))


def tries(counts: Counts, times: int, username: str = "anna", address: str = "192.0.2.1") -> int:
    """The tries of some that are allowed."""
    for number in range(times):
        try:
            counts.take(*sign_in_from(username, address), now=NOW)
        except TooManyAttemptsError:
            return number
    return times


def test_one_network_has_ten_guesses_at_a_user(counts: Counts) -> None:
    assert tries(counts, 20) == SIGN_IN_BY_USER_AND_NETWORK.most == 10


def test_who_guesses_elsewhere_does_not_lock_the_owner_out(counts: Counts) -> None:
    for number in range(2, 11):
        assert tries(counts, 11, address=f"192.0.2.{number}") == 10
    assert tries(counts, 1) == 1


def test_all_networks_together_have_a_hundred_guesses_at_a_user(counts: Counts) -> None:
    for number in range(1, 11):
        assert tries(counts, 10, address=f"192.0.2.{number}") == 10
    assert tries(counts, 1, address="192.0.2.99") == 0
    assert SIGN_IN_BY_USER.most == 100


def test_a_network_has_fifty_guesses_whoever_it_tries(counts: Counts) -> None:
    allowed = sum(tries(counts, 1, username=f"user{number}") for number in range(60))
    assert allowed == SIGN_IN_BY_NETWORK.most == 50
    assert tries(counts, 1, username="one-more", address="192.0.2.2") == 1


def test_a_network_that_is_stopped_counts_for_no_user(counts: Counts, web_state: WebState) -> None:
    for number in range(50):
        tries(counts, 1, username=f"user{number}")
    assert tries(counts, 1, username="anna") == 0
    assert SIGN_IN_BY_USER.of("anna").item_id not in web_state.items()
