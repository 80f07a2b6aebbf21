"""A proxy between the functions and the engine, which makes AWS fail by a plan.

It is the functions' endpoint of AWS. It forwards each request, refuses it, loses
the response, or kills the process behind it. It also keeps a ledger of what happened.
"""

import http.client
import json
import os
import re
import signal
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

LOOPBACK = "127.0.0.1"
# Longer than the functions' clients wait for a response (shared/aws.py).
TOO_LATE_SECONDS = 11.0
_APP_ID = re.compile(r"\bapp/([0-9a-f]{32})\b")
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


class Fault(Enum):
    """A fault of a request. The value is its name in the report."""

    THROTTLED = "throttled"
    FAILED = "5xx, not done"
    REFUSED_CREDENTIALS = "credentials expired"
    RESET_BEFORE = "connection reset, not done"
    LATE_BEFORE = "no answer in time, not done"
    KILLED_BEFORE = "process killed, not done"
    FAILED_AFTER = "5xx, but done"
    RESET_AFTER = "connection reset, but done"
    LATE_AFTER = "no answer in time, but done"
    KILLED_AFTER = "process killed, but done"

    @property
    def is_done(self) -> bool:
        """Whether AWS processed the request, and only the response was lost."""
        return self in (
            Fault.FAILED_AFTER,
            Fault.RESET_AFTER,
            Fault.LATE_AFTER,
            Fault.KILLED_AFTER,
        )

    @property
    def ends_the_call(self) -> bool:
        """Whether retries within the same invocation don't help, or may not."""
        return self.is_kill or self in (
            Fault.REFUSED_CREDENTIALS,
            Fault.LATE_BEFORE,
            Fault.LATE_AFTER,
        )

    @property
    def is_kill(self) -> bool:
        """Whether the process behind the request ends."""
        return self in (Fault.KILLED_BEFORE, Fault.KILLED_AFTER)


@dataclass(frozen=True)
class Call:
    """One request of a function.

    Attributes:
        operation: such as "UpdateItem", "SendEmail", "GetObject".
        subject: the username, profile id, address or key that it is about.
        detail: the update expression, which distinguishes calls of one operation.
        turn: the number of the call, from 1, among those of this operation, detail and subject.
    """

    operation: str
    subject: str
    detail: str
    turn: int


Plan = Callable[[Call], Fault | None]


def no_faults(_call: Call) -> None:
    """Everything works."""


@dataclass
class Ledger:
    """What happened, in order."""

    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    # By username.
    mails: dict[str, "MailRecord"] = field(default_factory=dict)
    # Faults between a mail's acceptance and its mark, which kept the sender from setting the mark.
    kills_between: int = 0
    answers_lost_between: int = 0

    def mail_of(self, username: str) -> "MailRecord":
        return self.mails.setdefault(username, MailRecord())


@dataclass
class MailRecord:
    """The mails of one user that the engine accepted.

    Attributes:
        accepted: how many SES accepted.
        unjustified: how many were sent although the mail before was marked, or no fault had
            kept its sender from marking it.
    """

    accepted: int = 0
    unjustified: int = 0
    _is_open: bool = False
    _is_disturbed: bool = False

    def accept(self) -> None:
        """SES has accepted a mail."""
        self.accepted += 1
        if self.accepted > 1 and not (self._is_open and self._is_disturbed):
            self.unjustified += 1
        self._is_open, self._is_disturbed = True, False

    def disturb(self) -> None:
        """A fault came between a mail's acceptance and its mark."""
        self._is_disturbed = True

    def confirm(self) -> None:
        """The user has been marked as mailed."""
        self._is_open = False


