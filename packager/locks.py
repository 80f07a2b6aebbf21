"""Reads locks: requirements.txt with exact versions and hashes, which `make lock` writes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from packager.errors import BuildError
from packager.requirement_files import requirement_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

HASHES_PATTERN = re.compile(r"(?P<requirement>.+?)(?P<hashes>(\s+--hash=sha256:[0-9a-f]{64})+)")
CONSTRAINT_PATTERN = re.compile(r"(-c|--constraint)\b")


@dataclass(frozen=True)
class Pin:
    """One line of a lock: a package at one version, with the sha256 of each allowed file."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    def line(self) -> str:
        """Return the pin as one line of a requirements file, without its marker."""
        hashes = "".join(f" --hash=sha256:{digest}" for digest in self.hashes)
        return f"{self.name}=={self.version}{hashes}"

    def applies(self, environment: Mapping[str, str]) -> bool:
        """Return whether the pin's marker holds in a target's environment."""
        return not self.marker or Marker(self.marker).evaluate(dict(environment))


def checked_pins(folder: Path) -> tuple[Pin, ...]:
    """Read the lock of `folder` and check that it is in step with its requirements.in.

    Raises:
        BuildError: a file is missing or unreadable, or the lock lacks what requirements.in names.
    """
    lock = folder / "requirements.txt"
    # First: with a correct requirements.in, `make lock` repairs every fault of the lock.
    requirements = list(read_requirements(folder / "requirements.in"))
    pins = read_lock(lock)
    locked = {pin.name: pin.version for pin in pins}
    for requirement in requirements:
        name = canonicalize_name(requirement.name)
        if name not in locked:
            out_of_step(lock, f"{name}, named in requirements.in, is not locked")
        if not requirement.specifier.contains(locked[name], prereleases=True):
            wanted = requirement.specifier
            out_of_step(lock, f"{name} is {wanted} in requirements.in, {locked[name]} in the lock")
    return pins


def out_of_step(lock: Path, what: str) -> NoReturn:
    """Raise the error for a lock that must be made again."""
    raise BuildError(f"{lock}: {what}; run `make lock`")


def read_lock(path: Path) -> tuple[Pin, ...]:
    """Parse a lock of pip-compile --generate-hashes; refuse anything but pins."""
    pins: dict[str, Pin] = {}
    for line in requirement_lines(path):
        pin = pin_in(line)
        if not pin:
            out_of_step(path, f"`{line}` is not one exact version with sha256 hashes")
        if pin.name in pins:
            out_of_step(path, f"{pin.name} is pinned twice")
        pins[pin.name] = pin
    return tuple(pins[name] for name in sorted(pins))


def pin_in(line: str) -> Pin | None:
    """Return the pin in a line of a lock, or None."""
    match = HASHES_PATTERN.fullmatch(line)
    try:
        requirement = Requirement(match["requirement"]) if match else None
    except InvalidRequirement:
        return None
    if not match or not requirement or requirement.url:
        return None
    specifiers = list(requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator != "==" or "*" in specifiers[0].version:
        return None
    return Pin(
        canonicalize_name(requirement.name),
        str(Version(specifiers[0].version)),
        str(requirement.marker or ""),
        tuple(sorted(re.findall(r"[0-9a-f]{64}", match["hashes"]))),
    )


def read_requirements(path: Path) -> Iterator[Requirement]:
    """Yield the requirements that must be in the lock."""
    for line in requirement_lines(path):
        if CONSTRAINT_PATTERN.match(line):
            continue
        try:
            requirement = Requirement(line)
        except InvalidRequirement as error:
            raise BuildError(
                f"{path}: `{line}` is not a requirement; write one package on each line"
            ) from error
        if requirement.url:
            raise BuildError(
                f"{path}: `{line}` names a file and not a version, so no lock can pin it; name the "
                "version, and offer the file by an index or PIP_FIND_LINKS"
            )
        # pip-compile leaves out a requirement whose marker doesn't hold.
        if not requirement.marker:
            yield requirement
