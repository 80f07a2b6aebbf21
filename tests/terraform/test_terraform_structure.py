"""What holds for the code as it is written: one function is one folder, zip and module block; each
variable says what it is; no right is wider than it must be."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import hcl2
import pytest

from tooling.paths import REPOSITORY, TERRAFORM_SOURCE

MODULES = TERRAFORM_SOURCE / "modules"
OPTIONS = hcl2.SerializationOptions(strip_string_quotes=True, with_comments=False)

# What follows the ARN of one named thing and stays within it: the streams of a log group, the
# objects below a prefix of a bucket.
WITHIN_ONE_THING = re.compile(r"\$\{[\w.]+arn\}(:\*|/\$\{local\.\w+_prefix\}\*)")

# Setting up the delivery of logs, and X-Ray, for which IAM takes no resource but "*":
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
KNOW_NO_RESOURCES = {
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}

# The service that the provider calls for a resource or data source, by the start of its type.
ENDPOINTS = {
    "aws_apigatewayv2_": "apigatewayv2",
    "aws_caller_identity": "sts",
    "aws_cloudfront_": "cloudfront",
    "aws_cloudwatch_dashboard": "cloudwatch",
    "aws_cloudwatch_log_": "logs",
    "aws_cloudwatch_metric_": "cloudwatch",
    "aws_dynamodb_": "dynamodb",
    "aws_iam_": "iam",
    "aws_lambda_": "lambda",
    "aws_route53_": "route53",
    "aws_s3_": "s3",
    "aws_sesv2_": "sesv2",
    "aws_sfn_": "sfn",
    "aws_sns_": "sns",
    "aws_sqs_": "sqs",
    "aws_ssm_": "ssm",
}
# Answered by the provider itself.
NO_ENDPOINT = {"aws_iam_policy_document", "aws_partition", "aws_region"}


class Block(NamedTuple):
    """A block of one kind: where it is, its labels (type and name), its content."""

    file: Path
    labels: tuple[str, ...]
    body: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.file.relative_to(TERRAFORM_SOURCE)} {'.'.join(self.labels)}"


def own_files(pattern: str) -> list[Path]:
    """Files of what is deployed, without examples, tests and what `terraform init` keeps.

    terraform/bootstrap is another root: test_bootstrap.py holds its rights.
    """
    foreign = {".terraform", "bootstrap", "examples", "tests"}
    return sorted(
        path
        for path in TERRAFORM_SOURCE.rglob(pattern)
        if not foreign & set(path.relative_to(TERRAFORM_SOURCE).parts)
    )


@cache
def parsed(path: Path) -> dict[str, Any]:
    return hcl2.loads(path.read_text(encoding="utf-8"), serialization_options=OPTIONS)


def blocks(kind: str, label_count: int) -> list[Block]:
    return [
        Block(path, labels, body)
        for path in own_files("*.tf")
        for entry in parsed(path).get(kind, [])
        for labels, body in unfolded(entry, label_count)
    ]


def unfolded(entry: dict[str, Any], depth: int) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if depth == 0:
        yield (), entry
        return
    for label, inner in entry.items():
        if label != "__is_block__":
            for labels, body in unfolded(inner, depth - 1):
                yield (label, *labels), body


def module_blocks(source: str) -> dict[str, Block]:
    return {
        block.labels[0]: block
        for block in blocks("module", 1)
        if block.body["source"] == f"../{source}"
    }


def folders(parent: str, mark: str) -> set[str]:
    return {path.parent.name for path in (REPOSITORY / parent).glob(f"*/{mark}")}


# --- one function = one folder = one zip = one module block ---


def test_each_function_folder_has_one_module_block() -> None:
    assert folders("lambdas", "handler.py") == set(module_blocks("lambda_function"))
    every = [block for block in blocks("module", 1) if block.body["source"] == "../lambda_function"]
    assert len(every) == len(module_blocks("lambda_function"))


def test_each_layer_folder_has_one_module_block() -> None:
    assert folders("layers", "requirements.txt") == set(module_blocks("lambda_layer"))


def test_each_function_folder_has_unit_tests() -> None:
    tested = {path.parent.name for path in (REPOSITORY / "tests" / "unit").glob("*/test_*.py")}
    assert folders("lambdas", "handler.py") <= tested


@pytest.mark.parametrize(
    ("source", "packages"),
    [("lambda_function", "function_packages"), ("lambda_layer", "layer_packages")],
)
def test_each_module_block_takes_the_zip_of_its_own_name(source: str, packages: str) -> None:
    for name, block in module_blocks(source).items():
        assert block.body["name"] == name, block
        assert block.body["package"] == f'${{var.packages.{packages}["{name}"]}}', block


def test_each_module_says_which_of_its_zips_is_missing() -> None:
    for name, block in module_blocks("lambda_function").items():
        (packages,) = [
            variable
            for variable in blocks("variable", 1)
            if variable.labels == ("packages",) and variable.file.parent == block.file.parent
        ]
        conditions = [str(check["condition"]) for check in packages.body["validation"]]
        assert any(f'"{name}"' in condition for condition in conditions), block


def reported(output: str) -> dict[str, dict[str, Any]]:
    """What all modules together say there is to watch, by name: see operations.tf."""
    outputs = [block for block in blocks("output", 1) if block.labels == (output,)]
    assert outputs
    return {name: entry for block in outputs for name, entry in block.body["value"].items()}


def module_named_in(expression: str) -> str:
    """The module of an expression such as "${module.create_thumbnail.arn}"."""
    found = re.fullmatch(r"\$\{module\.(\w+)\.\w+\}", expression)
    assert found, expression
    return found[1]


def test_each_function_is_reported_by_its_folder_name() -> None:
    functions = reported("functions")
    assert set(functions) == set(module_blocks("lambda_function"))
    for name, function in functions.items():
        assert function["name"] == f"${{module.{name}.function_name}}"
        assert function["timeout_seconds"] == f"${{module.{name}.timeout}}"


# --- what is watched ---


def test_what_calls_a_function_is_what_it_is_watched_for() -> None:
    by_caller: dict[str, set[str]] = {}
    for name, function in reported("functions").items():
        by_caller.setdefault(function["invoked_by"], set()).add(name)

    streams = module_blocks("dynamodb_stream_trigger").values()
    assert by_caller["stream"] == {module_named_in(b.body["function_arn"]) for b in streams}
    asynchronous = [
        block
        for block in blocks("resource", 2)
        if block.labels[0] == "aws_lambda_function_event_invoke_config"
    ]
    assert by_caller["event"] == {module_named_in(b.body["function_name"]) for b in asynchronous}


def test_each_failure_queue_is_watched() -> None:
    of_streams = module_blocks("dynamodb_stream_trigger")
    alone = {
        name: block
        for name, block in module_blocks("failure_queue").items()
        if block.file.parent.name != "dynamodb_stream_trigger"
    }
    watched = [queue["name"] for queue in reported("failure_queues").values()]
    assert sorted(watched) == sorted(
        [f"${{module.{name}.failure_queue_name}}" for name in of_streams]
        + [f"${{module.{name}.name}}" for name in alone]
    )


def test_each_stream_function_is_told_of_with_its_own_mapping() -> None:
    mappings = {
        module_named_in(block.body["function_arn"]): name
        for name, block in module_blocks("dynamodb_stream_trigger").items()
    }
    of_streams = [f for f in reported("functions").values() if f["invoked_by"] == "stream"]
    assert len(of_streams) == len(mappings)
    for function in of_streams:
        mapping = mappings[module_named_in(function["name"])]
        assert function["mapping_uuid"] == f"${{module.{mapping}.mapping_uuid}}"


def test_each_work_queue_is_watched() -> None:
    queues = [
        block
        for block in blocks("resource", 2)
        if block.labels[0] == "aws_sqs_queue" and block.file.parent.name != "failure_queue"
    ]
    assert len(reported("work_queues")) == len(queues)
    workers = {n for n, f in reported("functions").items() if f["invoked_by"] == "queue"}
    assert set(reported("work_queues")) == workers


def test_each_topic_is_watched() -> None:
    topics = [block for block in blocks("resource", 2) if block.labels[0] == "aws_sns_topic"]
    # That of the alarms is watched by its own module.
    others = [block for block in topics if block.file.parent.name != "operations"]
    assert len(topics) == len(others) + 1
    names = sorted(topic["name"] for topic in reported("topics").values())
    assert names == [f"${{aws_sns_topic.{block.labels[1]}.name}}" for block in others]


def test_each_module_that_takes_the_context_declares_and_is_given_all_of_it() -> None:
    declared = {
        b.file.parent.name: b.body for b in blocks("variable", 1) if b.labels == ("context",)
    }
    assert len(declared) >= 10
    assert len({str(body) for body in declared.values()}) == 1
    users = [b for b in blocks("module", 1) if b.body["source"].split("/")[-1] in declared]
    assert {b.body["source"].split("/")[-1] for b in users} == set(declared)
    for block in users:
        given = "module" if block.file.parent == TERRAFORM_SOURCE else "var"
        assert block.body.get("context") == f"${{{given}.context}}", block


def services_named_in(value: object) -> set[str]:
    """The services of a list, also of one that an expression chooses."""
    return set(re.findall(r"\b(?:dynamodb|s3|sqs|ssm)\b", str(value)))


def test_each_function_may_decrypt_what_its_code_reads() -> None:
    with_keys = {"dynamodb", "s3", "sqs", "ssm"}
    functions = reported("functions")
    for name, block in module_blocks("lambda_function").items():
        settings = (REPOSITORY / "lambdas" / name / "package.toml").read_text(encoding="utf-8")
        calls = with_keys & set(tomllib.loads(settings)["aws_services"])
        # By the function's role Lambda fills the failure queue of an asynchronous event, for which
        # SQS wants both rights, and takes the messages of a queue.
        caller = functions[name]["invoked_by"]
        read_by_lambda = {"sqs"} if caller in {"event", "queue"} else set()
        written_by_lambda = {"sqs"} if caller == "event" else set()
        assert services_named_in(block.body.get("reads_encrypted")) == calls | read_by_lambda, block
        writes = services_named_in(block.body.get("writes_encrypted"))
        assert written_by_lambda <= writes <= calls | written_by_lambda, block


# Each resource that may be encrypted by a key, and its argument for it.
KEY = "${one(var.context.encryption[*].kms_key_arn)}"
PARAMETER_KEY = KEY.replace("${", "${coalesce(").replace("}", ', "alias/aws/ssm")}')
KEY_ARGUMENTS = {
    "aws_cloudwatch_log_group": "kms_key_id",
    "aws_sns_topic": "kms_master_key_id",
    "aws_sqs_queue": "kms_master_key_id",
}


def test_each_resource_that_encrypts_takes_the_key() -> None:
    resources = blocks("resource", 2)
    for block in resources:
        if block.labels[0] in KEY_ARGUMENTS:
            assert block.body.get(KEY_ARGUMENTS[block.labels[0]]) == KEY, block
    parameters = [block for block in resources if block.labels[0] == "aws_ssm_parameter"]
    assert parameters
    for block in parameters:
        assert block.body["key_id"] == PARAMETER_KEY, block
        # The provider can't change the key without the value: web_api/session_key.tf
        assert "sha256(var.context.encryption.kms_key_arn)" in block.body["value_wo_version"], block
    tables = [block for block in resources if block.labels[0] == "aws_dynamodb_table"]
    assert tables
    for block in tables:
        (encryption,) = block.body["server_side_encryption"]
        assert encryption["kms_key_arn"] == KEY, block


# --- zips and buckets ---


def test_zips_are_uploaded_in_one_place() -> None:
    uploads = [block for block in blocks("resource", 2) if block.labels[0] == "aws_s3_object"]
    assert [block.file.parent.name for block in uploads] == ["artifact"]
    users = {
        block.file.parent.name
        for block in blocks("module", 1)
        if block.body["source"] == "../artifact"
    }
    assert users == {"lambda_function", "lambda_layer"}


def test_no_bucket_keeps_old_versions_for_ever() -> None:
    buckets = [
        block for block in blocks("module", 1) if block.body["source"].endswith("/private_bucket")
    ]
    assert {block.file.parent.name for block in buckets} == {"packages", "profile_images"}
    for block in buckets:
        for name in (
            "abort_incomplete_multipart_upload_days",
            "noncurrent_version_expiration_days",
        ):
            assert re.fullmatch(rf"\$\{{var\.(uploads\.)?{name}\}}", block.body[name]), block


# --- variables and outputs ---


def test_each_variable_has_a_type_and_a_description() -> None:
    variables = blocks("variable", 1)
    assert variables
    for block in variables:
        assert block.body.get("type"), block
        assert block.body.get("description", "").endswith("."), block


def test_each_output_has_a_description() -> None:
    outputs = blocks("output", 1)
    assert outputs
    for block in outputs:
        assert block.body.get("description", "").endswith("."), block


def conditions(file: Path, variable: str) -> set[str]:
    """What a variable's validations demand, with the region by one name."""
    found = [entry[variable] for entry in parsed(file)["variable"] if variable in entry]
    demanded = {validation["condition"] for body in found for validation in body["validation"]}
    return {text.replace("data.aws_region.current.id", "var.region") for text in demanded}


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ("region", "variables.tf"),
        ("name_prefix", "modules/context/variables.tf"),
        ("environment", "modules/context/variables.tf"),
        ("encryption", "modules/context/variables.tf"),
        ("former_kms_key_arns", "modules/context/variables.tf"),
    ],
)
def test_bootstrap_refuses_no_name_that_the_deployment_takes(variable: str, place: str) -> None:
    # terraform/bootstrap is a root of its own: it may be copied without the modules.
    own = conditions(TERRAFORM_SOURCE / "bootstrap" / "variables.tf", variable)

    assert own
    assert own <= conditions(TERRAFORM_SOURCE / place, variable)


