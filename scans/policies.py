"""Renders every policy of terraform/ and terraform/bootstrap as AWS would get it, without AWS.

`terraform test` applies the code. The real provider makes the policy documents, without a call.
Every resource is overridden, so the provider makes no call for it either. Each resource's ARN is
made of its address.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tooling import provider, stand_in_packages
from tooling.staging import stage
from tooling.terraform import Terraform

ACCOUNT = "123456789012"
REGION = "eu-central-1"
FROM_ADDRESS = "hello@example.com"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
FORMER_KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/99999999-2222-3333-4444-555555555555"

BOUNDARY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/github-actions/boundary"

DELIVERY = {
    "domain": {
        "name": "pictures.example.com",
        "certificate_arn": f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/2",
        "hosted_zone_id": "Z0123456789",
    }
}

# The longest that modules/context takes in this region.
LONGEST_NAMES = {"name_prefix": "a" * 20, "environment": "b" * (40 - 20 - 2 - len(REGION))}

# Data sources that need no call.
_ANSWERED_BY_PROVIDER = {"aws_iam_policy_document", "aws_partition", "aws_region"}
_DATA: dict[str, dict[str, object]] = {
    "aws_caller_identity": {"account_id": ACCOUNT},
    "aws_iam_openid_connect_provider": {"client_id_list": ["sts.amazonaws.com"]},
}

_IN_REGION = f"{REGION}:{ACCOUNT}"
# Values that AWS chooses for a resource; {0} is a name made of its address. A type that is missing
# here gets random letters for an ARN, and the policies that use it fail their tests.
_CHOSEN_BY_AWS: dict[str, dict[str, str]] = {
    "aws_apigatewayv2_api": {
        "api_endpoint": f"https://abcdef.execute-api.{REGION}.amazonaws.com",
        "execution_arn": f"arn:aws:execute-api:{_IN_REGION}:{{0}}",
    },
    "aws_cloudfront_distribution": {
        "arn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/{{0}}",
        "domain_name": "d111111abcdef8.cloudfront.net",
    },
    "aws_cloudwatch_event_rule": {"arn": f"arn:aws:events:{_IN_REGION}:rule/{{0}}"},
    "aws_cloudwatch_log_group": {"arn": f"arn:aws:logs:{_IN_REGION}:log-group:{{0}}"},
    "aws_cloudwatch_metric_alarm": {"arn": f"arn:aws:cloudwatch:{_IN_REGION}:alarm:{{0}}"},
    "aws_dynamodb_table": {
        "arn": f"arn:aws:dynamodb:{_IN_REGION}:table/{{0}}",
        "stream_arn": f"arn:aws:dynamodb:{_IN_REGION}:table/{{0}}/stream/2026-01-01T00:00:00.000",
    },
    "aws_iam_openid_connect_provider": {
        "arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    },
    "aws_iam_policy": {"arn": f"arn:aws:iam::{ACCOUNT}:policy/{{0}}"},
    "aws_iam_role": {"arn": f"arn:aws:iam::{ACCOUNT}:role/{{0}}"},
    "aws_kms_key": {"arn": KEY_ARN},
    "aws_lambda_function": {"arn": f"arn:aws:lambda:{_IN_REGION}:function:{{0}}"},
    "aws_lambda_layer_version": {"arn": f"arn:aws:lambda:{_IN_REGION}:layer:{{0}}:1"},
    "aws_s3_bucket": {
        "arn": "arn:aws:s3:::{0}",
        "bucket_regional_domain_name": f"{{0}}.s3.{REGION}.amazonaws.com",
        "policy": "",  # another resource sets it
    },
    "aws_sesv2_configuration_set": {"arn": f"arn:aws:ses:{_IN_REGION}:configuration-set/{{0}}"},
    "aws_sesv2_email_identity": {"arn": f"arn:aws:ses:{_IN_REGION}:identity/{FROM_ADDRESS}"},
    "aws_sfn_state_machine": {"arn": f"arn:aws:states:{_IN_REGION}:stateMachine:{{0}}"},
    "aws_sns_topic": {"arn": f"arn:aws:sns:{_IN_REGION}:{{0}}"},
    "aws_sqs_queue": {
        "arn": f"arn:aws:sqs:{_IN_REGION}:{{0}}",
        "url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{{0}}",
    },
    "aws_ssm_parameter": {"arn": f"arn:aws:ssm:{_IN_REGION}:parameter/{{0}}"},
}

# These patterns expect the form of `terraform fmt`.
_BLOCK = re.compile(r'^(resource|data) "(\w+)" "(\w+)" \{', re.MULTILINE)
_MODULE = re.compile(r'^module "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_SOURCE = re.compile(r'^  source += "(\.[^"]+)"', re.MULTILINE)
_COUNT = re.compile(r"^  count += ", re.MULTILINE)
_VARIABLE = re.compile(r'^variable "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)

_OF_ROLES = {"aws_iam_policy", "aws_iam_role_policy"}

# The names of the modules around a block, the outermost first.
_Path = tuple[str, ...]

_PIPELINES = {"enable_user_activation", "enable_profile_images"}

_TEST_FILE = Path("tests") / "policies.tftest.json"


@dataclass(frozen=True)
class Resource:
    """A resource as it would be created."""

    address: str
    type: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Policy:
    """A policy document and its resource.

    `kind` is "trust" (who may assume a role), "identity" (what a role may do) or "resource" (who
    may do what with the resource).
    """

    address: str
    kind: str
    document: Mapping[str, Any]
    carrier: Resource

    @property
    def statements(self) -> list[dict[str, Any]]:
        """All statements."""
        return as_list(self.document["Statement"])

    @property
    def allowed(self) -> list[dict[str, Any]]:
        """The statements that allow something."""
        return [statement for statement in self.statements if statement["Effect"] == "Allow"]


@dataclass(frozen=True)
class Stack:
    """Everything that one choice of variables creates."""

    name: str
    resources: tuple[Resource, ...]

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of some types, such as "aws_sqs_queue"."""
        return [resource for resource in self.resources if resource.type in types]

    @property
    def policies(self) -> list[Policy]:
        """Every policy document."""
        return [policy for resource in self.resources for policy in _policies_of(resource)]

    def policies_of_role(self, role_arn: str) -> list[Policy]:
        """The identity policies of a role."""
        (name,) = [
            role.values["name"]
            for role in self.of_type("aws_iam_role")
            if role.values["arn"] == role_arn
        ]
        return [
            policy
            for policy in self.policies
            if policy.kind == "identity" and policy.carrier.values["role"] == name
        ]


