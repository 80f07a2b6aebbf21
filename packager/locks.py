"""Locks: requirements.txt, made by `make lock` from requirements.in, exact versions with hashes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from packager.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REQUIREMENT_PATTERN = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*(?P<specifier>[^;]*)(?P<marker>;.*)?"
)
EXACT_SPECIFIER_PATTERN = re.compile(r"==\s*(?P<version>[^\s,*]+)\s*")
PIN_PATTERN = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?==(?P<version>[^\s;*]+)"
    r"\s*(;\s*(?P<marker>.+?))?"
    r"(?P<hashes>(\s+--hash=sha256:[0-9a-f]{64})+)"
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
        hashes = "".join(f" --hash=sha256:{digest}" for digest in self.hashes)
        return f"{self.name}=={self.version}{marker}{hashes}"


def require_file(path: Path) -> None:
    """Raise a BuildError unless `path` is a file."""
    if not path.is_file():
        raise BuildError(f"{path}: the file is missing; see docs/adding-a-lambda.md")


def checked_pins(folder: Path) -> tuple[Pin, ...]:
    """Read the lock of `folder` and check that it is in step with its requirements.in.

    Raises:
        BuildError: a file is missing or unreadable, or the lock lacks what requirements.in names.
    """
    lock = folder / "requirements.txt"
    pins = read_lock(lock)
    locked = {pin.name: pin.version for pin in pins}
    for name, version in read_requirements(folder / "requirements.in"):
        if name not in locked:
            out_of_step(lock, f"{name}, named in requirements.in, is not locked")
        if version and comparable(version) != comparable(locked[name]):
            out_of_step(lock, f"{name} is {version} in requirements.in, {locked[name]} in the lock")
    return pins


def out_of_step(lock: Path, what: str) -> NoReturn:
    """Raise the error for a lock that must be made again."""
    raise BuildError(f"{lock}: {what}; run `make lock`")


def read_lock(path: Path) -> tuple[Pin, ...]:
    """Parse a lock made by pip-compile --generate-hashes; anything but pins is refused."""
    pins: dict[str, Pin] = {}
    for line in requirement_lines(path):
        match = PIN_PATTERN.fullmatch(line)
        if not match:
            out_of_step(path, f"`{line}` is not one exact version with sha256 hashes")
        name = normalized(match["name"])
        if name in pins:
            out_of_step(path, f"{name} is pinned twice")
        hashes = tuple(sorted(match["hashes"].replace("--hash=sha256:", "").split()))
        pins[name] = Pin(name, match["version"], match["marker"] or "", hashes)
    return tuple(pins[name] for name in sorted(pins))


def read_requirements(path: Path) -> Iterator[tuple[str, str | None]]:
    """Yield name and, where exactly one is asked for, version of what must be in the lock."""
    for line in requirement_lines(path):
        if line.startswith(("-c ", "--constraint ")):
            continue
        match = REQUIREMENT_PATTERN.fullmatch(line)
        if not match:
            raise BuildError(f"{path}: `{line}` is not a requirement; name packages, one a line")
        # pip-compile leaves out what its marker excludes.
        if not match["marker"]:
            exact = EXACT_SPECIFIER_PATTERN.fullmatch(match["specifier"])
            yield normalized(match["name"]), exact["version"] if exact else None


def requirement_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a requirements file, continued lines joined, without comments."""
    require_file(path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BuildError(f"{path}: is not UTF-8 text ({error}); run `make lock`") from error
    for line in text.replace("\\\n", " ").splitlines():
        stripped = re.sub(r"(^|\s)#.*", "", line).strip()
        if stripped:
            yield stripped


def normalized(name: str) -> str:
    """Return a package's name as PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def comparable(version: str) -> list[int | str]:
    """Return a version so that different spellings of one (2026.01.05, 2026.1.5) are equal."""
    parts = re.findall(r"\d+|[a-z]+", version.lower())
    return [int(part) if part.isdigit() else part for part in parts]
