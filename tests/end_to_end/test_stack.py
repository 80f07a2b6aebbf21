"""The stack as a whole: a second plan is empty, and nothing leaves this machine."""

from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from local_cloud import folders
from local_cloud.stack import Stack
from tests.end_to_end.conftest import VARIABLES, Cloud
from tests.end_to_end.quick_stack import (
    leave_endpoints_to_environment,
    take_endpoints_from_code,
)


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The hosts that programs ask for through HTTPS_PROXY, which lets none through."""
    hosts: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            hosts.append(self.path)
            self.send_error(HTTPStatus.FORBIDDEN)

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_address[1]}")
        # With "*" everything would bypass the proxy.
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield hosts
        server.shutdown()


def test_second_plan_changes_nothing_and_asks_nobody_but_the_engine(
    cloud: Cloud, asked_for: list[str]
) -> None:
    folder = cloud.engine.state_dir.parent
    # Made again, so that Terraform finds the proxy in its environment, and the engine by its code
    # alone. Terraform retries what is refused there, so a failure of this test takes ten minutes.
    take_endpoints_from_code(folder / "terraform")
    stack = Stack(cloud.engine, folder / "terraform", folders.BUILD, variables=VARIABLES)

    try:
        assert stack.plan_has_changes() is None
    finally:
        leave_endpoints_to_environment(folder / "terraform")
        assert asked_for == []
