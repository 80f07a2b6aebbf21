"""Runs a scanner in its own environment, without the caller's AWS settings."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tooling.paths import REPOSITORY

BIN = REPOSITORY / ".venv-scan" / "bin"
TIME_LIMIT_SECONDS = 300

# Settings that would make a scanner send data to its maker or read a user's configuration.
_FOREIGN = ("AWS_", "BC_", "CKV_", "CHECKOV_", "PRISMA_", "PIP_AUDIT_", "ZIZMOR_", "GH_")


class ScanError(Exception):
    """A scanner failed; the message says why."""


def run(
    command: Sequence[str | Path],
    *,
    folder: Path = REPOSITORY,
    settings: Mapping[str, str] | None = None,
    is_module: bool = True,
    time_limit_seconds: int = TIME_LIMIT_SECONDS,
) -> subprocess.CompletedProcess[str]:
    """Run a module of `.venv-scan`, the first part of `command`; return its output and exit code.

    With `is_module` false it is a program that is not written in Python.

    Raises:
        ScanError: the program is missing, or did not end in time.
    """
    program, *arguments = command
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)
    }
    start = [BIN / "python", "-m", str(program)] if is_module else [BIN / program]
    try:
        return subprocess.run(  # noqa: S603 - a scanner of ours, no shell
            [*start, *arguments],
            cwd=folder,
            env={**environment, **(settings or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=time_limit_seconds,
            check=False,
        )
    except FileNotFoundError as error:
        raise ScanError(
            "the scanners' environment .venv-scan is missing: run `make scan`"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ScanError(f"{program} did not end within {time_limit_seconds} s") from error


def tracked_files(folder: Path = REPOSITORY) -> list[str]:
    """The files of a git repository that are, or would be, committed, relative to `folder`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 - the developer's own git
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    names = sorted(set(listed.stdout.split("\0")) - {""})
    return [name for name in names if (folder / name).is_file()]


def last_words(done: subprocess.CompletedProcess[str], lines: int = 15) -> str:
    """The end of a program's output, for a message."""
    return "\n".join((done.stdout + done.stderr).strip().splitlines()[-lines:])
