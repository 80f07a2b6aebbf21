"""`make plan`: the checks before the build, and the plan with its build record."""

import shutil
from collections.abc import Callable, Sequence

from operations.deploy import build_record, state
from operations.deploy.build_record import BuildRecord
from operations.deployment import outputs_of
from operations.environments import (
    Environment,
    environment_of,
    names,
    refuse_other_environment,
    refuse_shared_state,
)
from operations.errors import OperationsError
from operations.terraform import TerraformCommand
from tooling.terraform import LOCK_TIMEOUT, NOT_IN_PATH


def start(name: str | None, shell: Sequence[str]) -> Environment:
    """What costs nothing, before the build. A failure leaves no earlier plan.

    Args:
        name: What ENV says.
        shell: The names of the shell's variables.

    Raises:
        OperationsError: Nothing can be planned; the message says what to do.
    """
    # Also the plan of an environment whose files have something wrong with them.
    build_record.remove(Environment(name))
    environment = environment_of(name)
    if shutil.which("terraform") is None:
        raise OperationsError(NOT_IN_PATH)
    if (
        name is None
        and not environment.variables_file.is_file()
        and "TF_VAR_from_address" not in shell
    ):
        existing = names(environment.source)
        others = f", or say ENV={existing[0]}" if existing else ""
        raise OperationsError(
            "there is no terraform/terraform.tfvars: copy terraform/terraform.tfvars.example and "
            f"set from_address{others}"
        )
    return environment


def plan(environment: Environment) -> BuildRecord:
    """Plan with the packages of the build."""
    initialise(environment)
    return write(environment, [], lambda: build_record.record_of(environment))


def initialise(environment: Environment) -> None:
    """Call `terraform init`, and check that the state is this environment's own.

    Raises:
        OperationsError: It isn't, or terraform failed.
    """
    TerraformCommand(environment).show(environment.init_arguments)
    refuse_shared_state(environment)
    if environment.name is not None:
        refuse_other_environment(environment, outputs_of(environment) or _named(environment))


def _named(environment: Environment) -> dict[str, str | None]:
    """What the names of resources say where no output does: a destroy stopped half-way."""
    resources = state.managed(environment)
    known = {str(environment.name), *names(environment.source)}
    return {"environment": state.environment_of(resources, known)} if resources else {}


def write(
    environment: Environment, more: Sequence[str], record_of: Callable[[], BuildRecord]
) -> BuildRecord:
    """Write a plan and then its build record; after a failure there is neither.

    Args:
        environment: What is planned.
        more: Further arguments of `terraform plan`.
        record_of: Makes the build record of the plan, or raises where it may not be applied.
    """
    build_record.remove(environment)
    environment.plan_file.parent.mkdir(parents=True, exist_ok=True)
    partial = build_record.partial(environment)
    arguments = ["-input=false", LOCK_TIMEOUT, *environment.variable_arguments, *more]
    try:
        TerraformCommand(environment).show(["plan", *arguments, f"-out={partial}"])
        record = record_of()
        record.write(environment.build_record)
        partial.replace(environment.plan_file)
    finally:
        partial.unlink(missing_ok=True)
    return record
