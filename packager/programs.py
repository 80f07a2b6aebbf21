"""Runs other programs; none of them outlives an interrupted build."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_running: set[subprocess.Popen[str]] = set()


def run_program(
    command: Sequence[str], environment: Mapping[str, str], standard_input: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; return its exit code and output."""
    with subprocess.Popen(  # noqa: S603 - our own programs and arguments, no shell
        list(command),
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    ) as program:
        _running.add(program)
        try:
            output, errors = program.communicate(standard_input)
        except BaseException:  # an interruption too: leaving the block would wait for the program
            program.terminate()
            raise
        finally:
            _running.discard(program)
    return subprocess.CompletedProcess(program.args, program.returncode, output, errors)


@contextmanager
def worker_pool(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Provide a pool of threads; after an error or an interruption, stop its programs."""
    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        yield pool
    except BaseException:  # an interruption too
        pool.shutdown(wait=False, cancel_futures=True)
        stop_programs()
        raise
    finally:
        pool.shutdown()


def stop_programs() -> None:
    """Stop the programs that still run, which ends their threads."""
    for program in list(_running):
        program.terminate()


def without_python_settings() -> dict[str, str]:
    """Return this environment without the variables that change how a Python works."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
