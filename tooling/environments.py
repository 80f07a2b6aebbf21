"""Makes a virtual environment from a lock, and again if it differs from its stamp.

Usage, also before the packages and a supported Python are there:

    python3 -I -S tooling/environments.py [--check | --with-this-python] FOLDER LOCK

`--check` only checks. `--with-this-python` also replaces an environment of another Python. The
syntax is Python 3.7's, so that an old Python reports that it is too old, not a SyntaxError.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NEEDED_PYTHON = (3, 11)
STAMP = ".installed"
_REPOSITORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_LOCKS = os.path.join(".local", "locks")


class StepFailedError(Exception):
    """A program that makes an environment failed, after printing why."""


def problem(folder: str, lock: str, python: str | None = None) -> str | None:
    """Why an environment has to be made again, as text, or None.

    Args:
        folder: the environment.
        lock: the file of requirements for it.
        python: the interpreter that it must have, or None for any.
    """
    try:
        with open(os.path.join(folder, STAMP), encoding="utf-8") as file:
            stamp: dict[str, Any] = json.load(file)
        return _difference(stamp, folder, lock, python)
    except FileNotFoundError:
        return "it is not complete" if os.path.isdir(folder) else "it does not exist"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Such as the empty stamp of an older version of this project.
        return "its stamp can't be read"


def _difference(stamp: dict[str, Any], folder: str, lock: str, python: str | None) -> str | None:
    if stamp["lock"] != _digest(lock):
        return f"{lock} has changed"
    if stamp["folder"] != os.path.realpath(folder):
        return f"it was made as {stamp['folder']}"
    if _interpreter(folder) != stamp["interpreter"]:
        return f"its Python {stamp['interpreter']['path']} is gone or has changed"
    if python is not None and os.path.realpath(python) != stamp["interpreter"]["path"]:
        return f"it has the Python {stamp['interpreter']['path']}"
    missing = next((name for name in stamp["content"] if not _is_filled(folder, name)), None)
    return f"{missing} is missing in it" if missing else None


def _digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _interpreter(folder: str) -> dict[str, Any] | None:
    """What identifies the interpreter without starting it; None if it is gone.

    An upgrade in place, such as a distribution's, changes the file.
    """
    paths = {os.path.realpath(os.path.join(folder, "bin", name)) for name in ("python", "python3")}
    try:
        (path,) = paths
        found = os.stat(path)
    except (ValueError, OSError):
        return None
    return {"path": path, "size": found.st_size, "changed": found.st_mtime_ns}


def _is_filled(folder: str, name: str) -> bool:
    """Whether it is a file or a folder that is not empty."""
    path = os.path.join(folder, name)
    try:
        with os.scandir(path) as entries:
            return next(entries, None) is not None
    except NotADirectoryError:
        return True
    except OSError:
        return False


def _content(folder: str) -> list[str]:
    """The programs, the packages, each one's RECORD, and the files by which Python finds them."""
    (library,) = (
        os.path.join(name, "site-packages")
        for name in (os.path.join("lib", found) for found in os.listdir(folder + "/lib"))
        if name.startswith("lib/python")
    )
    found = ["pyvenv.cfg"]
    for part in ("bin", library):
        for name in sorted(os.listdir(os.path.join(folder, part))):
            path = os.path.join(part, name)
            if name != "__pycache__" and _is_filled(folder, path):
                record = os.path.join(path, "RECORD")
                is_package = os.path.exists(os.path.join(folder, record))
                found.append(record if is_package else path)
    return found


@contextmanager
def alone(name: str) -> Iterator[int]:
    """Hold a lock of this name while the block runs; wait while another process holds it.

    Yields the lock's descriptor: a process that inherits it holds the lock too.
    """
    os.makedirs(_LOCKS, exist_ok=True)
    descriptor = os.open(os.path.join(_LOCKS, name), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say(f"Waiting for another command that makes {name}")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def make(folder: str, lock: str, python: str, wanted: str | None) -> None:
    """Make the environment.

    The stamp comes last, so that a broken environment is made again. A lock is complete, so nothing
    is resolved (`--no-deps`): pip before 23.3, which Python 3.11 brings, ignores a pin for
    `package[extra]` as soon as there is a newer version, and fails on its hash.

    Raises:
        StepFailedError: a step failed, and has printed why.
    """
    import subprocess  # noqa: PLC0415 - 10 ms that the check does not need

    pip = [os.path.join(folder, "bin", "python"), "-I", "-m", "pip"]
    with alone(os.path.basename(folder)) as lock_descriptor:
        # Another command may have made it in the meantime.
        reason = problem(folder, lock, wanted)
        if reason is None:
            return
        _say(f"Installing {lock} into {folder}: {reason}")
        digest = _digest(lock)
        with suppress(FileNotFoundError):
            os.remove(os.path.join(folder, STAMP))
        for command in (
            [python, "-I", "-m", "venv", "--clear", folder],
            [*pip, "install", "--quiet", "--require-hashes", "--no-deps", "--requirement", lock],
            [*pip, "check", "--quiet"],
        ):
            # If make is killed, the step that runs on still holds the lock.
            inherited = [lock_descriptor]
            done = subprocess.run(command, check=False, pass_fds=inherited)  # noqa: S603 - our own
            if done.returncode != 0:
                raise StepFailedError
        _write_stamp(folder, digest)


def _write_stamp(folder: str, digest: str) -> None:
    stamp = {
        "lock": digest,
        "folder": os.path.realpath(folder),
        "interpreter": _interpreter(folder),
        "python": sys.version,
        "content": _content(folder),
    }
    partial = os.path.join(folder, STAMP + ".partial")
    with open(partial, "w", encoding="utf-8") as file:
        json.dump(stamp, file, indent=1)
    os.replace(partial, os.path.join(folder, STAMP))


def main(arguments: Sequence[str]) -> int:
    """Make the environment if it has to be made; return the exit code."""
    *options, folder, lock = arguments
    # In an environment, the Python that it was made from.
    python: str = getattr(sys, "_base_executable", None) or sys.executable
    wanted = python if "--with-this-python" in options else None
    if problem(folder, lock, wanted) is None:
        return 0
    if "--check" in options:
        return 1
    if sys.version_info < NEEDED_PYTHON:
        found = sys.version.split()[0]
        _say(f"Python 3.11 or newer is needed, this is {found}: call make PYTHON=/path/to/python3")
        return 1
    sys.path.insert(0, _REPOSITORY)
    from tooling import clean_environment  # noqa: PLC0415 - found from here on

    environment = clean_environment.clean("setup", os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        make(folder, lock, python, wanted)
    except StepFailedError:
        return 1
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