# Each group of the root: the module and its variable that take it.
GROUPS = {
    "mail": ("user_activation", "mail"),
    "thumbnails": ("profile_images", "thumbnails"),
    "delivery": ("delivery", "settings"),
    "web_api": ("web_api", "settings"),
    "sessions": ("web_api", "sessions"),
    "logs": ("context", "logs"),
}


def attributes_of(module: Path, variable: str) -> list[str]:
    """The optional attributes of a variable, those of objects within it too."""
    (block,) = [
        block
        for block in blocks("variable", 1)
        if block.file.parent == module and block.labels == (variable,)
    ]
    return re.findall(r"(\w+) *[=:] *optional\(", block.body["type"])


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_has_the_attributes_of_its_module(group: str) -> None:
    # Terraform drops what a type does not name, without a word.
    module, variable = GROUPS[group]
    attributes = attributes_of(TERRAFORM_SOURCE, group)
    assert attributes
    assert attributes == attributes_of(MODULES / module, variable)


def test_groups_of_several_modules_have_the_attributes_of_all() -> None:
    thresholds = attributes_of(MODULES / "operations", "thresholds")
    alarms = ["enabled", "addresses", "runbook_url", "thresholds", *thresholds]
    assert attributes_of(TERRAFORM_SOURCE, "alarms") == alarms
    uploads = [attributes_of(MODULES / name, "uploads") for name in ("profile_images", "web_api")]
    assert attributes_of(TERRAFORM_SOURCE, "uploads") == uploads[0] + uploads[1]
    streams = [
        [stream, *attributes_of(MODULES / module, "stream")]
        for stream, module in (("user", "user_activation"), ("user_profile", "profile_images"))
    ]
    assert attributes_of(TERRAFORM_SOURCE, "streams") == streams[0] + streams[1]


