"""Builds the packages for this machine, as the local cloud runs them."""

import subprocess
import sys
from pathlib import Path

from tooling import paths
from tooling.errors import ToolingError

_TIME_LIMIT_SECONDS = 600


def build_for_this_machine(output: Path) -> None:
    """Run build.py for the host into `output`, apart from the packages for AWS in build/.

    Raises:
        ToolingError: the build failed; the message is what it said.
    """
    command = [sys.executable, str(paths.REPOSITORY / "build.py")]
    finished = subprocess.run(  # noqa: S603 - our own script
        [*command, "--target", "host", "--output", str(output)],
        cwd=paths.REPOSITORY,
        capture_output=True,
        text=True,
        timeout=_TIME_LIMIT_SECONDS,
        check=False,
    )
    if finished.returncode != 0:
        raise ToolingError(f"build.py failed:\n{(finished.stderr or finished.stdout).strip()}")
