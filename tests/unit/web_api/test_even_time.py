"""A block that takes as long, whichever way it goes."""

import time

import pytest

from web_api.even_time import lasting

SECONDS = 0.1


def seconds_of(block_seconds: float, error: Exception | None = None) -> float:
    start = time.perf_counter()
    try:
        with lasting(SECONDS):
            time.sleep(block_seconds)
            if error is not None:
                raise error
    except ValueError:
        pass
    return time.perf_counter() - start


@pytest.mark.parametrize("block_seconds", [0.0, SECONDS / 2])
@pytest.mark.parametrize("error", [None, ValueError("x")])
def test_a_short_block_lasts_as_long_as_others(
    block_seconds: float, error: Exception | None
) -> None:
    assert seconds_of(block_seconds, error) >= SECONDS


def test_a_longer_one_takes_its_time_and_no_more() -> None:
    assert SECONDS * 1.5 <= seconds_of(SECONDS * 1.5) < SECONDS * 2.4


def test_an_error_is_raised_as_it_was() -> None:
    with pytest.raises(ValueError, match="lost"), lasting(0.0):
        raise ValueError("lost")
