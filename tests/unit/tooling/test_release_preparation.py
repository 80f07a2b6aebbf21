"""`make release`, in the test's own git repository."""

import os
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tooling.release.__main__ import main
from tooling.release.errors import ReleaseError
from tooling.release.preparation import check_tag, notes, prepare

TODAY = date(2026, 3, 1)
LOCK = f"six==1.17.0 \\\n    --hash=sha256:{'0' * 64}\n"
FILES = {
    "pyproject.toml": '[project]\nversion = "0.9.0"\n',
    "lambdas/web_api/version.py": 'VERSION = "0.9.0"\n',
    "docs/openapi.json": '{\n  "info": {\n    "version": "0.9.0"\n  }\n}\n',
    "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n- New: [docs](docs/a.md).\n",
    "requirements.in": "six\n",
    "requirements.txt": LOCK,
    "lambdas/web_api/requirements.in": "-c ../../requirements.txt\nsix\n",
    "lambdas/web_api/requirements.txt": LOCK,
}

Change = Callable[[Path], None]


def git(root: Path, *arguments: str) -> None:
    subprocess.run(  # noqa: S603 - git, no shell
        [*("git", "-c", "user.name=a", "-c", "user.email=a@example.com"), *arguments],
        cwd=root,
        # Without the developer's settings (signing, hooks), and variables of a hook that runs us.
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "HOME": str(root)},
        check=True,
        capture_output=True,
    )


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "Change")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository that is ready for a release."""
    folder = tmp_path / "a repository"
    folder.mkdir()
    for name, text in FILES.items():
        write(folder, name, text)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder)
    return folder


def contents(root: Path) -> dict[str, str]:
    return {name: (root / name).read_text(encoding="utf-8") for name in FILES}


def test_a_release_writes_the_version_everywhere_and_nothing_else(root: Path) -> None:
    written = prepare(root, "1.0.0", TODAY)

    expected = {name: text.replace("0.9.0", "1.0.0") for name, text in FILES.items()}
    expected["CHANGELOG.md"] = (
        "# Changelog\n\n## Unreleased\n\n## 1.0.0 - 2026-03-01\n\n- New: [docs](docs/a.md).\n"
    )
    assert contents(root) == expected
    assert {path.relative_to(root).as_posix() for path in written} == {
        name for name, text in FILES.items() if text != expected[name]
    }


def test_the_next_release_is_prepared_after_the_first(root: Path) -> None:
    prepare(root, "1.0.0", TODAY)
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    write(root, "CHANGELOG.md", text.replace("Unreleased\n", "Unreleased\n\n- More.\n", 1))
    commit(root)

    prepare(root, "1.0.1", TODAY)

    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## Unreleased\n\n## 1.0.1 - 2026-03-01\n\n- More.\n\n## 1.0.0 - 2026-03-01\n" in text


def changed(name: str, old: str, new: str) -> Change:
    def change(root: Path) -> None:
        text = (root / name).read_text(encoding="utf-8")
        assert old in text
        write(root, name, text.replace(old, new))
        commit(root)

    return change


def on_a_branch(root: Path) -> None:
    git(root, "switch", "--quiet", "--create", "topic")


def detached(root: Path) -> None:
    git(root, "switch", "--quiet", "--detach")


def tagged(root: Path) -> None:
    git(root, "tag", "v1.0.0")


def with_a_new_file(root: Path) -> None:
    write(root, "new.txt", "new\n")


def with_an_edit(root: Path) -> None:
    write(root, "requirements.in", "six\n# an edit\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (on_a_branch, "HEAD is topic, not main"),
        (detached, "HEAD is detached, not main"),
        (with_a_new_file, r"the work tree has changes.*\n  \?\? new.txt"),
        (with_an_edit, r"the work tree has changes.*\n   M requirements.in"),
        (tagged, "the tag v1.0.0 exists"),
        (changed("CHANGELOG.md", "- New", "New"), "no entry under"),
        (changed("CHANGELOG.md", "## Unreleased", "## Next"), "## Next"),
        (changed("docs/openapi.json", "0.9.0", "0.9.1"), "docs/openapi.json has version 0.9.1"),
        (changed("pyproject.toml", "0.9.0", "1.0.0"), "not above the current version 1.0.0"),
        (changed("pyproject.toml", "0.9.0", "1.0.1"), "not above the current version 1.0.1"),
        (
            changed(
                "CHANGELOG.md", "## Unreleased", "## Unreleased\n\n- A.\n\n## 0.8.0 - 2026-01-01"
            ),
            "CHANGELOG.md has 0.8.0 as its newest version, pyproject.toml has 0.9.0",
        ),
        (changed("requirements.in", "six", "six\nboto3"), "boto3, named in requirements.in"),
        (
            changed("lambdas/web_api/requirements.txt", "1.17.0", "1.16.0"),
            "lambdas/web_api/requirements.txt: six is 1.16.0, and 1.17.0 in requirements.txt",
        ),
        (changed("lambdas/web_api/requirements.txt", "six==", "# six=="), "make lock"),
    ],
)
def test_a_release_is_refused_and_nothing_written(root: Path, change: Change, message: str) -> None:
    change(root)
    before = contents(root)
    with pytest.raises(ReleaseError, match=message):
        prepare(root, "1.0.0", TODAY)
    assert contents(root) == before


def test_everything_that_is_missing_is_said_at_once(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tagged(root)
    on_a_branch(root)
    with_a_new_file(root)

    assert main(["prepare", "1.0.0"], root=root) == 1

    said = capsys.readouterr().err
    assert "not main" in said
    assert "has changes" in said
    assert "v1.0.0 exists" in said


def test_the_repository_of_a_hook_is_not_taken_for_ours(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet", "--initial-branch=topic")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    prepare(root, "1.0.0", TODAY)


def test_outside_of_git_nothing_is_released(root: Path) -> None:
    (root / ".git").rename(root / "no git")
    with pytest.raises(ReleaseError, match="not a git repository"):
        prepare(root, "1.0.0", TODAY)


def test_the_command_prints_what_comes_next(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prepare", "--", "1.0.0"], root=root) == 0

    printed = capsys.readouterr().out
    assert "pyproject.toml: 1.0.0\n" in printed
    commands = [line.strip() for line in printed.splitlines() if line.startswith("  git ")]
    for command in commands[:2]:
        subprocess.run(  # noqa: S603 - what a person would paste
            ["bash", "-c", command],  # noqa: S607 - a person's shell
            cwd=root,
            env={
                "PATH": os.environ["PATH"],
                "GIT_CONFIG_GLOBAL": os.devnull,
                **{f"GIT_{who}_NAME": "a" for who in ("AUTHOR", "COMMITTER")},
                **{f"GIT_{who}_EMAIL": "a@example.com" for who in ("AUTHOR", "COMMITTER")},
            },
            check=True,
        )
    assert commands[2] == "git push --atomic origin main v1.0.0"
    git(root, "update-ref", "refs/remotes/origin/main", "main")
    check_tag(root, "v1.0.0")
    assert notes(root, "https://forge/v1.0.0") == "- New: [docs](https://forge/v1.0.0/docs/a.md).\n"


def test_a_missing_changelog_is_named(root: Path) -> None:
    (root / "CHANGELOG.md").unlink()
    with pytest.raises(ReleaseError, match=r"^CHANGELOG.md can't be read"):
        prepare(root, "1.0.0", TODAY)


# --- the tag that publishes ---


@pytest.fixture
def released(root: Path) -> Path:
    """A repository whose main, here and at its origin, is a release."""
    prepare(root, "1.0.0", TODAY)
    commit(root)
    git(root, "update-ref", "refs/remotes/origin/main", "main")
    return root


def test_the_tag_of_the_version_may_be_published(
    released: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check-tag", "v1.0.0"], root=released) == 0
    assert "v1.0.0 may be published" in capsys.readouterr().out


def test_the_command_prints_the_notes_alone(
    released: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["notes", "https://forge"], root=released) == 0
    assert capsys.readouterr().out == "- New: [docs](https://forge/docs/a.md).\n"


@pytest.mark.parametrize("tag", ["1.0.0", "v1.0.1", "v1.0", "v1.0.0-rc.1", ""])
def test_another_tag_may_not(released: Path, tag: str) -> None:
    with pytest.raises(ReleaseError, match=r"the version 1\.0\.0: tag v1\.0\.0"):
        check_tag(released, tag)


def test_a_version_without_its_section_may_not(root: Path) -> None:
    git(root, "update-ref", "refs/remotes/origin/main", "main")
    with pytest.raises(ReleaseError, match=r"no section for 0\.9\.0"):
        check_tag(root, "v0.9.0")


def test_a_commit_that_is_not_on_main_may_not(released: Path) -> None:
    on_a_branch(released)
    with_a_new_file(released)
    commit(released)
    with pytest.raises(ReleaseError, match="not part of origin/main"):
        check_tag(released, "v1.0.0")
