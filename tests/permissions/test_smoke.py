"""The documented policy of `make smoke` is enough for it, and all of it is needed."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest

from operations.redrive import failure_queue
from operations.smoke.catalogue import CLEAN_UP, STEPS
from operations.smoke.run import Run
from operations.smoke.steps import Result, Step, results_of
from tests.permissions.declared import listed, role_permissions
from tests.permissions.test_operators import (
    DOCS,
    DeploymentOfOperator,
    clear_what_others_left,
    role_with,
)
from tests.permissions.world import World
from tooling import environment
from tooling.progress import Progress

POLICY = re.compile(r"# Rights of make smoke\n.+?```json\n(.+?)```", re.DOTALL)
PATIENCE_SECONDS = 20.0
# The only user of the right to invoke: no line of a run comes at this level.
QUIET = "user_table_trigger"


def documented_policy(world: World) -> list[dict[str, Any]]:
    """The statements of the page, for the account of the stack."""
    found = POLICY.search((DOCS / "smoke.md").read_text("utf-8"))
    assert found is not None
    policy = json.loads(found[1].replace("123456789012", world.outputs["account_id"]))
    statements: list[dict[str, Any]] = policy["Statement"]
    return statements


@pytest.fixture
def begun(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Run, str]]:
    """A run of somebody with the documented rights alone, and that one's name; removed after it."""
    monkeypatch.setattr(failure_queue, "WAIT_SECONDS", 0)
    clear_what_others_left(world)
    world.web.forget_attempts()
    name, make = role_with(world, documented_policy(world))
    endpoint_url = world.engine.endpoint_url
    found = DeploymentOfOperator(world.outputs, environment.REGION, endpoint_url, make=make)
    yield Run(found, patience_seconds=PATIENCE_SECONDS), name
    assert do(CLEAN_UP, Run(found)).is_ok


def do(step: Step, run: Run) -> Result:
    """One step after what it needs was done."""
    (result,) = results_of([replace(step, needs=())], run, Progress())
    return result


def red(results: list[Result]) -> dict[str, str]:
    """What is not ok, and why."""
    return {result.step.name: result.detail for result in results if not result.is_ok}


def test_documented_policy_is_what_make_smoke_needs(world: World, begun: tuple[Run, str]) -> None:
    run, name = begun
    mark = world.decisions.mark()
    url = world.outputs["failure_queue_urls"]["activation"]

    with world.variable(QUIET, "POWERTOOLS_LOG_LEVEL", "WARNING"):
        assert red(list(results_of(STEPS, run, Progress()))) == {}
    body = json.dumps({"input": json.dumps({"username": run.username})})
    for message in (body, "somebody else's"):
        world.sqs.send_message(QueueUrl=url, MessageBody=message)
    assert do(CLEAN_UP, run).is_ok
    world.sqs.purge_queue(QueueUrl=url)

    asked = [one for one in world.decisions.since(mark) if one.principal == name]
    assert [one for one in asked if not one.allowed] == []
    unused = [
        f"{action} on {arn}"
        for statement in documented_policy(world)
        for action in listed(statement["Action"])
        for arn in listed(statement["Resource"])
        if not any(one.action == action and fnmatchcase(one.resource, arn) for one in asked)
    ]
    assert unused == []


def test_function_without_a_right_makes_its_step_red(world: World, begun: tuple[Run, str]) -> None:
    run, _ = begun
    sending = next(
        permission
        for permission in role_permissions(world.engine.client("iam"), "onboarding-dev-Send")
        if permission.action == "ses:SendEmail" and ":configuration-set/" in permission.resource
    )
    steps = {step.name: step for step in STEPS}
    with world.without(sending):
        assert do(steps["sign-up"], run).is_ok
        failed = do(steps["execution"], run).detail
    assert failed.startswith("the execution has FAILED: MailRejectedError")
