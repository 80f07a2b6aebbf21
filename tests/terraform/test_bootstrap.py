"""terraform/bootstrap: who may assume its roles, what they can do, and what the boundary leaves.

What Terraform asks of AWS is compared with the roles in tests/end_to_end/test_destroy.py.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from scans.policies import (
    ACCOUNT,
    KEY_ARN,
    LONGEST_NAMES,
    REGION,
    Stack,
    arn_of,
    bootstrap_variants,
)
from tests.rights import Request, Statement, allows, is_covered, listed, rights_of, statements_of
from tooling.paths import REPOSITORY, TERRAFORM_SOURCE

SOURCE = TERRAFORM_SOURCE / "bootstrap"
VARIANTS = sorted(bootstrap_variants())
GITHUB = "token.actions.githubusercontent.com"
PREFIX = "onboarding-dev"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-WebApi-{REGION}"
OWN = f"arn:aws:iam::{ACCOUNT}:role/github-actions/{PREFIX}"
STATE = "arn:aws:s3:::acme-terraform-state"

# Actions for which AWS has no finer resource, each with the page that says so.
_REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference"
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
        f"{_REFERENCE}/list_amazoncloudwatchlogs.html",
    ),
    **dict.fromkeys(
        (
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ),
        f"{_REFERENCE}/list_awsx-ray.html",
    ),
    # AWS names the alarm for it; a request for several alarms, as the provider's, names none.
    "cloudwatch:DescribeAlarms": f"{_REFERENCE}/list_amazoncloudwatch.html",
    # Limited by the function: lambda:FunctionArn.
    "lambda:CreateEventSourceMapping": f"{_REFERENCE}/list_awslambda.html",
    "lambda:GetAccountSettings": f"{_REFERENCE}/list_awslambda.html",
    "lambda:ListEventSourceMappings": f"{_REFERENCE}/list_awslambda.html",
    "ses:GetAccount": f"{_REFERENCE}/list_amazonsimpleemailservicev2.html",
    "ses:GetSuppressedDestination": f"{_REFERENCE}/list_amazonsimpleemailservicev2.html",
    "sns:GetSubscriptionAttributes": f"{_REFERENCE}/list_amazonsns.html",
    "sns:SetSubscriptionAttributes": f"{_REFERENCE}/list_amazonsns.html",
    "sns:Unsubscribe": f"{_REFERENCE}/list_amazonsns.html",
    "ssm:DescribeParameters": f"{_REFERENCE}/list_awssystemsmanager.html",
    "states:ValidateStateMachineDefinition": f"{_REFERENCE}/list_awsstepfunctions.html",
}
# The attribute that has a resource's name in AWS.
NAMES = {
    "aws_cloudwatch_log_group": "name",
    "aws_dynamodb_table": "name",
    "aws_lambda_function": "function_name",
    "aws_s3_bucket": "bucket",
    "aws_sesv2_configuration_set": "configuration_set_name",
    "aws_sfn_state_machine": "name",
    "aws_sns_topic": "name",
    "aws_sqs_queue": "name",
    "aws_ssm_parameter": "name",
}


@pytest.fixture(params=VARIANTS)
def bootstrap(request: pytest.FixtureRequest, bootstraps: dict[str, Stack]) -> Stack:
    return bootstraps[request.param]


def documents(stack: Stack) -> dict[str, Any]:
    """Each policy by its resource."""
    return {policy.address: policy.document for policy in stack.policies if policy.kind != "trust"}


def boundary_of(stack: Stack) -> list[Statement]:
    return statements_of([documents(stack)["aws_iam_policy.boundary"]])


def role_of(stack: Stack, name: str) -> list[Statement]:
    """All that a role may do: its own policy, and the managed ones."""
    found = documents(stack)
    managed = {"plan": ["read"], "deploy": ["read", "smoke", "write-code", "write-data"]}[name]
    if 'aws_iam_policy.this["read-delivery"]' in found:
        managed += {"plan": ["read-delivery"], "deploy": ["read-delivery", "write-delivery"]}[name]
    attached = [
        resource.values["policy_arn"]
        for resource in stack.of_type("aws_iam_role_policy_attachment")
        if resource.address.startswith(f"aws_iam_role_policy_attachment.{name}")
    ]
    assert len(attached) == len(managed)
    own = found[f"aws_iam_role_policy.{name}_state"]
    return statements_of([own, *(found[f'aws_iam_policy.this["{key}"]'] for key in managed)])


def statements_with_names(stack: Stack) -> Iterator[tuple[str, Statement]]:
    """What the stack's roles are allowed, with the ARNs that AWS would give."""
    known = {}
    for resource in stack.resources:
        if resource.type in NAMES:
            real = arn_of(resource.type, resource.values[NAMES[resource.type]])
            known[resource.values["arn"]] = real
    longest_first = sorted(known, key=len, reverse=True)
    for policy in stack.policies:
        if policy.kind == "identity":
            text = json.dumps(policy.document)
            for arn in longest_first:
                text = text.replace(arn, known[arn])
            for statement in statements_of([json.loads(text)]):
                yield policy.address, statement


