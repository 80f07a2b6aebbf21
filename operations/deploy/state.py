"""What Terraform's state says of an environment's resources."""

import base64
import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operations.environments import Environment
from operations.terraform import TerraformCommand

_WITH_A_ZIP = frozenset({"aws_lambda_function", "aws_lambda_layer_version"})

_BUCKET = re.compile(r"-([0-9]{12})-([a-z]+-[a-z-]+-[0-9]+)$")


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
            _, _, name = _located(attributes)
            places = [(name.find(f"-{one}-"), -len(one), one) for one in known]
            found.update(
                one for _, _, one in sorted(place for place in places if place[0] >= 0)[:1]
            )
    return max(found, key=lambda one: found[one], default=None)


def accounts_of(resources: Sequence[Resource]) -> set[str]:
    """The accounts that the resources are in."""
    return _parts(resources, 0)


def regions_of(resources: Sequence[Resource]) -> set[str]:
    """The regions that the resources are in."""
    return _parts(resources, 1)


def _parts(resources: Sequence[Resource], part: int) -> set[str]:
    found = {
        _located(attributes)[part] for resource in resources for attributes in resource.instances
    }
    return found - {""}


def _located(attributes: Mapping[str, Any]) -> tuple[str, str, str]:
    """Account, region and name of a resource; empty where neither ARN nor name says it."""
    parts = str(attributes.get("arn") or "").split(":", 5)
    # An ARN of S3 has neither, but the names of our buckets end with both.
    region, account, name = parts[3:] if len(parts) == 6 else ("", "", str(attributes.get("id")))
    of_a_bucket = _BUCKET.search(name)
    if of_a_bucket and not account:
        account, region = of_a_bucket.groups()
    return account, region, name


def _hexadecimal(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).hex()
    except ValueError:
        # Not from a manifest of ours, so equal to no digest in a record.
        return text
