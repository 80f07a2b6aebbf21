"""The stack as a whole: nothing drifts, nothing goes out, nothing stays."""

from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from local_cloud.deployment import Deployment

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Cloud


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The hosts that whoever keeps to HTTPS_PROXY asks for, and is not let through to."""
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
        # One with "*" would let everything past.
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield hosts
        server.shutdown()


def test_second_plan_changes_nothing_and_asks_nobody_but_the_engine(
    cloud: "Cloud", asked_for: list[str]
) -> None:
    folder = cloud.engine.state_dir.parent
    # Made anew, so that Terraform finds the proxy in its environment. What is refused there it asks
    # for again and again, so that a failure of this test takes ten minutes.
    deployment = Deployment(cloud.engine, folder / "terraform", folder / "build")

    try:
        assert deployment.plan_has_changes() is None
    finally:
        assert asked_for == []


def test_destroy_leaves_nothing(cloud: "Cloud") -> None:
    """The order of collection makes this the last test (see conftest.py)."""
    cloud.deployment.destroy()
    client = cloud.engine.client

    assert cloud.dynamodb.list_tables()["TableNames"] == []
    assert cloud.s3.list_buckets()["Buckets"] == []
    assert cloud.sqs.list_queues().get("QueueUrls", []) == []
    assert cloud.states.list_state_machines()["stateMachines"] == []
    assert client("lambda").list_functions()["Functions"] == []
    assert client("lambda").list_layers()["Layers"] == []
    assert client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    assert client("apigatewayv2").get_apis()["Items"] == []
    assert client("ssm").describe_parameters()["Parameters"] == []
    assert client("logs").describe_log_groups()["logGroups"] == []
    assert client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert client("cloudwatch").list_dashboards()["DashboardEntries"] == []
    assert client("sns").list_topics()["Topics"] == []
    assert client("iam").list_roles()["Roles"] == []
    assert client("sesv2").list_email_identities().get("EmailIdentities", []) == []
    assert client("sesv2").list_configuration_sets().get("ConfigurationSets", []) == []
