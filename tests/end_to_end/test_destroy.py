"""A stack that was used can be destroyed, and the roles of terraform/bootstrap may do all of it.

Of all tests on a stack these are the last: tests/side_by_side.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import BOUNDARY_ARN, REQUEST_LOG, Cloud
from tests.end_to_end.deploying_roles import (
    NOT_USED_HERE,
    apply_bootstrap,
    rights_in,
    state_in_s3,
)
from tests.rights import Request, Statement, allows, listed
from tests.terraform_calls import Call, Place, calls_in, requests_of
from tooling.environment import REGION

PLAN, DEPLOY = (f"onboarding-dev-{role}-{REGION}" for role in ("plan", "deploy"))


@dataclass(frozen=True)
class Requests:
    """What Terraform asked of AWS: for a plan, and in all; each as IAM sees it."""

    plan: set[Request]
    all: set[Request]


@dataclass(frozen=True)
class Destroyed:
    """A stack that was destroyed: what is left, by kind, and what Terraform asked before."""

    left: dict[str, list[Any]]
    requests: Requests


@pytest.fixture(scope="module")
def destroyed(cloud: Cloud) -> Destroyed:
    """The stack after use, a plan and a destroy."""
    log = cloud.engine.state_dir.parent / REQUEST_LOG
    use(cloud)
    start = log.stat().st_size
    cloud.stack.plan_has_changes()
    end = log.stat().st_size
    cloud.stack.destroy()
    left = {kind: found for kind, found in found_in(cloud.engine.client).items() if found}
    place = Place(REGION, cloud.outputs["account_id"])
    requests = Requests(asked(calls_in(log, start, end), place), asked(calls_in(log), place))
    return Destroyed(left, requests)


def use(cloud: Cloud) -> None:
    """Leave data of all kinds in it: users, messages, and versions under odd keys."""
    cloud.wait_for_mail(cloud.insert_user())
    cloud.create_profile(1)
    for key in ("original/a.jpg", "original/a b+c%20d/é.jpg"):
        for data in (b"no picture", b"none either"):
            cloud.upload(key, data, user_profile_id="1")
    cloud.wait_for_profile(1, "thumbnailStatus", "FAILED")
    cloud.sqs.send_message(
        QueueUrl=cloud.outputs["failure_queue_urls"]["activation"], MessageBody="left behind"
    )


def found_in(client: Callable[[str], Any]) -> dict[str, list[Any]]:
    return {
        "tables": client("dynamodb").list_tables()["TableNames"],
        "buckets": client("s3").list_buckets()["Buckets"],
        "queues": client("sqs").list_queues().get("QueueUrls", []),
        "state machines": client("stepfunctions").list_state_machines()["stateMachines"],
        "functions": client("lambda").list_functions()["Functions"],
        "layers": client("lambda").list_layers()["Layers"],
        "mappings": client("lambda").list_event_source_mappings()["EventSourceMappings"],
        "APIs": client("apigatewayv2").get_apis()["Items"],
        "parameters": client("ssm").describe_parameters()["Parameters"],
        "log groups": client("logs").describe_log_groups()["logGroups"],
        "alarms": client("cloudwatch").describe_alarms()["MetricAlarms"],
        "dashboards": client("cloudwatch").list_dashboards()["DashboardEntries"],
        "topics": client("sns").list_topics()["Topics"],
        "roles": client("iam").list_roles()["Roles"],
        "identities": client("sesv2").list_email_identities().get("EmailIdentities", []),
        "sets": client("sesv2").list_configuration_sets().get("ConfigurationSets", []),
    }


def test_destroy_leaves_nothing(destroyed: Destroyed) -> None:
    assert destroyed.left == {}


# --- the roles of terraform/bootstrap ---


def asked(calls: list[Call], place: Place) -> set[Request]:
    """What IAM decides about for these calls."""
    # What it knows of a role and of a mapping, and the requests don't say.
    function = place.arn("lambda", "function:onboarding-dev-UserTableTrigger")
    known = {
        "iam:PutRolePolicy": {"iam:PermissionsBoundary": BOUNDARY_ARN},
        "lambda:DeleteEventSourceMapping": {"lambda:FunctionArn": function},
        "lambda:GetEventSourceMapping": {"lambda:FunctionArn": function},
    }
    found = {request for call in calls for request in requests_of(call, place)}
    return {
        Request(one.action, one.resource, {**one.context, **known.get(one.action, {})})
        for one in found
    }


@dataclass(frozen=True)
class Roles:
    """What the plan role and the deploy role may do; and the latter without `make smoke`."""

    plan: list[Statement]
    deploy: list[Statement]
    without_smoke: list[Statement]


@pytest.fixture(scope="module")
def roles(cloud: Cloud, destroyed: Destroyed, tmp_path_factory: pytest.TempPathFactory) -> Roles:
    """terraform/bootstrap, applied to the engine that the stack was destroyed at."""
    assert destroyed
    apply_bootstrap(cloud.engine, tmp_path_factory.mktemp("bootstrap") / "terraform")
    iam = cloud.engine.client("iam")
    iam.get_policy(PolicyArn=BOUNDARY_ARN)  # that which the stack's roles had
    return Roles(
        rights_in(iam, PLAN),
        rights_in(iam, DEPLOY),
        rights_in(iam, DEPLOY, without="-smoke-"),
    )


def refused(statements: list[Statement], requests: set[Request]) -> list[str]:
    return sorted(
        f"{one.action} on {one.resource}" for one in requests if not allows(statements, one)
    )


def test_plan_role_may_all_that_a_plan_asks(destroyed: Destroyed, roles: Roles) -> None:
    assert len({one.action for one in destroyed.requests.plan}) > 50
    assert refused(roles.plan, destroyed.requests.plan) == []


def test_deploy_role_may_all_that_plan_apply_and_destroy_ask(
    destroyed: Destroyed, roles: Roles
) -> None:
    assert len({one.action for one in destroyed.requests.all}) > 110
    assert refused(roles.without_smoke, destroyed.requests.all) == []


def test_each_right_is_used_or_has_its_reason(
    cloud: Cloud, destroyed: Destroyed, roles: Roles, tmp_path: Path
) -> None:
    state = requests_on_the_state(cloud, tmp_path)
    used = {one.action for one in destroyed.requests.all | state.all}
    granted = {
        action
        for statement in [*roles.plan, *roles.without_smoke]
        for action in listed(statement["Action"])
    }
    assert granted - used == set(NOT_USED_HERE)
    assert refused(roles.plan, state.plan) == []
    assert refused(roles.without_smoke, state.all) == []
    # A plan does not write the state.
    assert refused(roles.plan, state.all) != []


def requests_on_the_state(cloud: Cloud, folder: Path) -> Requests:
    """What a plan and an apply ask of the bucket of the state."""
    log = cloud.engine.state_dir.parent / REQUEST_LOG
    terraform = state_in_s3(cloud.engine, folder / "terraform")
    start = log.stat().st_size
    terraform.run(["init", "-input=false", "-no-color"])
    terraform.run(["plan", "-input=false", "-no-color"])
    end = log.stat().st_size
    terraform.run(["apply", "-auto-approve", "-input=false", "-no-color"])
    place = Place(REGION, cloud.outputs["account_id"])
    return Requests(asked(calls_in(log, start, end), place), asked(calls_in(log, start), place))
