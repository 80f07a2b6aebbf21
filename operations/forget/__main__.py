"""Command line: python -m operations.forget [--cloud aws|local] USERNAME | --profile-id N."""

import argparse
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from operations import command, deployment
from operations.deployment import Deployment
from operations.errors import OperationsError
from operations.forget.deletion import delete_everything
from operations.forget.person import Person, find_by_profile_id, find_by_username
from operations.forget.personal_data import personal_data_of
from operations.redrive.terminal import shown
from shared.errors import ServiceUnavailableError
from web_api.uploads import EXPIRES_IN_SECONDS

DONE, NOT_DONE = 0, 2
_INTERRUPTED = 130

REMAINS = """\
What stays for its time, as nothing can delete it by name (docs/privacy.md has how long):
  - log lines with the username, the profile's id or a picture's key: logs.retention_days
  - the history of STANDARD executions, with the username: 90 days
  - point-in-time recovery of the tables: 35 days. After a restore, run this again
  - mails that were sent, in the mailbox that they were sent to\
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 0 when nothing is left, 2 when it wasn't done."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.username == "":
        parser.error("say whom: the username is empty")
    try:
        found = deployment.find(options.cloud, options.environment)
        print(f"Acting on {found}.\n", flush=True)
        found.prepare()
        person = (
            find_by_username(found, options.username)
            if options.profile_id is None
            else find_by_profile_id(found, options.profile_id)
        )
        return forget(found, person, search_bucket=options.search_bucket, yes=options.yes)
    except (OperationsError, ServiceUnavailableError, BotoCoreError, ClientError) as error:
        print(f"error: {error}\nRun it again: what was deleted is no hindrance.", file=sys.stderr)
        return NOT_DONE
    except KeyboardInterrupt:
        print("\ninterrupted: run it again to delete the rest", file=sys.stderr)
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operations.forget", description="Delete one person everywhere."
    )
    command.add_cloud(parser)
    parser.add_argument("--yes", action="store_true", help="don't ask")
    parser.add_argument(
        "--search-bucket",
        action="store_true",
        help="read the metadata of every version in the bucket: finds former pictures that another "
        "application uploaded, with a request for each",
    )
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("username", nargs="?", help="the user")
    whom.add_argument("--profile-id", type=int, metavar="N", help="the profile")
    return parser


def forget(found: Deployment, person: Person, *, search_bucket: bool, yes: bool) -> int:
    """Show what there is of a person, ask, delete it, and look whether something is left."""
    parts = personal_data_of(found, person, search_bucket=search_bucket)
    if not parts:
        print("There is nothing of this person.")
        return DONE
    for part in parts:
        print(f"  {shown(part.what)}")
    if not (yes or _agrees(person)):
        print("Nothing was deleted.")
        return NOT_DONE
    delete_everything(found, person, parts, search_bucket=search_bucket)
    print(f"\nAll of it is deleted.\n\n{REMAINS}")
    if person.profile_id is not None:
        print(
            f"\nAn upload can be begun until {EXPIRES_IN_SECONDS} seconds after its permission:\n"
            "if one may have been given out, run this again then, with"
            f" --profile-id {person.profile_id}."
        )
    return DONE


def _agrees(person: Person) -> bool:
    try:
        typed = input(f"\nTo delete all of this for good, type {shown(str(person))}: ")
    except EOFError:
        print()
        return False
    return typed == str(person)


if __name__ == "__main__":
    sys.exit(main())
