"""Waits until something is true, with a deadline instead of a fixed sleep."""

import time
from collections.abc import Callable
from typing import TypeVar

from tooling.errors import ToolingError

Found = TypeVar("Found")


def wait_until(
    probe: Callable[[], Found | None],
    what: str,
    *,
    deadline_seconds: float = 30.0,
    interval_seconds: float = 0.05,
) -> Found:
    """Call `probe` until it returns something true, and return that.

    Raises:
        ToolingError: `what` did not happen within `deadline_seconds`.
    """
    deadline = time.monotonic() + deadline_seconds
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() >= deadline:
            raise ToolingError(f"{what}: not seen within {deadline_seconds:g} s")
        time.sleep(interval_seconds)
