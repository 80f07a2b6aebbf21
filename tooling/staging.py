"""Copies terraform/ for the local cloud: the code, and nothing of a user's account."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from tooling.errors import ToolingError

VARIABLES_FILE = "local_cloud.auto.tfvars.json"
OVERRIDE_FILE = "local_cloud_override.tf"
STATE_FILES = ("terraform.tfstate", "terraform.tfstate.backup")

# A user's own files: values, backend, state, plans, overrides, downloads.
_NOT_COPIED = shutil.ignore_patterns(
    ".terraform",
    "*.tfvars",
    "*.tfvars.json",
    "*.tfstate",
    "*.tfstate.*",
    "*.tfplan",
    "*.tfbackend",
    "*.backend.hcl",
    "backend.tf",
    "override.tf",
    "*_override.tf",
    "override.tf.json",
    "*_override.tf.json",
    ".terraformrc",
    "terraform.rc",
    "tests",
    "crash*.log",
)
# An override replaces a backend that is declared in any file (the documentation puts it in
# backend.tf): the state of the local cloud is a file in the copy.
_LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'


def stage(source: Path, copy: Path, variables: Mapping[str, object], root: Path = Path()) -> None:
    """Make `copy` a fresh copy of `source` with `variables` set and no state.

    It keeps an earlier copy's downloaded providers (`.terraform`), which `init` checks.

    Args:
        source: a folder of Terraform code.
        copy: what is in it is replaced.
        variables: Terraform variables.
        root: where in `source` the root module is.

    Raises:
        ToolingError: `source` has no Terraform code.
    """
    if not any(source.glob("*.tf")):
        raise ToolingError(f"{source} has no Terraform code (*.tf)")
    copy.mkdir(parents=True, exist_ok=True)
    _remove_all_but_providers(copy)
    shutil.copytree(source, copy, ignore=_NOT_COPIED, dirs_exist_ok=True)
    (copy / root / OVERRIDE_FILE).write_text(_LOCAL_BACKEND, encoding="utf-8")
    text = json.dumps(dict(variables), indent=2) + "\n"
    (copy / root / VARIABLES_FILE).write_text(text, encoding="utf-8")


def root_of(copy: Path) -> Path:
    """Where in a copy the root module is: the copy itself, or one of its examples."""
    examples = sorted((copy / "examples").glob(f"*/{OVERRIDE_FILE}"))
    return copy if (copy / OVERRIDE_FILE).exists() or not examples else examples[0].parent


def _remove_all_but_providers(copy: Path) -> None:
    for entry in copy.iterdir():
        if entry.name == ".terraform":
            # It names an earlier backend, and Terraform would ask for a migration.
            (entry / "terraform.tfstate").unlink(missing_ok=True)
        elif entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
