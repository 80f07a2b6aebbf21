"""The deployment that `make forget` is tested on: a run is removed by the same code."""

from tests.unit.operations.forget.conftest import stack

__all__ = ["stack"]
