"""Asynchronous events whose function fails or is throttled."""

from typing import Any

import pytest

from local_cloud.engine.hooks.asynchronous import EventRules, deliver, event_rules_of

FINE: dict[str, Any] = {"body": None}
FAILED: dict[str, Any] = {"error": True, "body": {"errorType": "OwnError"}}
THROTTLED: dict[str, Any] = {"error": True, "throttle": True}


class Clock:
    """A clock that moves only by waits."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds

    def now(self) -> float:
        return self.seconds


AWSS_RULES = EventRules(2, 21600)


def delivered(
    answers: list[dict[str, Any]], rules: EventRules = AWSS_RULES
) -> tuple[object, list[float], int]:
    """The result, the pauses, and the number of responses used."""
    clock, taken = Clock(), iter(answers)
    result = deliver(lambda: next(taken), rules, pause=clock.pause, now=clock.now)
    return result, clock.pauses, len(answers) - len(list(taken))


def test_an_event_that_is_handled_is_done_with() -> None:
    assert delivered([FINE]) == (None, [], 1)


@pytest.mark.parametrize(("failures", "pauses"), [(1, [1.0]), (2, [1.0, 2.0])])
def test_an_error_is_tried_again(failures: int, pauses: list[float]) -> None:
    assert delivered([FAILED] * failures + [FINE]) == (None, pauses, failures + 1)


def test_the_third_error_gives_the_event_up() -> None:
    assert delivered([FAILED] * 3 + [FINE]) == (FAILED, [1.0, 2.0], 3)


def test_without_retries_the_first_error_does() -> None:
    assert delivered([FAILED, FINE], EventRules(0, 60)) == (FAILED, [], 1)


def test_what_could_not_start_is_no_try() -> None:
    result, pauses, taken = delivered([THROTTLED] * 9 + [FAILED, FINE])
    assert (result, taken) == (None, 11)
    assert pauses[:7] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0]


def test_an_event_that_is_too_old_is_discarded() -> None:
    result, pauses, _ = delivered([THROTTLED] * 100, EventRules(2, 60))
    assert result == THROTTLED
    assert sum(pauses) <= 60


def test_rules_are_awss_unless_the_function_has_its_own() -> None:
    assert event_rules_of({}) == AWSS_RULES
    own = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
    assert event_rules_of(own) == EventRules(0, 60)
