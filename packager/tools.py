"""What a build works with, and what its parts hand to one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from packager.bytecode import Interpreter
    from packager.locks import Pin
    from packager.targets import Target


@dataclass(frozen=True)
class Wheel:
    """The bytes of a wheel whose sha256 is one of its pin's, and the file that they are from."""

    path: Path
    data: bytes


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


class WheelSource(Protocol):
    """Returns the wheel of each pin; may write into the folder `scratch`.

    Raises:
        WheelError: a wheel cannot be had.
    """

    def __call__(self, pins: Sequence[Pin], target: Target, scratch: Path) -> Mapping[Pin, Wheel]:
        """Return the wheel of each of these pins."""


@dataclass(frozen=True)
class Tools:
    """What a build works with.

    Attributes:
        wheels: returns the locked wheels; called only when something is to be made.
        interpreter: compiles for the target; None where the machine has none of its version.
        progress: is called with each step that begins.
    """

    wheels: WheelSource
    interpreter: Interpreter | None
    progress: Callable[[str], None]
