"""What mailbox owners have refused is remembered for 30 days, without a name in the clear."""

import pytest

from shared.errors import ServiceUnavailableError
from tests.unit.builders import fail
from tests.unit.web_api.api import WebState
from web_api.refusals import REMEMBERED_FOR, Refusals
from web_api.web_state_table import WebStateTable

NOW = 1_795_341_600


@pytest.fixture
def refusals(web_state: WebState) -> Refusals:
    return Refusals(WebStateTable(web_state.dynamodb, web_state.name))


def test_a_refusal_is_remembered_for_this_username_and_mailbox(refusals: Refusals) -> None:
    refusals.remember("anna", "An.Na+shop@gmail.com", now=NOW)
    assert refusals.was_refused("anna", "anna@googlemail.com", now=NOW)
    assert not refusals.was_refused("bert", "anna@gmail.com", now=NOW)
    assert not refusals.was_refused("anna", "anna@mail.example", now=NOW)


def test_a_refusal_is_forgotten_after_30_days(refusals: Refusals) -> None:
    refusals.remember("anna", "anna@mail.example", now=NOW)
    assert REMEMBERED_FOR == 30 * 86400
    last = NOW + REMEMBERED_FOR - 1
    assert refusals.was_refused("anna", "anna@mail.example", now=last)
    # TTL may be late.
    assert not refusals.was_refused("anna", "anna@mail.example", now=last + 1)


def test_the_table_shows_neither_the_username_nor_the_address(
    refusals: Refusals, web_state: WebState
) -> None:
    refusals.remember("anna", "anna@mail.example", now=NOW)
    ((item_id, attributes),) = web_state.items().items()
    assert "anna" not in item_id
    assert attributes == {"expiresAt": str(NOW + REMEMBERED_FOR)}


def test_a_table_that_can_not_be_written_is_named(refusals: Refusals, web_state: WebState) -> None:
    fail(web_state.dynamodb, "PutItem")
    with pytest.raises(ServiceUnavailableError, match="table web-state"):
        refusals.remember("anna", "anna@mail.example", now=NOW)


def test_a_table_that_can_not_be_read_is_named(refusals: Refusals, web_state: WebState) -> None:
    fail(web_state.dynamodb, "GetItem")
    with pytest.raises(ServiceUnavailableError, match="table web-state"):
        refusals.was_refused("anna", "anna@mail.example", now=NOW)
