"""The stack as a whole: nothing drifts, nothing goes out, nothing stays."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from local_cloud.deployment import Deployment
from local_cloud.engine.process import Engine
from local_cloud.packages import build_for_this_machine
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
    cloud: Cloud, asked_for: list[str]
) -> None:
    folder = cloud.engine.state_dir.parent
    # Made anew, so that Terraform finds the proxy in its environment. What is refused there it asks
    # for again and again, so that a failure of this test takes ten minutes.
    deployment = Deployment(cloud.engine, folder / "terraform", folder / "build")

    try:
        assert deployment.plan_has_changes() is None
    finally:
        assert asked_for == []


def test_destroy_leaves_nothing(tmp_path: Path) -> None:
    """A stack of its own, as others may still need theirs."""
    build_for_this_machine(tmp_path / "build")
    with Engine(tmp_path / "engine") as engine:
        deployment = Deployment(engine, tmp_path / "terraform", tmp_path / "build")
        deployment.apply()
        use(Cloud(engine, deployment, deployment.outputs()))

        deployment.destroy()

        assert_nothing_is_left(engine.client)


def use(cloud: Cloud) -> None:
    """Leave in it what people do: users, messages, and versions under keys of all kinds."""
    cloud.wait_for_mail(cloud.insert_user())
    cloud.create_profile(1)
    for key in ("original/a.jpg", "original/a b+c%20d/é.jpg"):
        for data in (b"no picture", b"none either"):
            cloud.upload(key, data, user_profile_id="1")
    cloud.wait_for_profile(1, "thumbnailStatus", "FAILED")
    cloud.sqs.send_message(
        QueueUrl=cloud.outputs["failure_queue_urls"]["activation"], MessageBody="left behind"
    )


def assert_nothing_is_left(client: Callable[[str], Any]) -> None:
    assert client("dynamodb").list_tables()["TableNames"] == []
    assert client("s3").list_buckets()["Buckets"] == []
    assert client("sqs").list_queues().get("QueueUrls", []) == []
    assert client("stepfunctions").list_state_machines()["stateMachines"] == []
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
