"""A deployment whose services answer as a test says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from urllib3 import HTTPResponse

from operations.deployment import Deployment
from operations.smoke.run import Run
from tooling.web_client import WebClient

API_URL = "http://abc.execute-api.localhost:4566"


class Client:
    """A client: each operation has a response, or a function that makes it from the request."""

    def __init__(self, **responses: Any) -> None:  # noqa: ANN401 - those of AWS
        self.responses = responses
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def respond(**request: Any) -> Any:  # noqa: ANN401 - a request and its response
            self.asked.append((operation, request))
            response = self.responses[operation]
            return response(**request) if callable(response) else response

        return respond

    def get_paginator(self, operation: str) -> "Client":
        """A paginator whose only page is the operation's response."""
        respond = getattr(self, operation)
        return Client(paginate=lambda **request: [respond(**request)])


@dataclass(frozen=True)
class Found(Deployment):
    """A deployment with these clients."""

    clients: Mapping[str, Any] = field(default_factory=dict, kw_only=True)

    def client(self, service: str) -> Any:  # noqa: ANN401 - as in Deployment
        return self.clients[service]


class Browser(WebClient):
    """A browser to whose requests a test responds: a method and the path, or the whole URL."""

    def __init__(self, respond: Callable[..., requests.Response]) -> None:
        super().__init__(API_URL)
        self.respond = respond

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:  # noqa: ANN401 - those of requests
        return self.respond(method, url.removeprefix("http://127.0.0.1:4566"), **options)


def response(
    status: int, headers: Mapping[str, str] | None = None, content: bytes = b"", cookie: str = ""
) -> requests.Response:
    """A response."""
    made = requests.Response()
    made.status_code = status
    made._content = content
    made.headers.update(headers or {})
    made.raw = HTTPResponse(headers={"Set-Cookie": cookie} if cookie else {})
    return made


def run_of(
    clients: Mapping[str, Any] | None = None,
    *,
    browser: WebClient | None = None,
    terraform: Any = None,  # noqa: ANN401 - one that a test scripts
    **outputs: object,
) -> Run:
    """A run that waits for nothing, on a deployment with these clients and outputs."""
    found = Found(
        {"account_id": "123456789012", "web_api_url": API_URL, **outputs},
        "eu-central-1",
        terraform=terraform,
        clients=clients or {},
    )
    run = Run(found, mark="0123", patience_seconds=0)
    if browser is not None:
        run.web = browser
        run.new_browser = lambda: browser  # type: ignore[method-assign] # the same one, for a test
    return run