def arn_of(type_name: str, name: str) -> str:
    """The ARN that AWS gives a resource with this name."""
    # A parameter's name begins with a slash, which its ARN has once.
    name = name.removeprefix("/") if type_name == "aws_ssm_parameter" else name
    return _CHOSEN_BY_AWS[type_name]["arn"].format(name)


def as_list(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """A list, also of a single value: policies may have either."""
    return value if isinstance(value, list) else [value]


def _policies_of(resource: Resource) -> Iterator[Policy]:
    for attribute, kind in (
        ("assume_role_policy", "trust"),
        ("policy", "identity" if resource.type in _OF_ROLES else "resource"),
    ):
        text = resource.values.get(attribute)
        if text:
            yield Policy(resource.address, kind, json.loads(text), resource)


def variants(source: Path) -> dict[str, dict[str, object]]:
    """Sets of variables that together create every resource and every statement.

    The defaults; every switch on, with a key for everything and the longest names; every switch
    off but those of the pipelines.
    """
    declared = dict(_VARIABLE.findall((source / "variables.tf").read_text(encoding="utf-8")))
    switches = {
        name: re.search(r"^  default += (true|false)$", body, re.MULTILINE)
        for name, body in declared.items()
        if re.search(r"^  type += bool$", body, re.MULTILINE) and name not in _PIPELINES
    }
    return {
        "default": {},
        "everything": {
            **dict.fromkeys(switches, True),
            "encryption": {"kms_key_arn": KEY_ARN},
            "former_kms_key_arns": [FORMER_KEY_ARN],
            "permissions_boundary": BOUNDARY_ARN,
            **LONGEST_NAMES,
            "mail": {
                "state_machine_type": "EXPRESS",
                "identity_kind": "domain",
                "from_subdomain": "mail",
                "sandbox_recipients": ["jane@example.org"],
            },
            "thumbnails": {"engine": "tinypng"},
            "delivery": DELIVERY,
        },
        "least": {
            **dict.fromkeys(switches, False),
            "mail": {"create_identity": False, "create_configuration_set": False},
            "alarms": {"enabled": False},
        },
    }


def bootstrap_variants() -> dict[str, dict[str, object]]:
    """Sets of variables of terraform/bootstrap, each for the stack's variant of that name."""
    needed: dict[str, object] = {
        "environment": "dev",
        "from_address": FROM_ADDRESS,
        "github_repository": "acme/onboarding",
        "state_bucket_name": "acme-terraform-state",
        "state_key": "user-onboarding/dev/terraform.tfstate",
    }
    return {
        "default": needed,
        "everything": {
            **needed,
            **LONGEST_NAMES,
            "create_oidc_provider": False,
            "domain": {
                "name": "accounts.example.com",
                "certificate_arn": f"arn:aws:acm:{_IN_REGION}:certificate/1",
                "hosted_zone_id": "Z0123456789",
            },
            "delivery": DELIVERY,
            "encryption": {"kms_key_arn": KEY_ARN},
            "former_kms_key_arns": [FORMER_KEY_ARN],
            "github_repository": "acme@123456/onboarding@456789",
            "sandbox_recipients": ["jane@example.org"],
            "state_kms_key_arn": KEY_ARN,
        },
        "least": {**needed, "enable_web_api": False},
    }


def render(source: Path, copy: Path, environment: Mapping[str, str]) -> list[Stack]:
    """Apply each variant of `source` (terraform/) in the folder `copy`, whose content is replaced.

    Raises:
        ToolingError: terraform failed; the message says why.
    """
    common = {
        "build_dir": str(stand_in_packages.FOLDER),
        "from_address": FROM_ADDRESS,
        # Terraform 1.11 needs an ephemeral variable in plan and apply.
        "tinypng_api_key": "a-key",
    }
    chosen = {name: {**common, **values} for name, values in variants(source).items()}
    return render_variants(source, copy, environment, chosen)


def render_variants(
    source: Path,
    copy: Path,
    environment: Mapping[str, str],
    chosen: Mapping[str, Mapping[str, object]],
) -> list[Stack]:
    """Apply a root module with each set of variables, in the folder `copy`.

    Raises:
        ToolingError: terraform failed; the message says why.
    """
    stage(source, copy, {})
    provider.copy_lock(copy)
    stand_in_packages.write(copy)
    test = {
        "provider": {"aws": _offline_provider()},
        **_overrides(source),
        "run": {
            name: {"command": "apply", "variables": variables} for name, variables in chosen.items()
        },
    }
    (copy / _TEST_FILE).parent.mkdir(exist_ok=True)
    (copy / _TEST_FILE).write_text(json.dumps(test, indent=2), encoding="utf-8")

    terraform = Terraform(copy, environment)
    terraform.run(["init", "-backend=false", "-input=false", "-no-color"])
    said = terraform.run(["test", "-json", "-verbose", f"-filter={_TEST_FILE}"]).output
    stacks = list(_stacks(said))
    if {stack.name for stack in stacks} != set(chosen):
        raise ValueError(f"terraform test printed no state for one of {sorted(chosen)}:\n{said}")
    return stacks


def _offline_provider() -> dict[str, object]:
    return {
        "region": REGION,
        "access_key": "nobody",
        "secret_key": "nobody",
        "skip_credentials_validation": True,
        "skip_metadata_api_check": "true",
        "skip_requesting_account_id": True,
    }


def _overrides(source: Path) -> dict[str, list[dict[str, object]]]:
    resources: list[dict[str, object]] = []
    data: list[dict[str, object]] = []
    for kind, path, type_name, name in _addresses(source, ()):
        prefix = "".join(f"module.{module}." for module in path)
        if kind == "resource":
            own_name = "-".join([*path, name]).replace("_", "-").replace("[0]", "")
            chosen = _CHOSEN_BY_AWS.get(type_name, {})
            values = {key: form.format(own_name) for key, form in chosen.items()}
            resources.append(_override(f"{prefix}{type_name}.{name}", values))
        elif type_name not in _ANSWERED_BY_PROVIDER:
            data.append(_override(f"{prefix}data.{type_name}.{name}", _DATA.get(type_name, {})))
    return {"override_resource": resources, "override_data": data}


def _override(target: str, values: Mapping[str, object]) -> dict[str, object]:
    return {"target": target, "values": dict(values)}


def _addresses(folder: Path, path: _Path) -> Iterator[tuple[str, _Path, str, str]]:
    """Kind, modules, type and name of every resource and data source in `folder` and below."""
    for file in sorted(folder.glob("*.tf")):
        text = file.read_text(encoding="utf-8")
        for kind, type_name, name in _BLOCK.findall(text):
            yield kind, path, type_name, name
        for name, body in _MODULE.findall(text):
            for module in _SOURCE.findall(body):
                # A count is 0 or 1.
                step = f"{name}[0]" if _COUNT.search(body) else name
                yield from _addresses((folder / module).resolve(), (*path, step))


def _stacks(said: str) -> Iterator[Stack]:
    for line in said.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("type") == "test_state":
            root = event["test_state"]["root_module"]
            yield Stack(event["@testrun"], tuple(_resources(root)))


def _resources(module: Mapping[str, Any]) -> Iterator[Resource]:
    for resource in module.get("resources", []):
        if resource["mode"] == "managed":
            yield Resource(resource["address"], resource["type"], resource["values"])
    for child in module.get("child_modules", []):
        yield from _resources(child)
