"""Process groups: starting nothing here, but ending everything that the engine started."""

import contextlib
import fcntl
import os
import signal
import time
from pathlib import Path

from local_cloud.errors import LocalCloudError
from local_cloud.polling import wait_until

_GRACE_SECONDS = 5.0
_KILL_SECONDS = 5.0


def lock_holder(lock_file: Path) -> int | None:
    """The process id of the running engine that holds `lock_file`, or None.

    A file that nobody holds is stale, whatever id it names.
    """
    try:
        with lock_file.open("r+", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return _read_process_id(lock_file, file.read())
            return None
    except FileNotFoundError:
        return None


def _read_process_id(lock_file: Path, text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) <= 1:
        raise LocalCloudError(f"{lock_file} is locked but names no process: {text[:40]!r}")
    return int(text)


def end_group(group: int) -> None:
    """End every process of a group: first asked, then killed; returns when none is left.

    Raises:
        LocalCloudError: something is left even so.
    """
    if not _signal_group(group, signal.SIGTERM):
        return
    if _group_is_gone(group, _GRACE_SECONDS):
        return
    _signal_group(group, signal.SIGKILL)
    wait_until(
        lambda: not _signal_group(group, 0),
        f"end of process group {group}",
        deadline_seconds=_KILL_SECONDS,
    )


def _group_is_gone(group: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _signal_group(group, 0):
            return True
        time.sleep(0.02)
    return False


def _signal_group(group: int, number: int) -> bool:
    """Send a signal to the group and say whether it still has a living process.

    The engine is our child: an ended one stays a zombie until it is collected, and a zombie still
    counts as a member of its group.
    """
    with contextlib.suppress(ChildProcessError):
        os.waitpid(-group, os.WNOHANG)
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        # macOS says so of a group in which only zombies are left.
        return False
    return True


def tail(path: Path, lines: int = 25) -> str:
    """The last lines of a text file, or a remark that there are none."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return "(no log was written)"
    return "\n".join(text.splitlines()[-lines:]) or "(the log is empty)"
