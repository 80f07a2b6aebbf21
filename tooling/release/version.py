"""The project's version: pyproject.toml states it, and other files repeat it."""

import re
from pathlib import Path

from tooling.release.errors import ReleaseError

PYPROJECT = "pyproject.toml"

# The one line with the version in each file. A function's zip has no pyproject.toml, so the web
# API's code states it too.
_LINES = {
    PYPROJECT: re.compile(r'^version = "(.*)"$', re.MULTILINE),
    "lambdas/web_api/version.py": re.compile(r'^VERSION = "(.*)"$', re.MULTILINE),
    "docs/openapi.json": re.compile(r'^    "version": "(.*)",?$', re.MULTILINE),
}
_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


def parse(version: str) -> tuple[int, ...]:
    """Return the three numbers of a version, as a tuple to compare.

    Raises:
        ReleaseError: it is not MAJOR.MINOR.PATCH.
    """
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ReleaseError(
            f"{version!r} is not a semantic version: give three numbers without leading zeros, "
            "such as 1.0.0"
        )
    return tuple(int(number) for number in match.groups())


def current(root: Path) -> str:
    """Return the version of the project in `root`."""
    return _stated(root, PYPROJECT)


def disagreements(root: Path) -> list[str]:
    """Return which files state another version than pyproject.toml."""
    version = current(root)
    return [
        f"{name} has version {stated}, pyproject.toml has {version}"
        for name in _LINES
        if (stated := _stated(root, name)) != version
    ]


def changed_to(root: Path, version: str) -> dict[Path, str]:
    """Return the new content of each file that states the version."""
    changed = {}
    for name in _LINES:
        match = _line(root, name)
        text = match.string
        changed[root / name] = text[: match.start(1)] + version + text[match.end(1) :]
    return changed


def _stated(root: Path, name: str) -> str:
    return _line(root, name)[1]


def _line(root: Path, name: str) -> re.Match[str]:
    try:
        text = (root / name).read_text(encoding="utf-8")
    except OSError as error:
        raise ReleaseError(f"{name} can't be read: {error}") from error
    matches = list(_LINES[name].finditer(text))
    if len(matches) != 1:
        raise ReleaseError(
            f"{name}: {len(matches)} lines match {_LINES[name].pattern}, and exactly one must"
        )
    return matches[0]
