"""The time of a refused sign-in doesn't reveal whether there is such a user."""

import random
import time
from collections.abc import Sequence

import pytest

from tests.end_to_end.web import Person, Web, somebody

ATTEMPTS = 200  # for each of the two
BOUNDS = (0.45, 0.55)
# Where the times are the same, 8 of 100 measurements are outside the bounds: the standard deviation
# is 0.029. More attempts make it smaller, and a real difference stays.
MEASUREMENTS = 4
BATCH = 4  # attempts at each before the counts are reset; well below the limits


def test_known_and_unknown_users_take_the_same_time(web: Web) -> None:
    person = web.activated()
    known: list[float] = []
    unknown: list[float] = []
    found: list[float] = []
    for seed in range(MEASUREMENTS):
        of_known, of_unknown = measure(web, person, random.Random(seed))  # noqa: S311 - an order
        known += of_known
        unknown += of_unknown
        found.append(auc(known, unknown))
        if BOUNDS[0] <= found[-1] <= BOUNDS[1]:
            return
    pytest.fail(f"AUC after each {ATTEMPTS} attempts more: {found}")


def measure(web: Web, known: Person, order: random.Random) -> tuple[list[float], list[float]]:
    """The seconds of attempts at a known and at unknown users, in a random order."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ATTEMPTS // BATCH):
        web.forget_attempts()
        # Each is tried as often: the first attempt at a name makes the items of its counts.
        people = (known, somebody())
        turns = [0, 1] * BATCH
        order.shuffle(turns)
        for turn in turns:
            times[turn].append(seconds_of_guess(web, people[turn]))
    return times


def seconds_of_guess(web: Web, person: Person) -> float:
    guess = {**person.credentials, "password": "not the right password at all"}
    start = time.perf_counter()
    answer = web.post("/sign-in", guess)
    seconds = time.perf_counter() - start
    assert answer.status_code == 401
    return seconds


def auc(one: Sequence[float], other: Sequence[float]) -> float:
    """The probability that a time of one is above a time of the other: 0.5 tells nothing."""
    pairs = [(first > second) + (first == second) / 2 for first in one for second in other]
    return sum(pairs) / len(pairs)


def test_a_difference_of_times_is_seen() -> None:
    noise = random.Random(1)  # noqa: S311 - made-up times
    same, alike = ([noise.gauss(30, 3) for _ in range(ATTEMPTS)] for _ in range(2))
    slower = [noise.gauss(31.5, 3) for _ in range(ATTEMPTS)]
    assert BOUNDS[0] <= auc(same, alike) <= BOUNDS[1]
    assert auc(slower, same) > BOUNDS[1]
