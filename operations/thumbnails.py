"""Command line: python -m operations.thumbnails [--limit N] [--dry-run].

Makes the thumbnails that pictures lack since a size was added to `thumbnails.sizes`.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from operations import command
from operations.command import DONE, SOMETHING_LEFT
from operations.deployment import Deployment
from operations.errors import OperationsError
from operations.redrive.drain import RedriveFailedError
from operations.redrive.failures import NotUnderstoodError
from operations.redrive.functions import failed_records, mapping_of
from operations.redrive.terminal import shown
from operations.redrive.trimmed import record_of
from shared.dynamodb import Item, text_of
from shared.errors import ServiceUnavailableError, temporary_errors_named
from shared.profile_images import thumbnail_keys_from_original
from shared.profile_table import (
    THUMBNAIL_ATTRIBUTES,
    THUMBNAIL_FAILED,
    ProfileTable,
    has_own_thumbnail,
    image_of,
    recorded_sizes,
)
from tooling.progress import Progress

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

FUNCTION = "create_thumbnail"
ATTRIBUTES = ("id", "image", "imageSequencer", *THUMBNAIL_ATTRIBUTES)
# The function is at work for half of the time at most, one picture at a time.
PAUSE_PER_SECOND_OF_WORK = 1.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 0 when none failed, 1 if some did, else 2."""
    options = _parser().parse_args(argv)
    return command.run(
        options.cloud,
        lambda found: make_missing(found, options.limit, dry_run=options.dry_run),
        "run it again: what was made is not made again",
        options.environment,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operations.thumbnails",
        description="Make the thumbnails of sizes that pictures lack.",
    )
    command.add_cloud(parser)
    parser.add_argument(
        "--limit", type=command.positive, metavar="N", help="make those of so many pictures at most"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only say which pictures lack which sizes"
    )
    return parser


def missing_sizes(profile: Item, sizes: Sequence[int]) -> list[int]:
    """The sizes of which a profile's picture has no thumbnail, but could have one.

    None of a picture that was refused or waits for its first thumbnails: those are the stream's
    business. Nor those for which S3 takes no key that long.
    """
    if not has_own_thumbnail(profile):
        return []
    possible = thumbnail_keys_from_original(image_of(profile), sizes)
    return sorted(possible.keys() - recorded_sizes(profile))


def make_missing(found: Deployment, limit: int | None, *, dry_run: bool) -> int:
    """Have CreateThumbnail make the thumbnails of each picture that lacks one."""
    if found.outputs.get("thumbnail_sizes") is None:
        raise OperationsError(
            "the deployment has no output thumbnail_sizes: it makes no thumbnails, or was applied"
            " before this command came; then `make apply` adds it"
        )
    run = Run(found)
    try:
        with run.progress.step("Looking for pictures" if dry_run else "Making thumbnails"):
            _act(run, limit, dry_run=dry_run)
    finally:  # also where a person or an error ends it: the summary says how far it got
        print(f"\n{run}")
    return SOMETHING_LEFT if run.failed else DONE


def _act(run: "Run", limit: int | None, *, dry_run: bool) -> None:
    for profile, missing in run.profiles_in_need():
        if limit is not None and run.found >= limit:
            run.has_more = True
            return
        run.found += 1
        outcome = f"lacks {_pixels(missing)}" if dry_run else run.made_for(profile)
        run.progress.say(f"  {shown(image_of(profile))}  {outcome}")


def _pixels(sizes: Sequence[int]) -> str:
    return f"{' and '.join(map(str, sizes))} pixels"


def _stream_arn_of(client: "LambdaClient", function_name: str) -> str:
    try:
        return mapping_of(client, function_name).stream_arn
    except (NotUnderstoodError, RedriveFailedError) as error:
        raise OperationsError(str(error)) from error


class Run:
    """One run of the command, which counts what came of the profiles.

    Args:
        found: The deployment.
    """

    def __init__(self, found: Deployment) -> None:
        self.progress = Progress()
        self.found = self.failed = 0
        self.has_more = False
        self._looked_at = 0
        self._dynamodb = found.client("dynamodb")
        self._profiles = ProfileTable(self._dynamodb, found.output("user_profile_table_name"))
        self._sizes: list[int] = found.output("thumbnail_sizes")
        self._lambda = found.client("lambda")
        self._function_name: str = found.output("function_names")[FUNCTION]
        self._stream_arn = _stream_arn_of(self._lambda, self._function_name)

    def __str__(self) -> str:
        more = "; there may be more, beyond the limit: run it again" if self.has_more else ""
        return (
            f"{self._looked_at} profile(s) looked at, {self.found} picture(s) found that lacked"
            f" thumbnails, {self.failed} failed{more}"
        )

    def profiles_in_need(self) -> Iterator[tuple[Item, list[int]]]:
        """Each profile whose picture lacks thumbnails, with their sizes."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._profiles.name,
            ProjectionExpression=", ".join(f"#{name}" for name in ATTRIBUTES),
            ExpressionAttributeNames={f"#{name}": name for name in ATTRIBUTES},
        )
        for page in pages:
            for profile in page["Items"]:
                self._looked_at += 1
                self.progress.detail(f"{self._looked_at} profiles, {self.found} in need")
                if missing := missing_sizes(profile, self._sizes):
                    yield profile, missing

    def made_for(self, profile: Item) -> str:
        """Have the function make a picture's thumbnails; what came of it.

        Waits as long as that took, also after a failure. The profile is read again first. Where it
        gets another picture after that, the function finds out when it records the thumbnails, and
        deletes them.
        """
        profile_id = profile["id"]["N"]
        current = self._profiles.get_item(profile_id, ATTRIBUTES) or {}
        if not missing_sizes(current, self._sizes):
            return "has changed meanwhile"
        record = record_of(self._stream_arn, self._profiles.key(profile_id), current, number=1)
        began = time.monotonic()
        failure = self._failure_on(record)
        time.sleep((time.monotonic() - began) * PAUSE_PER_SECOND_OF_WORK)
        if failure is None:
            return self._outcome(profile_id)
        self.failed += 1
        return f"failed: {failure}"

    def _failure_on(self, record: Mapping[str, Any]) -> str | None:
        """Have the function handle a record; None, or why it failed or Lambda couldn't run it."""
        try:
            with temporary_errors_named(self._function_name):
                failed = failed_records(self._lambda, self._function_name, [record])
        except (RedriveFailedError, ServiceUnavailableError) as error:
            return shown(str(error))
        return "see the log of CreateThumbnail" if failed else None

    def _outcome(self, profile_id: str) -> str:
        profile = self._profiles.get_item(profile_id, ATTRIBUTES) or {}
        if text_of(profile, "thumbnailStatus") == THUMBNAIL_FAILED:
            return f"refused: {shown(text_of(profile, 'thumbnailError'))}"
        return "has changed meanwhile" if missing_sizes(profile, self._sizes) else "made"


if __name__ == "__main__":
    sys.exit(main())
