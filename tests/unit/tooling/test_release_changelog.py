"""The changelog, as a release reads and writes it."""

import pytest

from tooling.release import changelog
from tooling.release.errors import ReleaseError

TEXT = """\
# Changelog

What changed. Under "Unreleased" is what comes.

## Unreleased

### Added

- A command ([docs](docs/a.md#b)), see [site](https://example.com/x) and [above](#added).

## 0.2.0 - 2026-02-01

- Second.

## 0.1.0 - 2026-01-01

### Fixed

- First.
"""


def test_versions_come_newest_first() -> None:
    assert changelog.versions(TEXT) == ["0.2.0", "0.1.0"]


@pytest.mark.parametrize("title", ["0.3.0", "[0.3.0] - 2026-01-01", "0.3.0 - soon", "unreleased"])
def test_a_section_in_another_form_is_named(title: str) -> None:
    with pytest.raises(ReleaseError, match="must be"):
        changelog.versions(f"{TEXT}\n## {title}\n")


def test_what_is_unreleased_gets_version_and_day() -> None:
    released = changelog.with_release(TEXT, "1.0.0", "2026-03-01")

    assert released.count("## Unreleased\n\n## 1.0.0 - 2026-03-01\n\n### Added\n\n- A command") == 1
    assert changelog.versions(released) == ["1.0.0", "0.2.0", "0.1.0"]
    assert not changelog.has_unreleased(released)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT, True),
        ("# Changelog\n\n## Unreleased\n\n### Added\n\n## 0.1.0 - 2026-01-01\n\n- First.\n", False),
        ("# Changelog\n\n## 0.1.0 - 2026-01-01\n\n- First.\n", False),
        ("# Changelog\n", False),
    ],
)
def test_only_an_entry_counts_as_a_change(text: str, expected: bool) -> None:
    assert changelog.has_unreleased(text) is expected


def test_notes_are_one_version_s_section() -> None:
    assert changelog.notes(TEXT, "0.1.0", "https://forge/tree") == "### Fixed\n\n- First.\n"
    # 0.1.0 must not be found where 10.1.0 or 0.1.01 is meant.
    with pytest.raises(ReleaseError, match=r"no section for 0\.1"):
        changelog.notes(TEXT, "0.1", "https://forge/tree")


def test_relative_links_of_notes_lead_to_the_release_s_files() -> None:
    released = changelog.with_release(TEXT, "1.0.0", "2026-03-01")

    notes = changelog.notes(released, "1.0.0", "https://forge/blob/v1.0.0")

    assert "[docs](https://forge/blob/v1.0.0/docs/a.md#b)" in notes
    assert "[site](https://example.com/x) and [above](#added)" in notes
