from typing import Any

import pytest

from local_cloud.engine.host import with_cookies


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
        3,
        ["ada"],
        None,
    ],
)
def test_other_events_stay_as_they_are(other: object) -> None:
    assert with_cookies(other) is other


def test_event_that_was_given_is_not_changed() -> None:
    given = event()

    with_cookies(given)

    assert given == event()
