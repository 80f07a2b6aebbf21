"""The programs on this machine: terraform, and the provider that the lock file names."""

import json
from collections.abc import Iterator

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from operations.environments import Environment
from operations.errors import OperationsError
from operations.preflight.findings import Finding, fail, ok
from operations.terraform import TerraformCommand
from tooling.prerequisites import NEEDED_TERRAFORM

# As in terraform/versions.tf, and the same for Python.
NEEDED, NEEDED_PROVIDER = "~> 5.100", "~=5.100"
PROVIDER = "registry.terraform.io/hashicorp/aws"
LOCK_FILE = ".terraform.lock.hcl"
INSTALL = "install it: https://developer.hashicorp.com/terraform/install"


def check(environment: Environment) -> Iterator[Finding]:
    """Compare the versions with those that are needed."""
    needed = ".".join(map(str, NEEDED_TERRAFORM))
    try:
        # It lists the providers of the lock file, and needs no `terraform init`.
        done = TerraformCommand(environment).run(["version", "-json"])
        answer = json.loads(done.output)
        found = Version(str(answer["terraform_version"]))
    except OperationsError as error:
        yield fail("terraform", str(error), "then run it again")
        return
    except (ValueError, KeyError, TypeError):  # InvalidVersion is a ValueError
        yield fail("terraform", "`terraform version -json` wrote something unknown", INSTALL)
        return
    if found.release < NEEDED_TERRAFORM:
        yield fail("terraform", f"{found}, but {needed} or newer is needed", INSTALL)
        return
    yield ok("terraform", f"{found} ({needed} or newer is needed)")
    yield _provider(str((answer.get("provider_selections") or {}).get(PROVIDER, "")))


def _provider(version: str) -> Finding:
    restore = f"restore terraform/{LOCK_FILE}: `git checkout terraform/{LOCK_FILE}`"
    if not version:
        return fail("provider", f"{LOCK_FILE} names no version of {PROVIDER}", restore)
    try:
        fits = Version(version) in SpecifierSet(NEEDED_PROVIDER)
    except InvalidVersion:
        fits = False
    if not fits:
        return fail("provider", f"{version} is locked, but {NEEDED} is needed", restore)
    return ok("provider", f"hashicorp/aws {version}, as locked")
