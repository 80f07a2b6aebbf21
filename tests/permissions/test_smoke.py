"""The documented policies of `make smoke` are enough for it, and all of them are needed."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest

from operations.deployment import Deployment
from operations.redrive import failure_queue
from operations.smoke.catalogue import CLEAN_UP, STEPS
from operations.smoke.run import Run
from operations.smoke.steps import Outcome, Result, Step, results_of
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

POLICY = re.compile(r"```json\n(.+?)```", re.DOTALL)
# The outputs that a deployment without the web API lacks.
OF_THE_WEB_API = ("web_api_url", "web_state_table_name")
OF_THE_MAILS = ("user_table_name", "state_machine_arn", "mail_feedback_topic_arn")
PATIENCE_SECONDS = 20.0
# The only user of the right to invoke: no line of a run comes at this level.
QUIET = "user_table_trigger"


Begun = Callable[..., tuple[Run, str]]


def documented(world: World) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The statements of the page, for the account of the stack: always, and without the web API."""
    section = (DOCS / "smoke.md").read_text("utf-8").partition("# Rights of make smoke\n")[2]
    account = world.outputs["account_id"]
    always, without = (
        json.loads(policy.replace("123456789012", account))["Statement"]
        for policy in POLICY.findall(section)
    )
    return always, without


@pytest.fixture
def begin(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begun]:
    """Begins a run of somebody with some rights alone; with that one's name; removed after it."""
    monkeypatch.setattr(failure_queue, "WAIT_SECONDS", 0)
    clear_what_others_left(world)
    world.web.forget_attempts()
    runs: list[Run] = []

    def begin(rights: list[dict[str, Any]], *, without: Sequence[str] = ()) -> tuple[Run, str]:
        name, make = role_with(world, rights)
        outputs = {**world.outputs, **dict.fromkeys(without)}
        found = DeploymentOfOperator(
            outputs, environment.REGION, world.engine.endpoint_url, make=make
        )
        runs.append(Run(found, patience_seconds=PATIENCE_SECONDS))
        return runs[-1], name

    yield begin
    for run in runs:
        theirs = replace(
            run, found=Deployment(world.outputs, environment.REGION, world.engine.endpoint_url)
        )
        assert do(CLEAN_UP, theirs).is_ok


def do(step: Step, run: Run) -> Result:
    """One step after what it needs was done."""
    (result,) = results_of([replace(step, needs=())], run, Progress())
    return result


def red(results: list[Result]) -> dict[str, str]:
    """What is not ok, and why."""
    return {result.step.name: result.detail for result in results if not result.is_ok}


def assert_all_is_needed(
    world: World, mark: int, name: str, statements: list[dict[str, Any]]
) -> None:
    """That somebody was refused nothing since, and has used each right of the statements."""
    asked = [one for one in world.decisions.since(mark) if one.principal == name]
    assert [one for one in asked if not one.allowed] == []
    unused = [
        f"{action} on {arn}"
        for statement in statements
        for action in listed(statement["Action"])
        for arn in listed(statement["Resource"])
        if not any(one.action == action and fnmatchcase(one.resource, arn) for one in asked)
    ]
    assert unused == []


def test_documented_policy_is_what_make_smoke_needs(world: World, begin: Begun) -> None:
    policy, _ = documented(world)
    run, name = begin(policy)
    mark = world.decisions.mark()
    url = world.outputs["failure_queue_urls"]["activation"]

    with world.variable(QUIET, "POWERTOOLS_LOG_LEVEL", "WARNING"):
        assert red(list(results_of(STEPS, run, Progress()))) == {}
    body = json.dumps({"input": json.dumps({"username": run.username})})
    for message in (body, "somebody else's"):
        world.sqs.send_message(QueueUrl=url, MessageBody=message)
    assert do(CLEAN_UP, run).is_ok
    world.sqs.purge_queue(QueueUrl=url)

    assert_all_is_needed(world, mark, name, policy)


def test_documented_policies_are_what_it_needs_without_the_web_api(
    world: World, begin: Begun
) -> None:
    always, more = documented(world)
    policy = [one for one in always if "web-state" not in str(one["Resource"])]
    run, name = begin([*policy, *more], without=OF_THE_WEB_API)
    mark = world.decisions.mark()

    results = list(results_of(STEPS, run, Progress()))
    assert red(results) == {}
    done = {one.step.name for one in results if one.outcome is Outcome.OK}
    assert {"mail", "bounce", "thumbnail", "second upload", "removal"} <= done
    assert "sign-in" not in done
    assert do(CLEAN_UP, run).is_ok

    assert_all_is_needed(world, mark, name, more)


def test_documented_policies_are_what_it_needs_with_pictures_alone(
    world: World, begin: Begun
) -> None:
    always, more = documented(world)
    users = f":table/{world.outputs['user_table_name']}"
    text = json.dumps([one for one in always if "web-state" not in str(one["Resource"])])
    # As the page says: the scan of the other table.
    policy = json.loads(text.replace(users, f":table/{world.outputs['user_profile_table_name']}"))
    run, name = begin([*policy, *more], without=(*OF_THE_WEB_API, *OF_THE_MAILS))
    mark = world.decisions.mark()

    assert red(list(results_of(STEPS, run, Progress()))) == {}
    assert do(CLEAN_UP, run).is_ok

    scan = next(one for one in policy if one["Action"] == "dynamodb:Scan")
    assert_all_is_needed(world, mark, name, [scan])


def test_function_without_a_right_makes_its_step_red(world: World, begin: Begun) -> None:
    run, _ = begin(documented(world)[0])
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
