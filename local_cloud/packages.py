"""Builds the packages that the local cloud runs, for this machine."""

import subprocess
import sys
from pathlib import Path

from local_cloud import folders
from tooling import paths
from tooling.errors import ToolingError

_TIME_LIMIT_SECONDS = 600
# Of build.py.
_NOTHING_CHANGED = "Nothing changed"


def build() -> None:
    """Build what `demo` and `up` run; print a line only if something was built."""
    said = build_for_this_machine(folders.BUILD)
    if _NOTHING_CHANGED not in said:
        print(said.strip().splitlines()[-1])


def build_for_this_machine(output: Path) -> str:
    """Run build.py for the host into `output`; return its output.

    Raises:
        ToolingError: the build failed; the message holds its output.
    """
    command = [sys.executable, str(paths.REPOSITORY / "build.py")]
    finished = subprocess.run(  # noqa: S603 - our own script
        [*command, "--target", "host", "--output", str(output)],
        cwd=paths.REPOSITORY,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=_TIME_LIMIT_SECONDS,
        check=False,
    )
    if finished.returncode != 0:
        raise ToolingError(f"build.py failed:\n{(finished.stderr or finished.stdout).strip()}")
    return finished.stdout
