"""Finds and ends processes, and leaves interruptions to them."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Self

from tooling.errors import ToolingError
from tooling.polling import wait_until

_GRACE_SECONDS = 3.0
_KILL_SECONDS = 5.0


def lock_holder(lock_file: Path) -> int | None:
    """The id of the running engine that has locked `lock_file`, or None.

    A file that is not locked is stale, no matter which id is in it.
    """
    try:
        with lock_file.open("r+", encoding="ascii", errors="replace") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return _read_process_id(lock_file, file.read())
            return None
    except FileNotFoundError:
        return None


def _read_process_id(lock_file: Path, text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) <= 1:
        raise ToolingError(f"{lock_file} is locked but names no process: {text[:40]!r}")
    return int(text)


@contextmanager
def only_one(lock_file: Path, command: str) -> Iterator[None]:
    """Lock `lock_file` while the block runs, so that a second `command` is refused.

    The kernel drops the lock when this process ends for any reason.

    Raises:
        ToolingError: another process runs the command.
    """
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ToolingError(
                f"another `{command}` is running (process {file.read()}): "
                "wait until it has finished, or interrupt it with Ctrl-C"
            ) from None
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def end_group(group: int, is_over: Callable[[], bool]) -> None:
    """End every process of a group, first with SIGTERM, then with SIGKILL.

    Args:
        group: the id of the group and of its leader.
        is_over: returns whether the leader has ended. The group itself can't say: in many
            containers ended processes are never collected, and stay its members for ever.

    Raises:
        ToolingError: the leader has still not ended.
    """
    _signal_group(group, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE_SECONDS
    while not is_over() and time.monotonic() < deadline:
        time.sleep(0.02)
    # Also the processes that the leader left behind.
    _signal_group(group, signal.SIGKILL)
    wait_until(is_over, f"the end of process {group}", deadline_seconds=_KILL_SECONDS)


def _signal_group(group: int, number: int) -> None:
    # macOS raises PermissionError for a group of which only ended processes are left.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def tail(path: Path, lines: int = 25) -> str:
    """The last lines of a text file, or a note that there are none."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return "(no log was written)"
    return "\n".join(text.splitlines()[-lines:]) or "(the log is empty)"


class Interruptions:
    """While a process runs, Ctrl-C reaches it alone: a killed terraform leaves a lock and no state.

    The terminal sends SIGINT to both; SIGTERM comes to this process only and is passed on.
    """

    def __init__(self) -> None:
        self.received: list[int] = []
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._former = {
            number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def leave_to(self, process: subprocess.Popen[bytes]) -> None:
        """Pass SIGTERM on to this process, also one that came before it was known."""
        self._process = process
        if signal.SIGTERM in self.received:
            process.terminate()

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.received.append(number)
        if number == signal.SIGTERM and self._process is not None:
            self._process.terminate()
