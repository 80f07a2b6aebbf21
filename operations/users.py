"""Command line: python -m operations.users [--status NONE] [--older 1h] [--start].

Lists users by status and age, the oldest first; with --start, starts an execution for each.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from operations import command
from operations.command import DONE
from operations.deployment import Deployment
from operations.errors import OperationsError
from operations.redrive.executions import execution_redrive_of
from operations.redrive.terminal import shown
from shared.dynamodb import Item, number_of
from shared.user_table import (
    STATUS_DONE,
    STATUS_MAIL_SENT,
    STATUS_NONE,
    UserTable,
    is_mail_withheld,
    status_of,
)
from tooling.progress import Progress

# When the web API registered the user; else when a mail was first tried. An application of your own
# writes neither, so that a user whom nobody has tried to mail has no time.
TIMES = ("registeredAt", "activationTokenCreatedAt")
_LAST = datetime.max.replace(tzinfo=UTC)
ATTRIBUTES = ("username", "activationStatus", "mailWithheld", "disabledAt", *TIMES)


@dataclass(frozen=True, slots=True)
class User:
    """A user as the table has it.

    Attributes:
        username: The name.
        status: The activation status; "" where the item has none.
        since: When the user signed up or was first mailed; None where the item has no time.
        is_withheld: Whether the web API withholds the user's mail, or the user is disabled.
    """

    username: str
    status: str
    since: datetime | None
    is_withheld: bool = False

    def __str__(self) -> str:
        since = "no time on the item" if self.since is None else command.utc(self.since)
        withheld = "  mail withheld" if self.is_withheld else ""
        return f"{since:<23}  {self.status or 'no status':<9}  {shown(self.username)}{withheld}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 0 when it was done, 2 when it wasn't."""
    options = _parser().parse_args(argv)
    return command.run(
        options.cloud,
        lambda found: _users(found, options),
        "run it again for the rest",
        options.environment,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operations.users", description="List users by status and age."
    )
    command.add_cloud(parser)
    parser.add_argument(
        "--status",
        choices=(STATUS_NONE, STATUS_MAIL_SENT, STATUS_DONE),
        default=STATUS_NONE,
        help="only users of this status (default: %(default)s)",
    )
    parser.add_argument(
        "--older",
        type=command.duration,
        metavar="DURATION",
        help="only users older than this, such as 15m, 1h or 2d, and those without a time",
    )
    parser.add_argument(
        "--username", metavar="NAME", help="this user alone, whatever the status and the age"
    )
    parser.add_argument(
        "--limit", type=command.positive, metavar="N", help="so many users at most, the oldest"
    )
    parser.add_argument(
        "--start", action="store_true", help="start an execution for each user of status NONE"
    )
    parser.add_argument("--dry-run", action="store_true", help="only list, also with --start")
    return parser


def _users(found: Deployment, options: argparse.Namespace) -> int:
    if options.username is not None:
        users = [_user_named(found, options.username)]
    else:
        oldest_time = None if options.older is None else datetime.now(UTC) - options.older
        users = users_of(found, options.status, oldest_time)
    chosen = users if options.limit is None else users[: options.limit]
    if options.start and not options.dry_run:
        _start(found, chosen)
    else:
        for user in chosen:
            print(f"  {user}")
    more = f", and {len(users) - len(chosen)} more, beyond the limit" if chosen != users else ""
    print(f"\n{len(chosen)} user(s){more}")
    return DONE


def users_of(found: Deployment, status: str, before: datetime | None) -> list[User]:
    """Users of a status, the oldest first, and at the end those whose items have no time.

    Args:
        found: Whose users.
        status: The activation status.
        before: Leave out who came later; those without a time stay. None: leave nobody out.
    """
    table, progress = found.output("user_table_name"), Progress()
    pages = found.client("dynamodb").get_paginator("scan")
    users: list[User] = []
    read = 0
    with progress.step(f"Reading the table {table}"):
        for page in pages.paginate(
            TableName=table,
            ProjectionExpression=", ".join(ATTRIBUTES),
            FilterExpression="activationStatus = :status",
            ExpressionAttributeValues={":status": {"S": status}},
        ):
            read += page["ScannedCount"]
            every = (user_of(item) for item in page["Items"])
            users += [
                user
                for user in every
                if before is None or user.since is None or user.since < before
            ]
            progress.detail(f"{read} users read, {len(users)} found")
    return sorted(users, key=lambda user: (user.since or _LAST, user.username))


def user_of(item: Item) -> User:
    """A user from an item of the table."""
    numbers = (number_of(item, name) for name in TIMES)
    since = next((float(number) for number in numbers if number is not None), None)
    return User(
        item["username"]["S"],
        status_of(item),
        None if since is None else datetime.fromtimestamp(since, UTC),
        is_mail_withheld(item),
    )


def _user_named(found: Deployment, username: str) -> User:
    if not username:
        raise OperationsError("the username is empty")
    table = UserTable(found.client("dynamodb"), found.output("user_table_name"))
    item = table.get_item(username, ATTRIBUTES)
    if item is None:
        raise OperationsError(f"there is no user {shown(username)}")
    return user_of(item)


def _start(found: Deployment, users: Sequence[User]) -> None:
    """Start an execution for each user who waits for a mail; the claim lets one of two send."""
    redrive = execution_redrive_of(found)
    for number, user in enumerate(users, start=1):
        if user.status != STATUS_NONE or user.is_withheld:
            print(f"  {user}  not started: nobody waits for a mail")
            continue
        link = redrive.start_now(user.username, now=int(time.time()))
        print(f"  {number}/{len(users)}  {user}  started{link}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
