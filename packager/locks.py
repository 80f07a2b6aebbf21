"""Locks: requirements.txt, made by `make lock` from requirements.in, exact versions with hashes."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from packager.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from packager.targets import Target

HASH_PATTERN = re.compile(r"\s--hash=sha256:([0-9a-f]{64})(?=\s|$)")
# As pip reads requirements files: a byte order mark names the encoding.
BYTE_ORDER_MARKS = (
    # Before those of UTF-16, which begin alike.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Pin:
    """One line of a lock: a package at one version, with the sha256 of each allowed file."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    def line(self) -> str:
        """Return the pin as one line of a requirements file."""
        marker = f" ; {self.marker}" if self.marker else ""
        return f"{self.name}=={self.version}{marker}{self._hash_options()}"

    def line_without_marker(self) -> str:
        """Return the line of a pin that is known to apply."""
        return f"{self.name}=={self.version}{self._hash_options()}"

    def applies_to(self, target: Target) -> bool:
        """Tell whether the pin's marker asks for it on a target."""
        return not self.marker or Marker(self.marker).evaluate(target.marker_environment())

    def _hash_options(self) -> str:
        return "".join(f" --hash=sha256:{digest}" for digest in self.hashes)


def checked_pins(folder: Path) -> tuple[Pin, ...]:
    """Read the lock of `folder` and check that it is in step with its requirements.in.

    Raises:
        BuildError: a file is missing or unreadable, or the lock lacks what requirements.in names.
    """
    lock = folder / "requirements.txt"
    pins = read_lock(lock)
    locked = {pin.name: pin.version for pin in pins}
    for requirement in read_requirements(folder / "requirements.in"):
        name = canonicalize_name(requirement.name)
        if name not in locked:
            out_of_step(lock, f"{name}, named in requirements.in, is not locked")
        if not requirement.specifier.contains(locked[name], prereleases=True):
            wanted = str(requirement.specifier)
            out_of_step(lock, f"{name} is {wanted} in requirements.in, {locked[name]} in the lock")
    return pins


def out_of_step(lock: Path, what: str) -> NoReturn:
    """Raise the error for a lock that must be made again."""
    raise BuildError(f"{lock}: {what}; run `make lock`")


def read_lock(path: Path) -> tuple[Pin, ...]:
    """Parse a lock made by pip-compile --generate-hashes; anything but pins is refused."""
    pins: dict[str, Pin] = {}
    for line in requirement_lines(path):
        pin = pin_of(line)
        if pin is None:
            out_of_step(path, f"`{line}` is not one exact version with sha256 hashes")
        if pin.name in pins:
            out_of_step(path, f"{pin.name} is pinned twice")
        pins[pin.name] = pin
    return tuple(pins[name] for name in sorted(pins))


def pin_of(line: str) -> Pin | None:
    """Return the pin that a line of a lock is; None where it is something else."""
    hashes = tuple(sorted(HASH_PATTERN.findall(line)))
    try:
        requirement = Requirement(HASH_PATTERN.sub("", line).strip())
        (specifier,) = requirement.specifier
        # Also refuses `==1.*`.
        version = str(Version(specifier.version))
    except (InvalidRequirement, InvalidVersion, ValueError):
        return None
    if not hashes or requirement.url or specifier.operator != "==":
        return None
    return Pin(canonicalize_name(requirement.name), version, str(requirement.marker or ""), hashes)


def read_requirements(path: Path) -> Iterator[Requirement]:
    """Yield what must be in the lock."""
    for line in requirement_lines(path):
        if line.startswith(("-c ", "--constraint ", "--constraint=")):
            continue
        try:
            requirement = Requirement(line)
        except InvalidRequirement as error:
            raise BuildError(
                f"{path}: `{line}` is not a requirement; name packages, one a line"
            ) from error
        # pip-compile leaves out what its marker excludes.
        if not requirement.marker:
            yield requirement


def requirement_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a requirements file, continued lines joined, without comments."""
    try:
        text = decoded(path.read_bytes())
    except UnicodeDecodeError as error:
        raise BuildError(f"{path}: is not UTF-8 text ({error}); save it as UTF-8") from error
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        stripped = re.sub(r"(^|\s)#.*", "", line).strip()
        if stripped:
            yield stripped


def decoded(data: bytes) -> str:
    """Return the text of a requirements file."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding)
    return data.decode("utf-8")
