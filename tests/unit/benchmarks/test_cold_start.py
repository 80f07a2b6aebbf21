"""The cases of the benchmark of cold starts."""

from benchmarks.cold_start import FIRST_CLIENTS
from benchmarks.environments import PROJECT


def test_every_function_is_measured() -> None:
    functions = {handler.parent.name for handler in PROJECT.glob("lambdas/*/handler.py")}
    assert set(FIRST_CLIENTS) == functions
