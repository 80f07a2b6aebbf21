"""What every policy must keep to, as it is planned: `scans.policies` renders them.

The local engine enforces most rights of roles, and nothing of: SES, KMS, the state machine's role,
the permission of S3 to call a function, what a stream's poller reads, trust policies, policies of
queues and buckets. Those are held here. Everything is found in the plan, so that a new function,
queue or role is covered by itself.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from scans.policies import (
    ACCOUNT,
    BOUNDARY_ARN,
    FORMER_KEY_ARN,
    FROM_ADDRESS,
    KEY_ARN,
    Policy,
    Resource,
    Stack,
    as_list,
)
from scans.policies import variants as variants_of
from tooling import paths

Statement = dict[str, Any]

# Actions for which AWS has no resource finer than "*", each with where it says so.
NO_FINER_RESOURCE = {
    **dict.fromkeys(
        (
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        ),
        "sets up the delivery of an EXPRESS state machine's logs: "
        "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
    ),
    **dict.fromkeys(
        (
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ),
        "traces belong to no resource: "
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html",
    ),
}

# What a poller does with the execution role, by the kind of source:
# https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
# https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
POLLERS = {
    "dynamodb": {
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
    },
    "sqs": {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"},
}

# What may stand behind the name of one thing: log streams, objects below a prefix.
BELOW_ONE_THING = re.compile(r"(:\*|/[\w/-]+/\*)?")

# Services whose name for the source of a request may be missing, and why.
SOURCE_MAY_BE_MISSING = {
    "lambda.amazonaws.com": "docs/adr/0025-sources-of-lambda-roles.md",
    "sns.amazonaws.com": "https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html",
}

# source_account refuses each call without aws:SourceAccount. AWS names S3 and SES for it, and
# nothing says that these send it. The ARN of their source has the account:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-permission.html
SENDS_NO_SOURCE_ACCOUNT = {"apigateway.amazonaws.com"}

# The same of a bucket's policy: AWS names aws:SourceArn alone, and the distribution's has the
# account:
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
READS_WITH_SOURCE_ARN_ALONE = {"cloudfront.amazonaws.com"}


VARIANTS = sorted(variants_of(paths.TERRAFORM_SOURCE))


@pytest.fixture(params=VARIANTS)
def stack(request: pytest.FixtureRequest, stacks: dict[str, Stack]) -> Stack:
    return stacks[request.param]


class Right(NamedTuple):
    """One action that a policy allows on one resource."""

    action: str
    resource: str
    statement: Statement
    policy: Policy


def rights(policies: list[Policy]) -> Iterator[Right]:
    """What policies of roles allow."""
    for policy in policies:
        if policy.kind == "identity":
            for statement in policy.allowed:
                for action in as_list(statement["Action"]):
                    for resource in as_list(statement["Resource"]):
                        yield Right(action, resource, statement, policy)


def role_of(stack: Stack, function_arn: str) -> str:
    (function,) = [
        found
        for found in stack.of_type("aws_lambda_function")
        if found.values["arn"] == function_arn
    ]
    return str(function.values["role"])


def arns_of(stack: Stack) -> set[str]:
    """Everything that the stack creates, or was handed, and that a right may name."""
    created = {
        value
        for resource in stack.resources
        for key, value in resource.values.items()
        if isinstance(value, str) and key.endswith("arn") and value.startswith("arn:")
    }
    return created | {KEY_ARN, FORMER_KEY_ARN}


# --- the plans themselves ---


def test_every_policy_is_known(stack: Stack) -> None:
    roles = stack.of_type("aws_iam_role")
    assert len(roles) > len(stack.of_type("aws_lambda_function")) > 4
    carried = [policy for policy in stack.policies if policy.kind == "trust"]
    assert len(carried) == len(roles)
    for role in roles:
        assert stack.policies_of_role(role.values["arn"]), role.address


def test_no_policy_comes_another_way(stack: Stack) -> None:
    # A managed policy would be outside of what is checked.
    assert not stack.of_type(
        "aws_iam_policy",
        "aws_iam_policy_attachment",
        "aws_iam_role_policy_attachment",
        "aws_iam_user",
        "aws_iam_group",
        "aws_lambda_layer_version_permission",
    )


def test_the_variants_differ(stacks: dict[str, Stack]) -> None:
    assert set(stacks) == set(VARIANTS)
    everything, least = stacks["everything"], stacks["least"]
    assert any(right.resource == "*" for right in rights(everything.policies))
    assert "ssm:GetParameter" in {right.action for right in rights(everything.policies)}
    assert len(least.resources) < len(stacks["default"].resources)


def test_each_role_has_the_permissions_boundary(stacks: dict[str, Stack]) -> None:
    # Without one, nothing changes for a deployment from before the variable.
    for name, wanted in (("everything", BOUNDARY_ARN), ("default", None)):
        roles = stacks[name].of_type("aws_iam_role")
        assert len(roles) > 5
        assert {role.values["permissions_boundary"] for role in roles} == {wanted}


# --- what is allowed ---


def test_each_allowed_action_is_named(stack: Stack) -> None:
    for policy in stack.policies:
        for statement in policy.allowed:
            assert not {"NotAction", "NotResource", "NotPrincipal"} & set(statement), policy.address
            for action in as_list(statement["Action"]):
                assert "*" not in action, f"{policy.address} allows {action}"


def test_each_right_is_on_something_of_this_deployment(stack: Stack) -> None:
    known = arns_of(stack)
    for action, resource, _, policy in rights(stack.policies):
        where = f"{policy.address} allows {action} on {resource}"
        if resource == "*":
            assert action in NO_FINER_RESOURCE, f"{where}: name a resource, or the reason here"
        elif action.startswith("ses:"):
            continue  # see test_mails_go_out_from_the_own_address_only
        else:
            assert any(
                resource.startswith(arn) and BELOW_ONE_THING.fullmatch(resource.removeprefix(arn))
                for arn in known
            ), where


def test_nothing_is_open_to_everybody(stack: Stack) -> None:
    for policy in stack.policies:
        for statement in policy.allowed:
            assert statement.get("Principal") != "*", policy.address
            for principals in statement.get("Principal", {}).values():
                for principal in as_list(principals):
                    assert "*" not in principal, policy.address


def test_queues_and_buckets_refuse_requests_without_tls(stack: Stack) -> None:
    buckets = {
        found.values["bucket"]: found.values["policy"]
        for found in stack.of_type("aws_s3_bucket_policy")
    }
    carriers = [
        *(json.loads(queue.values["policy"]) for queue in stack.of_type("aws_sqs_queue")),
        *(json.loads(buckets[bucket.values["id"]]) for bucket in stack.of_type("aws_s3_bucket")),
    ]
    assert carriers
    for document in carriers:
        assert any(
            statement["Effect"] == "Deny"
            and statement["Principal"] == "*"
            and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            and as_list(statement["Action"])[0] in {"s3:*", "sqs:*"}
            for statement in as_list(document["Statement"])
        ), document


def test_cloudfront_reads_thumbnails_and_nothing_else(stacks: dict[str, Stack]) -> None:
    read = [
        (action, resource.partition("/")[2])
        for policy in stacks["everything"].policies
        for statement in policy.allowed
        if statement.get("Principal") == {"Service": "cloudfront.amazonaws.com"}
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]
    assert read
    for action, objects in read:
        assert action == "s3:GetObject"
        assert re.fullmatch(r"thumbnails(-[0-9]+)?/\*", objects)
    assert "cloudfront" not in json.dumps(
        [policy.document for policy in stacks["default"].policies]
    )


# --- confused deputies ---


def sources(statement: Statement) -> dict[str, tuple[str, list[str]]]:
    """Operator and values by condition key in lower case: IAM does not tell their cases apart."""
    return {
        key.lower(): (operator, as_list(values))
        for operator, conditions in statement.get("Condition", {}).items()
        for key, values in conditions.items()
    }


def assert_source_is_named(statement: Statement, where: str) -> None:
    services = as_list(statement["Principal"]["Service"])
    conditions = sources(statement)
    if_there = "IfExists" if set(services) <= set(SOURCE_MAY_BE_MISSING) else ""

    if set(services) <= READS_WITH_SOURCE_ARN_ALONE:
        operator, arns = conditions["aws:sourcearn"]
        assert operator == "StringEquals", where
        assert all(arn.split(":")[4] == ACCOUNT and "*" not in arn for arn in arns), where
        return

    operator, accounts = conditions["aws:sourceaccount"]
    assert operator in {"StringEquals", f"StringEquals{if_there}"}, where
    assert accounts == [ACCOUNT], where

    operator, arns = conditions["aws:sourcearn"]
    assert operator in {
        form + end for form in ("ArnEquals", "ArnLike") for end in ("", if_there)
    }, where
    for arn in arns:
        _, _, _, _, account, thing = arn.split(":", maxsplit=5)
        # A bucket's ARN names no account.
        assert account in {ACCOUNT, ""}, where
        assert thing.strip("*:"), where


def test_each_service_is_told_for_whom_it_may_act(stack: Stack) -> None:
    seen = 0
    for policy in stack.policies:
        for statement in policy.allowed:
            if "Service" in statement.get("Principal", {}):
                assert_source_is_named(statement, policy.address)
                seen += 1
    assert seen >= len(stack.of_type("aws_iam_role"))


def test_each_service_that_calls_a_function_is_told_for_whom(stack: Stack) -> None:
    permissions = stack.of_type("aws_lambda_permission")
    assert permissions
    for permission in permissions:
        values = permission.values
        assert values["action"] == "lambda:InvokeFunction", permission.address
        assert values["principal"].endswith(".amazonaws.com"), permission.address
        assert values["source_arn"].startswith("arn:aws:"), permission.address
        if values["principal"] in SENDS_NO_SOURCE_ACCOUNT:
            assert values["source_account"] is None, permission.address
            assert f":{ACCOUNT}:" in values["source_arn"], permission.address
        else:
            assert values["source_account"] == ACCOUNT, permission.address
        assert not values["source_arn"].endswith(":*"), permission.address


def test_a_function_s_role_is_for_that_function(stack: Stack) -> None:
    trusts = {
        policy.carrier.values["arn"]: policy for policy in stack.policies if policy.kind == "trust"
    }
    functions = stack.of_type("aws_lambda_function")
    assert len({function.values["role"] for function in functions}) == len(functions)
    for function in functions:
        (statement,) = trusts[function.values["role"]].statements
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
        _, arns = sources(statement)["aws:sourcearn"]
        name = function.values["function_name"]
        assert f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:{name}" in arns, function.address


# --- what the local engine does not enforce ---


def test_mails_go_out_from_the_own_address_only(stack: Stack) -> None:
    sent = [right for right in rights(stack.policies) if right.action.startswith("ses:Send")]
    assert sent
    thing = re.compile(rf"arn:aws:ses:[\w-]+:{ACCOUNT}:(identity|configuration-set)/[^*/]+")
    for action, resource, statement, policy in sent:
        assert thing.fullmatch(resource), f"{policy.address} allows {action} on {resource}"
        assert sources(statement)["ses:fromaddress"] == ("StringEquals", [FROM_ADDRESS])
    senders = {right.policy.address for right in sent}
    assert len(senders) == 1, senders


def test_each_action_on_a_key_is_on_the_one_that_was_chosen(stacks: dict[str, Stack]) -> None:
    for stack in stacks.values():
        for action, resource, statement, policy in rights(stack.policies):
            if action.startswith("kms:"):
                assert stack.name == "everything", "there is no key to use by default"
                assert "kms:viaservice" in sources(statement), policy.address
                assert resource == KEY_ARN or (action, resource) == ("kms:Decrypt", FORMER_KEY_ARN)


def test_what_decrypts_with_the_key_decrypts_with_the_former_one(stacks: dict[str, Stack]) -> None:
    # Not senders: SQS decrypts for them what it has just encrypted.
    readers: dict[str, set[tuple[str, str]]] = {KEY_ARN: set(), FORMER_KEY_ARN: set()}
    for action, resource, statement, policy in rights(stacks["everything"].policies):
        if action == "kms:Decrypt" and "kms:GenerateDataKey" not in as_list(statement["Action"]):
            for service in sources(statement)["kms:viaservice"][1]:
                readers[resource].add((policy.carrier.values["role"], service))
    assert readers[KEY_ARN] == readers[FORMER_KEY_ARN]
    assert len(readers[KEY_ARN]) > 8


def tasks_of(machine: Resource) -> Iterator[tuple[str, str]]:
    """Action and resource of every task of a definition, however deep."""
    yield from tasks_in(json.loads(machine.values["definition"]))


def tasks_in(part: object) -> Iterator[tuple[str, str]]:
    if isinstance(part, list):
        for each in part:
            yield from tasks_in(each)
    if not isinstance(part, dict):
        return
    if part.get("Type") == "Task":
        yield task(part)
    for each in part.values():
        yield from tasks_in(each)


def task(state: dict[str, Any]) -> tuple[str, str]:
    resource, parameters = state["Resource"], state.get("Parameters", state.get("Arguments", {}))
    if resource.startswith("arn:aws:lambda:"):
        return "lambda:InvokeFunction", resource
    if resource.startswith("arn:aws:states:::lambda:invoke"):
        return "lambda:InvokeFunction", parameters["FunctionName"]
    if resource.startswith("arn:aws:states:::sqs:sendMessage"):
        account, name = parameters["QueueUrl"].rsplit("/", 2)[1:]
        return "sqs:SendMessage", f"arn:aws:sqs:eu-central-1:{account}:{name}"
    raise AssertionError(f"{resource}: say here which right this task needs")


def test_a_state_machine_may_do_its_tasks_and_nothing_else(stack: Stack) -> None:
    machines = stack.of_type("aws_sfn_state_machine")
    assert machines
    for machine in machines:
        allowed = {
            (right.action, right.resource)
            for right in rights(stack.policies_of_role(machine.values["role_arn"]))
            if right.action not in NO_FINER_RESOURCE
        }
        assert allowed - {("kms:Decrypt", KEY_ARN), ("kms:GenerateDataKey", KEY_ARN)} == set(
            tasks_of(machine)
        )


def test_logs_are_delivered_by_an_express_state_machine_alone(stacks: dict[str, Stack]) -> None:
    for stack in stacks.values():
        deliverers = {
            right.policy.carrier.values["role"]
            for right in rights(stack.policies)
            if right.action.startswith("logs:") and right.resource == "*"
        }
        express = [
            machine
            for machine in stack.of_type("aws_sfn_state_machine")
            if machine.values["type"] == "EXPRESS"
        ]
        assert len(deliverers) == len(express), stack.name


def test_a_bucket_may_call_what_it_notifies_and_nothing_else(stack: Stack) -> None:
    arn_of_bucket = {
        bucket.values["bucket"]: bucket.values["arn"] for bucket in stack.of_type("aws_s3_bucket")
    }
    notified = {
        (arn_of_bucket[notification.values["bucket"]], target["lambda_function_arn"])
        for notification in stack.of_type("aws_s3_bucket_notification")
        for target in notification.values["lambda_function"]
    }
    arn_of_function = {
        function.values["function_name"]: function.values["arn"]
        for function in stack.of_type("aws_lambda_function")
    }
    allowed = {
        (permission.values["source_arn"], arn_of_function[permission.values["function_name"]])
        for permission in stack.of_type("aws_lambda_permission")
        if permission.values["principal"] == "s3.amazonaws.com"
    }
    assert notified
    assert allowed == notified


def test_each_poller_may_read_its_source_and_nothing_else(stack: Stack) -> None:
    mappings = stack.of_type("aws_lambda_event_source_mapping")
    assert mappings
    for mapping in mappings:
        source = mapping.values["event_source_arn"]
        needed = POLLERS[source.split(":")[2]]
        role = stack.policies_of_role(role_of(stack, mapping.values["function_name"]))
        polled = {
            (right.action, right.resource)
            for right in rights(role)
            if right.action in set().union(*POLLERS.values())
        }
        assert polled == {(action, source) for action in needed}, mapping.address


def failure_destinations(stack: Stack) -> Iterator[tuple[str, str, str]]:
    """Address, function's ARN and destination of everything that Lambda reports failures of."""
    for type_name, function in (
        ("aws_lambda_event_source_mapping", "function_name"),
        ("aws_lambda_function_event_invoke_config", "function_name"),
    ):
        for resource in stack.of_type(type_name):
            for config in resource.values.get("destination_config") or []:
                for target in config["on_failure"]:
                    name = resource.values[function]
                    (arn,) = [
                        found.values["arn"]
                        for found in stack.of_type("aws_lambda_function")
                        if name in {found.values["arn"], found.values["function_name"]}
                    ]
                    key = "destination_arn" if "destination_arn" in target else "destination"
                    yield resource.address, arn, target[key]