# --- the boundary ---


@pytest.mark.parametrize("variant", VARIANTS)
def test_boundary_allows_all_that_the_deployment_s_roles_may(
    stacks: dict[str, Stack], bootstraps: dict[str, Stack], variant: str
) -> None:
    boundary = boundary_of(bootstraps[variant])
    found = list(statements_with_names(stacks[variant]))
    assert len(found) > 20
    missing = {
        f"{address}: {right}"
        for address, statement in found
        for right in is_covered(boundary, statement)
    }
    assert missing == set()


def test_boundary_allows_nothing_that_no_role_needs(
    stacks: dict[str, Stack], bootstraps: dict[str, Stack]
) -> None:
    # With everything on but the kind of the state machine, which the others have.
    needed = [statement for _, statement in statements_with_names(stacks["everything"])]
    idle = [
        f"{action} on {resource}"
        for action, resource, statement in rights_of(boundary_of(bootstraps["everything"]))
        if not any(
            is_covered([{**statement, "Action": action, "Resource": resource}], role) == []
            for need in needed
            for name, on, _ in rights_of([need])
            if name == action
            for role in [{**need, "Action": name, "Resource": on}]
        )
    ]
    assert idle == []


def test_names_of_the_deployment_s_roles_are_those_that_may_be_made(
    stacks: dict[str, Stack], bootstraps: dict[str, Stack]
) -> None:
    for variant, stack in stacks.items():
        deploy = role_of(bootstraps[variant], "deploy")
        for role in stack.of_type("aws_iam_role"):
            arn = f"arn:aws:iam::{ACCOUNT}:role/{role.values['name']}"
            assert allows(deploy, Request("iam:DeleteRole", arn)), arn


# --- who may assume the roles ---


def test_each_role_trusts_one_kind_of_job_of_the_repository(bootstraps: dict[str, Stack]) -> None:
    def trusted(stack: Stack) -> dict[str, Mapping[str, Any]]:
        return {
            policy.address: policy.document["Statement"][0]
            for policy in stack.policies
            if policy.kind == "trust"
        }

    def statement(subject: str) -> Mapping[str, Any]:
        return {
            "Sid": "LetGitHubJobAssume",
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"},
            "Condition": {
                "StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com", f"{GITHUB}:sub": subject}
            },
        }

    assert trusted(bootstraps["default"]) == {
        "aws_iam_role.plan": statement("repo:acme/onboarding:ref:refs/heads/main"),
        "aws_iam_role.deploy": statement("repo:acme/onboarding:environment:dev"),
    }
    # A repository with immutable subjects.
    repository, name = "repo:acme@123456/onboarding@456789", LONGEST_NAMES["environment"]
    assert trusted(bootstraps["everything"]) == {
        "aws_iam_role.plan": statement(f"{repository}:ref:refs/heads/main"),
        "aws_iam_role.deploy": statement(f"{repository}:environment:{name}"),
    }


def test_provider_is_created_or_looked_up(bootstraps: dict[str, Stack]) -> None:
    assert len(bootstraps["default"].of_type("aws_iam_openid_connect_provider")) == 1
    assert bootstraps["everything"].of_type("aws_iam_openid_connect_provider") == []


# --- what the roles may do ---


