"""Names that are taken, before a first apply and before a later one."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from operations.preflight import aws, names
from operations.preflight.aws import Aws, Question
from tests.unit.operations.preflight.conftest import (
    ACCOUNT,
    DOMAIN,
    REGION,
    Cloud,
    Lines,
    Make,
    Refusal,
    holding,
)

ROLE = {"Path": "/", "RoleName": "it", "RoleId": "A" * 16, "Arn": "a" * 20, "CreateDate": 0}
# An answer for each kind by which AWS says that the resource exists.
EXISTS: Mapping[str, Any] = {
    "bucket": {},
    "domain name": {"DomainName": DOMAIN["name"]},
    "function": {"FunctionName": "it"},
    "log group": lambda asked: {"logGroups": [{"logGroupName": asked["logGroupNamePrefix"]}]},
    "parameter": {"Parameters": [{"Name": "it"}]},
    "queue": {"QueueUrl": "https://it"},
    "role": {"Role": ROLE},
    "SES configuration set": {"ConfigurationSetName": "it"},
    "state machine": {
        "stateMachineArn": "it", "name": "it", "definition": "{}", "roleArn": "it",
        "type": "STANDARD", "creationDate": 0,
    },
    "table": {"Table": {"TableName": "a-table"}},
    "topic": {"Attributes": {}},
}  # fmt: skip
TAKEN = f"{names.TAKEN.found}; {names.TAKEN.remedy}"
DENIED = [
    *("AccessDenied", "AccessDeniedException", "AuthorizationError"),
    *("AuthorizationErrorException", "UnauthorizedOperation"),
]


def exists(kind: str) -> Any:  # noqa: ANN401 - any answer
    answer = EXISTS[kind]
    return answer if callable(answer) else lambda _: dict(answer)


def test_an_empty_account(lines: Lines) -> None:
    assert lines(names.check) == [
        "ok    bucket names: 2 free",
        "ok    function names: 8 free",
        "ok    log group names: 9 free",
        "ok    parameter names: 1 free",
        "ok    queue names: 7 free",
        "ok    role names: 9 free",
        "ok    SES configuration set names: 1 free",
        "ok    state machine names: 1 free",
        "ok    table names: 3 free",
        "ok    topic names: 2 free",
    ]


def test_parts_that_are_not_deployed_need_no_name(context: Make) -> None:
    """tests/terraform/test_preflight.py compares the names with Terraform's plan."""

    def ends(**changes: Any) -> list[str]:  # noqa: ANN401 - variables' values
        off = {"enable_web_api": False, "alarms": {"enabled": False}}
        found = names.names_of(context(**off, **changes))
        return [name.name.removeprefix("onboarding-dev-") for name in found]

    mails = ends(enable_profile_images=False, mail={"create_configuration_set": False})
    assert [name for name in mails if "mage" in name or "humb" in name or "eedback" in name] == []
    assert "User" in mails
    express = ends(enable_profile_images=False, mail={"state_machine_type": "EXPRESS"})
    assert "/aws/vendedlogs/states/onboarding-dev-SendUserActivationMail" in express
    pictures = ends(enable_user_activation=False)
    assert [name for name in pictures if "User" in name or "ctivation" in name] == []
    assert "user-profile" in pictures


@pytest.mark.parametrize("kind", names.KINDS)
def test_a_name_that_something_else_has(cloud: Cloud, lines: Lines, kind: str) -> None:
    cloud.answer(names.KINDS[kind].question, exists(kind))
    (line,) = [line for line in lines(names.check, web_api={"domain": DOMAIN}) if line[0] == "f"]
    assert line.startswith(f"fail  {kind} names: ")
    assert line.endswith(
        ": taken by what an earlier deployment has left, or by another deployment; "
        + names.OTHER_NAMES
    )