def test_each_failure_can_be_reported(stack: Stack) -> None:
    destinations = list(failure_destinations(stack))
    assert destinations
    for address, function, destination in destinations:
        role = stack.policies_of_role(role_of(stack, function))
        allowed = {(right.action, right.resource) for right in rights(role)}
        assert ("sqs:SendMessage", destination) in allowed, address


def test_each_function_writes_its_own_log_and_no_other(stack: Stack) -> None:
    for function in stack.of_type("aws_lambda_function"):
        (config,) = function.values["logging_config"]
        (group,) = [
            found.values["arn"]
            for found in stack.of_type("aws_cloudwatch_log_group")
            if found.values["name"] == config["log_group"]
        ]
        written = {
            (right.action, right.resource)
            for right in rights(stack.policies_of_role(function.values["role"]))
            if right.action.startswith("logs:")
        }
        assert written == {
            ("logs:CreateLogStream", f"{group}:*"),
            ("logs:PutLogEvents", f"{group}:*"),
        }, function.address


# --- a check that can't fail is none ---


def test_a_source_that_is_not_named_is_found() -> None:
    trust: Statement = {
        "Effect": "Allow",
        "Principal": {"Service": "states.amazonaws.com"},
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": f"arn:aws:states:eu-central-1:{ACCOUNT}:stateMachine:one"},
        },
    }
    assert_source_is_named(trust, "as it should be")
    spoiled: list[dict[str, Any]] = [
        {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        {"ArnLike": trust["Condition"]["ArnLike"]},
        {**trust["Condition"], "StringEquals": {"aws:SourceAccount": "210987654321"}},
        {**trust["Condition"], "ArnLike": {"aws:SourceArn": f"arn:aws:states:*:{ACCOUNT}:*"}},
        {
            "StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": trust["Condition"]["ArnLike"],
        },
    ]
    for condition in spoiled:
        with pytest.raises((AssertionError, KeyError)):
            assert_source_is_named({**trust, "Condition": condition}, "spoiled")