def test_resource_star_is_only_where_aws_knows_no_finer_one(bootstrap: Stack) -> None:
    found = statements_of(documents(bootstrap).values())
    for action, resource, _ in rights_of(found):
        assert resource != "*" or action in NO_FINER_RESOURCE, action
    assert {a for a, r, _ in rights_of(found) if r == "*"} == set(NO_FINER_RESOURCE)


def test_each_other_resource_is_the_deployment_s_or_one_of_yours(bootstrap: Stack) -> None:
    variables = bootstrap_variants()[bootstrap.name]
    prefix = f"{variables.get('name_prefix', 'onboarding')}-{variables['environment']}"
    account = rf"[\w.-]*:{ACCOUNT}:"
    own = [
        # AWS chooses these ids: Lambda's are limited by the function, API Gateway has no names.
        rf"arn:aws:lambda:{account}event-source-mapping:\*",
        rf"arn:aws:apigateway:{REGION}::/(apis(/\*)?|tags/\*)",
        r"arn:aws:route53:::change/\*",
        # CloudFront's too, and only with delivery.
        rf"arn:aws:cloudfront::{ACCOUNT}:(distribution|[a-z]+(-[a-z]+)*-(policy|control))/\*",
        # Names begin with the prefix.
        rf"arn:aws:[a-z]+:{account}[\w:/*-]*[:/]{prefix}[-/].*",
        rf"arn:aws:(sns|sqs):{account}{prefix}-.*",
        rf"arn:aws:s3:::{prefix}-(artifacts|images)-{ACCOUNT}-{REGION}(/([a-z]+/)?\*)?",
        # What the variables name.
        rf"arn:aws:ses:{account}identity/((hello|jane)@)?example\.(com|org)",
        rf"{STATE}(/(plans/)?user-onboarding/dev/terraform\.tfstate(\.tflock|@\*)?)?",
        rf"arn:aws:kms:{account}key/([\w-]+|\*)",  # each only as DynamoDB's
        rf"arn:aws:acm:{account}certificate/[12]",
        rf"arn:aws:apigateway:{REGION}::/domainnames(/accounts\.example\.com(/\*)?)?",
        r"arn:aws:route53:::hostedzone/Z0123456789",
        rf"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ops\.apigateway\.amazonaws\.com/\w+",
    ]
    for action, resource, _ in rights_of(statements_of(documents(bootstrap).values())):
        if resource != "*":
            assert any(re.fullmatch(one, resource) for one in own), f"{action} on {resource}"


def test_policies_fit_iam(bootstrap: Stack) -> None:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    sizes = {
        address: len(json.dumps(document, separators=(",", ":")))
        for address, document in documents(bootstrap).items()
    }
    assert len(sizes) == (9 if bootstrap.name == "everything" else 7)
    for address, size in sizes.items():
        assert size <= (6_144 if address.startswith("aws_iam_policy.") else 10_240), address
    assert all(len(role.values["name"]) <= 64 for role in bootstrap.of_type("aws_iam_role"))


def test_plan_role_changes_nothing_but_the_lock_and_its_plan(bootstrap: Stack) -> None:
    reads = re.compile(r"\w+:(Get|List|Describe|Validate)\w*|apigateway:GET|kms:Decrypt")
    writes = {
        (action, resource)
        for action, resource, statement in rights_of(role_of(bootstrap, "plan"))
        if not reads.fullmatch(action)
    }
    state = f"{STATE}/user-onboarding/dev/terraform.tfstate"
    plans = f"{STATE}/plans/user-onboarding/dev/terraform.tfstate@*"
    encrypts = {("kms:GenerateDataKey", KEY_ARN)} if bootstrap.name == "everything" else set()
    assert writes == {
        ("s3:PutObject", f"{state}.tflock"),
        ("s3:DeleteObject", f"{state}.tflock"),
        ("s3:PutObject", plans),
        *encrypts,
    }


