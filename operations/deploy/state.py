"""What Terraform's state says of an environment's resources."""

import base64
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
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


def environment_of(resources: Sequence[Resource], known: Collection[str]) -> str | None:
    """Which of the known environments most names are of; None if they are of none.

    Names begin with `<name_prefix>-<environment>-` (docs/adr/0032-names.md), and the prefix is not
    in the state. So of the names `a`, `b-a` and `a-b` the first one found counts, then the longest.
    """
    found: Counter[str] = Counter()
    for resource in resources:
        for attributes in resource.instances:
            arn = str(attributes.get("arn") or "")
            name = arn.split(":", 5)[-1] if arn else str(attributes.get("id") or "")
            places = [(name.find(f"-{one}-"), -len(one), one) for one in known]
            found.update(
                one for _, _, one in sorted(place for place in places if place[0] >= 0)[:1]
            )
    return max(found, key=lambda one: found[one], default=None)


def _hexadecimal(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).hex()
    except ValueError:
        # Not from a manifest of ours, so equal to no digest in a record.
        return text
