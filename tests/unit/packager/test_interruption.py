"""Concurrent builds, interrupted builds, and advice that fits the cause."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import build
from packager.output import locked
from packager.programs import run_program, stop_programs
from tests.unit.packager.project import snapshot, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from packager.locks import Pin
    from packager.targets import Target
    from packager.tools import Wheel

PROJECT = Path(build.__file__).parent
# Builds the project in sys.argv[1] with wheels that do not come before the build is ended; the
# program that should bring them makes the file sys.argv[2]. Signals as on a terminal, whatever
# the tests were started by: a shell's background ignores SIGINT, nohup SIGHUP.
HANGING_BUILD = """
import signal, sys, pathlib
import build
from packager.programs import run_program, worker_pool
signal.signal(signal.SIGINT, signal.default_int_handler)
if "nohup" not in sys.argv:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
command = [sys.executable, "-c", "import sys, time; open(sys.argv[1], 'w'); time.sleep(45)"]
def wheels(pins, target, scratch):
    with worker_pool(2) as pool:
        list(pool.map(lambda name: run_program([*command, name], {}), [sys.argv[2]]))
sys.exit(build.main([], root=pathlib.Path(sys.argv[1]), wheels=wheels))
"""
QUICK_BUILD = """
import sys, pathlib
import build
from tests.unit.packager.project import FakeWheels
sys.exit(build.main(["--target", "arm64"], root=pathlib.Path(sys.argv[1]), wheels=FakeWheels()))
"""


@pytest.fixture
def hanging_build(root: Path, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    def start(*prefix: str) -> subprocess.Popen[str]:
        begun = tmp_path / "begun"
        program = subprocess.Popen(  # noqa: S603 - our own code
            [*prefix, sys.executable, "-c", HANGING_BUILD, str(root), str(begun), *prefix],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        while not begun.exists():
            assert program.poll() is None
            time.sleep(0.01)
        return program

    return start


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_ended_build_leaves_nothing(
    root: Path, hanging_build: Callable[..., subprocess.Popen[str]], number: signal.Signals
) -> None:
    program = hanging_build()
    program.send_signal(number)
    _out, err = program.communicate(timeout=30)
    assert program.returncode == 128 + number
    assert f"error: interrupted by {number.name}; nothing is half-written in" in err
    assert sorted(path.name for path in root.iterdir()) == ["lambdas", "layers"]


def test_signal_that_is_ignored_stays_so(
    root: Path, hanging_build: Callable[..., subprocess.Popen[str]]
) -> None:
    program = hanging_build("nohup")
    program.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        program.communicate(timeout=0.5)
    program.terminate()
    program.communicate(timeout=30)
    assert program.returncode == 128 + signal.SIGTERM
    assert sorted(path.name for path in root.iterdir()) == ["lambdas", "layers"]


def test_what_a_killed_build_left_is_removed_by_the_next(
    root: Path, run: Callable[..., str], hanging_build: Callable[..., subprocess.Popen[str]]
) -> None:
    foreign = [".build-backup12", ".build-staging-mine", "build-staging-abcd1234"]
    for name in foreign:
        write(root / name / "precious", b"mine")
    program = hanging_build()
    program.kill()
    program.communicate(timeout=30)
    (left,) = root.glob(".build-staging-????????")
    assert (left / "output").is_dir()
    run()
    assert sorted(path.name for path in root.iterdir()) == sorted(
        [*foreign, "build", "lambdas", "layers"]
    )


def test_last_build_is_put_back_after_a_kill_between_the_two_renames(
    root: Path, run: Callable[..., str]
) -> None:
    run()
    before = snapshot(root / "build")
    (root / ".build-staging-abcd1234").mkdir()
    (root / "build").rename(root / ".build-staging-abcd1234" / "previous")
    assert "Nothing changed" in run()
    assert snapshot(root / "build") == before


def test_second_build_waits_and_says_so(root: Path) -> None:
    with locked(root / "build", lambda _step: None):
        program = subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-c", QUICK_BUILD, str(root)],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert program.stdout
        assert program.stdout.readline() == f"waiting for another build into {root / 'build'}\n"
        assert not (root / "build").exists()
    program.communicate(timeout=30)
    assert program.returncode == 0
    assert sorted(path.name for path in root.iterdir()) == ["build", "lambdas", "layers"]


def test_builds_at_once_make_one_result(root: Path) -> None:
    programs = [
        subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-c", QUICK_BUILD, str(root)], cwd=PROJECT, stdout=subprocess.DEVNULL
        )
        for _ in range(3)
    ]
    assert [program.wait(60) for program in programs] == [0, 0, 0]
    assert sorted(path.name for path in root.iterdir()) == ["build", "lambdas", "layers"]


def test_lock_is_taken_again_where_the_build_before_removed_its_file(tmp_path: Path) -> None:
    output, steps, order = tmp_path / "build", list[str](), list[str]()

    def work(name: str) -> None:
        with locked(output, steps.append):
            order.append(f"{name} begins")
            time.sleep(0.05)
            order.append(f"{name} ends")

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for begins, ends in zip(order[::2], order[1::2], strict=True):
        assert ends == begins.replace("begins", "ends")
    assert steps == [f"waiting for another build into {output}"] * 2
    assert list(tmp_path.iterdir()) == []


def test_unchanged_build_needs_no_right_to_write(
    run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_arguments: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    run()
    monkeypatch.setattr(os, "open", refuse)
    assert "Nothing changed" in run()


def test_programs_are_stopped_with_the_build() -> None:
    ended = []

    def work() -> None:
        command = [sys.executable, "-c", "import time; time.sleep(600)"]
        ended.append(run_program(command, {}).returncode)

    thread = threading.Thread(target=work)
    thread.start()
    while thread.is_alive():
        stop_programs()
        thread.join(0.05)
    assert ended == [-signal.SIGTERM]


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "free some space on that disk"),
        (errno.EDQUOT, "free some space, your quota on that disk is used up"),
        (errno.EROFS, "that file system is read-only: choose another --output"),
        (errno.EACCES, "correct the permissions there, or choose another --output"),
        (errno.EMFILE, "allow more open files (`ulimit -n`)"),
        (errno.EIO, ""),
    ],
)
def test_advice_fits_the_cause(
    root: Path, capsys: pytest.CaptureFixture[str], number: int, advice: str
) -> None:
    def refuse(pins: Sequence[Pin], target: Target, scratch: Path) -> Mapping[Pin, Wheel]:
        assert pins
        assert target
        raise OSError(number, os.strerror(number), str(scratch))

    assert build.main(["--target", "host"], root=root, wheels=refuse) == 1
    error = capsys.readouterr().err
    assert os.strerror(number) in error
    assert error.endswith(f"{f'; {advice}' if advice else ''} ({root / 'build'} is as it was)\n")
