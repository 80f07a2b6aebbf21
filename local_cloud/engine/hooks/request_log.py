"""Writes Terraform's requests into a file, if a variable names one: tests compare them with rights.

An IAM policy needs the action and the resource of each request, so a line of JSON has what both
follow from. It has no secret: not the signature, and of the body only the beginning.
"""

import json
import os
import re
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

REQUESTS_VARIABLE = "LOCAL_CLOUD_REQUESTS_FILE"
# Both its provider and its S3 backend name themselves.
_TERRAFORM = b"Terraform/"
# Names are at the beginning; zips are longer.
_MOST_BODY_BYTES = 65_536
_SIGNED_FOR = re.compile(r"Credential=[^/,]+/\d+/[^/]+/([^/]+)/aws4_request")


def install() -> None:
    """Make the engine write Terraform's requests, if a file for them is set."""
    path = os.environ.get(REQUESTS_VARIABLE)
    if path:
        from ministack import app  # noqa: PLC0415 - only the engine's environment has it

        app.app = RequestLog(app.app, Path(path))


class RequestLog:
    """An ASGI application that writes Terraform's requests to `app` into a file."""

    def __init__(self, app: App, path: Path) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request, and write it afterwards."""
        if scope["type"] != "http" or _TERRAFORM not in _headers(scope).get(b"user-agent", b""):
            await self._app(scope, receive, send)
            return
        body = bytearray()

        async def receive_and_keep() -> Message:
            message = await receive()
            if len(body) < _MOST_BODY_BYTES:
                body.extend(message.get("body", b""))
            return message

        await self._app(scope, receive_and_keep, send)
        line = json.dumps(entry(scope, bytes(body[:_MOST_BODY_BYTES])))
        with self._path.open("a", encoding="utf-8") as file:  # one write, at the end
            file.write(line + "\n")


def entry(scope: Scope, body: bytes) -> dict[str, str]:
    """What is written of a request."""
    headers = _headers(scope)
    signed_for = _SIGNED_FOR.search(headers.get(b"authorization", b"").decode("latin-1"))
    service = signed_for[1] if signed_for else ""
    return {
        "service": service,
        "method": scope["method"],
        "path": scope.get("raw_path", b"").decode("latin-1") or scope["path"],
        "query": scope.get("query_string", b"").decode("latin-1"),
        "target": headers.get(b"x-amz-target", b"").decode("latin-1"),
        # S3's path names the object.
        "body": "" if service == "s3" else body.decode("utf-8", "replace"),
    }


def _headers(scope: Scope) -> dict[bytes, bytes]:
    return dict(scope["headers"])