def test_plan_role_reads_no_user_and_no_picture(bootstrap: Stack) -> None:
    rights = list(rights_of(role_of(bootstrap, "plan")))
    of_data = {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:GetRecords"}
    of_data |= {"logs:FilterLogEvents", "logs:GetLogEvents", "sqs:ReceiveMessage"}
    assert not of_data & {action for action, _, _ in rights}
    assert not [one for action, one, _ in rights if action == "s3:GetObject" and "-images-" in one]


BOUNDARY = {"iam:PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/boundary"}
OTHER_BOUNDARY = {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("iam:CreateRole", ROLE, BOUNDARY),
        ("iam:PutRolePolicy", ROLE, BOUNDARY),
        ("iam:PutRolePermissionsBoundary", ROLE, BOUNDARY),
        ("iam:PassRole", ROLE, {"iam:PassedToService": "lambda.amazonaws.com"}),
        ("s3:PutObject", f"{STATE}/user-onboarding/dev/terraform.tfstate", {}),
        ("s3:GetObject", f"{STATE}/plans/user-onboarding/dev/terraform.tfstate@1-1/a.tfplan", {}),
        (
            "lambda:AddPermission",
            f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{PREFIX}-WebApi",
            {"lambda:Principal": "apigateway.amazonaws.com"},
        ),
    ],
)
def test_deploy_role_may(
    bootstraps: dict[str, Stack], action: str, resource: str, context: dict[str, str]
) -> None:
    assert allows(role_of(bootstraps["default"], "deploy"), Request(action, resource, context))


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        # A role that is stronger than the boundary.
        ("iam:CreateRole", ROLE, {}),
        ("iam:CreateRole", ROLE, OTHER_BOUNDARY),
        ("iam:PutRolePolicy", ROLE, {}),
        ("iam:PutRolePolicy", ROLE, OTHER_BOUNDARY),
        ("iam:PutRolePermissionsBoundary", ROLE, OTHER_BOUNDARY),
        ("iam:DeleteRolePermissionsBoundary", ROLE, BOUNDARY),
        ("iam:AttachRolePolicy", ROLE, BOUNDARY),
        # A role of somebody else.
        ("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/onboarding-admin-{REGION}", BOUNDARY),
        ("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-other-us-east-1", BOUNDARY),
        ("iam:PassRole", ROLE, {"iam:PassedToService": "ec2.amazonaws.com"}),
        ("iam:PassRole", ROLE, {}),
        # These roles, the boundary, and who may assume them.
        ("iam:PutRolePolicy", f"{OWN}-deploy-{REGION}", BOUNDARY),
        ("iam:UpdateAssumeRolePolicy", f"{OWN}-deploy-{REGION}", {}),
        ("iam:UpdateAssumeRolePolicy", f"{OWN}-plan-{REGION}", {}),
        ("iam:DeleteRole", f"{OWN}-plan-{REGION}", {}),
        ("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/boundary", {}),
        ("iam:SetDefaultPolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/boundary", {}),
        ("iam:DeletePolicy", f"arn:aws:iam::{ACCOUNT}:policy/boundary", {}),
        (
            "iam:AddClientIDToOpenIDConnectProvider",
            f"arn:aws:iam::{ACCOUNT}:oidc-provider/x",
            {},
        ),
        ("iam:DeleteOpenIDConnectProvider", f"arn:aws:iam::{ACCOUNT}:oidc-provider/x", {}),
        ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/{PREFIX}-x", {}),
        # Another state, or a plan that nobody has approved.
        ("s3:PutObject", f"{STATE}/user-onboarding/prod/terraform.tfstate", {}),
        ("s3:PutObject", f"{STATE}/plans/user-onboarding/dev/terraform.tfstate@1/a.tfplan", {}),
        ("s3:DeleteObject", f"{STATE}/user-onboarding/dev/terraform.tfstate", {}),
        # A function that anybody may call.
        (
            "lambda:AddPermission",
            f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{PREFIX}-WebApi",
            {"lambda:Principal": "*"},
        ),
    ],
)
def test_deploy_role_may_not(
    bootstraps: dict[str, Stack], action: str, resource: str, context: dict[str, str]
) -> None:
    assert not allows(role_of(bootstraps["default"], "deploy"), Request(action, resource, context))


def test_stored_plan_is_not_replaced(bootstraps: dict[str, Stack]) -> None:
    plan = f"{STATE}/plans/user-onboarding/dev/terraform.tfstate@1-1/onboarding.tfplan"
    role = role_of(bootstraps["default"], "plan")
    assert allows(role, Request("s3:PutObject", plan, {"s3:if-none-match": "*"}))
    assert not allows(role, Request("s3:PutObject", plan))


