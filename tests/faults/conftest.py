"""The product on an engine; a proxy between its functions and AWS makes AWS fail."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local_cloud import folders
from local_cloud.engine.process import Engine
from local_cloud.packages import build_for_this_machine
from operations.deployment import Deployment
from tests.end_to_end.conftest import Cloud
from tests.end_to_end.failure_records import put_all_back
from tests.end_to_end.quick_stack import QuickStack
from tests.end_to_end.web import MANY_SIGN_UPS
from tests.faults.proxy import Proxy


def redrive_all(cloud: Cloud) -> None:
    """Put back what is in the failure queues, as `make redrive` does."""
    engine = cloud.engine
    put_all_back(Deployment(cloud.outputs, cloud.outputs["region"], engine.endpoint_url))


@dataclass(frozen=True)
class FaultyCloud:
    """The deployed product, and the proxy of its functions."""

    cloud: Cloud
    proxy: Proxy


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyCloud]:
    folder = tmp_path_factory.mktemp("faults")
    build_for_this_machine(folders.BUILD)
    proxy = Proxy()
    variables = {"LOCAL_CLOUD_FUNCTIONS_ENDPOINT_URL": proxy.url}
    with Engine(folder / "engine", variables) as engine:
        proxy.engine_port = int(engine.endpoint_url.rpartition(":")[2])
        proxy.notes = engine.state_dir / "tmp" / "lambda" / "environments"
        stack = QuickStack(engine, folder / "terraform", folders.BUILD, variables=MANY_SIGN_UPS)
        yield FaultyCloud(Cloud(engine, stack, stack.apply()), proxy)
    proxy.close()


@pytest.fixture
def profile_id() -> int:
    """The id of a profile that no other test uses."""
    return uuid.uuid4().int % 10**9 + 10**9
