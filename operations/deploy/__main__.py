"""Command line: python -m operations.deploy start|plan|apply|rollback|destroy."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence

from operations import command, deployment, environments
from operations.command import DONE
from operations.deploy import apply, destroy, plan, rollback
from operations.environments import environment_of

_INTERRUPTED = "terraform has ended; run `make plan` to see what is left to do"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code.

    0: done. 1: applied, but not recorded. 2: not done.
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
    return parser


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
    return rollback.rollback(environment, found, options.to, yes=options.yes)


def _destroy(options: argparse.Namespace) -> int:
    return destroy.destroy(environment_of(options.environment))


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "start": _start,
    "plan": _plan,
    "apply": _apply,
    "rollback": _rollback,
    "destroy": _destroy,
}


if __name__ == "__main__":
    sys.exit(main())
