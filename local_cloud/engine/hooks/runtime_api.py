"""The Lambda Runtime API of one execution environment, on loopback.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import queue
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

_PREFIX = "/2018-06-01/runtime/"
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Invocation:
    """One invocation of a function.

    Attributes:
        request_id: its id.
        payload: the event, as JSON.
        deadline_ms: when it times out, in milliseconds since the epoch.
        function_arn: the ARN that was invoked.
        trace_id: X-Ray's header, or empty.
    """

    request_id: str
    payload: bytes
    deadline_ms: int
    function_arn: str
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A function's response or error.

    Attributes:
        request_id: the invocation's id; empty for an error while the function was loaded.
        payload: the response, or an object with errorMessage and errorType; JSON.
        is_error: which of the two it is.
    """

    request_id: str
    payload: bytes
    is_error: bool


class RuntimeApi:
    """Serves one environment until it is closed. Use it as a context manager.

    Attributes:
        is_ready: set when the function is loaded and asks for its first event.
        outcomes: one for each invocation.
    """

    def __init__(self) -> None:
        self.is_ready = threading.Event()
        self.outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        # None ends the runtime that waits for work.
        self._invocations: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        api = self

        class Handler(_Handler):
            runtime_api = api

        self._server = _Server((_LOOPBACK, 0), Handler)
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def address(self) -> str:
        """Host and port, as AWS_LAMBDA_RUNTIME_API holds them."""
        return f"{_LOOPBACK}:{self._server.server_address[1]}"

    def put(self, invocation: Invocation) -> None:
        """Add an invocation for the function."""
        self._invocations.put(invocation)

    def close(self) -> None:
        """End the server, after the runtime that waits for an event."""
        self._invocations.put(None)
        self._server.shutdown()
        self._server.server_close()

    def wait_for_invocation(self) -> Invocation | None:
        """The next invocation, as soon as there is one; None when the API ends."""
        self.is_ready.set()
        return self._invocations.get()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_arguments: object) -> None:
        """Log nothing: a killed process breaks its connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two packets. With Nagle's algorithm the second waits until the first is
    # acknowledged, which the other side delays by 40 ms.
    disable_nagle_algorithm = True
    runtime_api: RuntimeApi

    def do_GET(self) -> None:
        """Answer the runtime's wait for its next invocation."""
        if self.path != f"{_PREFIX}invocation/next":
            self._answer(HTTPStatus.NOT_FOUND)
            return
        invocation = self.runtime_api.wait_for_invocation()
        if invocation is None:
            self._answer(HTTPStatus.GONE)
            return
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        }
        if invocation.trace_id:
            headers["Lambda-Runtime-Trace-Id"] = invocation.trace_id
        self._answer(HTTPStatus.OK, invocation.payload, headers)

    def do_POST(self) -> None:
        """Take a result, an error, or an error while the function was loaded."""
        body = self._body()
        outcome = outcome_of(self.path, body)
        if outcome is None:
            self._answer(HTTPStatus.NOT_FOUND)
            return
        self._answer(HTTPStatus.ACCEPTED, b'{"status":"OK"}')
        self.runtime_api.outcomes.put(outcome)

    def log_message(self, *_arguments: Any) -> None:  # noqa: ANN401 - the base class's signature
        """Log nothing: the engine's log is for the output of functions."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        chunk = self.rfile.read(size)
        self.rfile.readline()
        return chunk

    def _answer(
        self, status: HTTPStatus, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def outcome_of(path: str, body: bytes) -> Outcome | None:
    """The outcome that a runtime posts; None if the API doesn't know the path."""
    if path == f"{_PREFIX}init/error":
        return Outcome("", body, is_error=True)
    start, _, rest = path.partition(f"{_PREFIX}invocation/")
    request_id, _, kind = rest.partition("/")
    if start or not request_id or kind not in ("response", "error"):
        return None
    return Outcome(request_id, body, is_error=kind == "error")


def error_payload(error_type: str, message: str) -> bytes:
    """An error that Lambda itself reports, as JSON."""
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()
