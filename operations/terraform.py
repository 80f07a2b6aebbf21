"""Runs terraform for one environment: before a person, or to read what it writes."""

import os
import signal
import subprocess
from collections.abc import Sequence
from types import FrameType
from typing import Self

from operations.environments import Environment
from operations.errors import OperationsError

READ_SECONDS = 120
NOT_IN_PATH = (
    "terraform is not in PATH: 1.11 or newer is required, "
    "https://developer.hashicorp.com/terraform/install"
)


class TerraformCommand:
    """The terraform command, in the folder of the root module, for one environment."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def show(self, arguments: Sequence[str], *, last: bool = False) -> None:
        """Run a command that speaks to the terminal itself, for as long as it takes.

        Args:
            arguments: Its arguments.
            last: Whether nothing follows that a person could want to stop: an interruption counts
                only if terraform did not finish its work.

        Raises:
            OperationsError: terraform failed, and has said why.
            KeyboardInterrupt: It was interrupted, and has ended.
        """
        with _Interruptions() as interruptions:
            try:
                process = subprocess.Popen(self._command(arguments), env=self._variables())  # noqa: S603 - our own arguments
            except FileNotFoundError as error:
                raise OperationsError(NOT_IN_PATH) from error
            interruptions.leave_to(process)
            exit_code = process.wait()
        if interruptions.received and not (last and exit_code == 0):
            raise KeyboardInterrupt
        if exit_code != 0:
            raise OperationsError(f"terraform {arguments[0]} failed: it says why above")

    def read(self, arguments: Sequence[str]) -> str:
        """Run a command to its end and return what it wrote.

        Raises:
            OperationsError: terraform is missing, failed, or took too long.
        """
        name = " ".join(argument for argument in arguments[:2] if not argument.startswith("-"))
        try:
            finished = subprocess.run(  # noqa: S603 - our own arguments
                self._command(arguments),
                env=self._variables(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                timeout=READ_SECONDS,
                check=False,
            )
        except FileNotFoundError as error:
            raise OperationsError(NOT_IN_PATH) from error
        except subprocess.TimeoutExpired as error:
            raise OperationsError(
                f"terraform {name} did not answer within {READ_SECONDS} s"
            ) from error
        if finished.returncode != 0:
            raise OperationsError(
                f"terraform {name} failed for {self.environment}: {finished.stderr.strip()}"
            )
        return finished.stdout

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return ["terraform", f"-chdir={self.environment.source}", *arguments]

    def _variables(self) -> dict[str, str]:
        return self.environment.process_environment(os.environ)


class _Interruptions:
    """While terraform runs, Ctrl-C reaches it alone: killed, it would leave a lock and no state.

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
