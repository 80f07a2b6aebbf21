"""`make drift`: whether AWS still is as the last deployment left it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from operations import deployment
from operations.command import DONE, SOMETHING_LEFT
from operations.deploy import build_record, plan, rollback, summary
from operations.deploy.build_record import code_digest, git
from operations.deploy.records import Record
from operations.deployment import outputs_of
from operations.environments import Environment
from operations.errors import OperationsError
from operations.terraform import TerraformCommand
from tooling import paths
from tooling.terraform import LOCK_TIMEOUT

# With -detailed-exitcode: https://developer.hashicorp.com/terraform/cli/commands/plan
_CHANGES = 2


def drift(environment: Environment, file: Path | None, *, as_deployed: bool) -> int:
    """Plan what was deployed last; return the exit code: 1 if AWS differs from it.

    Args:
        environment: What is compared.
        file: The job's summary, for the changes; None without one.
        as_deployed: Whether to take the Terraform code of the deployed commit, not the checkout's.

    Raises:
        OperationsError: No deployment is recorded, or it can't be planned; or, with `as_deployed`,
            nothing is deployed.
    """
    plan.initialise(environment)
    if not outputs_of(environment):
        nothing = f"nothing is deployed in {environment}"
        if as_deployed:
            raise OperationsError(f"{nothing}: its state is empty, or is no longer where it was")
        print(f"{nothing.capitalize()}.")
        return DONE
    found = deployment.find("aws", environment.name)
    print(f"Comparing {found} with its last deployment.", flush=True)
    found.prepare()
    records = rollback.records_of(found)
    recorded, _ = records.all()
    if not recorded:
        raise OperationsError(
            "no deployment is recorded yet that this version can read: `make apply` records each"
        )
    last = recorded[-1]
    print(f"Last deployment: {last}\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        records.fetch(last, Path(folder) / "build")
        if not as_deployed:
            return _compare(environment, last, Path(folder), file)
        with deployed_code(environment, last):
            # Its modules and provider may be others.
            plan.initialise(environment)
            return _compare(environment, last, Path(folder), file)


def _compare(environment: Environment, last: Record, folder: Path, file: Path | None) -> int:
    terraform = TerraformCommand(environment)
    planned = folder / "drift.tfplan"
    exit_code = terraform.show(
        [
            *("plan", "-input=false", "-detailed-exitcode", LOCK_TIMEOUT),
            *environment.variable_arguments,
            *("-var", f"build_dir={folder / 'build'}", f"-out={planned}"),
        ],
        allowed=(0, _CHANGES),
    )
    here = build_record.record_of(environment, rollback=(last.id, last.commit), plan=planned)
    notes = [f"Differs from the last deployment: {text}." for text in rollback.changed(last, here)]
    if notes:
        print("\n" + "\n".join(notes))
    if exit_code != _CHANGES:
        print(f"\nNo drift: AWS is as {last.id} left it.")
        return DONE
    if file is not None:
        shown = terraform.read(["show", "-no-color", str(planned)])
        lines = [f"Last deployment: {last}", *notes]
        summary.add(file, f"{environment}: AWS is not as it was deployed", lines, shown)
    print(
        "\nAWS is not as the last deployment left it: somebody changed it by hand, or an apply "
        f"stopped half-way. `make plan{environment.switch}` and `make apply{environment.switch}` "
        "bring it back; to keep a change, write it into the Terraform code first."
    )
    return SOMETHING_LEFT


@contextmanager
def deployed_code(environment: Environment, last: Record) -> Iterator[None]:
    """The Terraform code and the variables' files of the deployed commit, in this checkout.

    After a rollback, for one, no commit is known that has the code: then the checkout's stays.

    Raises:
        OperationsError: Files differ from the commit that is checked out, and would be lost.
    """
    source = environment.source.relative_to(paths.REPOSITORY)
    if git("status", "--porcelain", "--", str(source)):
        raise OperationsError(f"files in {source}/ differ from the commit: commit them first")
    if git("merge-base", "--is-ancestor", last.commit, "HEAD") is None:
        print(f"Commit {last.commit} is not part of this branch: planning with the checkout.")
        yield
        return
    try:
        _restore(source, last.commit)
        if code_digest(environment.source) != last.code_sha256:
            print("No commit is known that has the deployed code: planning with the checkout.")
            _restore(source, "HEAD")
        yield
    finally:
        _restore(source, "HEAD")


def _restore(folder: Path, commit: str) -> None:
    arguments = ("restore", "--staged", "--worktree", f"--source={commit}", "--", str(folder))
    if git(*arguments) is None:
        raise OperationsError(f"git restore of {folder}/ to {commit} failed")