# --- the local cloud ---


# Where TinyPNG's key may go by plain http: a rule of create_thumbnail, and of no local cloud.
KEY_STAYS_HERE = r"127\\.0\\.0\\.1|localhost|\\[::1\\]"
# The provider's words for an API's address, for where a domain is served, and for a subscriber.
OF_THE_PROVIDER = re.compile(r"\b(api_endpoint|endpoint_type)\b|\bendpoint +=")


def test_modules_know_of_no_local_cloud() -> None:
    trace = re.compile(
        r"localhost|127\.0\.0\.1|ministack|localstack|moto\b|endpoint", re.IGNORECASE
    )
    for path in own_files("*"):
        if path.is_file() and MODULES in path.parents:
            text = path.read_text(encoding="utf-8").replace(KEY_STAYS_HERE, "")
            assert not trace.search(OF_THE_PROVIDER.sub("", text)), path


def test_only_the_provider_configuration_uses_the_local_address() -> None:
    users = {
        path.name
        for path in own_files("*.tf")
        if re.search(r"var\.aws_endpoint_url|endpoint_urls", path.read_text(encoding="utf-8"))
    }
    # variables.tf validates it.
    assert users == {"providers.tf", "variables.tf"}


def test_each_service_in_use_can_be_pointed_at_the_local_cloud() -> None:
    # A service without an endpoint there would be called at AWS, from a local apply.
    (provider,) = blocks("provider", 1)
    (endpoints,) = provider.body["dynamic"]
    named = set(endpoints["endpoints"]["content"][0]) - {"__is_block__"}
    kinds = ("resource", "data", "ephemeral")
    types = {block.labels[0] for kind in kinds for block in blocks(kind, 2)}
    used = {endpoint_of(type_name) for type_name in types - NO_ENDPOINT}
    # Of each table with a key the provider asks KMS what key it is.
    # tests/end_to_end/test_stack.py shows that nobody else is asked.
    assert used | {"kms"} == named


