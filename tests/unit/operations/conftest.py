"""What holds for all commands."""

import pytest

from operations.redrive import failure_queue


@pytest.fixture(autouse=True)
def settled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moto's time has fractions: no test has to wait for the next second."""
    monkeypatch.setattr(failure_queue, "SETTLE_SECONDS", 0.0)
