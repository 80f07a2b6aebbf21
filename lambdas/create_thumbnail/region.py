"""A rectangle of a picture."""

from typing import NamedTuple


class Region(NamedTuple):
    """Where the pixels of a frame lie on its picture."""

    left: int
    top: int
    width: int
    height: int
