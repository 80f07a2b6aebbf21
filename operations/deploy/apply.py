"""`make apply`: applies the plan with the packages it was made for, and records it."""

import sys
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from operations.command import DONE, SOMETHING_LEFT
from operations.deploy import build_record, rollback
from operations.deploy.build_record import BuildRecord
from operations.deploy.records import KEPT, Records
from operations.deployment import Deployment, outputs_of
from operations.environments import Environment, refuse_other_environment
from operations.errors import OperationsError
from operations.terraform import TerraformCommand
from tooling.terraform import LOCK_TIMEOUT


def apply(environment: Environment) -> int:
    """Apply the environment's plan; return the exit code.

    Raises:
        OperationsError: There is no plan, something changed since, the state is of another
            environment, or terraform failed.
    """
    planned = build_record.read(environment)
    target = deployment_of(planned)
    print(f"Applying the plan to {target}.\n", flush=True)
    planned.check(environment)
    refuse_other_environment(environment, outputs_of(environment))
    target.prepare()
    # With the variables again: a plan holds no ephemeral value, such as tinypng_api_key.
    variables = environment.variable_arguments
    arguments = ["-input=false", LOCK_TIMEOUT, *variables, str(environment.plan_file)]
    try:
        TerraformCommand(environment).show(["apply", *arguments], last=True)
    except (OperationsError, KeyboardInterrupt):
        _say_how_to_go_back(environment, planned)
        raise
    build_record.remove(environment)
    return _record(environment, planned)


def is_recorded(environment: Environment, planned: BuildRecord) -> bool:
    """Whether the newest record has the plan's packages, Terraform code and variables.

    It hasn't after an apply that was not recorded, even if the plan changes nothing.
    """
    recorded, _ = _records(environment, planned).all()
    if not recorded:
        return False
    newest = recorded[-1]
    same_packages = newest.manifest_sha256 == planned.manifest_sha256
    return same_packages and not rollback.changed(newest, planned)


def deployment_of(planned: BuildRecord) -> Deployment:
    """What a plan acts on."""
    outputs = {
        "account_id": planned.account_id,
        "region": planned.region,
        "environment": planned.environment,
    }
    return Deployment(outputs, planned.region)


def _say_how_to_go_back(environment: Environment, planned: BuildRecord) -> None:
    """After an apply that stopped half-way: name the last deployment that was recorded."""
    try:
        recorded, _ = _records(environment, planned).all()
    except (OperationsError, BotoCoreError, ClientError):
        # What stopped the apply may stop this too, and is reported.
        return
    if recorded:
        print(
            f"\nTo go back to the last recorded deployment: "
            f"make rollback TO={recorded[-1].id}{environment.switch}",
            file=sys.stderr,
        )


def _records(environment: Environment, planned: BuildRecord) -> Records:
    found = Deployment(outputs_of(environment), planned.region)
    return Records(found.client("s3"), found.output("artifacts_bucket_name"))


def _record(environment: Environment, planned: BuildRecord) -> int:
    """Record the deployment; a failure leaves the deployment as it is, and is reported.

    A failure to remove old records is only a warning: the next apply tries it again.
    """
    try:
        records = _records(environment, planned)
        record = records.add(planned, datetime.now(UTC))
    except (OperationsError, BotoCoreError, ClientError) as error:
        print(
            f"error: the plan was applied, but not recorded: {error}\n"
            f"`make plan{environment.switch}` and `make apply{environment.switch}` record it; "
            "until then `make rollback` does not know it.",
            file=sys.stderr,
        )
        return SOMETHING_LEFT
    print(f"\nRecorded as {record.id}.", flush=True)
    try:
        records.prune(datetime.now(UTC))
    except (OperationsError, BotoCoreError, ClientError) as error:
        print(
            f"warning: more than {KEPT} deployments are kept, as an old one could not be removed: "
            f"{error}\nThe next `make apply{environment.switch}` tries again.",
            file=sys.stderr,
        )
    return DONE
