"""TinyPNG's protocol on loopback, with Pillow behind it.

The protocol: https://tinypng.com/developers/reference
"""

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image, UnidentifiedImageError

# A picture with these bytes gets the error of a closed account, at every try.
CLOSED_ACCOUNT = b"the account is closed"


class _Handler(BaseHTTPRequestHandler):
    pictures: dict[str, bytes]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/shrink":
            self._shrink(body)
        else:
            self._resize(self.pictures[self.path], json.loads(body)["resize"])

    def _shrink(self, picture: bytes) -> None:
        if CLOSED_ACCOUNT in picture:
            self._answer(401, {}, b"{}")
            return
        try:
            Image.open(io.BytesIO(picture)).load()
        except (UnidentifiedImageError, OSError):
            self._answer(415, {}, b"{}")
            return
        path = f"/output/{len(self.pictures)}"
        self.pictures[path] = picture
        self._answer(201, {"Location": f"http://{self.headers['Host']}{path}"}, b"{}")

    def _resize(self, picture: bytes, resize: dict[str, int]) -> None:
        thumbnail = Image.open(io.BytesIO(picture)).convert("RGB")
        thumbnail.thumbnail((resize["width"], resize["height"]))
        written = io.BytesIO()
        thumbnail.save(written, "JPEG")
        self._answer(200, {"Content-Type": "image/jpeg"}, written.getvalue())

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def tinypng_service() -> Iterator[str]:
    """Run the service; yield its address."""
    handler = type("Handler", (_Handler,), {"pictures": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
