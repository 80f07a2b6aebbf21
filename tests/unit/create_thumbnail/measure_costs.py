"""Holds cost.py's figures against the costliest pictures; by hand, for minutes.

    PYTHONPATH=lambdas python -m tests.unit.create_thumbnail.measure_costs 20 [FUZZED] [NAME]

20 are the megapixels of each. Prints for each what it may cost without the fixed part, what it
costs here in CPU seconds, and their ratio. A ratio above 1 says which figure is too low for this
processor or this Pillow. The limit itself is switched off.
"""

import random
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from create_thumbnail import cost, limits
from create_thumbnail.cost import FIXED_SECONDS, decode_seconds
from create_thumbnail.engine import Fit, ImageRefusedError
from create_thumbnail.structure import structure_of
from create_thumbnail.thumbnail import PillowEngine
from tests.unit.create_thumbnail.costly_pictures import Costly, costly_pictures
from tests.unit.create_thumbnail.fuzzed_pictures import fuzzed_picture

FITS: tuple[Fit, ...] = ("fit", "cover")


def _pictures(fuzzed: int, name: str) -> Iterator[Costly]:
    for number in range(fuzzed):
        chance = random.Random(number)  # noqa: S311 - no secret
        yield f"fuzzed {number}", partial(fuzzed_picture, chance)
    yield from (one for one in costly_pictures() if name in one[0])


def _took(data: bytes, fit: Fit) -> float:
    started = time.process_time()
    with suppress(ImageRefusedError):  # what is damaged costs as much
        PillowEngine(fit, 2**40).make(data)
    return time.process_time() - started


def main() -> None:
    """Print a line for each picture, and which of them cost more than estimated."""
    megapixels, fuzzed, name = [*sys.argv[1:], "", ""][:3]
    for module in (cost, limits):
        vars(module)["MAX_SECONDS"] = float("inf")
    above = []
    for title, make in _pictures(int(fuzzed or 0), name):
        data = make(int(megapixels))
        try:
            estimate = decode_seconds(structure_of(data)) - FIXED_SECONDS
        except ImageRefusedError:  # a random one without a picture
            continue
        took = max(_took(data, fit) for fit in FITS)
        sys.stdout.write(f"{title:52} {estimate:7.3f} {took:7.3f} {took / estimate:5.2f}\n")
        if took > estimate + FIXED_SECONDS:
            above.append(title)
    sys.stdout.write(f"above the estimate: {', '.join(above) or 'none'}\n")


if __name__ == "__main__":
    main()
