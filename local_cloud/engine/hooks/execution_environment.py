"""One execution environment: a process that runs a function's zip with AWS's runtime client."""

import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local_cloud.engine.hooks.function import Function
from local_cloud.engine.hooks.runtime_api import Invocation, Outcome, RuntimeApi, error_payload

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
INIT_SECONDS = 10.0
_LOOK_EVERY_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Result:
    """The result of an invocation.

    Attributes:
        payload: the response, or an object with errorType and errorMessage; JSON.
        is_error: which of the two it is.
        log: the function's output meanwhile.
    """

    payload: bytes
    is_error: bool
    log: str


class ExecutionEnvironment:
    """A process, started at once, that takes one invocation at a time.

    Args:
        function: runs in it.
        task_root: the folder with the function's zip, unpacked.
        variables: returns all environment variables, given the address of the Runtime API.
        note: the file that names its process, until it is closed.
    """

    def __init__(
        self,
        function: Function,
        task_root: Path,
        variables: Callable[[str], Mapping[str, str]],
        note: Path,
    ) -> None:
        self.function = function
        self._note = note
        self._task_root = task_root
        self._variables = variables
        self._log = _Log()
        self._api = RuntimeApi()
        self._process = self._spawn()

    @property
    def process_id(self) -> int:
        """The process that runs the function now."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process can take another invocation."""
        return self._process.poll() is None

    def invoke(self, request_id: str, payload: bytes, *, trace_id: str = "") -> Result:
        """Run the function once. Then check `is_alive`: a time-out ends the process.

        Loading the function may take 10 seconds. After that, Lambda loads it once more, within the
        invocation's time-out.
        """
        early = self._wait_until_loaded()
        if early is not None:
            return self._result(early)
        deadline = time.monotonic() + self.function.timeout_seconds
        self._api.put(
            Invocation(
                request_id=request_id,
                payload=payload,
                deadline_ms=int((time.time() + self.function.timeout_seconds) * 1000),
                function_arn=self.function.arn,
                trace_id=trace_id,
            )
        )
        return self._result(self._wait_for_outcome(request_id, deadline))

    def close(self) -> None:
        """Kill the process."""
        if self.is_alive:
            self._process.kill()
        self._process.wait()
        self._api.close()
        self._note.unlink(missing_ok=True)

    def _spawn(self) -> "subprocess.Popen[bytes]":
        # The base interpreter, without the packages of the engine's environment (-S) or of the user
        # (-s), and without writing bytecode (-B): the unpacked zip is read-only on AWS.
        process = subprocess.Popen(  # noqa: S603 - our interpreter, AWS's runtime client
            [_base_interpreter(), "-B", "-S", "-s", "-m", "awslambdaric", self.function.handler],
            cwd=self._task_root,
            env=dict(self._variables(self._api.address)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._note.write_text(str(process.pid), encoding="ascii")
        if process.stdout is not None:
            self._log.follow(process.stdout)
        return process

    def _wait_until_loaded(self) -> Outcome | None:
        """Wait until the function can be called; return the error if it can't be loaded."""
        if self._load(INIT_SECONDS):
            return None
        if self.is_alive and self._api.outcomes.empty():
            self.close()
            self._api = RuntimeApi()
            self._process = self._spawn()
            if self._load(self.function.timeout_seconds):
                return None
        try:
            return self._api.outcomes.get_nowait()
        except queue.Empty:
            if self.is_alive:
                return self._timed_out("")
            return self._exited("")

    def _load(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self._api.is_ready.wait(_LOOK_EVERY_SECONDS):
            if not self.is_alive or not self._api.outcomes.empty() or time.monotonic() > deadline:
                return self._api.is_ready.is_set()
        return True

    def _wait_for_outcome(self, request_id: str, deadline: float) -> Outcome:
        while True:
            try:
                outcome = self._api.outcomes.get(timeout=_LOOK_EVERY_SECONDS)
            except queue.Empty:
                failure = self._failure(request_id, deadline)
                if failure is not None:
                    return failure
            else:
                if outcome.request_id in (request_id, ""):
                    return self._out_of_memory(request_id) or outcome

    def _failure(self, request_id: str, deadline: float) -> Outcome | None:
        """What Lambda reports if no response comes; None while one still may."""
        if not self.is_alive:
            # It may have responded just before it ended.
            if not self._api.outcomes.empty():
                return None
            return self._exited(request_id)
        if time.monotonic() >= deadline:
            return self._timed_out(request_id)
        return self._out_of_memory(request_id)

    def _out_of_memory(self, request_id: str) -> Outcome | None:
        """What Lambda reports if the function used too much memory; None if it did not."""
        if peak_bytes(self.process_id) <= self.function.memory_mib * 2**20:
            return None
        self._process.kill()
        return self._exited(request_id, "Runtime.OutOfMemory")

    def _timed_out(self, request_id: str) -> Outcome:
        self._process.kill()
        self._process.wait()
        message = f"Task timed out after {self.function.timeout_seconds:.2f} seconds"
        # As Step Functions sees it; the Invoke API returns the message alone.
        return Outcome(request_id, error_payload("Sandbox.Timedout", message), is_error=True)

    def _exited(self, request_id: str, error_type: str = "Runtime.ExitError") -> Outcome:
        how = _how_it_ended(self._process.wait())
        message = f"RequestId: {request_id} Error: Runtime exited with error: {how}"
        return Outcome(request_id, error_payload(error_type, message), is_error=True)

    def _result(self, outcome: Outcome) -> Result:
        return Result(outcome.payload, outcome.is_error, self._log.take())


def _base_interpreter() -> str:
    """The interpreter that the engine's environment was made from."""
    return getattr(sys, "_base_executable", "") or sys.executable


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"signal: {signal.strsignal(-code) or -code}".lower()
    return f"exit status {code}"


def peak_bytes(process_id: int) -> int:
    """The most memory that a process has used, in bytes; 0 if the system doesn't report it."""
    try:
        status = Path(f"/proc/{process_id}/status").read_text(encoding="utf-8")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    except (OSError, IndexError):  # not Linux, or it has just ended
        return 0


class _Log:
    """Collects the output of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chunks: list[bytes] = []
        # None once the process has ended.
        self._stream: IO[bytes] | None = None

    def follow(self, stream: IO[bytes]) -> None:
        """Read the stream to its end: a full pipe would stop the function."""
        with self._lock:
            self._stream = stream
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def take(self) -> str:
        """The output since the last call.

        It includes all that the function wrote before it responded: that is at least in the pipe.
        """
        with self._lock:
            if self._stream is not None:
                self._empty(self._stream)
            text = b"".join(self._chunks).decode("utf-8", "replace")
            self._chunks.clear()
        return text.rstrip("\n")

    def _read(self, stream: IO[bytes]) -> None:
        is_open = True
        while is_open:
            select.select([stream], [], [])
            with self._lock:
                is_open = self._empty(stream)
                if not is_open:
                    stream.close()
                    if self._stream is stream:
                        self._stream = None

    def _empty(self, stream: IO[bytes]) -> bool:
        """Read what is in the pipe, without waiting; return whether more may come."""
        while select.select([stream], [], [], 0)[0]:
            chunk = os.read(stream.fileno(), 65536)
            if not chunk:
                return False
            self._chunks.append(chunk)
        return True


def json_or_text(payload: bytes) -> object:
    """A function's response as the engine passes it on: the JSON value, or else the text."""
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode("utf-8", "replace")
