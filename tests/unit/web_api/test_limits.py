"""Limits: uses are counted before they are made, in a window that slides."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.errors import ServiceUnavailableError
from tests.unit.builders import fail, make_atomic, once_after
from tests.unit.web_api.api import WebState
from web_api.limits import PARTS, Counts, Limit, TooManyAttemptsError, network_of
from web_api.web_state_table import WebStateTable

TRIES = Limit("tries", most=3, seconds=120)
PART = TRIES.part_seconds
NOW = 1_000_000 * PART + 4


@pytest.fixture
def counts(web_state: WebState) -> Counts:
    return Counts(WebStateTable(web_state.dynamodb, web_state.name))


def is_allowed(counts: Counts, now: int, *, subject: str = "anna") -> bool:
    try:
        counts.take(TRIES.of(subject), now=now)
    except TooManyAttemptsError:
        return False
    return True


def test_a_subject_has_as_many_uses_as_the_limit_allows(counts: Counts) -> None:
    assert [is_allowed(counts, NOW) for _ in range(5)] == [True, True, True, False, False]
    assert is_allowed(counts, NOW, subject="bert")


def test_no_span_of_the_window_has_more_uses_than_the_limit(counts: Counts) -> None:
    allowed = [now for now in range(NOW, NOW + 400, 2) if is_allowed(counts, now)]
    assert len(allowed) > TRIES.most
    for first, fourth in zip(allowed, allowed[TRIES.most :], strict=False):
        assert fourth - first >= TRIES.seconds


def test_a_use_is_forgotten_after_the_window_and_a_part(counts: Counts) -> None:
    counts.take(*[TRIES.of("anna")] * 3, now=NOW)
    assert not is_allowed(counts, NOW + TRIES.seconds - 1)
    assert is_allowed(counts, NOW + TRIES.seconds + PART)


def test_uses_come_back_one_by_one(counts: Counts) -> None:
    for later in (0, 2 * PART, 5 * PART):
        assert is_allowed(counts, NOW + later)
    first_again = NOW + TRIES.seconds + PART
    assert is_allowed(counts, first_again)
    assert not is_allowed(counts, first_again)


def test_the_wait_ends_when_a_use_is_allowed_again(counts: Counts) -> None:
    for later in (0, 2 * PART, 5 * PART):
        counts.take(TRIES.of("anna"), now=NOW + later)
    now = NOW + 6 * PART
    with pytest.raises(TooManyAttemptsError) as refusal:
        counts.take(TRIES.of("anna"), now=now)
    wait = refusal.value.retry_after_seconds
    assert not is_allowed(counts, now + wait - 1)
    assert is_allowed(counts, now + wait)


def test_a_refused_use_does_not_count(counts: Counts) -> None:
    counts.take(*[TRIES.of("anna")] * 3, now=NOW)
    for later in range(0, TRIES.seconds, PART):
        assert not is_allowed(counts, NOW + later)
    assert is_allowed(counts, NOW + TRIES.seconds + PART)


def test_uses_are_counted_together_or_not_at_all(counts: Counts) -> None:
    counts.take(*[TRIES.of("anna")] * 3, now=NOW)
    with pytest.raises(TooManyAttemptsError):
        counts.take(TRIES.of("bert"), TRIES.of("anna"), now=NOW)
    assert [is_allowed(counts, NOW, subject="bert") for _ in range(4)].count(True) == TRIES.most


def test_what_was_taken_can_be_given_back(counts: Counts) -> None:
    for _ in range(10):
        counts.give_back(counts.take(TRIES.of("anna"), now=NOW))
    assert [is_allowed(counts, NOW) for _ in range(4)].count(True) == TRIES.most


def test_what_can_not_be_given_back_stays_counted(counts: Counts, web_state: WebState) -> None:
    taken = counts.take(TRIES.of("anna"), now=NOW)
    fail(web_state.dynamodb, "UpdateItem", times=1)
    counts.give_back(taken)
    assert [is_allowed(counts, NOW) for _ in range(4)].count(True) == TRIES.most - 1


def test_a_use_that_can_not_be_counted_gives_the_others_back(
    counts: Counts, web_state: WebState
) -> None:
    client = web_state.dynamodb
    once_after(client, "UpdateItem", lambda: fail(client, "UpdateItem", times=1))
    with pytest.raises(ServiceUnavailableError):
        counts.take(TRIES.of("anna"), TRIES.of("bert"), now=NOW)
    assert [is_allowed(counts, NOW) for _ in range(4)].count(True) == TRIES.most


def test_of_many_at_once_as_many_pass_as_the_limit_allows(counts: Counts) -> None:
    make_atomic(counts.table.client)
    with ThreadPoolExecutor(8) as pool:
        # A refused use may refuse another one that meets it before it is given back.
        assert 1 <= sum(pool.map(lambda _: is_allowed(counts, NOW), range(40))) <= TRIES.most


def test_the_item_names_nobody_and_goes_by_itself(counts: Counts, web_state: WebState) -> None:
    counts.take(TRIES.of("hunter2hunter2", "192.0.2.10"), now=NOW)
    [(item_id, count)] = web_state.items().items()
    assert item_id.startswith("tries#")
    assert "hunter2" not in item_id
    assert "192.0.2.10" not in item_id
    assert count.pop("expiresAt") == str((NOW // PART + PARTS + 1) * PART)
    assert list(count.values()) == ["1"]


def test_parts_that_have_left_the_window_are_removed(counts: Counts, web_state: WebState) -> None:
    for later in range(0, 100 * PART, PART):
        is_allowed(counts, NOW + later)
    [count] = web_state.items().values()
    assert len(count) <= 1 + PARTS + 1


def test_subjects_of_several_parts_are_told_apart(counts: Counts, web_state: WebState) -> None:
    counts.take(TRIES.of("ab", "c"), TRIES.of("a", "bc"), TRIES.of("abc"), now=NOW)
    assert len(web_state.items()) == 3


def test_a_use_that_cant_be_counted_is_not_made(counts: Counts) -> None:
    fail(counts.table.client, "UpdateItem")
    with pytest.raises(ServiceUnavailableError, match="web-state"):
        counts.take(TRIES.of("anna"), now=NOW)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.10", "192.0.2.10"),
        ("2001:db8:1:2ff::1", "2001:db8:1:200::"),
        ("2001:db8:1:2ab:ffff::9", "2001:db8:1:200::"),
        ("2001:db8:1:300::1", "2001:db8:1:300::"),
        # An IPv4 client, as a dual-stack socket writes it.
        ("::ffff:192.0.2.10", "192.0.2.10"),
    ],
)
def test_one_customers_addresses_are_one_network(address: str, network: str) -> None:
    assert network_of(address) == network
