"""Asks git about the repository that is released."""

import os
import subprocess
import textwrap
from pathlib import Path

from tooling.release.errors import ReleaseError


def git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git in `root`; the caller checks the exit code."""
    # A hook or a shell may have set GIT_DIR or others, which name another repository.
    environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
    return subprocess.run(  # noqa: S603 - git, no shell
        ["git", *arguments],  # noqa: S607 - the developer's own git
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def tracked_files(root: Path, pattern: str) -> list[Path]:
    """Return the files in git that match a pattern, in which `*` also matches `/`."""
    listed = git(root, "ls-files", "-z", "--", pattern)
    if listed.returncode != 0:
        raise ReleaseError(f"{root} is not a git repository: {listed.stderr.strip()}")
    return [root / name for name in sorted(listed.stdout.split("\0")) if name]


def problems(root: Path, tag: str) -> list[str]:
    """Return why the work tree in `root` can't be released under a tag."""
    found = []
    branch = git(root, "symbolic-ref", "--quiet", "--short", "HEAD").stdout.strip()
    if branch != "main":
        found.append(f"HEAD is {branch or 'detached'}, not main: `git switch main`")
    changes = git(root, "status", "--porcelain").stdout
    if changes:
        listed = textwrap.indent(changes.rstrip(), "  ")
        found.append(f"the work tree has changes, commit or stash them:\n{listed}")
    if git(root, "tag", "--list", tag).stdout:
        found.append(f"the tag {tag} exists: choose the next version")
    return found


def is_on_main(root: Path) -> bool:
    """Return whether the checked-out commit is part of the remote's main."""
    return git(root, "merge-base", "--is-ancestor", "HEAD", "origin/main").returncode == 0
