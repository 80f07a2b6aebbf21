"""The HTTP half of AWS's runtime interface client, for systems without its native one.

awslambdaric has an extension module of this name for Linux only. On other systems this module
replaces it: the same four functions for the same API.
"""

import http.client
import os
from collections.abc import Mapping
from typing import Any

_PREFIX = "/2018-06-01/runtime/"
_agent = ""


def initialize_client(user_agent: str, *_others: object) -> None:
    """Set the User-Agent."""
    global _agent  # noqa: PLW0603 - the module is the client, as the native one is
    _agent = user_agent


def next() -> tuple[bytes, Mapping[str, Any]]:  # noqa: A001 - the native module's name for it
    """Wait for the next invocation; return its event and its headers."""
    return _call("GET", "invocation/next", None, {})


def post_invocation_result(
    request_id: str,
    result: bytes,
    content_type: str = "application/json",
    _invocation_id: str | None = None,
) -> None:
    """Post a response."""
    _call("POST", f"invocation/{request_id}/response", result, {"Content-Type": content_type})


def post_error(
    request_id: str, error: str, _xray_fault: str, _invocation_id: str | None = None
) -> None:
    """Post an error, as JSON."""
    _call("POST", f"invocation/{request_id}/error", error.encode(), {})


def _call(
    method: str, path: str, body: bytes | None, headers: Mapping[str, str]
) -> tuple[bytes, Mapping[str, Any]]:
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        connection.request(method, _PREFIX + path, body, {"User-Agent": _agent, **headers})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status not in (200, 202):
            raise RuntimeError(f"Lambda Runtime API: {answer.status} for {path}")
        return content, dict(answer.getheaders())
    finally:
        connection.close()
