"""The steps of CI: one list for `.ci/run` and for the workflow on GitHub.

Run by any Python from 3.11 on, before an environment is made: the standard library alone.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TextIO

# A step's output comes at its end; until then a line shows this often that it runs.
SIGN_OF_LIFE_SECONDS = 60.0


@dataclass(frozen=True)
class Step:
    """A target of the Makefile.

    Attributes:
        target: its name.
        python: the Python that the workflow runs it on: the tools' oldest, or the functions'.
        minutes: the workflow's time limit.
    """

    target: str
    python: str = "3.13"
    minutes: int = 20


LINT = Step("lint")
SCAN = Step("scan")
TEST = Step("test")
FAULTS = Step("test-faults")
PERMISSIONS = Step("test-permissions")
DEMO = Step("demo")
# The parts of `lint` and `test` that depend on the Python version.
CHECK_ON_THE_FLOOR = Step("check", python="3.11")
# Only in the workflow: it needs the Terraform registry, which `.ci/run` does without.
NEXT_PROVIDER = Step("test-next-provider")

# The workflow runs each as a job.
JOBS = (LINT, CHECK_ON_THE_FLOOR, SCAN, TEST, FAULTS, PERMISSIONS, DEMO, NEXT_PROVIDER)

# `.ci/run` has two cores. It runs stage after stage, and the lanes of a stage side by side:
# permissions and the demo mostly wait. The tests and the faults use both cores and check deadlines,
# so each runs alone.
STAGES = (
    ((Step("setup"),),),
    ((LINT, SCAN), (PERMISSIONS, DEMO)),
    ((TEST,),),
    ((FAULTS,),),
)


@dataclass
class Run:
    """The finished steps and the running processes; `is_ending` once no other step may begin."""

    out: TextIO
    make: Sequence[str] = ("make",)
    finished: list[tuple[str, float, int]] = field(default_factory=list)
    processes: set["subprocess.Popen[str]"] = field(default_factory=set)
    is_ending: bool = False
    # A signal's handler needs it too, in a thread that may have it.
    lock: threading.RLock = field(default_factory=threading.RLock)

    def stage(self, lanes: Sequence[Sequence[Step]]) -> bool:
        """Run lanes side by side; return whether every step so far has succeeded.

        Raises the error that kept a step from running, such as an OSError without make.
        """
        with ThreadPoolExecutor(len(lanes)) as pool:
            working = [pool.submit(self.lane, lane) for lane in lanes]
            running = set(working)
            while running:
                # Not without a limit: a signal that comes just before a wait is handled after it.
                done, running = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
                if any(lane.exception() for lane in done):
                    self.end()
        for lane in working:
            lane.result()
        return not self.is_ending and all(code == 0 for _, _, code in self.finished)

    def lane(self, steps: Sequence[Step]) -> None:
        """Run steps one after the other, until one fails or the run is ending."""
        for step in steps:
            if self.is_ending or self.step(step.target) != 0:
                return

    def step(self, target: str) -> int:
        """Run a step, and print its whole output at its end, so that outputs don't mix."""
        began = time.monotonic()
        self.print(f"--- {target}: begins")
        # In one piece, so that `end` misses no process that has just begun.
        with self.lock:
            process = subprocess.Popen(  # noqa: S603 - make, and targets of this list
                [*self.make, target],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                # In a group of its own, so that its children end with it.
                start_new_session=True,
            )
            self.processes.add(process)
            if self.is_ending:
                os.killpg(process.pid, signal.SIGTERM)
        ended = threading.Event()
        threading.Thread(target=self.say_alive, args=(target, began, ended), daemon=True).start()
        said, _ = process.communicate()
        ended.set()
        seconds = time.monotonic() - began
        with self.lock:
            self.processes.discard(process)
            self.finished.append((target, seconds, process.returncode))
        self.print(f"--- {target}: exit code {process.returncode} after {seconds:.0f} s\n{said}")
        return process.returncode

    def say_alive(self, target: str, began: float, ended: threading.Event) -> None:
        """Print a line now and then while a step runs."""
        while not ended.wait(SIGN_OF_LIFE_SECONDS):
            self.print(f"    {target}: running for {time.monotonic() - began:.0f} s")

    def end(self) -> None:
        """End all running processes, and let no other begin."""
        with self.lock:
            self.is_ending = True
            for process in self.processes:
                with suppress(ProcessLookupError):  # ended by itself just now
                    os.killpg(process.pid, signal.SIGTERM)

    def print(self, text: str) -> None:
        """Print lines without those of another thread between them."""
        with self.lock:
            print(text, file=self.out, flush=True)


def table(finished: Sequence[tuple[str, float, int]], seconds: float) -> str:
    """The time of each step, and the total, which is less than the sum of steps side by side."""
    lines = [f"{'step':<20} {'time':>8}"]
    for target, took, code in finished:
        failed = f"  exit code {code}" if code else ""
        lines.append(f"{target:<20} {as_time(took):>8}{failed}")
    return "\n".join([*lines, f"{'in all':<20} {as_time(seconds):>8}"])


def as_time(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def matrix() -> str:
    """The jobs of the workflow, in the form of its matrix."""
    jobs = [{"target": s.target, "python": s.python, "minutes": s.minutes} for s in JOBS]
    return json.dumps({"include": jobs})


def run_all(run: Run, stages: Sequence[Sequence[Sequence[Step]]]) -> int:
    """Run stage after stage until one fails; print the table; return the exit code."""
    began = time.monotonic()
    try:
        succeeded = all(run.stage(lanes) for lanes in stages)
    finally:
        run.print("\n" + table(run.finished, time.monotonic() - began))
    return 0 if succeeded else 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run the steps, or print the workflow's matrix."""
    parser = argparse.ArgumentParser(prog="tooling/ci.py", description=__doc__)
    parser.add_argument("--matrix", action="store_true", help="print the jobs of the workflow")
    if parser.parse_args(argv).matrix:
        print(matrix())
        return 0
    run = Run(sys.stdout)
    # The steps have groups of their own, which would outlive this process.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: run.end())
    return run_all(run, STAGES)


if __name__ == "__main__":
    sys.exit(main())
