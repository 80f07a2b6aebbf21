"""Fetches the Terraform provider once, in `make setup`, so that later commands need no network.

Commands that work on this machine run without a proxy and without the user's Terraform settings.
They take the provider from a folder, which serves as a mirror.
"""

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

from tooling import clean_environment, paths
from tooling.environments import alone
from tooling.errors import ToolingError
from tooling.staging import stage
from tooling.terraform import Terraform

FOLDER = paths.LOCAL / "terraform-provider"
# For TF_CLI_CONFIG_FILE: makes terraform look for providers in the folder, and nowhere else.
CLI_CONFIG = FOLDER / "mirror.tfrc"
_STAMP = "fetched.sha256"
_LOCK = ".terraform.lock.hcl"
# host/namespace/type/version/platform
_PROVIDERS = "*/*/*/*/*/terraform-provider-*"


def is_fetched(folder: Path = FOLDER, source: Path = paths.TERRAFORM_SOURCE) -> bool:
    """Whether the providers of Terraform's lock are in the folder, where Terraform finds them."""
    try:
        fetched = (folder / _STAMP).read_text(encoding="utf-8")
        settings = (folder / CLI_CONFIG.name).read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    # In a checkout that was moved, the settings name the former folder.
    is_right = fetched == _digest(source) and settings == _cli_config(folder)
    # A link into the user's plugin cache may be broken by now.
    found = _mirror(folder).glob(_PROVIDERS)
    return is_right and (folder / _LOCK).is_file() and any(file.exists() for file in found)


def fetch(folder: Path = FOLDER, source: Path = paths.TERRAFORM_SOURCE) -> None:
    """Fetch the providers, unless they are there.

    Raises:
        ToolingError: `terraform init` failed; the message says why.
    """
    if is_fetched(folder, source):
        return
    with alone(folder.name):
        if is_fetched(folder, source):
            return
        print(f"Fetching the Terraform provider into {folder.relative_to(paths.REPOSITORY)}")
        shutil.rmtree(folder, ignore_errors=True)
        stage(source, folder, {})
        environment = clean_environment.kept("setup", os.environ)
        Terraform(folder, environment).run(["init", "-backend=false", "-input=false", "-no-color"])
        (folder / CLI_CONFIG.name).write_text(_cli_config(folder), encoding="utf-8")
        (folder / _STAMP).write_text(_digest(source), encoding="utf-8")


def copy_lock(copy: Path, folder: Path = FOLDER) -> None:
    """Copy the lock of the fetched providers into a copy of terraform/.

    From a mirror, terraform needs the checksum for its platform. The committed lock has it for some
    platforms only, and fetching has added this machine's.
    """
    shutil.copy(folder / _LOCK, copy / _LOCK)


def _mirror(folder: Path) -> Path:
    return folder / ".terraform" / "providers"


def _cli_config(folder: Path) -> str:
    # HCL has JSON's syntax for strings.
    path = json.dumps(str(_mirror(folder)), ensure_ascii=False)
    return f"provider_installation {{\n  filesystem_mirror {{\n    path = {path}\n  }}\n}}\n"


def _digest(source: Path) -> str:
    return hashlib.sha256((source / _LOCK).read_bytes()).hexdigest()


def main() -> int:
    """Fetch the providers; return the exit code."""
    if shutil.which("terraform") is None:
        # Not every command needs it; those that do say where to get it.
        print("terraform is not in PATH, so its provider is not fetched", file=sys.stderr)
        return 0
    try:
        fetch()
    except ToolingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