class Proxy:
    """Listens on a free port of loopback while the block runs.

    Attributes:
        url: the endpoint of AWS for functions.
        plan: decides on each request; may be changed at any time.
        ledger: what happened since it was last replaced.
    """

    def __init__(self) -> None:
        self.plan: Plan = no_faults
        self.ledger = Ledger()
        self.engine_port = 0
        self.notes = Path()
        self._lock = threading.Lock()
        self._turns: Counter[tuple[str, str, str]] = Counter()
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = QuietServer((LOOPBACK, 0), Handler)
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def failing(self, plan: Plan) -> Iterator[Ledger]:
        """Let AWS fail by a plan while the block runs, with a new ledger."""
        with self._lock:
            self.ledger, self._turns = Ledger(), Counter()
        self.plan = plan
        try:
            yield self.ledger
        finally:
            self.plan = no_faults

    def calls_about(self, subjects: Collection[str]) -> list[Call]:
        """The calls about some subjects since the block began."""
        with self._lock:
            return [
                Call(operation, subject, detail, turn)
                for (operation, subject, detail), turns in self._turns.items()
                if subject in subjects
                for turn in range(1, turns + 1)
            ]

    def decide(self, operation: str, subject: str, detail: str) -> Fault | None:
        """Ask the plan about the next call of its kind."""
        with self._lock:
            self._turns[operation, subject, detail] += 1
            call = Call(operation, subject, detail, self._turns[operation, subject, detail])
            self.ledger.calls[operation] += 1
        fault = self.plan(call)
        if fault is not None:
            with self._lock:
                self.ledger.faults[operation, fault.value] += 1
        return fault

    def note_mail(self, call: "Answered") -> None:
        """Update the ledger of mails."""
        with self._lock:
            record = self.ledger.mail_of(call.subject.partition("@")[0])
            if call.operation == "SendEmail" and call.status == 200:
                record.accept()
                if call.fault is not None:
                    record.disturb()
                    self._count_between(call.fault)
            elif call.detail.startswith("SET activationStatus = :sent"):
                if call.status == 200:
                    record.confirm()
                if call.fault is not None:
                    record.disturb()
                    if call.fault.ends_the_call:
                        self._count_between(call.fault)

    def _count_between(self, fault: Fault) -> None:
        if fault.is_kill:
            self.ledger.kills_between += 1
        else:
            self.ledger.answers_lost_between += 1

    def kill(self, user_agent: str) -> None:
        """Kill the process of the execution environment behind a request."""
        found = _APP_ID.search(user_agent)
        if found is None:
            raise AssertionError(f"no environment is named in {user_agent!r}")
        process_id = int((self.notes / found[1]).read_text(encoding="ascii"))
        with suppress(ProcessLookupError):
            os.kill(process_id, signal.SIGKILL)


@dataclass(frozen=True)
class Answered:
    """A request and its outcome.

    Attributes:
        operation: as in `Call`.
        subject: as in `Call`.
        detail: as in `Call`.
        status: AWS's status; 0 if the request did not reach it.
        fault: what the function got instead of the response, if any.
    """

    operation: str
    subject: str
    detail: str
    status: int
    fault: Fault | None


