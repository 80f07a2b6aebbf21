"""Prepares a release in the work tree, and checks the tag that publishes it."""

from datetime import date
from pathlib import Path

from tooling.release import changelog, locks, repository, version
from tooling.release.errors import ReleaseError


def prepare(root: Path, wanted: str, today: date) -> list[Path]:
    """Write a version into every file that states it; return these files.

    Raises:
        ReleaseError: something is wrong; nothing was written.
    """
    numbers = version.parse(wanted)
    text = _changelog(root)
    problems = [
        *repository.problems(root, f"v{wanted}"),
        *disagreements(root),
        *locks.problems(root),
    ]
    current = version.current(root)
    if numbers <= version.parse(current):
        problems.append(f"{wanted} is not above the current version {current}")
    if not changelog.has_unreleased(text):
        problems.append(f'{changelog.FILE} has no entry under "Unreleased": say what changed')
    _refuse(problems)
    written = version.changed_to(root, wanted)
    written[root / changelog.FILE] = changelog.with_release(text, wanted, today.isoformat())
    for path, content in written.items():
        path.write_text(content, encoding="utf-8", newline="\n")
    return list(written)


def disagreements(root: Path) -> list[str]:
    """Return which files, also the changelog, state another version than pyproject.toml."""
    current = version.current(root)
    # Before the first release the changelog has no version.
    newest = changelog.versions(_changelog(root))[:1]
    if newest in ([], [current]):
        return version.disagreements(root)
    return [
        *version.disagreements(root),
        f"{changelog.FILE} has {newest[0]} as its newest version, pyproject.toml has {current}",
    ]


def check_tag(root: Path, tag: str) -> None:
    """Check that the checked-out commit may be published under a tag.

    Raises:
        ReleaseError: it may not.
    """
    current = version.current(root)
    problems = disagreements(root)
    if tag != f"v{current}":
        problems.append(f"the tag is {tag}, and the version {current}: tag v{current}")
    if current not in changelog.versions(_changelog(root)):
        problems.append(f"{changelog.FILE} has no section for {current}: `make release`")
    if not repository.is_on_main(root):
        problems.append("the commit is not part of origin/main: merge it first")
    _refuse(problems)


def notes(root: Path, link_base: str) -> str:
    """Return the text of the release's page: the version's section of the changelog."""
    return changelog.notes(_changelog(root), version.current(root), link_base)


def _changelog(root: Path) -> str:
    try:
        return (root / changelog.FILE).read_text(encoding="utf-8")
    except OSError as error:
        raise ReleaseError(f"{changelog.FILE} can't be read: {error}") from error


def _refuse(problems: list[str]) -> None:
    if problems:
        raise ReleaseError("nothing can be released yet:\n- " + "\n- ".join(problems))
