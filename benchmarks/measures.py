"""Figures: medians, ratios, and their text."""

import statistics
from dataclasses import dataclass, field

MISSING = "missing"


@dataclass
class Samples:
    """The measurements of one contender.

    Attributes:
        seconds: one figure for each run.
        peak_bytes: the most memory that it used, or None.
        size_bytes: the size of its result, or None.
    """

    seconds: list[float] = field(default_factory=list)
    peak_bytes: int | None = None
    size_bytes: int | None = None

    @property
    def median(self) -> float | None:
        """The median in seconds; None if it never ran."""
        return statistics.median(self.seconds) if self.seconds else None

    def saw_peak(self, peak_bytes: int) -> None:
        """Keep the highest peak."""
        self.peak_bytes = max(self.peak_bytes or 0, peak_bytes)


def ratio(value: float | None, base: float | None) -> float | None:
    """Return value / base; None if either is missing or the base is zero."""
    if value is None or not base:
        return None
    return value / base


def turn_ratio(one: Samples | None, other: Samples | None) -> float | None:
    """Return the median of one / other over their common turns; None if there is none.

    In a turn, one is measured right after the other, so a busy machine slows both. This is far
    steadier than the ratio of the two medians.
    """
    if one is None or other is None or not (one.seconds and other.seconds):
        return None
    # One may have had fewer turns.
    return statistics.median(a / b for a, b in zip(one.seconds, other.seconds, strict=False))


def as_time(seconds: float | None) -> str:
    """Return a duration with three significant figures."""
    if seconds is None:
        return MISSING
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{seconds * 1000:.3g} ms"


def as_ratio(value: float | None) -> str:
    """Return a ratio with two decimals."""
    return "-" if value is None else f"{value:.2f}"


def as_size(size_bytes: float | None) -> str:
    """Return a size in the largest unit that leaves a whole number in front."""
    if size_bytes is None:
        return "-"
    for unit, factor in (("MB", 1e6), ("kB", 1e3)):
        if abs(size_bytes) >= factor:
            return f"{size_bytes / factor:.3g} {unit}"
    return f"{size_bytes:.0f} B"
