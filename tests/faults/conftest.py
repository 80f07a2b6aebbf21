"""The product on an engine whose functions find AWS behind a proxy that makes it fail."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local_cloud.deployment import Deployment
from local_cloud.engine import Engine
from local_cloud.packages import build_for_this_machine
from operations import deployment as operations_deployment
from operations.redrive.__main__ import redrive_for
from operations.redrive.drain import drain
from operations.redrive.failure_queue import FailureQueue
from tests.end_to_end.conftest import Cloud
from tests.faults.proxy import Proxy


def redrive_all(cloud: Cloud) -> None:
    """Put back what is in the failure queues, as `make redrive` does."""
    found = operations_deployment.Deployment(
        cloud.outputs, cloud.outputs["region"], cloud.engine.endpoint_url
    )
    said: list[str] = []
    for name, url in cloud.outputs["failure_queue_urls"].items():
        queue = FailureQueue(found.client("sqs"), name, url)
        tally = drain(queue, redrive_for(found, queue), None, said.append)
        assert tally.is_empty, "\n".join([str(tally), *said])


@dataclass(frozen=True)
class FaultyCloud:
    """The deployed product, and the proxy that its functions go through."""

    cloud: Cloud
    proxy: Proxy


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyCloud]:
    folder = tmp_path_factory.mktemp("faults")
    build_for_this_machine(folder / "build")
    proxy = Proxy()
    variables = {"LOCAL_CLOUD_FUNCTIONS_ENDPOINT_URL": proxy.url}
    with Engine(folder / "engine", variables) as engine:
        proxy.engine_port = int(engine.endpoint_url.rpartition(":")[2])
        proxy.notes = engine.state_dir / "tmp" / "lambda" / "environments"
        deployment = Deployment(engine, folder / "terraform", folder / "build")
        yield FaultyCloud(Cloud(engine, deployment, deployment.apply()), proxy)
    proxy.close()


@pytest.fixture
def profile_id() -> int:
    """The id of a profile that no other test uses."""
    return uuid.uuid4().int % 10**9 + 10**9
