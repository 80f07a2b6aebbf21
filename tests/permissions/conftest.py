"""The whole product with its roles and their boundary enforced, applied once, and every flow."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local_cloud import folders
from local_cloud.engine.hooks.permissions import DECISIONS_VARIABLE
from local_cloud.engine.process import Engine
from local_cloud.packages import build_for_this_machine
from tests.end_to_end.conftest import BOUNDARY_ARN
from tests.end_to_end.deploying_roles import apply_bootstrap
from tests.end_to_end.quick_stack import QuickStack
from tests.end_to_end.web import MANY_SIGN_UPS
from tests.permissions.decisions import Decision, Decisions
from tests.permissions.flows import Flow, all_flows
from tests.permissions.tinypng_service import tinypng_service
from tests.permissions.world import World


@dataclass(frozen=True)
class Run:
    """A flow that ran with all permissions.

    Attributes:
        flow: the flow.
        decisions: the decisions meanwhile.
        error: why it failed, if it did.
        seconds: its duration.
    """

    flow: Flow
    decisions: frozenset[Decision]
    error: str
    seconds: float


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("permissions")
    decisions = Decisions(folder / "decisions.jsonl")
    build_for_this_machine(folders.BUILD)
    settings = {
        "AUTH": "true",
        DECISIONS_VARIABLE: str(folder / "decisions.jsonl"),
        # As many retries as in production, but sooner.
        "SFN_WAIT_SCALE": "0.001",
    }
    with tinypng_service() as tinypng, Engine(folder / "engine", settings) as engine:
        # Without the other roles, which no flow needs.
        boundary = "-target=aws_iam_policy.boundary"
        apply_bootstrap(engine, folder / "bootstrap", boundary, "-var=delivery={}")
        # The thumbnail engine that needs more permissions.
        variables = {
            "permissions_boundary": BOUNDARY_ARN,
            "thumbnails": {"engine": "tinypng", "tinypng_base_url": tinypng},
            "tinypng_api_key": "of nobody",
            **MANY_SIGN_UPS,
        }
        stack = QuickStack(engine, folder / "terraform", folders.BUILD, variables=variables)
        world = World(engine, stack, stack.apply(), decisions)
        # Beside the sender's address, its domain is registered too, as somebody else may have done.
        domain = world.outputs["from_address"].partition("@")[2]
        engine.client("sesv2").create_email_identity(EmailIdentity=domain)
        yield world
        world.web.http.close()


@pytest.fixture(scope="session")
def runs(world: World) -> list[Run]:
    """Every flow, with all permissions."""
    assert world.person  # made before the flows, so that none of them has its permissions
    found = []
    for flow in all_flows(world):
        mark, started = world.decisions.mark(), time.monotonic()
        error = failure_of(flow, world)
        seconds = time.monotonic() - started
        found.append(Run(flow, frozenset(world.decisions.since(mark)), error, seconds))
        print(f"{seconds:5.1f} s  {flow.name}: {error or 'works'}")  # noqa: T201 - how far it is
    return found


def failure_of(flow: Flow, world: World) -> str:
    """Run a flow; return why it fails, or nothing."""
    try:
        flow.run(world)
    except Exception as error:  # noqa: BLE001 - a flow may fail by anything
        return f"{type(error).__name__}: {error}"[:500]
    return ""
