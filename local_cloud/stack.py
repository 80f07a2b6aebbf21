"""This repository's Terraform, applied to the local engine."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_cloud.engine.process import Engine
from tooling import environment, paths, provider
from tooling.errors import ToolingError
from tooling.staging import stage
from tooling.terraform import Report, Terraform

FROM_ADDRESS = "activation@example.com"
# The whole stack takes endpoint and settings by aws_endpoint_url; an example knows of AWS alone.
PROVIDER_FILE = "local_cloud_provider_override.tf"
PROVIDER = """\
provider "aws" {
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = "true"
  skip_region_validation      = true
}
"""


def example_names() -> list[str]:
    """The examples: the folders in terraform/examples."""
    found = (paths.TERRAFORM_SOURCE / "examples").glob("*/main.tf")
    return sorted(file.parent.name for file in found)


def _say_nothing(_text: str) -> None:
    """Ignore progress."""


class Stack:
    """The whole stack at one engine.

    Args:
        engine: a started engine.
        work_dir: a folder for the copy of terraform/ and its state; its content is replaced.
        build_dir: where `build.py --target host` wrote the packages and their manifest.
        variables: Terraform variables, which win over those that the local cloud sets.
        report: called with terraform's progress.
    """

    def __init__(
        self,
        engine: Engine,
        work_dir: Path,
        build_dir: Path,
        *,
        variables: Mapping[str, object] | None = None,
        report: Report = _say_nothing,
    ) -> None:
        self._engine = engine
        self._work_dir = work_dir.resolve()
        self._build_dir = build_dir.resolve()
        self._variables = dict(variables or {})
        self._report = report
        self._terraform = Terraform(self._work_dir, self._settings())

    def apply(self) -> dict[str, Any]:
        """Create everything at a fresh engine and return Terraform's outputs by name.

        Raises:
            ToolingError: terraform failed; the message says why.
        """
        self._stage()
        self._report("terraform init")
        self._terraform.run(["init", "-input=false", "-no-color"])
        self._report("terraform apply")
        self._change(["apply", "-auto-approve", "-input=false"])
        return self.outputs()

    def outputs(self) -> dict[str, Any]:
        """Terraform's outputs by name."""
        answer = json.loads(self._terraform.run(["output", "-json", "-no-color"]).output)
        return {name: output["value"] for name, output in answer.items()}

    def plan_has_changes(self) -> str | None:
        """Plan again; return None if nothing would change, otherwise the plan as text."""
        result = self._terraform.run(
            ["plan", "-detailed-exitcode", "-input=false", "-no-color"], allowed=(0, 2)
        )
        return result.output if result.exit_code == 2 else None

    def destroy(self) -> None:
        """Destroy everything."""
        self._change(["destroy", "-auto-approve", "-input=false"])

    def _stage(self) -> None:
        stage(paths.TERRAFORM_SOURCE, self._work_dir, self._all_variables())
        provider.copy_lock(self._work_dir)

    def _settings(self) -> dict[str, str]:
        return environment.terraform_environment(os.environ, self._engine.state_dir)

    def _change(self, arguments: list[str]) -> None:
        try:
            self._terraform.change(arguments, self._report)
        except ToolingError as error:
            # If the engine has died, terraform's message is only a symptom.
            self._engine.check_alive()
            raise ToolingError(f"{error}\n{self._engine.describe_log()}") from error

    def _all_variables(self) -> dict[str, object]:
        return {
            "aws_endpoint_url": self._engine.endpoint_url,
            "build_dir": str(self._build_dir),
            "from_address": FROM_ADDRESS,
            "region": environment.REGION,
            # Nothing here needs protection from `destroy`.
            "force_destroy": True,
            # The provider watches new lifecycle rules for 55 s, and nothing here lives long enough
            # to expire.
            "uploads": {
                "abort_incomplete_multipart_upload_days": 0,
                "noncurrent_version_expiration_days": 0,
            },
            **self._variables,
        }


class Example(Stack):
    """One of terraform/examples at one engine, in place of the whole stack.

    Args:
        name: one of `example_names()`.
        engine: a started engine.
        work_dir: a folder for the copy of terraform/ and its state; what is in it is replaced.
        build_dir: where `build.py --target host` wrote the packages and their manifest.
        report: told how far terraform is.
    """

    def __init__(
        self,
        name: str,
        engine: Engine,
        work_dir: Path,
        build_dir: Path,
        *,
        report: Report = _say_nothing,
    ) -> None:
        super().__init__(engine, work_dir, build_dir, report=report)
        self._root = Path("examples") / name
        self._terraform = Terraform(self._work_dir / self._root, self._settings())

    def _stage(self) -> None:
        variables = {"build_dir": str(self._build_dir)}
        stage(paths.TERRAFORM_SOURCE, self._work_dir, variables, self._root)
        folder = self._work_dir / self._root
        (folder / PROVIDER_FILE).write_text(PROVIDER, encoding="utf-8")
        provider.copy_lock(folder)

    def _settings(self) -> dict[str, str]:
        return {**super()._settings(), "AWS_ENDPOINT_URL": self._engine.endpoint_url}
