"""Command line: python -m operations.deploy start|plan|apply|rollback|destroy|drift|….

`store-plan` and `fetch-plan` hand a plan over between two machines, such as the jobs of
.github/workflows/deploy.yml.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from operations import command, deployment, environments
from operations.command import DONE
from operations.deploy import (
    apply,
    build_record,
    destroy,
    drift,
    hand_over,
    packages,
    plan,
    rollback,
    summary,
)
from operations.environments import environment_of
from operations.terraform import TerraformCommand

_TO_RECORD = (
    "The plan changes nothing. The last record has other packages, variables or Terraform code: "
    "applying the plan records these."
)
_INTERRUPTED = "terraform has ended; run `make plan` to see what is left to do"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code.

    0: done. 1: applied, but not recorded; or AWS is not as it was deployed. 2: not done.
    """
    options = _parser().parse_args(argv)
    return command.ended(lambda: _COMMANDS[options.command](options), _INTERRUPTED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m operations.deploy", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in {
        "start": "the checks of `make plan` before its build",
        "plan": "plan with the packages of the build",
        "apply": "apply the plan, and record it",
        "destroy": "destroy everything",
    }.items():
        environments.add_argument(commands.add_parser(name, help=text))
    back = commands.add_parser("rollback", help="plan with the packages of an earlier deployment")
    environments.add_argument(back)
    back.add_argument("--to", metavar="ID", help="that deployment; without it, the one before")
    back.add_argument("--list", action="store_true", help="only list the deployments")
    back.add_argument(
        "--yes", action="store_true", help="don't ask where variables or Terraform code differ"
    )
    back.add_argument("--dry-run", action="store_true", help="only say which deployment, and how")
    _add_hand_over(commands)
    return parser


def _add_hand_over(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    store = commands.add_parser("store-plan", help="store the plan for another machine")
    fetch = commands.add_parser("fetch-plan", help="fetch a stored plan, for `apply`")
    compare = commands.add_parser("drift", help="compare AWS with the last deployment")
    for parser in (store, fetch, compare):
        environments.add_argument(parser)
    for parser in (store, fetch):
        parser.add_argument("--id", required=True, type=_id, help="the name of the stored plan")
    fetch.add_argument(
        "--sha256", required=True, type=_sha256, help="of the build record, as `store-plan` said"
    )
    for parser in (store, compare):
        parser.add_argument("--summary", type=Path, help="a file that gets the plan, in Markdown")
    store.add_argument("--outputs", type=Path, help="a file that gets `changes` and `sha256`")
    compare.add_argument(
        "--as-deployed", action="store_true", help="take the Terraform code of the deployed commit"
    )


def _id(text: str) -> str:
    if not hand_over.ID.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!a}: must be letters, digits and hyphens")
    return text


def _sha256(text: str) -> str:
    if not packages.is_sha256(text):
        raise argparse.ArgumentTypeError(f"{text!a}: must be a SHA-256, as `store-plan` said it")
    return text


def _start(options: argparse.Namespace) -> int:
    environment = plan.start(options.environment, tuple(os.environ))
    print(f"Planning {environment}.", flush=True)
    return DONE


def _plan(options: argparse.Namespace) -> int:
    environment = environment_of(options.environment)
    planned = plan.plan(environment)
    target = apply.deployment_of(planned)
    print(f"\nThis plan is for {target}. `make apply{environment.switch}` applies it.")
    return DONE


def _apply(options: argparse.Namespace) -> int:
    return apply.apply(environment_of(options.environment))


def _rollback(options: argparse.Namespace) -> int:
    environment = environment_of(options.environment)
    found = deployment.find("aws", options.environment)
    print(f"Acting on {found}.\n", flush=True)
    found.prepare()
    if options.list:
        return rollback.show(environment, rollback.records_of(found))
    if options.dry_run:
        return rollback.say(environment, rollback.records_of(found))
    return rollback.rollback(environment, found, options.to, yes=options.yes)


def _destroy(options: argparse.Namespace) -> int:
    return destroy.destroy(environment_of(options.environment))


def _store_plan(options: argparse.Namespace) -> int:
    environment = environment_of(options.environment)
    planned = build_record.read(environment)
    lines: list[str] = []
    sha256 = ""
    if planned.has_changes or not apply.is_recorded(environment, planned):
        sha256 = hand_over.store(environment, options.id)
        lines = [f"Commit {planned.commit}", f"Build record `{sha256}`"]
        if not planned.has_changes:
            lines.insert(0, _TO_RECORD)
            print(_TO_RECORD)
        print(f"Stored the plan as {options.id}, SHA-256 of its build record {sha256}.")
    else:
        print("The plan changes nothing, and is recorded already: there is nothing to store.")
    if options.summary:
        shown = TerraformCommand(environment).read(
            ["show", "-no-color", str(environment.plan_file)]
        )
        summary.add(options.summary, f"Plan for {apply.deployment_of(planned)}", lines, shown)
    if options.outputs:
        with options.outputs.open("a", encoding="utf-8") as file:
            file.write(f"changes={str(bool(sha256)).lower()}\nsha256={sha256}\n")
    return DONE


def _fetch_plan(options: argparse.Namespace) -> int:
    environment = environment_of(options.environment)
    planned = hand_over.fetch(environment, options.id, options.sha256)
    target = apply.deployment_of(planned)
    print(
        f"Fetched the plan {options.id} for {target}. `make apply{environment.switch}` applies it."
    )
    return DONE


def _drift(options: argparse.Namespace) -> int:
    environment = environment_of(options.environment)
    return drift.drift(environment, options.summary, as_deployed=options.as_deployed)


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "start": _start,
    "plan": _plan,
    "apply": _apply,
    "rollback": _rollback,
    "destroy": _destroy,
    "store-plan": _store_plan,
    "fetch-plan": _fetch_plan,
    "drift": _drift,
}


if __name__ == "__main__":
    sys.exit(main())
