"""Runs the terraform command: with its output read, or before a person."""

import json
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tooling import processes
from tooling.errors import ToolingError

NOT_IN_PATH = (
    "terraform is not in PATH: 1.11 or newer is required, "
    "https://developer.hashicorp.com/terraform/install"
)
TIME_LIMIT_SECONDS = 600.0
# Longer than most applies. Without it, a command that meets a locked state fails at once.
LOCK_MINUTES = 15
LOCK_TIMEOUT = f"-lock-timeout={LOCK_MINUTES}m"
# Where a program reads the output; it does not ask releases.hashicorp.com for a newer version.
UNATTENDED = {"TF_INPUT": "0", "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
_TAIL_LINES = 40
Report = Callable[[str], None]


@dataclass
class Result:
    """A finished command's exit code, standard output and standard error."""

    exit_code: int
    output: str
    complaints: str = ""


@dataclass
class ChangeLog:
    """Follows the JSON lines of `terraform apply -json` and `destroy -json`."""

    report: Report
    planned: int = 0
    done: int = 0
    errors: list[str] = field(default_factory=list)

    def read(self, line: str) -> None:
        """Read one line of output; ignore lines that are not a JSON event."""
        try:
            event = json.loads(line)
        except ValueError:
            return
        if isinstance(event, dict):
            self._read_event(event)

    def _read_event(self, event: dict[str, object]) -> None:
        match event:
            case {"type": "change_summary", "changes": dict(changes)}:
                self.planned = sum(
                    int(changes.get(name, 0)) for name in ("add", "change", "remove")
                )
            # Data sources have such events too, but don't count as resources.
            case {
                "type": "apply_complete",
                "hook": {"action": "create" | "delete" | "update", "resource": dict(resource)},
            }:
                self.done += 1
                self.report(f"{self.done} of {self.planned} resources, last {resource['addr']}")
            case {"type": "diagnostic", "diagnostic": dict(found)} if found["severity"] == "error":
                self.errors.append(_describe_diagnostic(found))
            case _:
                pass


def _describe_diagnostic(diagnostic: Mapping[str, object]) -> str:
    address = diagnostic.get("address")
    where = f" ({address})" if address else ""
    return f"{diagnostic.get('summary', '')}{where}\n{diagnostic.get('detail', '')}".strip()


class Terraform:
    """The terraform command in one folder with one environment."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        # A version manager's shim looks in the working folder for the version.
        self._command = ("terraform", f"-chdir={folder}")
        self._environment = dict(environment)

    def run(
        self,
        arguments: Sequence[str],
        *,
        allowed: Collection[int] | None = (0,),
        seconds: float = TIME_LIMIT_SECONDS,
    ) -> Result:
        """Run a command to its end and return what it wrote.

        Args:
            arguments: Its arguments.
            allowed: The exit codes that are no failure; None for all.
            seconds: How long it may take.

        Raises:
            ToolingError: terraform is missing, took too long, or ended with an exit code that
                is not in `allowed`; the message holds the end of its output.
        """
        lines: list[str] = []
        exit_code, complaints = self._stream(arguments, lines.append, seconds)
        output = "".join(lines)
        if allowed is not None and exit_code not in allowed:
            raise _failure(arguments, exit_code, output + complaints)
        return Result(exit_code, output, complaints)

    def show(
        self, arguments: Sequence[str], *, last: bool = False, allowed: Collection[int] = (0,)
    ) -> int:
        """Run a command that speaks to the terminal itself, and return its exit code.

        Args:
            arguments: Its arguments.
            last: Whether nothing follows that a person could want to stop: an interruption counts
                only if terraform did not finish its work.
            allowed: The exit codes that are no failure.

        Raises:
            ToolingError: terraform is missing, or failed and has said why.
            KeyboardInterrupt: It was interrupted, and has ended.
        """
        with processes.Interruptions() as interruptions:
            try:
                process = subprocess.Popen([*self._command, *arguments], env=self._environment)  # noqa: S603 - our own arguments
            except FileNotFoundError as error:
                raise ToolingError(NOT_IN_PATH) from error
            interruptions.leave_to(process)
            exit_code = process.wait()
        if interruptions.received and not (last and exit_code == 0):
            raise KeyboardInterrupt
        if exit_code not in allowed:
            raise ToolingError(f"terraform {arguments[0]} failed: it says why above")
        return exit_code

    def change(self, arguments: Sequence[str], report: Report) -> None:
        """Run `apply` or `destroy` with `-json`, and call `report` with its progress.

        Raises:
            ToolingError: as in `run`; the message holds terraform's errors.
        """
        changes = ChangeLog(report)
        recent: deque[str] = deque(maxlen=_TAIL_LINES)

        def read(line: str) -> None:
            recent.append(line)
            changes.read(line)

        exit_code, complaints = self._stream([*arguments, "-json"], read, TIME_LIMIT_SECONDS)
        if exit_code != 0:
            said = "\n".join(changes.errors) or "".join(recent) + complaints
            raise _failure(arguments, exit_code, said)

    def _stream(
        self, arguments: Sequence[str], read: Callable[[str], None], seconds: float
    ) -> tuple[int, str]:
        """Call `read` with each line of standard output; return exit code and standard error."""
        # In a file: a pipe that is not read meanwhile could fill up.
        with tempfile.TemporaryFile() as complaints:
            process = self._start(arguments, complaints)
            with _time_limit(process, arguments[0], seconds):
                for line in process.stdout or ():
                    read(line)
                exit_code = process.wait()
            complaints.seek(0)
            return exit_code, complaints.read().decode("utf-8", errors="replace")

    def _start(self, arguments: Sequence[str], complaints: IO[bytes]) -> subprocess.Popen[str]:
        try:
            return subprocess.Popen(  # noqa: S603 - a fixed command with our own arguments
                [*self._command, *arguments],
                env={**self._environment, **UNATTENDED},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                encoding="utf-8",
                errors="replace",
                # In a group of its own: Ctrl-C reaches only us, and we end terraform and providers.
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise ToolingError(NOT_IN_PATH) from error


@contextmanager
def _time_limit(process: subprocess.Popen[str], command: str, seconds: float) -> Iterator[None]:
    """End the process group when it takes too long, and always when the block ends."""
    too_late = threading.Event()

    def end() -> None:
        processes.end_group(process.pid, lambda: process.poll() is not None)

    def stop() -> None:
        too_late.set()
        end()

    alarm = threading.Timer(seconds, stop)
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()
        end()
        if process.stdout is not None:
            process.stdout.close()
    if too_late.is_set():
        raise ToolingError(f"terraform {command} did not finish within {seconds:g} s")


def _failure(arguments: Sequence[str], exit_code: int, output: str) -> ToolingError:
    last = "\n".join(output.splitlines()[-_TAIL_LINES:])
    return ToolingError(f"terraform {arguments[0]} failed (exit code {exit_code}):\n{last}")
