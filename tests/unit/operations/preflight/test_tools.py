"""The versions of terraform and of its provider."""

import json
from collections.abc import Mapping

import pytest
from packaging.specifiers import SpecifierSet

from operations.environments import Environment
from operations.preflight import tools
from operations.terraform import TerraformCommand
from tooling import paths
from tooling.terraform import Result

LOCKED = {tools.PROVIDER: "5.100.0"}


def printed(monkeypatch: pytest.MonkeyPatch, output: str) -> list[str]:
    def run(terraform: TerraformCommand, arguments: list[str]) -> Result:
        assert (arguments, terraform.environment) == (["version", "-json"], Environment())
        return Result(0, output)

    monkeypatch.setattr(TerraformCommand, "run", run)
    return [str(finding) for finding in tools.check(Environment())]


def version(found: str, providers: Mapping[str, str] | None = LOCKED) -> str:
    return json.dumps({"terraform_version": found, "provider_selections": providers})


@pytest.mark.parametrize("found", ["1.11.0", "1.11.4", "1.15.0-beta1", "2.0.0"])
def test_versions_that_are_new_enough(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    first, second = printed(monkeypatch, version(found))
    assert first.startswith("ok    terraform: ")
    assert first.endswith(" (1.11 or newer is needed)")
    assert second == "ok    provider: hashicorp/aws 5.100.0, as locked"


@pytest.mark.parametrize("found", ["1.10.5", "0.15.0", "1.9.8"])
def test_a_version_that_is_too_old(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    assert printed(monkeypatch, version(found)) == [
        (
            f"fail  terraform: {found}, but 1.11 or newer is needed; install it: "
            "https://developer.hashicorp.com/terraform/install"
        )
    ]


@pytest.mark.parametrize("output", ["", "Terraform v1.11", "[]", "{}", version("\x1b[2J")])
def test_something_else_that_is_called_terraform(
    monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    assert printed(monkeypatch, output)[0].startswith(
        "fail  terraform: `terraform version -json` wrote something unknown; install it: "
    )


def test_no_terraform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    (line,) = map(str, tools.check(Environment()))
    assert line == (
        "fail  terraform: terraform is not in PATH: 1.11 or newer is required, "
        "https://developer.hashicorp.com/terraform/install; then run it again"
    )


@pytest.mark.parametrize(
    ("providers", "line"),
    [
        (None, ".terraform.lock.hcl names no version of registry.terraform.io/hashicorp/aws"),
        ({}, ".terraform.lock.hcl names no version of registry.terraform.io/hashicorp/aws"),
        ({tools.PROVIDER: "6.0.0"}, "6.0.0 is locked, but ~> 5.100 is needed"),
        ({tools.PROVIDER: "5.99.1"}, "5.99.1 is locked, but ~> 5.100 is needed"),
        ({tools.PROVIDER: "new"}, "new is locked, but ~> 5.100 is needed"),
    ],
)
def test_a_lock_file_that_does_not_fit(
    monkeypatch: pytest.MonkeyPatch, providers: Mapping[str, str] | None, line: str
) -> None:
    assert printed(monkeypatch, version("1.11.4", providers))[1] == (
        f"fail  provider: {line}; restore terraform/.terraform.lock.hcl: `git checkout "
        "terraform/.terraform.lock.hcl`"
    )


def test_the_constraint_is_that_of_terraform() -> None:
    text = (paths.TERRAFORM_SOURCE / "versions.tf").read_text("utf-8")
    assert f'version = "{tools.NEEDED}"' in text
    # Both leave the last part open.
    assert SpecifierSet(tools.NEEDED.replace("~> ", "~=")) == SpecifierSet(tools.NEEDED_PROVIDER)
