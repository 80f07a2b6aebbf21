"""The packager's errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packager.locks import Pin


class BuildError(Exception):
    """What is wrong with the input or the machine, and what to do about it."""


class WheelError(Exception):
    """A locked wheel cannot be had, or is not one that can be used.

    Attributes:
        pins: the pins it is about; the build names the lock that they are in.
        remedy: what to do about it.
        details: the words of pip, where it was asked.
    """

    def __init__(self, pins: tuple[Pin, ...], remedy: str, details: str = "") -> None:
        super().__init__(f"{remedy}\n{details}" if details else remedy)
        self.pins = pins
        self.remedy = remedy
        self.details = details
