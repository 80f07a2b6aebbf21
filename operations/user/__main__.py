"""Command line: python -m operations.user [--cloud aws|local] --do ACT USERNAME."""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from operations import command
from operations.command import DONE
from operations.deployment import Deployment
from operations.redrive.terminal import shown
from operations.user.acts import ACTS, do
from shared.user_table import UserTable


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 0 when it was done, 2 when it wasn't."""
    options = _parser().parse_args(argv)
    return command.run(
        options.cloud,
        lambda found: _act(found, options),
        "run it again, it does no harm a second time",
        options.environment,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operations.user", description="Act on one user's account."
    )
    command.add_cloud(parser)
    parser.add_argument("--do", choices=tuple(ACTS), required=True, help="what to do")
    parser.add_argument("username", help="the user")
    return parser


def _act(found: Deployment, options: argparse.Namespace) -> int:
    act = ACTS[options.do]
    users = UserTable(found.client("dynamodb"), found.output("user_table_name"))
    now = int(time.time())
    do(act, users, options.username, now=now)
    when = command.utc(datetime.fromtimestamp(now, UTC))
    print(f"  {when}  {shown(options.username)}  {act.done}")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
