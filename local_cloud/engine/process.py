"""Starts, watches and ends the embedded AWS engine (ministack) as one process group."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local_cloud.engine import clients
from local_cloud.engine.mails import Mail, fetch_mails
from local_cloud.engine.settings import engine_environment
from tooling import paths, processes
from tooling.errors import ToolingError
from tooling.loopback import LOOPBACK, get
from tooling.polling import wait_until

# The hooks and the known gaps in docs/local-development.md are for exactly this version.
ENGINE_VERSION = "1.5.33"
# `make setup` makes its environment.
ENGINE_PYTHON = paths.REPOSITORY / ".venv-engine" / "bin" / "python"
START_DEADLINE_SECONDS = 60.0
_HOST_MODULE = "local_cloud.engine.host"
_READY_PATH = "/_ministack/health"


class Engine:
    """A running engine. Use it as a context manager: everything it started ends with the block.

    Args:
        state_dir: a folder for the log, the lock and all temporary files. `tmp` in it is emptied at
            the start and at the end; the log stays.
        extra_environment: further variables for the engine, such as `SFN_MOCK_CONFIG`.
        outlive_this_process: for `up`: the engine runs on when this process ends.
        inbox: also serve the mailbox page, at `inbox_url`.

    Raises (on entering):
        ToolingError: the environment is missing, another engine uses the folder, or the engine
            died or did not respond in time; the message holds the end of its log.
    """

    def __init__(
        self,
        state_dir: Path,
        extra_environment: Mapping[str, str] | None = None,
        *,
        outlive_this_process: bool = False,
        inbox: bool = False,
    ) -> None:
        self.state_dir = state_dir.resolve()
        self.log_file = self.state_dir / "engine.log"
        self.lock_file = self.state_dir / "engine.lock"
        self._extra_environment = dict(extra_environment or {})
        self._outlive = outlive_this_process
        self._with_inbox = inbox
        self._process: subprocess.Popen[bytes] | None = None
        self.endpoint_url = ""
        # Empty without a mailbox.
        self.inbox_url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the engine and wait until it responds."""
        python = ENGINE_PYTHON
        if not python.exists():
            raise ToolingError(f"the engine's environment {python} is missing: run `make setup`")
        self.check_folder_is_free()
        self._empty_temporary_folder()
        port, inbox_port = _free_ports(2)
        self.endpoint_url = f"http://{LOOPBACK}:{port}"
        if self._with_inbox:
            self.inbox_url = f"http://{LOOPBACK}:{inbox_port}"
        self._process = self._spawn(python, port, self._inbox_command(inbox_port))
        try:
            wait_until(
                self._is_ready,
                "the local AWS engine's first response",
                deadline_seconds=START_DEADLINE_SECONDS,
            )
        except BaseException as error:
            # Also at Ctrl-C while it starts.
            self.stop()
            if isinstance(error, ToolingError):
                raise ToolingError(f"{error}\n{self.describe_log()}") from error
            raise

    def stop(self) -> None:
        """End the engine and every function that it runs. A second call does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        processes.end_group(process.pid, lambda: process.poll() is not None)
        shutil.rmtree(self.state_dir / "tmp", ignore_errors=True)

    def check_folder_is_free(self) -> None:
        """Raise a ToolingError if another engine uses the folder."""
        holder = processes.lock_holder(self.lock_file)
        if holder is not None:
            raise ToolingError(
                f"an engine already runs in {self.state_dir} (process {holder}): it ends with the "
                "command that started it; wait for that command or interrupt it"
            )

    @property
    def process_id(self) -> int:
        """The id of the engine's process and of its process group."""
        if self._process is None:
            raise ToolingError("the engine is not running")
        return self._process.pid

    def check_alive(self) -> None:
        """Raise a ToolingError with the end of the log if the engine has died."""
        if self._process is not None and self._process.poll() is not None:
            raise ToolingError(
                f"the local AWS engine ended (exit code {self._process.returncode})\n"
                f"{self.describe_log()}"
            )

    def describe_log(self) -> str:
        """The path and the end of the engine's log."""
        return f"end of {self.log_file}:\n{processes.tail(self.log_file)}"

    def client(self, service: str) -> Any:  # noqa: ANN401 - its type depends on the service's name
        """A boto3 client of this engine, with dummy credentials."""
        return clients.make(service, self.endpoint_url)

    def mails(self) -> list[Mail]:
        """All mails that SES has accepted, oldest first."""
        return fetch_mails(self.endpoint_url)

    def _empty_temporary_folder(self) -> None:
        temporary = self.state_dir / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)

    def _inbox_command(self, port: int) -> list[str]:
        """A folder, and a command that the engine runs there beside itself."""
        if not self._with_inbox:
            return []
        module = ["-m", "local_cloud.inbox", str(port), self.endpoint_url]
        return [str(paths.REPOSITORY), sys.executable, *module]

    def _spawn(self, python: Path, port: int, inbox_command: list[str]) -> subprocess.Popen[bytes]:
        lifetime = "alone" if self._outlive else "with-parent"
        # -E, -s: ignore PYTHON* variables and the user's site-packages.
        command = [str(python), "-E", "-s", "-m", _HOST_MODULE]
        with self.log_file.open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - our own interpreter and script
                [*command, str(self.lock_file), ENGINE_VERSION, lifetime, *inbox_command],
                cwd=paths.REPOSITORY,
                env={
                    **engine_environment(port, self.state_dir),
                    **self._extra_environment,
                },
                stdin=subprocess.DEVNULL if self._outlive else subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # In a group of its own, so that Ctrl-C reaches only us, and we end the group.
                start_new_session=True,
            )

    def _is_ready(self) -> bool:
        self.check_alive()
        try:
            get(self.endpoint_url + _READY_PATH)
            if self.inbox_url:
                get(self.inbox_url)
        except ToolingError:
            return False
        return True


def _free_ports(count: int) -> list[int]:
    with ExitStack() as probes:
        # All held at once, so that no port comes twice.
        sockets = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in sockets:
            probe.bind((LOOPBACK, 0))
        return [int(probe.getsockname()[1]) for probe in sockets]
