"""What a build works with: where wheels come from, what compiles, who is told of progress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from packager.bytecode import Interpreter
    from packager.locks import Pin
    from packager.targets import Target

    # Returns the wheel of each pin that applies to the target: bytes with a sha256 of the pin.
    WheelSource = Callable[[Collection[Pin], Target], Mapping[Pin, bytes]]


@dataclass(frozen=True)
class Tools:
    """What a build works with.

    Attributes:
        wheels: returns the locked wheels; called only when something is to be packaged.
        interpreter: compiles for the target; None where the machine has none of its version.
        progress: is told, step by step, what is being done.
    """

    wheels: WheelSource
    interpreter: Interpreter | None
    progress: Callable[[str], None]
