"""The mailbox's web server: read only, and for browsers on this machine only."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from local_cloud.engine.mails import Mail
from local_cloud.inbox import pages
from tooling.errors import ToolingError
from tooling.loopback import LOOPBACK

ReadMails = Callable[[], list[Mail]]

_FOLDER = Path(__file__).parent
_HTML = "text/html; charset=utf-8"
_ASSETS = {
    "/inbox.js": "text/javascript; charset=utf-8",
    "/style.css": "text/css; charset=utf-8",
    "/icon.svg": "image/svg+xml",
}
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# A mail is an untrusted document: it runs no script, loads nothing, and can't reach the page around
# it. As a header, the policy also holds when the document is opened by itself.
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';"
    " style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_IDLE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class _Answer:
    body: str
    status: HTTPStatus = HTTPStatus.OK
    content_type: str = _HTML
    policy: str = _PAGE_POLICY


@contextmanager
def serving(read_mails: ReadMails, *, port: int = 0) -> Iterator[str]:
    """Serve the mailbox on loopback while the block runs; yield its address.

    Args:
        read_mails: returns all mails, oldest first; called at every request.
        port: 0 for a free one.

    Raises:
        OSError: the port is taken.
    """
    server = _InboxServer(read_mails, port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _InboxServer(ThreadingHTTPServer):
    # Browsers keep connections open; the end doesn't wait for them.
    daemon_threads = True

    def __init__(self, read_mails: ReadMails, port: int) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.read_mails = read_mails
        # DNS rebinding: a foreign page whose name resolves to this machine has this page's origin.
        # But the Host header of its requests has the foreign name.
        self.hosts = {f"{name}:{self.server_port}" for name in (LOOPBACK, "localhost")}


class _Handler(BaseHTTPRequestHandler):
    server: _InboxServer
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS

    def do_GET(self) -> None:
        self._send(self._answer(), with_body=True)

    def do_HEAD(self) -> None:
        self._send(self._answer(), with_body=False)

    def _answer(self) -> _Answer:
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self.server.hosts:
            return _plain("This mailbox is not at that address.", HTTPStatus.MISDIRECTED_REQUEST)
        try:
            return _answer(urlsplit(self.path).path, self.server.read_mails)
        except ToolingError as error:
            return _plain(f"The mails can't be read: {error}", HTTPStatus.SERVICE_UNAVAILABLE)

    def _send(self, answer: _Answer, *, with_body: bool) -> None:
        body = answer.body.encode("utf-8")
        self.send_response(answer.status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Security-Policy", answer.policy)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: the page asks every second."""


def _answer(path: str, read_mails: ReadMails) -> _Answer:
    if path in _ASSETS:
        text = (_FOLDER / path[1:]).read_text(encoding="utf-8")
        return _Answer(text, content_type=_ASSETS[path])
    mails = read_mails()
    if path == "/":
        return _Answer(pages.show_inbox(mails))
    opened, part = _find(path, mails)
    if opened is None:
        note = "There is no such mail. The local cloud loses its mails when it ends."
        return _Answer(pages.show_inbox(mails, note=note), HTTPStatus.NOT_FOUND)
    if part == "html":
        return _Answer(pages.show_html_part(opened), policy=_MAIL_POLICY)
    return _Answer(pages.show_inbox(mails, opened))


def _find(path: str, mails: list[Mail]) -> tuple[Mail | None, str]:
    """The mail that a path of the form /mails/<id> or /mails/<id>/html names, and which part."""
    match path.split("/"):
        case ["", "mails", quoted_id, *rest] if rest in ([], ["html"]):
            message_id = unquote(quoted_id)
            found = next((mail for mail in mails if mail["message_id"] == message_id), None)
            return found, "".join(rest)
        case _:
            return None, ""


def _plain(text: str, status: HTTPStatus) -> _Answer:
    return _Answer(f"{text}\n", status, "text/plain; charset=utf-8")
