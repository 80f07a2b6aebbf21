"""The steps of CI: in order, side by side, and none of them lost."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tooling.ci import JOBS, STAGES, Run, Step, matrix, run_all, table
from tooling.paths import REPOSITORY

FAKE_MAKE = """\
import pathlib, sys, time
target = sys.argv[1]
with open("begun", "a") as begun:
    begun.write(target + "\\n")
if target.startswith("meet-"):
    # Ends only where the other runs at the same time.
    other = pathlib.Path({"meet-a": "meet-b", "meet-b": "meet-a"}[target])
    pathlib.Path(target).touch()
    deadline = time.monotonic() + 30
    while not other.exists():
        if time.monotonic() > deadline:
            sys.exit(9)
        time.sleep(0.01)
print("said by", target)
sys.exit(3 if target.startswith("fail") else 0)
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    make = tmp_path / "make.py"
    make.write_text(FAKE_MAKE, encoding="utf-8")
    return Run(io.StringIO(), (sys.executable, str(make)))


def lanes(*names: str) -> tuple[tuple[Step, ...], ...]:
    return tuple((Step(name),) for name in names)


@pytest.fixture
def begun(tmp_path: Path) -> Callable[[], list[str]]:
    return lambda: (tmp_path / "begun").read_text(encoding="utf-8").split()


def test_stages_come_one_after_the_other(run: Run, begun: Callable[[], list[str]]) -> None:
    assert run_all(run, (lanes("one"), lanes("two"), lanes("three"))) == 0
    assert begun() == ["one", "two", "three"]


def test_lanes_of_a_stage_run_side_by_side(run: Run) -> None:
    assert run_all(run, (lanes("meet-a", "meet-b"),)) == 0


def test_a_failure_ends_its_lane_and_the_stages_after_it(
    run: Run, begun: Callable[[], list[str]]
) -> None:
    stages = (((Step("fail"), Step("never")), (Step("other"),)), lanes("later"))
    assert run_all(run, stages) == 1
    assert sorted(begun()) == ["fail", "other"]


def test_a_step_that_cannot_run_is_no_success(run: Run) -> None:
    run.make = (str(REPOSITORY / "no-such-make"),)
    with pytest.raises(FileNotFoundError, match="no-such-make"):
        run_all(run, (lanes("one"), lanes("two")))


def test_a_step_after_one_that_cannot_be_printed_is_not_left_out(run: Run) -> None:
    run.out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    with pytest.raises(UnicodeEncodeError):
        run_all(run, (((Step("gr\u00fcn"), Step("never")),),))


def test_what_a_step_said_stands_together_and_the_table_is_last(run: Run) -> None:
    run_all(run, (lanes("one", "fail"),))
    printed = run.out.getvalue() if isinstance(run.out, io.StringIO) else ""
    for target, code in (("one", 0), ("fail", 3)):
        ended = rf"--- {target}: exit code {code} after \d+ s\nsaid by {target}\n"
        assert re.search(ended, printed)
    assert printed.rstrip().splitlines()[-1].startswith("in all")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_at_work_ends_with_the_run(tmp_path: Path, number: signal.Signals) -> None:
    make = tmp_path / "make"
    make.write_text("#!/bin/sh\necho $$ >>pids\nexec sleep 600\n", "utf-8")
    make.chmod(0o755)
    program = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, REPOSITORY / "tooling" / "ci.py"],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    pids = tmp_path / "pids"
    try:
        # At once after the step's beginning, when the run may not wait for it yet.
        while not (pids.exists() and pids.read_text("utf-8").endswith("\n")):
            assert program.poll() is None
        program.send_signal(number)
        said, _ = program.communicate(timeout=30)
    finally:
        program.kill()
    assert program.returncode == 1
    assert "--- setup: exit code -15" in said
    with pytest.raises(ProcessLookupError):
        os.kill(int(pids.read_text("utf-8")), 0)


def test_the_table_names_times_and_failures() -> None:
    shown = table([("lint", 61.9, 0), ("test", 600, 2)], 605)
    assert [line.split() for line in shown.splitlines()] == [
        ["step", "time"],
        ["lint", "1:01"],
        ["test", "10:00", "exit", "code", "2"],
        ["in", "all", "10:05"],
    ]


def test_the_workflow_runs_each_step_of_the_local_run() -> None:
    jobs = json.loads(matrix())["include"]
    targets = {job["target"] for job in jobs}
    local = {step.target for stage in STAGES for lane in stage for step in lane}
    assert local - {"setup"} == targets - {"check", "test-next-provider"}
    assert all(job["minutes"] <= 20 for job in jobs)


def test_each_step_is_a_target_of_the_makefile() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for step in JOBS:
        assert re.search(rf"^{step.target}:", makefile, re.MULTILINE), step.target
