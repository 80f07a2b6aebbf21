"""One part of what is kept of a person."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PersonalData:
    """One part of what is kept of a person.

    Attributes:
        what: What it is, in a few words.
        delete: Deletes it; harmless where it is gone.
    """

    what: str
    delete: Callable[[], object] = field(repr=False)
