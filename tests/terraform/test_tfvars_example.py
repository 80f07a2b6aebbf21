"""terraform.tfvars.example shows every variable, every attribute of a group, and their defaults."""

import copy
import re
from functools import cache
from pathlib import Path
from typing import Any

import hcl2

from tooling.module_docs import types
from tooling.paths import TERRAFORM_SOURCE

MODULES = TERRAFORM_SOURCE / "modules"
OPTIONS = hcl2.SerializationOptions(strip_string_quotes=True, with_comments=False)
# Of programs, and a secret, which belongs into the environment.
NOT_SHOWN = {"build_dir", "aws_endpoint_url", "tinypng_api_key"}
# In the example, a line of code behind "# ".
COMMENTED_OUT = re.compile(r"^# (?= *(?:\w+ += |[}\]]))", re.MULTILINE)

# What is null in the root has the default of a module, or of one variable of it for each attribute.
DEFAULTS: dict[str, tuple[str, str] | dict[str, tuple[str, str]]] = {
    "name_prefix": ("context", "name_prefix"),
    "environment": ("context", "environment"),
    "logs": ("context", "logs"),
    "enable_tracing": ("context", "enable_tracing"),
    "encryption": ("context", "encryption"),
    "permissions_boundary": ("context", "permissions_boundary"),
    "product_name": ("user_activation", "product_name"),
    "mail": ("user_activation", "mail"),
    "unactivated_user_expiration_days": ("user_activation", "unactivated_user_expiration_days"),
    "thumbnails": ("profile_images", "thumbnails"),
    "uploads": ("profile_images", "uploads"),
    "web_api": ("web_api", "settings"),
    "sessions": ("web_api", "sessions"),
    "streams": {
        "user": ("user_activation", "stream"),
        "user_profile": ("profile_images", "stream"),
    },
    "alarms": {name: ("operations", name) for name in ("addresses", "runbook_url", "thresholds")},
}


@cache
def variables(folder: Path) -> dict[str, dict[str, Any]]:
    """The variables of a module by their names."""
    text = (folder / "variables.tf").read_text(encoding="utf-8")
    return {
        name: body
        for block in hcl2.loads(text, serialization_options=OPTIONS)["variable"]
        for name, body in block.items()
        if name != "__is_block__"
    }


def value_of(expression: str) -> Any:  # noqa: ANN401 - of any type
    return hcl2.loads(f"value = {expression}\n", serialization_options=OPTIONS)["value"]


def default_of(module: str, variable: str) -> Any:  # noqa: ANN401 - of any type
    """A variable's default, with those of the attributes of its objects."""
    body = variables(MODULES / module)[variable]
    default: Any = copy.deepcopy(body["default"])
    for attribute in types.attributes(str(body["type"]).removeprefix("${").removesuffix("}"), ""):
        *around, name = attribute.name.removeprefix(".").split(".")
        holder: Any = default
        for part in around:
            holder = holder and holder[part]
        if holder is not None and attribute.default is not None:
            holder.setdefault(name, value_of(attribute.default))
    return default


def expected(name: str) -> Any:  # noqa: ANN401 - of any type
    source = DEFAULTS.get(name)
    if source is None:
        return variables(TERRAFORM_SOURCE)[name]["default"]
    if isinstance(source, tuple):
        return default_of(*source)
    return {attribute: default_of(*where) for attribute, where in source.items()}


def test_the_example_shows_every_variable_with_its_default() -> None:
    example = (TERRAFORM_SOURCE / "terraform.tfvars.example").read_text(encoding="utf-8")
    needed = hcl2.loads(example, serialization_options=OPTIONS)
    assert list(needed) == ["from_address"]
    shown = hcl2.loads(COMMENTED_OUT.sub("", example), serialization_options=OPTIONS)
    wanted = {name: expected(name) for name in set(variables(TERRAFORM_SOURCE)) - NOT_SHOWN}
    wanted["from_address"] = needed["from_address"]
    # Of the root itself: whether there are alarms at all.
    wanted["alarms"] = {"enabled": True, **wanted["alarms"]}
    # null of profile_images is the default of its bucket.
    for days in ("abort_incomplete_multipart_upload_days", "noncurrent_version_expiration_days"):
        wanted["uploads"][days] = default_of("private_bucket", days)
    wanted["uploads"]["per_day"] = default_of("web_api", "uploads")["per_day"]
    assert shown == wanted


def test_both_modules_have_the_same_name_of_the_product() -> None:
    assert default_of("web_api", "product_name") == default_of("user_activation", "product_name")
