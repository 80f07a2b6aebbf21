"""The tools of a build, and the types that its parts share."""

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
    """A wheel's file and its bytes, whose sha256 is in the lock."""

    path: Path
    data: bytes


class WheelError(Exception):
    """A locked wheel can't be downloaded or used.

    Attributes:
        pins: the pins concerned; the build adds the name of their lock.
        remedy: what to do.
        details: pip's output, if pip ran.
    """

    def __init__(self, pins: tuple[Pin, ...], remedy: str, details: str = "") -> None:
        super().__init__(f"{remedy}\n{details}" if details else remedy)
        self.pins = pins
        self.remedy = remedy
        self.details = details


class WheelSource(Protocol):
    """Returns the wheel of each pin; may write into the folder `scratch`.

    Raises:
        WheelError: a wheel can't be downloaded or used.
    """

    def __call__(self, pins: Sequence[Pin], target: Target, scratch: Path) -> Mapping[Pin, Wheel]:
        """Return the wheel of each of these pins."""


@dataclass(frozen=True)
class Tools:
    """The tools of a build.

    Attributes:
        wheels: returns the locked wheels; called only if there is something to build.
        interpreter: compiles for the target; None if the machine has no such Python.
        progress: called with the name of each step.
    """

    wheels: WheelSource
    interpreter: Interpreter | None
    progress: Callable[[str], None]
