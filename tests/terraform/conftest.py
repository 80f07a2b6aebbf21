"""Terraform's own commands on a copy: no build folder, no state, nothing of a user's account."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scans.policies import Stack, render
from tooling import environment, paths, provider, stand_in_packages

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
    settings = environment.terraform_environment(os.environ, tmp_path_factory.mktemp("no_account"))

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
    provider.copy_lock(copy)
    stand_in_packages.write(copy)
    done = run_terraform(
        copy, "init", "-backend=false", "-lockfile=readonly", "-input=false", "-no-color"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return copy


@pytest.fixture(scope="session")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stack]:
    """Every variant as it is planned."""
    settings = environment.terraform_environment(os.environ, tmp_path_factory.mktemp("no_account"))
    copy = tmp_path_factory.mktemp("policies") / "terraform"
    return {stack.name: stack for stack in render(paths.TERRAFORM_SOURCE, copy, settings)}