def test_names_that_are_taken_are_listed(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.QUEUE, exists("queue"))
    (line,) = [line for line in lines(names.check) if line[0] == "f"]
    assert line.startswith(
        "fail  queue names: onboarding-dev-activation-failures, "
        "onboarding-dev-user-table-trigger-failures, onboarding-dev-mail-feedback and 4 more: taken"
    )


@pytest.mark.parametrize("kind", names.KINDS)
def test_a_later_apply(cloud: Cloud, lines: Lines, context: Make, kind: str) -> None:
    """All that the state holds is there, and none of it is asked about."""
    domain = {"domain": DOMAIN}
    arns = [name.arn for name in names.names_of(context(web_api=domain))]
    for other in names.KINDS:
        cloud.answer(names.KINDS[other].question, exists(other))
    found = lines(names.check, holding(*arns), web_api=domain)
    assert [line[:4] for line in found] == ["ok  "] * len(names.KINDS)
    assert f"ok    {kind} names: " in "\n".join(found)
    assert cloud.asked == []


def test_a_later_apply_with_one_name_more(cloud: Cloud, lines: Lines, context: Make) -> None:
    """The pictures are switched on, and something else has their table's name."""
    ours = names.names_of(context(enable_profile_images=False, enable_web_api=False))
    cloud.answer(
        aws.TABLE,
        lambda asked: (
            exists("table")(asked)
            if asked["TableName"].endswith("-user-profile")
            else Refusal("ResourceNotFoundException")
        ),
    )
    found = lines(names.check, holding(*(name.arn for name in ours)))
    assert "ok    table names: 1 free, 1 of this deployment" in found
    assert [line for line in found if line[0] == "f"] == [
        "fail  table names: onboarding-dev-user-profile: " + TAKEN
    ]


def test_the_state_of_another_region_is_not_this_ones(
    cloud: Cloud, lines: Lines, context: Make
) -> None:
    elsewhere = names.names_of(context(region="eu-west-1"))
    cloud.answer(aws.QUEUE, exists("queue"))
    found = lines(names.check, holding(*(name.arn for name in elsewhere)))
    assert sum(line.startswith("fail  queue names: ") for line in found) == 1
    assert not any(line.startswith("ok    queue names: ") for line in found)


def test_a_state_that_could_not_be_read(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.STATE_MACHINE, exists("state machine"))
    assert [line for line in lines(names.check, None) if line[0] != "o"] == [
        (
            "warn  state machine names: onboarding-dev-SendUserActivationMail: taken, and whether "
            "by this deployment is not known; see the line `state`"
        )
    ]


def test_a_bucket_of_somebody_else(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.BUCKET, Refusal("403", 403))
    (line,) = [line for line in lines(names.check) if line[0] == "f"]
    first, second = (f"onboarding-dev-{it}-{ACCOUNT}-{REGION}" for it in ("artifacts", "images"))
    assert line == (
        f"fail  bucket names: {first}, {second}: taken by somebody else, or you lack "
        "s3:ListBucket on it; choose another name_prefix or environment"
    )


@pytest.mark.parametrize("code", DENIED)
def test_a_missing_right_is_said_once(cloud: Cloud, lines: Lines, code: str) -> None:
    cloud.answer(aws.ROLE, Refusal(code, 403))
    assert [line for line in lines(names.check) if line[0] != "o"] == [
        (
            f"warn  role names: onboarding-dev-UserTableTrigger-{REGION}, "
            f"onboarding-dev-GetUserActivationStatus-{REGION}, "
            f"onboarding-dev-SendUserActivationMail-{REGION} and 6 more: not checked: needs "
            "iam:GetRole; apply fails if one is taken"
        )
    ]


