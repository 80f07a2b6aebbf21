"""Terraform's own commands on a copy: no build folder, no state, nothing of a user's account."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tooling import environment, paths
from tooling.terraform import filling_plugin_cache

Run = Callable[..., subprocess.CompletedProcess[str]]

# What a person keeps beside the code, and what a build or an apply leaves there.
NOT_COPIED = shutil.ignore_patterns(
    ".terraform", "*.tfvars", "*.tfstate", "*.tfstate.*", "*.tfplan", "backend.tf", "*override.tf"
)
TIME_LIMIT_SECONDS = 300


@pytest.fixture(scope="session")
def run_terraform(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs `terraform <arguments>` in a folder and keeps what it says."""
    if shutil.which("terraform") is None:
        pytest.fail("terraform is not on the PATH: see README.md for what has to be installed")
    settings = environment.terraform_environment(
        os.environ, tmp_path_factory.mktemp("no_account"), paths.PLUGIN_CACHE
    )

    def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - arguments are the tests' own
            ["terraform", *arguments],  # noqa: S607 - the developer's own terraform
            cwd=folder,
            env=settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_SECONDS,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def clean_copy(tmp_path_factory: pytest.TempPathFactory, run_terraform: Run) -> Path:
    """terraform/ as a fresh clone has it, initialized; there is no ../build beside it."""
    copy = tmp_path_factory.mktemp("clone") / "terraform"
    shutil.copytree(paths.TERRAFORM_SOURCE, copy, ignore=NOT_COPIED)
    options = ("-backend=false", "-lockfile=readonly", "-input=false", "-no-color")
    with filling_plugin_cache(paths.PLUGIN_CACHE):
        done = run_terraform(copy, "init", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return copy