def endpoint_of(type_name: str) -> str:
    for start, endpoint in ENDPOINTS.items():
        if type_name.startswith(start):
            return endpoint
    raise AssertionError(f"{type_name}: add its service to ENDPOINTS here and to providers.tf")


# --- rights ---


def too_wide(statement: dict[str, Any]) -> list[str]:
    """What an Allow statement lets in beyond named actions on named things."""
    if statement.get("effect") == "Deny":
        return []
    problems: list[str] = [key for key in statement if key.startswith("not_")]
    problems += [action for action in statement.get("actions", ()) if "*" in action]
    for principal in statement.get("principals", ()):
        problems += [name for name in principal["identifiers"] if "*" in name]
    resources = statement.get("resources", [])
    if isinstance(resources, str):  # an expression: its parts are asserted by `terraform test`
        resources = [resources]
    if resources == ["*"] and set(statement.get("actions", ())) <= KNOW_NO_RESOURCES:
        return problems
    problems += [name for name in resources if "*" in name and not WITHIN_ONE_THING.fullmatch(name)]
    return problems


@pytest.mark.parametrize(
    "statement",
    [
        {"actions": ["s3:*"], "resources": ["${aws_s3_bucket.this.arn}"]},
        {"actions": ["s3:Get*"], "resources": ["${aws_s3_bucket.this.arn}"]},
        {"actions": ["s3:GetObject"], "resources": ["*"]},
        {"actions": ["logs:PutResourcePolicy", "logs:PutLogEvents"], "resources": ["*"]},
        {"actions": ["s3:GetObject"], "resources": ["${aws_s3_bucket.this.arn}/*"]},
        {"actions": ["sqs:SendMessage"], "resources": ["arn:aws:sqs:*:*:failures"]},
        {"not_actions": ["s3:PutObject"], "resources": ["${aws_s3_bucket.this.arn}"]},
        {"actions": ["sts:AssumeRole"], "principals": [{"type": "AWS", "identifiers": ["*"]}]},
    ],
)
def test_a_wide_statement_is_found(statement: dict[str, Any]) -> None:
    assert too_wide(statement)


