"""What the commands have in common: their arguments, their errors, and their exit codes."""

import argparse
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from operations import deployment, environments
from operations.deployment import Deployment
from operations.errors import OperationsError
from shared.errors import ServiceUnavailableError

DONE, SOMETHING_LEFT, NOT_DONE = 0, 1, 2
_INTERRUPTED = 130

_DURATION = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def run(
    cloud: deployment.Cloud | None,
    work: Callable[[Deployment], int],
    interrupted: str,
    environment: str | None = None,
) -> int:
    """Find the deployment, do the work on it, and return the exit code.

    Args:
        cloud: Which deployment; None for the one that there is.
        work: Does the work and returns the exit code.
        interrupted: What to say after Ctrl-C.
        environment: Which environment on AWS; None for the one without a name.
    """

    def act() -> int:
        found = deployment.find(cloud, environment)
        print(f"Acting on {found}.\n", flush=True)
        found.prepare()
        return work(found)

    return ended(act, interrupted)


def ended(work: Callable[[], int], interrupted: str) -> int:
    """Do the work and return its exit code; say what a person can act on if it fails."""
    try:
        return work()
    except (OperationsError, ServiceUnavailableError, BotoCoreError, ClientError) as error:
        print(f"error: {error}", file=sys.stderr)
        return NOT_DONE
    except KeyboardInterrupt:
        print(f"\ninterrupted: {interrupted}", file=sys.stderr)
        return _INTERRUPTED


def add_cloud(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which deployment to act on."""
    parser.add_argument(
        "--cloud",
        choices=("aws", "local"),
        help="which deployment; without it, the one that there is",
    )
    environments.add_argument(parser)


def positive(text: str) -> int:
    """A whole number, 1 or more."""
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return int(text)


def duration(text: str) -> timedelta:
    """A duration such as 90s, 15m, 1h or 2d."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!a}: must be a duration such as 15m, 1h or 2d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def moment(text: str) -> datetime:
    """A time in the past: ISO 8601, UTC where it has no zone, or a duration such as 2h ago."""
    now = datetime.now(UTC)
    if _DURATION.fullmatch(text):
        return now - duration(text)
    try:
        time = datetime.fromisoformat(text)
        found = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter of a time before the year 1 in UTC
        raise argparse.ArgumentTypeError(
            f"{text!a}: must be a time in UTC such as 2026-11-22T10:00, or a duration such as 2h"
        ) from None
    if found > now:
        raise argparse.ArgumentTypeError(f"{text!a}: is in the future, it is {utc(now)}")
    return found


def utc(time: datetime) -> str:
    """A time as the commands print it."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
