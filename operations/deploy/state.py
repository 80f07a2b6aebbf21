"""What Terraform's state says of an environment's resources."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operations.environments import Environment
from operations.terraform import TerraformCommand

_WITH_A_ZIP = frozenset({"aws_lambda_function", "aws_lambda_layer_version"})


@dataclass(frozen=True)
class Resource:
    """One resource of the configuration.

    Attributes:
        address: Its address; all of one `count` have the same.
        kind: Its type.
        instances: The attributes of each.
    """

    address: str
    kind: str
    instances: Sequence[Mapping[str, Any]]


def managed(environment: Environment) -> list[Resource]:
    """The resources in the state, without data sources."""
    state = json.loads(TerraformCommand(environment).read(["state", "pull"]) or "{}")
    return [
        Resource(
            ".".join(filter(None, (entry.get("module"), entry["type"], entry["name"]))),
            entry["type"],
            [instance.get("attributes") or {} for instance in entry.get("instances", [])],
        )
        for entry in state.get("resources", [])
        if entry["mode"] == "managed"
    ]


def zips_of(resources: Sequence[Resource]) -> frozenset[str]:
    """The SHA-256 of each zip that functions and layers have, or that a failed apply tried to set.

    The provider keeps the planned hash also of an update that failed:
    https://github.com/hashicorp/terraform-provider-aws/issues/42826
    """
    hashes = (
        attributes.get("source_code_hash")
        for resource in resources
        if resource.kind in _WITH_A_ZIP
        for attributes in resource.instances
    )
    return frozenset(_hexadecimal(text) for text in hashes if text)


def _hexadecimal(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).hex()
    except ValueError:
        # Not from a manifest of ours, so equal to no digest in a record.
        return text
