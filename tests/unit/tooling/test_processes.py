import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tooling.errors import ToolingError
from tooling.polling import wait_until
from tooling.processes import end_group, lock_holder, only_one, tail

HOLD_LOCK = """
import fcntl, os, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
file.write(sys.argv[2] or str(os.getpid()))
file.flush()
print("locked", flush=True)
time.sleep(60)
"""
# A leader that starts a child, as the engine starts functions, and ignores SIGTERM.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""

Started = subprocess.Popen[str]


class Starter:
    def __init__(self) -> None:
        self.processes: list[Started] = []

    def __call__(self, script: str, *arguments: str) -> Started:
        process = subprocess.Popen(  # noqa: S603 - the scripts above
            [sys.executable, "-c", script, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.processes.append(process)
        return process


def first_line(process: Started) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def start() -> Iterator[Starter]:
    starter = Starter()
    yield starter
    for process in starter.processes:
        process.kill()
        process.communicate()


def is_alive(process_id: int) -> bool:
    state = Path(f"/proc/{process_id}/stat")
    return state.exists() and state.read_text(encoding="ascii").split(") ")[1][0] != "Z"


def test_no_file_is_held_by_nobody(tmp_path: Path) -> None:
    assert lock_holder(tmp_path / "engine.lock") is None


def test_stale_file_is_held_by_nobody_even_if_its_process_lives(
    tmp_path: Path, start: Starter
) -> None:
    stranger = start("import time; time.sleep(60)")
    file = tmp_path / "engine.lock"
    file.write_text(str(stranger.pid), encoding="ascii")

    assert lock_holder(file) is None
    assert stranger.poll() is None


def test_holder_of_the_lock_is_found_until_it_ends(tmp_path: Path, start: Starter) -> None:
    file = tmp_path / "engine.lock"
    holder = start(HOLD_LOCK, str(file), "")
    assert first_line(holder) == "locked"

    assert lock_holder(file) == holder.pid
    end_group(holder.pid, lambda: holder.poll() is not None)
    assert lock_holder(file) is None


@pytest.mark.parametrize("text", ["x", "0", "1", "-5", "²"])
def test_locked_file_that_names_no_process_is_an_error(
    tmp_path: Path, start: Starter, text: str
) -> None:
    file = tmp_path / "engine.lock"
    assert first_line(start(HOLD_LOCK, str(file), text)) == "locked"

    with pytest.raises(ToolingError, match="names no process"):
        lock_holder(file)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to see the child")
def test_ending_a_group_ends_children_and_whoever_ignores_the_request(
    monkeypatch: pytest.MonkeyPatch, start: Starter
) -> None:
    monkeypatch.setattr("tooling.processes._GRACE_SECONDS", 0.1)
    leader = start(STUBBORN)
    child = int(first_line(leader))
    assert is_alive(child)

    end_group(leader.pid, lambda: leader.poll() is not None)

    assert leader.poll() is not None
    wait_until(lambda: not is_alive(child), "end of the child", deadline_seconds=5)


def test_ending_what_has_ended_is_harmless(start: Starter) -> None:
    process = start("pass")
    process.wait(timeout=10)

    end_group(process.pid, lambda: process.poll() is not None)


def test_tail_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert tail(log) == "(no log was written)"
    log.write_bytes(b"")
    assert tail(log) == "(the log is empty)"
    log.write_bytes(b"1\n2\n\xff3\n")
    assert tail(log, lines=2) == "2\n\ufffd3"


def test_second_command_is_refused_and_names_the_first(tmp_path: Path, start: Starter) -> None:
    lock_file = tmp_path / "command.lock"
    first = start(HOLD_LOCK, str(lock_file), "")
    assert first_line(first) == "locked"

    with (
        pytest.raises(ToolingError, match=rf"another `make x` .+ \(process {first.pid}\)"),
        only_one(lock_file, "make x"),
    ):
        pytest.fail("ran beside the first")


def test_command_runs_again_once_the_first_has_ended(tmp_path: Path) -> None:
    lock_file = tmp_path / "new" / "command.lock"
    for _ in range(2):
        with only_one(lock_file, "make x"):
            assert lock_holder(lock_file) == os.getpid()
        assert lock_holder(lock_file) is None
