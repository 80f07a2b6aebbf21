"""A fake Python for tests of the Makefile: it prints how it was called."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tooling.paths import REPOSITORY

# Makes the environment clean as the real one does, then only prints its arguments.
FAKE_PYTHON = f"""\
#!/bin/sh
case "$*" in
  *tooling/clean_environment.py*) exec {shlex.quote(sys.executable)} "$@" ;;
esac
exec {shlex.quote(sys.executable)} -I -c 'import json, sys; print(json.dumps(sys.argv[1:]))' "$@"
"""


def put_in(folder: Path) -> None:
    """Make a folder in which `make` finds only the fake Python and the tools."""
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(FAKE_PYTHON, "utf-8")
    python.chmod(0o755)
    (folder / "tooling").symlink_to(REPOSITORY / "tooling")


def make(
    folder: Path, target: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a target of the project's Makefile in the folder, without an outer make's variables."""
    return subprocess.run(  # noqa: S603 - the project's own Makefile
        ["make", "-f", REPOSITORY / "Makefile", "-o", ".venv/.installed", target, *arguments],  # noqa: S607 - the user's own
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(environment or {})},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