def test_no_statement_is_too_wide() -> None:
    documents = [b for b in blocks("data", 2) if b.labels[0] == "aws_iam_policy_document"]
    assert documents
    for document in documents:
        statements = list(document.body.get("statement", ()))
        for dynamic in document.body.get("dynamic", ()):
            statements += dynamic["statement"]["content"]
        assert statements, document
        for statement in statements:
            assert not too_wide(statement), document


def test_each_right_comes_from_a_checked_document() -> None:
    document = re.compile(r"\$\{data\.aws_iam_policy_document\.\w+\.json\}")
    for block in blocks("resource", 2):
        # A managed policy, AWS's or one's own, would be outside of what is checked here.
        assert block.labels[0] not in {
            "aws_iam_policy",
            "aws_iam_policy_attachment",
            "aws_iam_role_policies_exclusive",
            "aws_iam_role_policy_attachment",
        }, block
        assert "managed_policy_arns" not in block.body, block
        assert "inline_policy" not in block.body, block
        for key in ("policy", "assume_role_policy"):
            if key in block.body and block.body[key] != "${var.policy_json}":
                assert document.fullmatch(block.body[key]), block
    # What the modules are handed as var.policy_json.
    for block in module_blocks("lambda_function").values():
        assert document.fullmatch(block.body["policy_json"]), block


def test_each_service_that_calls_a_function_names_its_source() -> None:
    permissions = [b for b in blocks("resource", 2) if b.labels[0] == "aws_lambda_permission"]
    assert permissions
    for block in permissions:
        assert "source_arn" in block.body, block
        # API Gateway: see SENDS_NO_SOURCE_ACCOUNT in test_policies.py.
        needs_account = block.body["principal"] != "apigateway.amazonaws.com"
        assert ("source_account" in block.body) == needs_account, block


def test_a_bucket_has_one_notification_resource() -> None:
    # Two of them overwrite each other at every apply.
    found = [b for b in blocks("resource", 2) if b.labels[0] == "aws_s3_bucket_notification"]
    assert len(found) == 1
