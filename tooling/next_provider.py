"""Tries the Terraform code with the next major version of the AWS provider.

The constraint stays `~> 5.100` until this was green once. It changes a copy only, and needs the
Terraform registry.
"""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from tooling import clean_environment, environment, paths, stand_in_packages
from tooling.errors import ToolingError
from tooling.terraform import Terraform

CONSTRAINT = re.compile(r'^(\s*version\s*=\s*)"~> 5\.[0-9]+"$', re.MULTILINE)
NEXT = ">= 6.0, < 7.0"
_LOCK = ".terraform.lock.hcl"
# What a person keeps beside the code.
_NOT_COPIED = shutil.ignore_patterns(
    *(".terraform", "*.tfvars", "*.tfvars.json", "*.tfstate", "*.tfstate.*", "*.tfplan*"),
    *("*.backend.hcl", "backend.tf", "*override.tf"),
)
DONE, FAILED, NOT_RUN = 0, 1, 2


def try_out(source: Path, copy: Path) -> int:
    """Validate and test a copy of the code; return the exit code.

    Args:
        source: terraform/.
        copy: Where to make the copy.
    """
    _copy(source, copy)
    # The user's way to the registry, and nobody's account.
    settings = {
        **clean_environment.clean("setup", os.environ),
        **environment.dummy_credentials(copy.parent),
    }
    terraform = Terraform(copy, settings)
    try:
        terraform.run(["init", "-backend=false", "-input=false", "-no-color"])
    except ToolingError as error:
        print(f"NOT RUN: the provider can't be fetched from the registry.\n{error}")
        return NOT_RUN
    try:
        # With their warnings, such as deprecations.
        for command in (["version"], ["validate", "-no-color"], ["test", "-no-color"]):
            done = terraform.run(command)
            print(done.output + done.complaints)
    except ToolingError as error:
        print(f"FAILED with the provider {NEXT}:\n{error}")
        return FAILED
    print(f"The Terraform code is valid with the provider {NEXT}, and its tests pass.")
    return DONE


def _copy(source: Path, copy: Path) -> None:
    shutil.copytree(source, copy, ignore=_NOT_COPIED)
    for lock in copy.rglob(_LOCK):
        lock.unlink()
    stand_in_packages.write(copy)
    for file in copy.rglob("versions.tf"):
        text, count = CONSTRAINT.subn(rf'\1"{NEXT}"', file.read_text("utf-8"))
        if count != 1:
            raise ToolingError(f"{file.relative_to(copy)} has {count} constraints of version 5")
        file.write_text(text, "utf-8")


def main() -> int:
    """Try it in a temporary folder; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return try_out(paths.TERRAFORM_SOURCE, Path(folder) / "terraform")
        except ToolingError as error:
            print(f"error: {error}", file=sys.stderr)
            return FAILED


if __name__ == "__main__":
    sys.exit(main())
