"""The part of the Tinify web service that the function uses; it fails by a plan."""

import base64
import io
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from PIL import Image

from tests.faults.proxy import LOOPBACK, QuietServer

KEY = "a-key-of-this-test"
# The response by the request's number, from 1: a status, "reset" or "late"; None: success.
ServicePlan = Callable[[int], int | str | None]
# Longer than the function waits between two bytes of a response (create_thumbnail/tinypng.py).
TOO_LATE_SECONDS = 21.0


class TinyPngService:
    """Listens on a free port of loopback until it is closed.

    Attributes:
        plan: what fails.
        faults: how many requests failed.
    """

    def __init__(self) -> None:
        self.plan: ServicePlan = lambda _number: None
        self.faults = 0
        self._requests = 0
        self._lock = threading.Lock()
        self._pictures: dict[str, bytes] = {}
        service = self

        class Handler(_Handler):
            owner = service

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

    def fault(self) -> int | str | None:
        with self._lock:
            self._requests += 1
            fault = self.plan(self._requests)
            self.faults += fault is not None
        return fault

    def keep(self, picture: bytes) -> str:
        """Accept a picture; return the path of its output."""
        with self._lock:
            path = f"/output/{len(self._pictures)}"
            self._pictures[path] = picture
        return path

    def resized(self, path: str, resize: dict[str, Any]) -> bytes | None:
        """An accepted picture in the requested size."""
        picture = self._pictures.get(path)
        if picture is None:
            return None
        with Image.open(io.BytesIO(picture)) as opened:
            small = opened.convert("RGB")
        small.thumbnail((resize["width"], resize["height"]))
        buffer = io.BytesIO()
        small.save(buffer, "JPEG")
        return buffer.getvalue()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: TinyPngService

    def log_message(self, *_arguments: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.owner.fault()
        if fault == "late":
            time.sleep(TOO_LATE_SECONDS)
        if fault in ("late", "reset"):
            self.close_connection = True
            self.connection.close()
        elif isinstance(fault, int):
            self._answer(fault, json.dumps({"error": "Injected", "message": "as told"}).encode())
        else:
            self._work(body)

    def _work(self, body: bytes) -> None:
        token = base64.b64encode(f"api:{KEY}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {token}":
            self._answer(401, b'{"error":"Unauthorized"}')
        elif self.path == "/shrink":
            location = self.owner.url + self.owner.keep(body)
            self._answer(201, b"{}", Location=location)
        else:
            picture = self.owner.resized(self.path, json.loads(body)["resize"])
            if picture is None:
                self._answer(404, b'{"error":"NotFound"}')
            else:
                self._answer(200, picture, **{"Content-Type": "image/jpeg"})

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
