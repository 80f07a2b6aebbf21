"""Two environments and two regions can live in one account, and no name is longer than AWS takes.

docs/adr/0032-names.md has where AWS says how long a name may be.
"""

import re

from scans.policies import ACCOUNT, LONGEST_NAMES, REGION, Resource, Stack
from tests.documented_commands import pages
from tooling.paths import TERRAFORM_SOURCE

# The argument that names a resource, and the most characters of it.
LIMITS = {
    "aws_apigatewayv2_api": ("name", 128),
    "aws_cloudfront_cache_policy": ("name", 128),
    "aws_cloudfront_origin_access_control": ("name", 64),
    "aws_cloudfront_response_headers_policy": ("name", 128),
    "aws_cloudwatch_dashboard": ("dashboard_name", 255),
    "aws_cloudwatch_log_group": ("name", 512),
    "aws_cloudwatch_metric_alarm": ("alarm_name", 255),
    "aws_dynamodb_table": ("name", 255),
    "aws_iam_role": ("name", 64),
    "aws_lambda_function": ("function_name", 64),
    "aws_lambda_layer_version": ("layer_name", 140),
    "aws_s3_bucket": ("bucket", 63),
    "aws_sesv2_configuration_set": ("configuration_set_name", 64),
    "aws_sfn_state_machine": ("name", 80),
    "aws_sns_topic": ("name", 256),
    "aws_sqs_queue": ("name", 80),
    "aws_ssm_parameter": ("name", 1011),
}
# Named within another resource, or after something outside of the deployment.
NO_NAME_OF_THEIR_OWN = (
    "aws_apigatewayv2_",
    "aws_cloudfront_distribution",
    "aws_iam_role_policy",
    "aws_lambda_event_source_mapping",
    "aws_lambda_function_event_invoke_config",
    "aws_lambda_permission",
    "aws_route53_record",
    "aws_s3_bucket_",
    "aws_s3_object",
    "aws_sesv2_configuration_set_event_destination",
    "aws_sesv2_email_identity",
    "aws_sns_topic_subscription",
    "aws_sqs_queue_redrive_allow_policy",
)
# Of the whole account or, a bucket, of the world. The others belong to a region.
WITHOUT_A_REGION = {
    "aws_cloudfront_cache_policy",
    "aws_cloudfront_origin_access_control",
    "aws_cloudfront_response_headers_policy",
    "aws_cloudwatch_dashboard",
    "aws_iam_role",
    "aws_s3_bucket",
}

# The names of a region may be longer where the region's own name is shorter, such as eu-west-1.
MORE_ELSEWHERE = len(REGION) - len("eu-west-1")

# A name, or the start of one, on a page; in a diagram a line may break within it.
ON_A_PAGE = re.compile(r"(?:(?<=dashboard )`onboarding|\bonboarding-)(?:(?:<br>)?[A-Za-z0-9-])*")


def name_of(resource: Resource) -> str:
    return str(resource.values[LIMITS[resource.type][0]])


def named(stack: Stack) -> list[Resource]:
    return [resource for resource in stack.resources if resource.type in LIMITS]


def test_each_type_of_resource_is_known(stacks: dict[str, Stack]) -> None:
    types = {resource.type for stack in stacks.values() for resource in stack.resources}
    assert {name for name in types - set(LIMITS) if not name.startswith(NO_NAME_OF_THEIR_OWN)} == (
        set()
    )


def test_each_name_has_what_makes_it_unique(stacks: dict[str, Stack]) -> None:
    assert len(named(stacks["default"])) > 90
    for resource in named(stacks["default"]):
        name = name_of(resource)
        assert "onboarding-dev" in name, resource.address
        assert name.endswith(f"-{REGION}") == (resource.type in WITHOUT_A_REGION), resource.address


def test_the_longest_names_fit(stacks: dict[str, Stack]) -> None:
    lengths: dict[str, list[int]] = {}
    for resource in named(stacks["everything"]):
        more = 0 if resource.type in WITHOUT_A_REGION else MORE_ELSEWHERE
        length = len(name_of(resource)) + more
        assert length <= LIMITS[resource.type][1], resource.address
        lengths.setdefault(resource.type, []).append(length)
    # With room to spare, the limit of 40 would be stricter than it must be.
    assert max(lengths["aws_iam_role"]) == 64
    assert max(lengths["aws_s3_bucket"]) == 63


def test_the_longest_names_are_those_that_the_context_takes() -> None:
    context = TERRAFORM_SOURCE / "modules" / "context" / "variables.tf"
    assert '.id}") <= 40\n' in context.read_text(encoding="utf-8")
    assert len("-".join([*LONGEST_NAMES.values(), REGION])) == 40


def test_each_name_on_a_page_is_that_of_a_default_deployment(stacks: dict[str, Stack]) -> None:
    # The start of all of them, and each.
    names = {"onboarding-dev", *(name_of(resource) for resource in named(stacks["default"]))}
    unknown, known = [], set()
    for page in pages():
        text = page.read_text(encoding="utf-8").replace("<account>", ACCOUNT)
        for found in ON_A_PAGE.findall(text):
            name = found.lstrip("`").replace("<br>", "")
            # One that ends with a hyphen is the start of several.
            if name in names or (name.endswith("-") and any(it.startswith(name) for it in names)):
                known.add(name)
            else:
                unknown.append(f"{page.name}: {name}")
    assert unknown == []
    assert len(known) > 20
