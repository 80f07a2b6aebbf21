"""Checks that every lock agrees with its requirements.in and with the top-level lock's versions."""

from pathlib import Path

from packager.errors import BuildError
from packager.locks import checked_pins, read_lock
from tooling.release.repository import tracked_files

_PACKAGED = ("lambdas", "layers")


def problems(root: Path) -> list[str]:
    """Return what is wrong with each lock; `make lock` repairs it."""
    found = []
    for source in tracked_files(root, "*requirements.in"):
        try:
            checked_pins(source.parent)
        except BuildError as error:
            found.append(str(error))
    return found or _other_versions_than_tested(root)


def _other_versions_than_tested(root: Path) -> list[str]:
    """Return where a function's or a layer's version differs from the one that the tests use."""
    tested = {pin.name: pin.version for pin in read_lock(root / "requirements.txt")}
    return [
        f"{lock.relative_to(root)}: {pin.name} is {pin.version}, and {tested[pin.name]} in "
        "requirements.txt; run `make lock`"
        for folder in _PACKAGED
        for lock in tracked_files(root, f"{folder}/*requirements.txt")
        for pin in read_lock(lock)
        if tested.get(pin.name, pin.version) != pin.version
    ]
