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
