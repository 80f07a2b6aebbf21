"""`make rollback`: plans an earlier deployment's packages again, without a build."""

import shutil
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from operations.command import DONE, NOT_DONE
from operations.deploy import build_record, plan, state
from operations.deploy.build_record import BuildRecord, compared
from operations.deploy.records import Record, Records, UnreadableRecord
from operations.deployment import Deployment
from operations.environments import Environment
from operations.errors import OperationsError

_NOT_CURRENT = "the last one recorded; a later apply failed or was not recorded"


def show(environment: Environment, records: Records) -> int:
    """List the deployments that can be rolled back to; return the exit code."""
    found, unreadable = records.all()
    lines = {record.id: str(record) for record in found}
    lines |= {record.id: str(record) for record in unreadable}
    if found:
        runs = is_current(found[-1], _running(environment))
        lines[found[-1].id] += "  (current)" if runs else f"  ({_NOT_CURRENT})"
    for _, line in sorted(lines.items(), reverse=True):
        print(f"  {line}")
    print(f"{len(lines)} deployment(s)")
    return DONE


def say(environment: Environment, records: Records) -> int:
    """Say where `make rollback` would go back to, and how; return the exit code.

    A rollback changes packages alone. So it is not the way back where the last deployment has the
    packages of the one before.
    """
    recorded, _ = records.all()
    running = _running(environment)
    if _has_old_packages(recorded, running):
        print(
            f"The packages did not change from {recorded[-2].id} to {recorded[-1].id}, and a "
            "rollback would change nothing else. To go back: revert the commit, and deploy that."
        )
        return DONE
    target = choose(recorded, running)
    print(
        f"To go back to {target}:\n"
        f"  make rollback TO={target.id}{environment.switch}\n"
        f"  make apply{environment.switch}"
    )
    return DONE


def rollback(environment: Environment, found: Deployment, wanted: str | None, *, yes: bool) -> int:
    """Plan an earlier deployment's packages; return the exit code.

    Args:
        environment: What is rolled back.
        found: Its deployment.
        wanted: The id of the earlier deployment; None for the one before the current one.
        yes: Whether to plan without asking what has changed besides the packages.

    Raises:
        OperationsError: There is no such deployment, or it can't be fetched or planned.
    """
    records = records_of(found)
    recorded, unreadable = records.all()
    running = _running(environment)
    if wanted is not None:
        target = named(recorded, wanted, unreadable)
    else:
        target = choose(recorded, running)
        if target == recorded[-1]:
            print(f"{target.id}: {_NOT_CURRENT}.")
    print(f"Rolling back to {target}.", flush=True)
    folder = _fetch(environment, records, target)
    plan.initialise(environment)

    def record_of() -> BuildRecord:
        planned = build_record.record_of(environment, rollback=(target.id, target.commit))
        changes = changed(target, planned)
        if changes and not (yes or _agrees(changes)):
            raise _RefusedError
        return planned

    try:
        plan.write(environment, ["-var", f"build_dir={folder}"], record_of)
    except _RefusedError:
        print("Nothing was planned.")
        return NOT_DONE
    print(f"\n`make apply{environment.switch}` applies this plan.")
    return DONE


class _RefusedError(Exception):
    """The person does not want this rollback."""


def records_of(found: Deployment) -> Records:
    """The records of a deployment."""
    return Records(found.client("s3"), found.output("artifacts_bucket_name"))


def choose(records: Sequence[Record], running: AbstractSet[str]) -> Record:
    """The deployment to go back to where nobody says which.

    If other zips run than the last record names, an apply after it has failed or was not recorded:
    the last record. Otherwise the newest one before the current one that has other packages. If the
    current one is itself a rollback, the one before its target, so that a second rollback goes
    further.

    Args:
        records: The readable ones, the oldest first.
        running: The SHA-256 of each zip that is deployed.

    Raises:
        OperationsError: There is none.
    """
    if not records:
        raise OperationsError(
            "no deployment is recorded yet that this version can read: `make apply` records each"
        )
    current = records[-1]
    if not is_current(current, running):
        return current
    before = current.rollback_to or current.id
    earlier = [
        record
        for record in records
        if record.id < before and record.manifest_sha256 != current.manifest_sha256
    ]
    if not earlier:
        raise OperationsError("no earlier deployment with other packages is recorded")
    return earlier[-1]


def _has_old_packages(records: Sequence[Record], running: AbstractSet[str]) -> bool:
    """Whether the current deployment has the packages of the one before it."""
    if len(records) < 2 or not is_current(records[-1], running):
        return False
    before, current = records[-2:]
    return before.manifest_sha256 == current.manifest_sha256


def is_current(last: Record, running: AbstractSet[str]) -> bool:
    """Whether only zips of the last record run; a deployment without some parts has fewer."""
    return running <= set(last.zips.values())


def named(records: Sequence[Record], wanted: str, unreadable: Sequence[UnreadableRecord]) -> Record:
    """The deployment with this id.

    Raises:
        OperationsError: There is none, or its record can't be read.
    """
    for record in records:
        if record.id == wanted:
            return record
    for other in unreadable:
        if other.id == wanted:
            raise OperationsError(f"the record of {other.id} is unreadable: {other.reason}")
    raise OperationsError(f"no deployment {wanted!a} is recorded: LIST=1 lists them")


def _running(environment: Environment) -> frozenset[str]:
    return state.zips_of(state.managed(environment))


def changed(target: Record, planned: BuildRecord) -> list[str]:
    """What differs from the earlier deployment besides the packages, a line each."""
    before, now = compared(target.variables), compared(planned.variables)
    names = sorted(name for name in before | now if before.get(name) != now.get(name))
    changes = [f"variables with other values now: {', '.join(names)}"] if names else []
    if target.code_sha256 != planned.code_sha256:
        changes.append(
            f"the Terraform code: to have it as it was, check out {target.commit[:12]} first"
        )
    return changes


def _fetch(environment: Environment, records: Records, target: Record) -> Path:
    """The earlier deployment's packages, in a folder for them alone."""
    shutil.rmtree(environment.rollback_dir, ignore_errors=True)
    folder = environment.rollback_dir / target.id
    records.fetch(target, folder)
    return folder


def _agrees(changes: Sequence[str]) -> bool:
    print("\nThese are not rolled back, and the plan has them as they are now:")
    for change in changes:
        print(f"  - {change}")
    try:
        return input("Plan it nevertheless? Type yes (YES=1 does not ask): ") == "yes"
    except EOFError:
        print()
        return False
