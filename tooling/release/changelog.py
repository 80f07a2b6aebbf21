"""Reads and writes CHANGELOG.md, in the format of Keep a Changelog."""

import re

from tooling.release.errors import ReleaseError

FILE = "CHANGELOG.md"

_UNRELEASED = "Unreleased"
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_RELEASED = re.compile(r"([0-9.]+) - \d{4}-\d{2}-\d{2}")
# Not links to another site, to a mail address or within the page.
_RELATIVE_LINK = re.compile(r"\]\((?![a-z]+:|#)")


def versions(text: str) -> list[str]:
    """Return the released versions, the newest first.

    Raises:
        ReleaseError: a section is neither "Unreleased" nor a version with its date.
    """
    found = []
    for title in _HEADING.findall(text):
        match = _RELEASED.fullmatch(title)
        if match:
            found.append(match[1])
        elif title != _UNRELEASED:
            raise ReleaseError(
                f'{FILE}: "## {title}" must be "## {_UNRELEASED}" or "## 1.0.0 - 2026-01-31"'
            )
    return found


def has_unreleased(text: str) -> bool:
    """Return whether an entry waits for a release; headings alone don't count."""
    return any(line.startswith("- ") for line in _section(text, _UNRELEASED).splitlines())


def with_release(text: str, version: str, day: str) -> str:
    """Return the changelog with everything unreleased under a version and the day it came out."""
    unreleased = f"## {_UNRELEASED}\n"
    return text.replace(unreleased, f"{unreleased}\n## {version} - {day}\n", 1)


def notes(text: str, version: str, link_base: str) -> str:
    """Return what changed in a version; relative links lead to files below `link_base`."""
    for title in _HEADING.findall(text):
        if title.startswith(f"{version} - "):
            return _RELATIVE_LINK.sub(f"]({link_base}/", _section(text, title)).strip() + "\n"
    raise ReleaseError(f"{FILE} has no section for {version}")


def _section(text: str, title: str) -> str:
    parts = _HEADING.split(text)
    bodies = dict(zip(parts[1::2], parts[2::2], strict=True))
    return bodies.get(title, "")
