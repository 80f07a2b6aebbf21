import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local_cloud.engine_host import taking_turns, with_cookies


def event(**changes: object) -> dict[str, Any]:
    return {"version": "2.0", "headers": {"host": "abc", "cookie": "a=1; b=2"}, **changes}


def test_cookies_of_an_http_api_are_a_list_of_their_own() -> None:
    assert with_cookies(event()) == {
        "version": "2.0",
        "headers": {"host": "abc"},
        "cookies": ["a=1", "b=2"],
    }


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"Records": []},
        event(version="1.0"),
        event(headers={"host": "abc"}),
        event(headers=None),
        {"username": "ada"},
    ],
)
def test_other_events_stay_as_they_are(other: dict[str, Any]) -> None:
    assert with_cookies(other) is other


def test_event_that_was_given_is_not_changed() -> None:
    given = event()

    with_cookies(given)

    assert given == event()


def function(name: str) -> dict[str, Any]:
    return {"config": {"FunctionName": name}}


def test_of_one_function_only_a_few_invocations_run_at_once() -> None:
    lock = threading.Lock()
    running, most = 0, 0
    # Lets go in twos: if only one ran at a time, this would break.
    pair = threading.Barrier(2, timeout=10)

    def execute(_function: dict[str, Any], number: int) -> dict[str, Any]:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        pair.wait()
        with lock:
            running -= 1
        return {"body": number}

    in_turn = taking_turns(execute, at_once=2)
    with ThreadPoolExecutor(max_workers=8) as threads:
        answers = list(threads.map(lambda number: in_turn(function("one"), number), range(8)))

    assert answers == [{"body": number} for number in range(8)]
    assert most == 2


def test_functions_do_not_wait_for_one_another() -> None:
    def execute(called: dict[str, Any]) -> dict[str, Any]:
        if called == function("outer"):
            return in_turn(function("inner"))
        return {"body": called["config"]["FunctionName"]}

    in_turn = taking_turns(execute, at_once=1)

    assert in_turn(function("outer")) == {"body": "inner"}


def test_an_invocation_that_breaks_gives_up_its_turn() -> None:
    def execute(_function: dict[str, Any]) -> dict[str, Any]:
        raise ValueError("broken")

    in_turn = taking_turns(execute, at_once=1)

    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            in_turn(function("one"))
