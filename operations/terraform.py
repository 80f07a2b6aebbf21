"""Runs terraform for one environment."""

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from operations.environments import Environment
from operations.errors import OperationsError
from tooling.errors import ToolingError
from tooling.terraform import Result, Terraform

READ_SECONDS = 120


class TerraformCommand:
    """The terraform command, in the folder of the root module, for one environment."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def show(
        self, arguments: Sequence[str], *, last: bool = False, allowed: Collection[int] = (0,)
    ) -> int:
        """Run a command before a person, as `Terraform.show`; it raises OperationsError."""
        with _as_ours():
            return self._terraform().show(arguments, last=last, allowed=allowed)

    def read(self, arguments: Sequence[str]) -> str:
        """Run a command to its end and return what it wrote.

        Raises:
            OperationsError: terraform is missing, failed, or took too long.
        """
        result = self.run(arguments)
        if result.exit_code != 0:
            name = " ".join(argument for argument in arguments[:2] if not argument.startswith("-"))
            raise OperationsError(
                f"terraform {name} failed for {self.environment}: {result.complaints.strip()}"
            )
        return result.output

    def run(self, arguments: Sequence[str]) -> Result:
        """Run a command to its end, whatever its exit code.

        Raises:
            OperationsError: terraform is missing, or took too long.
        """
        with _as_ours():
            return self._terraform().run(arguments, allowed=None, seconds=READ_SECONDS)

    def _terraform(self) -> Terraform:
        return Terraform(self.environment.source, self.environment.process_environment(os.environ))


@contextmanager
def _as_ours() -> Iterator[None]:
    try:
        yield
    except ToolingError as error:
        raise OperationsError(str(error)) from error
