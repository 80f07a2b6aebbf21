"""Which of our own scripts are programs: executable in the zip, as they are in git."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from packager.archive import SHEBANG

if TYPE_CHECKING:
    from pathlib import Path

    from packager.contents import Contents

GIT_EXECUTABLE = "100755"
# They would lead git to another repository.
GIT_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX")


def programs_among(contents: Contents) -> frozenset[str]:
    """Return the names of the scripts that may be executed.

    What git says of a file counts, as checkouts differ in the modes that they can hold; of a file
    that git does not know, its own mode counts.
    """
    scripts = {name: path for name, path in contents.items() if is_script(path)}
    if not scripts:
        return frozenset()
    modes = modes_in_git(list(scripts.values()))
    return frozenset(
        name
        for name, path in scripts.items()
        if modes.get(path, GIT_EXECUTABLE if os.access(path, os.X_OK) else "") == GIT_EXECUTABLE
    )


def is_script(path: Path) -> bool:
    """Tell a file that names its interpreter in the first line."""
    with path.open("rb") as file:
        return file.read(len(SHEBANG)) == SHEBANG


def modes_in_git(paths: list[Path]) -> dict[Path, str]:
    """Return the mode of each file that git tracks; nothing without git or a repository."""
    environment = {k: v for k, v in os.environ.items() if k not in GIT_VARIABLES}
    modes = {}
    for path in paths:
        command = ["git", "ls-files", "--stage", "-z", "--", path.name]
        try:
            listed = subprocess.run(  # noqa: S603 - git, and names of our own files
                command,
                cwd=path.parent,
                env=environment,
                check=True,
                capture_output=True,
                encoding="utf-8",
            ).stdout
        except (OSError, subprocess.CalledProcessError):
            return {}
        if listed:
            modes[path] = listed.split(maxsplit=1)[0]
    return modes
