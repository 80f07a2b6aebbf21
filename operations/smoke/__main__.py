"""Command line: python -m operations.smoke [--cloud aws|local] [--json].

Runs through a deployment as a user and as an operator, and removes all that it made.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import TextIO

from operations import command
from operations.command import DONE, SOMETHING_LEFT
from operations.smoke.catalogue import CLEAN_UP, STEPS
from operations.smoke.report import document, table
from operations.smoke.run import SIMULATOR, Run
from operations.smoke.steps import Result, results_of
from tooling.progress import Progress


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 0 when all is ok, 1 when something isn't.

    2 when the command could not begin.
    """
    options = _parser().parse_args(argv)
    # JSON stands alone on standard output; what people read goes beside it.
    output = sys.stdout
    with redirect_stdout(sys.stderr if options.json else output):
        return command.run(
            options.cloud,
            lambda found: smoke(Run(found), output if options.json else None),
            "what was made is removed, if the table says so; the next run removes the rest",
            options.environment,
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operations.smoke", description="Prove that a deployment works."
    )
    command.add_cloud(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def smoke(run: Run, json_to: TextIO | None = None) -> int:
    """Do the steps, remove what was made, also after Ctrl-C, and print what came of it.

    Args:
        run: The run.
        json_to: Where to write the result as JSON; None for a table on standard output.
    """
    print(_announcement(run), flush=True)
    progress, results = Progress(sys.stdout), list[Result]()
    is_whole = False
    try:
        for result in results_of(STEPS, run, progress):
            results.append(result)
        is_whole = True
    finally:
        results.extend(results_of([CLEAN_UP], run, progress))
        if json_to is None:
            print(f"\n{table(results, is_whole=is_whole)}", flush=True)
        else:
            print(document(run, results, is_whole=is_whole), file=json_to, flush=True)
    return DONE if all(result.is_ok for result in results) else SOMETHING_LEFT


def _announcement(run: Run) -> str:
    said = [f"The user of this run is {run.username}. All that it makes is removed at the end."]
    if run.has_users:
        said.append(f"It sends two mails to SES's mailbox simulator, {SIMULATOR}.")
    if run.found.outputs.get("alarm_topic_arn") is not None:
        said.append("It sends one message to those who have subscribed to the alarms.")
    return "\n".join([*said, ""])


if __name__ == "__main__":
    sys.exit(main())