def test_plans_of_a_state_below_another_are_not_its(bootstraps: dict[str, Stack]) -> None:
    # The key of one state may be a folder of another's.
    plan = f"{STATE}/plans/user-onboarding/dev/terraform.tfstate/eu@1-1/onboarding.tfplan"
    stack = bootstraps["default"]
    stored = Request("s3:PutObject", plan, {"s3:if-none-match": "*"})
    assert not allows(role_of(stack, "plan"), stored)
    assert not allows(role_of(stack, "deploy"), Request("s3:GetObject", plan))


@pytest.mark.parametrize("role", ["plan", "deploy"])
def test_roles_list_no_other_state(bootstraps: dict[str, Stack], role: str) -> None:
    statements = role_of(bootstraps["default"], role)

    def may_list(**context: str) -> bool:
        named = {f"s3:{name}": value for name, value in context.items()}
        return allows(statements, Request("s3:ListBucket", STATE, named))

    key = "user-onboarding/dev/terraform.tfstate"
    assert all(may_list(prefix=one) for one in ("env:/", key, f"{key}.tflock"))
    assert may_list(prefix=f"plans/{key}@1-1/record.json") == (role == "deploy")
    for other in ("", "user-onboarding/", "user-onboarding/prod/terraform.tfstate", "plans/"):
        assert not may_list(prefix=other), other
    assert not may_list()


def test_grants_are_dynamodb_s_alone(bootstraps: dict[str, Stack]) -> None:
    deploy = role_of(bootstraps["everything"], "deploy")
    services = {
        service
        for service in ("dynamodb", "s3", "sns", "sqs", "ssm")
        if allows(
            deploy,
            Request(
                "kms:CreateGrant",
                KEY_ARN,
                {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"},
            ),
        )
    }
    assert services == {"dynamodb"}
    assert not allows(deploy, Request("kms:CreateGrant", KEY_ARN))


# --- what the pages document ---


@cache
def page(name: str) -> str:
    return (REPOSITORY / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("variant", ["default", "least"])
def test_smoke_policy_is_the_documented_one(bootstraps: dict[str, Stack], variant: str) -> None:
    section = page("smoke.md").split("\n## Rights of make smoke\n")[1]
    with_page, without = (
        statements_of([json.loads(text)])
        for text in re.findall(r"```json\n(.+?)```", section, re.DOTALL)
    )
    own = statements_of([documents(bootstraps[variant])['aws_iam_policy.this["smoke"]']])

    def of(statements: list[Statement]) -> set[tuple[str, str]]:
        return {(action, resource) for action, resource, _ in rights_of(statements)}

    has_page = variant == "default"
    assert bootstrap_variants()[variant].get("enable_web_api", True) == has_page
    counts = {right for right in of(with_page) if right[1].endswith("-web-state")}
    assert len(counts) == 2
    assert of(own) == (of(with_page) if has_page else of(with_page) - counts | of(without))


@pytest.mark.parametrize("role", ["plan", "deploy"])
def test_both_roles_may_what_preflight_asks(bootstraps: dict[str, Stack], role: str) -> None:
    section = page("preflight.md").split("\n## Rights\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    documented = {action for row in rows for action in re.findall(r"`(\w+:\w+)`", row)}
    assert len(documented) > 15
    statements = role_of(bootstraps["everything"], role)
    assert documented <= {action for one in statements for action in listed(one["Action"])}


def test_roles_read_the_records_of_deployments(bootstraps: dict[str, Stack]) -> None:
    bucket = f"arn:aws:s3:::{PREFIX}-artifacts-{ACCOUNT}-{REGION}"
    plan, deploy = (role_of(bootstraps["default"], name) for name in ("plan", "deploy"))
    for role in (plan, deploy):
        assert allows(role, Request("s3:ListBucket", bucket))
        assert allows(role, Request("s3:GetObject", f"{bucket}/deployments/a/record.json"))
    for action in ("s3:PutObject", "s3:DeleteObject"):
        request = Request(action, f"{bucket}/deployments/a/record.json")
        assert allows(deploy, request)
        assert not allows(plan, request)


def test_lock_is_that_of_the_deployment() -> None:
    name = ".terraform.lock.hcl"
    assert (SOURCE / name).read_bytes() == (TERRAFORM_SOURCE / name).read_bytes()
