"""Terraform's own commands on a copy: no build folder, no state, nothing of a user's account."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scans.policies import Stack, bootstrap_variants, render, render_variants
from tests.terraform import running_provider
from tooling import environment, paths, provider, stand_in_packages
from tooling.terraform import Terraform

Run = Callable[..., subprocess.CompletedProcess[str]]

# What a person keeps beside the code, and what a build or an apply leaves there.
NOT_COPIED = shutil.ignore_patterns(
    ".terraform", "*.tfvars", "*.tfstate", "*.tfstate.*", "*.tfplan", "backend.tf", "*override.tf"
)
TIME_LIMIT_SECONDS = 300


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of Terraform: no account."""
    if shutil.which("terraform") is None:
        pytest.fail("terraform is not on the PATH: see README.md for what has to be installed")
    return environment.terraform_environment(os.environ, tmp_path_factory.mktemp("no_account"))


@pytest.fixture(scope="session")
def settings_with_provider(
    settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """As `settings`, and every command uses one provider that runs already."""
    log = tmp_path_factory.mktemp("provider") / "log"
    with running_provider.start(settings, log) as address:
        yield {**settings, "TF_REATTACH_PROVIDERS": address}


@pytest.fixture(scope="session")
def run_terraform(settings_with_provider: dict[str, str]) -> Run:
    """Runs `terraform <arguments>` in a folder and keeps what it says."""

    def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - arguments are the tests' own
            ["terraform", *arguments],  # noqa: S607 - the developer's own terraform
            cwd=folder,
            env=settings_with_provider,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_SECONDS,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def clean_copy(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Path:
    """terraform/ as a fresh clone has it, initialized; there is no ../build beside it."""
    copy = tmp_path_factory.mktemp("clone") / "terraform"
    shutil.copytree(paths.TERRAFORM_SOURCE, copy, ignore=NOT_COPIED)
    provider.copy_lock(copy)
    stand_in_packages.write(copy)
    # Without the running provider, so that `init` checks the one that is installed.
    Terraform(copy, settings).run(
        ["init", "-backend=false", "-lockfile=readonly", "-input=false", "-no-color"]
    )
    return copy


@pytest.fixture(scope="session")
def stacks(
    tmp_path_factory: pytest.TempPathFactory, settings_with_provider: dict[str, str]
) -> dict[str, Stack]:
    """Every variant as it is planned."""
    copy = tmp_path_factory.mktemp("policies") / "terraform"
    variants = render(paths.TERRAFORM_SOURCE, copy, settings_with_provider)
    return {stack.name: stack for stack in variants}


@pytest.fixture(scope="session")
def bootstraps(
    tmp_path_factory: pytest.TempPathFactory, settings_with_provider: dict[str, str]
) -> dict[str, Stack]:
    """terraform/bootstrap as it is planned for each variant of the stack."""
    copy = tmp_path_factory.mktemp("bootstrap") / "terraform"
    source = paths.TERRAFORM_SOURCE / "bootstrap"
    variants = render_variants(source, copy, settings_with_provider, bootstrap_variants())
    return {stack.name: stack for stack in variants}