def test_an_answer_that_says_neither(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(aws.TOPIC, Refusal("Throttling", message="Rate exceeded\x1b[31m"))
    assert [line for line in lines(names.check) if line[0] != "o"] == [
        (
            "warn  topic names: onboarding-dev-mail-feedback, onboarding-dev-alarms: not checked: "
            "Throttling: Rate exceeded\\x1b[31m; run it again"
        )
    ]


def test_a_longer_name_with_the_same_start_is_another(cloud: Cloud, lines: Lines) -> None:
    cloud.answer(
        aws.LOG_GROUPS,
        lambda asked: {"logGroups": [{"logGroupName": f"{asked['logGroupNamePrefix']}2"}]},
    )
    assert "ok    log group names: 9 free" in lines(names.check)


@pytest.mark.parametrize(
    ("kind", "empty", "token"),
    [
        ("parameter", {"Parameters": []}, "NextToken"),
        ("log group", {"logGroups": []}, "nextToken"),
    ],
)
def test_an_empty_page_is_not_the_last(
    cloud: Cloud, lines: Lines, kind: str, empty: dict[str, Any], token: str
) -> None:
    def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
        number = int(asked.get(token, "0"))
        page: dict[str, Any] = exists(kind)(asked) if number == 2 else dict(empty)
        return page if number == 2 else {**page, token: str(number + 1)}

    cloud.answer(names.KINDS[kind].question, answer)
    (line,) = [line for line in lines(names.check) if line[0] == "f"]
    assert line.startswith(f"fail  {kind} names: ")


@pytest.mark.parametrize("question", [kind.question for kind in names.KINDS.values()])
def test_codes_for_what_is_not_there_are_the_operations_own(
    wired: tuple[Aws, list[Cloud]], question: Question
) -> None:
    """By AWS's description of each API, as botocore has it."""
    client = wired[0].client(question.service)
    operation = client.meta.method_to_api_mapping[question.operation]
    shapes = client.meta.service_model.operation_model(operation).error_shapes
    known = {shape.metadata.get("error", {}).get("code", shape.name) for shape in shapes}
    # Without a body there is no code but the status; SQS keeps the code of its former protocol.
    known |= {"404", "AWS.SimpleQueueService.NonExistentQueue"}
    assert set(question.not_there) <= known


def test_requests_are_those_that_a_service_takes(
    context: Make, aws: None, aws_session: boto3.Session
) -> None:
    """Moto has none of the names, and then each."""
    del aws
    given = replace(context(), aws=Aws(aws_session, REGION))
    chosen = [name for name in names.names_of(given) if name.kind in {"bucket", "table"}]
    assert [names.look(given, name) for name in chosen] == [None] * 5
    for name in chosen:
        make(name)
    assert None not in [names.look(given, name) for name in chosen]


def make(name: names.Name) -> None:
    if name.kind == "bucket":
        where: Any = {"LocationConstraint": REGION}
        boto3.client("s3").create_bucket(Bucket=name.name, CreateBucketConfiguration=where)
        return
    boto3.client("dynamodb").create_table(
        TableName=name.name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/github-actions/onboarding-prod-boundary-{REGION}"


@pytest.mark.parametrize(("own", "shorter", "longer"), [
    ("prod", "prod", "prod-eu"),
    ("prod-eu", "prod", "prod-eu"),
    ("prod-eu-2", "prod", "prod-eu-2"),
])  # fmt: skip
def test_environment_that_a_deploy_role_reaches_into(
    lines: Lines, source: Path, own: str, shorter: str, longer: str
) -> None:
    other = {shorter, longer} - {own}
    (source / "environments").mkdir()
    for name in (own, *other, "production", "staging"):
        (source / "environments" / f"{name}.tfvars").touch()
    check = names.check_environments
    (found,) = lines(check, environment=own, permissions_boundary=BOUNDARY)
    assert found.startswith("warn  environments: in one account, region and name_prefix")
    assert f"the deploy role of {shorter} reaches what {longer} has" in found
    # Without roles of terraform/bootstrap there is nothing to reach.
    assert lines(check, environment=own) == []
    assert lines(check, environment="staging", permissions_boundary=BOUNDARY) == []
