"""Answers that take the same time, whatever they find."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting(seconds: float) -> Iterator[None]:
    """A block that takes at least some seconds, more than its slowest usual way through.

    Otherwise the time of a response would show which way was taken. Also where an error ends it.
    """
    end = time.monotonic() + seconds
    try:
        yield
    finally:
        time.sleep(max(0.0, end - time.monotonic()))