class QuietServer(ThreadingHTTPServer):
    """A server whose clients may die."""

    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_arguments: object) -> None:
        """Log nothing: a killed process breaks its connections."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # See hooks/runtime_api.py.
    disable_nagle_algorithm = True
    owner: Proxy
    _upstream: http.client.HTTPConnection | None = None

    def log_message(self, *_arguments: object) -> None:
        pass

    def finish(self) -> None:
        """Close both connections, also if the function's end is gone."""
        with suppress(OSError):
            super().finish()
        if self._upstream is not None:
            self._upstream.close()

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        operation, subject, detail = identify(self.command, self.path, self.headers, body)
        fault = self.owner.decide(operation, subject, detail)
        status = 0
        if fault is None or fault.is_done:
            status, headers, answer = self._forward(body)
        self.owner.note_mail(Answered(operation, subject, detail, status, fault))
        if fault is None:
            self._answer(status, headers, answer)
        else:
            self._fail(fault, operation)

    def do_GET(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_HEAD(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        if self._upstream is None:
            self._upstream = http.client.HTTPConnection(
                LOOPBACK, self.owner.engine_port, timeout=120
            )
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in (*_HOP_BY_HOP, "expect")
        }
        headers["Content-Length"] = str(len(body))
        try:
            self._upstream.request(self.command, self.path, body, headers)
            answer = self._upstream.getresponse()
        except (http.client.HTTPException, OSError):
            self._upstream.close()
            self._upstream.request(self.command, self.path, body, headers)
            answer = self._upstream.getresponse()
        return answer.status, answer.getheaders(), answer.read()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        length = str(len(body))
        for name, value in headers:
            if name.lower() == "content-length":
                length = value  # of a HEAD, without a body
            elif name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(body)

    def _fail(self, fault: Fault, operation: str) -> None:
        match fault:
            case Fault.THROTTLED:
                self._answer(*throttling_of(operation))
            case Fault.FAILED | Fault.FAILED_AFTER:
                self._answer(503, *error_of(operation, "ServiceUnavailable"))
            case Fault.REFUSED_CREDENTIALS:
                code = "ExpiredToken" if operation in S3_OPERATIONS else "ExpiredTokenException"
                self._answer(400, *error_of(operation, code))
            case Fault.LATE_BEFORE | Fault.LATE_AFTER:
                time.sleep(TOO_LATE_SECONDS)
                self._reset()
            case Fault.KILLED_BEFORE | Fault.KILLED_AFTER:
                self.owner.kill(self.headers.get("User-Agent", ""))
                self._reset()
            case Fault.RESET_BEFORE | Fault.RESET_AFTER:
                self._reset()

    def _reset(self) -> None:
        """End the connection as a crashed server does: with RST, not with FIN."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()


S3_OPERATIONS = frozenset({"GetObject", "PutObject", "HeadObject", "DeleteObject", "ListObjects"})


def throttling_of(operation: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """How an operation's service reports too many requests."""
    if operation in S3_OPERATIONS:
        return 503, *error_of(operation, "SlowDown")
    if operation == "SendEmail":
        return 429, *error_of(operation, "TooManyRequestsException")
    code = "ThrottlingException"
    if operation.endswith(("Item", "Items")):
        code = "ProvisionedThroughputExceededException"
    return 400, *error_of(operation, code)


def error_of(operation: str, code: str) -> tuple[list[tuple[str, str]], bytes]:
    """An error's headers and body, in the protocol of the operation's service."""
    if operation in S3_OPERATIONS:
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>x</Message></Error>"
        return [("Content-Type", "application/xml")], body.encode()
    headers = [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-ErrorType", code)]
    return headers, json.dumps({"__type": code, "message": "injected"}).encode()


def identify(method: str, path: str, headers: Any, body: bytes) -> tuple[str, str, str]:  # noqa: ANN401 - a message
    """A request's operation, subject and detail."""
    target = headers.get("X-Amz-Target")
    if target:
        return target.partition(".")[2], *_subject_of_json(json.loads(body or b"{}"))
    parts = urlsplit(path)
    if parts.path == "/v2/email/outbound-emails":
        return "SendEmail", json.loads(body)["Destination"]["ToAddresses"][0], ""
    key = unquote(parts.path).partition("/")[2].partition("/")[2]
    if not key:
        return "ListObjects", "", ""
    names = {"GET": "GetObject", "PUT": "PutObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}
    return names.get(method, method), key, ""


def _subject_of_json(request: dict[str, Any]) -> tuple[str, str]:
    if "TransactItems" in request:
        # By its first write.
        request = next(iter(request["TransactItems"][0].values()))
    # The key is the first attribute of the items that our functions put.
    key = request.get("Key") or request.get("Item") or {}
    for attribute in key.values():
        return str(next(iter(attribute.values()))), request.get("UpdateExpression", "")
    if "input" in request:
        return str(json.loads(request["input"]).get("username", "")), ""
    return str(request.get("Name", "")), ""
