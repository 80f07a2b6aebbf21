"""A small web API and bucket on loopback, with what the client and the demo's story use."""

import json
import threading
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, quote, urlsplit

from PIL import Image

from local_cloud.engine.mails import Mail

if TYPE_CHECKING:
    from collections.abc import Callable

SESSION = "__Host-session"
TOKEN = "t0ken"
DEVICE = "__Host-device"
Answer = tuple[int, dict[str, str | list[str]], bytes]


class FakeWebApi:
    """Keeps users in memory; the mail "comes" at once, and a thumbnail at the second poll.

    Attributes:
        cookie_attributes: the attributes of the session's cookie.
        cors_origin: the page that may read the bucket's responses, or None.
        thumbnail_state: the state of an uploaded picture.
    """

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.mails: list[Mail] = []
        self.pictures: list[tuple[dict[str, str], bytes]] = []
        self.preflights: list[dict[str, str]] = []
        self.cookie_attributes = "Path=/; Secure; HttpOnly; SameSite=Strict"
        self.cors_origin: str | None = "*"
        self.thumbnail_state = "ready"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://abcd1234.execute-api.localhost:{self._server.server_port}"

    @property
    def bucket_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/bucket"

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        parts = urlsplit(path)
        if parts.path.startswith("/bucket"):
            return self._bucket(method, headers, body)
        if headers["host"] != urlsplit(self.url).netloc:
            return problem(421, "misdirected")
        if method == "POST":
            if headers["content-type"] != "application/json":
                return problem(415, "unsupported-media-type")
            if headers.get("origin") != self.url:
                return problem(403, "forbidden-origin")
            return self._post(parts.path, json.loads(body), headers)
        return self._get(parts.path, parse_qs(parts.query), headers)

    def _post(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> Answer:
        if path == "/profile/image":
            return self._permit(body, self._signed_in(headers))
        routes: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "/users": self._sign_up,
            "/activate": self._activate,
            "/sign-in": self._sign_in,
            "/sign-out": lambda _: (204, {}, b""),
        }
        return routes[path](body)

    def _get(self, path: str, query: dict[str, list[str]], headers: dict[str, str]) -> Answer:
        if path == "/profile":
            return self._profile(self._signed_in(headers))
        result = "ready" if query["token"] == [TOKEN] else "wrong-token"
        page = f'<main id="activation-result" data-result="{result}"></main>'
        return 200 if result == "ready" else 403, {"Content-Type": "text/html"}, page.encode()

    def _sign_up(self, body: dict[str, Any]) -> Answer:
        if body["username"] in self.users:
            return problem(409, "username-taken")
        self.users[body["username"]] = {**body, "status": "NONE", "asked": 0}
        link = f"{self.url}/activate?username={quote(body['username'])}&token={TOKEN}"
        text = f"Hello {body['name']},\nhttps://elsewhere.example.com/\n\n{link}\n"
        self.mails.append(
            Mail(
                message_id=f"id-{len(self.mails)}",
                sent_at=float(len(self.mails)),
                sender="shop@example.com",
                to=[body["email"]],
                subject="Activate",
                text=text,
                html="",
            )
        )
        return as_json(201, {"username": body["username"], "activationStatus": "NONE"})

    def _activate(self, body: dict[str, Any]) -> Answer:
        if body["token"] != TOKEN:
            return problem(403, "wrong-token")
        user = self.users[body["username"]]
        if user["password"] != body["password"]:
            return problem(401, "wrong-credentials")
        user["status"] = "DONE"
        return self._with_session(body["username"], {"result": "activated"})

    def _sign_in(self, body: dict[str, Any]) -> Answer:
        user = self.users.get(body["username"])
        if user is None or user["password"] != body["password"]:
            return problem(401, "wrong-credentials")
        if user["status"] != "DONE":
            return problem(403, "not-activated")
        return self._with_session(body["username"], {"username": body["username"]})

    def _with_session(self, username: str, body: dict[str, Any]) -> Answer:
        cookies = [f"{name}=of-{username}; {self.cookie_attributes}" for name in (DEVICE, SESSION)]
        status, headers, answer = as_json(200, body)
        return status, {**headers, "Set-Cookie": cookies}, answer

    def _signed_in(self, headers: dict[str, str]) -> dict[str, Any] | None:
        cookie = SimpleCookie(headers.get("cookie", "")).get(SESSION)
        return None if cookie is None else self.users.get(cookie.value.removeprefix("of-"))

    def _permit(self, body: dict[str, Any], user: dict[str, Any] | None) -> Answer:
        if user is None:
            return problem(401, "not-signed-in")
        permission = {
            "url": f"{self.bucket_url}/original/users/1/00.jpg?length={body['bytes']}",
            "method": "PUT",
            "headers": {"Content-Type": body["contentType"], "If-None-Match": "*"},
            "key": "original/users/1/00.jpg",
        }
        return as_json(200, permission)

    def _profile(self, user: dict[str, Any] | None) -> Answer:
        if user is None:
            return problem(401, "not-signed-in")
        user["asked"] += 1
        image: dict[str, Any] = {"state": "processing"}
        if user["asked"] > 1:
            image = {"state": self.thumbnail_state, "reason": "no image"}
            image["thumbnailUrl"] = f"{self.bucket_url}/thumbnails/x.png?signature=s"
            image["thumbnails"] = [
                {"size": size, "url": image["thumbnailUrl"]} for size in (150, 300)
            ]
        return as_json(200, {"username": user["username"], "image": image})

    def _bucket(self, method: str, headers: dict[str, str], body: bytes) -> Answer:
        if method == "GET":
            return 200, {"Content-Type": "image/png"}, png()
        allowed: dict[str, str | list[str]] = {}
        if self.cors_origin:
            allowed["Access-Control-Allow-Origin"] = self.cors_origin
        if method == "OPTIONS":
            self.preflights.append(headers)
        else:
            self.pictures.append((headers, body))
        return 200, allowed, b""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                status, answered, content = api.answer(self.command, self.path, headers, body)
                self.send_response(status)
                for name, values in answered.items():
                    for value in [values] if isinstance(values, str) else values:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_PUT = do_OPTIONS = do_GET  # noqa: N815 - the names that http.server asks for

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        return Handler


def as_json(status: int, body: dict[str, Any]) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


def problem(status: int, code: str) -> Answer:
    document = {"type": f"/problems/{code}", "status": status, "detail": f"It is {code}."}
    return status, {"Content-Type": "application/problem+json"}, json.dumps(document).encode()


def png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (150, 100)).save(file, "PNG")
    return file.getvalue()
