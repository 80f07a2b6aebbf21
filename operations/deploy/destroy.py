"""`make destroy`: deletes everything of an environment, with its data."""

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from operations.command import DONE, NOT_DONE
from operations.deploy import build_record, plan, state
from operations.deploy.state import Resource
from operations.deployment import Deployment, account_of, outputs_of, refuse_other_account
from operations.environments import Environment
from operations.errors import OperationsError
from operations.terraform import TerraformCommand
from tooling import stand_in_packages

# What refuses its own deletion until force_destroy was applied to it.
_PROTECTED = frozenset({"aws_dynamodb_table", "aws_s3_bucket"})

REMAINS = """\
What AWS keeps of it, and what this command can't delete:
  - of each table a system backup with all items, for 35 days (AWS deletes it; it costs nothing)
  - metrics in CloudWatch for 15 months, traces in X-Ray for 30 days, CloudTrail's events for 90
  - addresses in the account's SES suppression list, and the account's sending statistics
  - subscriptions that nobody confirmed, for some days
  - your own KMS key and certificate, and DNS records that were not made by this configuration
  - the state's earlier versions in the bucket of the backend: they name all resources\
"""


def destroy(environment: Environment) -> int:
    """Destroy an environment; return the exit code.

    It works from the state alone, so also after an earlier attempt that stopped half-way.

    Raises:
        OperationsError: The credentials are of another account, the variables of another region,
            or terraform failed.
    """
    plan.initialise(environment)
    outputs = outputs_of(environment)
    resources = state.managed(environment)
    print(f"\nDestroying {_described(environment, outputs)}.\n", flush=True)
    if not resources:
        print("Terraform's state is empty: there is nothing to destroy.")
        return DONE
    with tempfile.TemporaryDirectory() as folder:
        # The configuration must be valid, and no zip is uploaded.
        stand_in_packages.write(Path(folder))
        packages = f"build_dir={Path(folder) / stand_in_packages.FOLDER}"
        own = ["-input=false", "-var", packages, "-var", "force_destroy=true"]
        arguments = [*environment.variable_arguments, *own]
        _show_plan(environment, arguments, outputs, resources)
        if not _agrees(environment.name or str(outputs.get("environment") or "default")):
            print("Nothing was destroyed.")
            return NOT_DONE
        _destroy(environment, arguments, resources)
    print(f"\nEverything in Terraform's state of {environment} is destroyed.")
    return DONE


def _described(environment: Environment, outputs: Mapping[str, Any]) -> str:
    """Account, region and environment; an earlier attempt has removed the outputs."""
    if not (outputs.get("account_id") and outputs.get("region")):
        return f"{environment}, which an earlier `make destroy` has deleted in part"
    found = Deployment(outputs, str(outputs["region"]))
    found.prepare()
    return str(found)


def _show_plan(
    environment: Environment,
    arguments: Sequence[str],
    outputs: Mapping[str, Any],
    resources: Sequence[Resource],
) -> None:
    """Show what would be destroyed, and where."""
    build_record.remove(environment)
    environment.plan_file.parent.mkdir(parents=True, exist_ok=True)
    file = build_record.partial(environment)
    terraform = TerraformCommand(environment)
    try:
        terraform.show(["plan", "-destroy", *arguments, f"-out={file}"])
        shown = json.loads(terraform.read(["show", "-json", "-no-color", str(file)]))
    finally:
        # It is out of date as soon as force_destroy is applied.
        file.unlink(missing_ok=True)
    region = str(shown["variables"]["region"]["value"])
    account = _checked_account(region, outputs, resources)
    print(
        f"\nThis is in AWS, account {account}, region {region}, {environment}.\n\n{REMAINS}\n",
        flush=True,
    )


def _checked_account(
    planned: str, outputs: Mapping[str, Any], resources: Sequence[Resource]
) -> str:
    """The account of the credentials, after a check that the resources are there.

    In another account or region Terraform would find none of them and empty the state.

    Args:
        planned: The region that the variables say.
        outputs: Those of the state; none after an earlier attempt.
        resources: Those of the state.

    Raises:
        OperationsError: They are in another account or region.
    """
    region = outputs.get("region")
    regions = {str(region)} if region else state.regions_of(resources)
    if regions and planned not in regions:
        raise OperationsError(
            f"the deployment is in region {', '.join(sorted(regions))}, and the variable region is "
            f"{planned}: set it to the deployment's"
        )
    account = account_of(Deployment({}, planned).client("sts"))
    known = outputs.get("account_id")
    refuse_other_account({str(known)} if known else state.accounts_of(resources), account)
    return account


def _destroy(
    environment: Environment, arguments: Sequence[str], resources: Sequence[Resource]
) -> None:
    terraform = TerraformCommand(environment)
    protected = [
        f"-target={resource.address}" for resource in resources if resource.kind in _PROTECTED
    ]
    if protected:
        # Only what still exists: without targets, what is destroyed already would be made again.
        print("\nRemoving deletion protection (force_destroy):", flush=True)
        terraform.show(["apply", "-auto-approve", *arguments, *protected])
    terraform.show(["destroy", "-auto-approve", *arguments])
    shutil.rmtree(environment.rollback_dir, ignore_errors=True)


def _agrees(name: str) -> bool:
    try:
        typed = input(
            "To delete all of this for good, with the data of all users, type the name of the "
            f"environment, {name}: "
        )
    except EOFError:
        print()
        return False
    return typed == name
