"""The rate of mails: no more in any second than there are places, whatever each one takes."""

import bisect
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from send_user_activation_mail.message import Message
from send_user_activation_mail.send_rate import RateLimitedMailer

MESSAGE = Message("anna@mail.example", "Subject", "Text", "<p>HTML</p>")


@dataclass
class FakeClock:
    """A clock that only sleep moves, and what was slept."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    clock = FakeClock()
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock


@dataclass
class SlowMailer:
    """Takes every mail, in some time of the clock."""

    clock: FakeClock
    seconds: float

    def send(self, _message: Message, username: str) -> str:
        self.clock.now += self.seconds
        if username == "refused":
            raise ValueError(username)
        return "mail-1"


def test_the_time_counts_from_the_answer_on(clock: FakeClock) -> None:
    with RateLimitedMailer(SlowMailer(clock, 3.0), seconds=1) as rate_limited:
        assert rate_limited.send(MESSAGE, "anna") == "mail-1"
        clock.now += 0.25  # marking the user
    assert clock.slept == [0.75]


def test_a_refusal_takes_as_long(clock: FakeClock) -> None:
    with (
        pytest.raises(ValueError, match="refused"),
        RateLimitedMailer(SlowMailer(clock, 3.0), 1) as rate_limited,
    ):
        rate_limited.send(MESSAGE, "refused")
    assert clock.slept == [1.0]


def test_where_nothing_was_sent_nothing_waits(clock: FakeClock) -> None:
    with RateLimitedMailer(SlowMailer(clock, 3.0), seconds=1):
        pass
    assert clock.slept == []


@pytest.mark.parametrize("seconds", [0, 1])
def test_what_took_long_enough_does_not_wait(clock: FakeClock, seconds: int) -> None:
    with RateLimitedMailer(SlowMailer(clock, 3.0), seconds=seconds) as rate_limited:
        rate_limited.send(MESSAGE, "anna")
        clock.now += 1
    assert clock.slept == [0.0]


class Accepting:
    """Takes each mail at some moment of a call that takes some time, as a service does."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - times, no secret
        self._lock = threading.Lock()
        self.accepted: list[float] = []

    def send(self, _message: Message, _username: str) -> str:
        with self._lock:
            before, after = self._random.uniform(0, 0.03), self._random.uniform(0, 0.03)
        time.sleep(before)
        with self._lock:
            self.accepted.append(time.monotonic())
        time.sleep(after)
        return "mail"


@pytest.mark.parametrize("places", [1, 3, 8])
def test_no_more_go_out_in_any_span_than_there_are_places(places: int) -> None:
    # A tenth of the real time, so that the test is short: what counts is their proportion.
    span = 0.1
    service = Accepting(seed=places)

    def invoke(_number: int) -> None:
        with RateLimitedMailer(service, seconds=span) as rate_limited:
            rate_limited.send(MESSAGE, "anna")

    with ThreadPoolExecutor(places) as invocations:  # so many at once, as Lambda reserves
        list(invocations.map(invoke, range(places * 5)))

    times = sorted(service.accepted)
    assert len(times) == places * 5
    for number, moment in enumerate(times):
        assert bisect.bisect_left(times, moment + span) - number <= places
