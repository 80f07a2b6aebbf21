"""Command line: python -m operations.replay_uploads --since 2026-11-22T10:00 [--dry-run].

Copies uploads that S3 did not report onto themselves, so that S3 reports them now.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby

from botocore.exceptions import ClientError

from operations import command
from operations.command import DONE
from operations.deployment import Deployment
from operations.redrive.terminal import shown
from shared.dynamodb import Item, number_of, text_of
from shared.profile_images import (
    ORIGINAL_PREFIX,
    PERMITTED_AT_METADATA,
    InvalidProfileIdError,
    is_original,
    permitted_at_from_metadata,
    profile_id_from_metadata,
)
from shared.profile_table import ProfileTable
from tooling.progress import Progress

ATTRIBUTES = ("id", "imageVersionId", "imageEventTime", "imagePermittedAt", "uploadsClosedAt")
# What S3 answers where an object was deleted or replaced since it was looked at.
CHANGED = frozenset({"404", "NoSuchKey", "PreconditionFailed", "412"})


@dataclass(frozen=True, slots=True)
class Original:
    """An original that names a profile, as it is in the bucket.

    Attributes:
        key: Its key.
        profile_id: The profile that its metadata names.
        uploaded_at: When S3 took it, in whole seconds.
        version_id: Its version.
        etag: Its ETag.
        metadata: Its user metadata.
        content_type: Its type.
    """

    key: str
    profile_id: int
    uploaded_at: datetime
    version_id: str
    etag: str
    metadata: Mapping[str, str] = field(repr=False)
    content_type: str


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 0 when it was done, 2 when it wasn't."""
    options = _parser().parse_args(argv)
    return command.run(
        options.cloud,
        lambda found: replay(found, options.since, options.limit, dry_run=options.dry_run),
        "run it again with the same SINCE: what was copied is left alone",
        options.environment,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operations.replay_uploads",
        description="Copy uploads that S3 did not report onto themselves.",
    )
    command.add_cloud(parser)
    parser.add_argument(
        "--since",
        type=command.moment,
        required=True,
        metavar="TIME",
        help="look at uploads from this time on: in UTC, such as 2026-11-22T10:00, or 2h ago",
    )
    parser.add_argument(
        "--limit", type=command.positive, metavar="N", help="copy so many at most, roughly"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be copied")
    return parser


def replay(found: Deployment, since: datetime, limit: int | None, *, dry_run: bool) -> int:
    """Copy each due upload onto itself, profile by profile, the oldest first."""
    began, replay = datetime.now(UTC), Replay(found, limit, is_dry=dry_run)
    with replay.progress.step(f"Reading the list of the bucket since {command.utc(since)}"):
        uploads = replay.uploads_since(since)
    with replay.progress.step("Looking for what to copy" if dry_run else "Copying"):
        replay.copy_due(by_profile(uploads))
    print(f"\n{replay}\nUploads after {command.utc(began)} were not looked at.")
    return DONE


class Replay:
    """One run of the command, which counts what came of the originals.

    Args:
        found: The deployment.
        limit: The copies after which to begin no other profile; None: no limit.
        is_dry: Whether only to say what would be copied.
    """

    def __init__(self, found: Deployment, limit: int | None, *, is_dry: bool) -> None:
        self.progress = Progress()
        self._s3 = found.client("s3")
        self._bucket = found.output("profile_images_bucket_name")
        self._profiles = ProfileTable(
            found.client("dynamodb"), found.output("user_profile_table_name")
        )
        self._limit = limit
        self._done = "to be copied" if is_dry else "copied"
        self._is_dry = is_dry
        self._looked_at = self._due = self._changed = self._without_profile = 0
        self._has_more = False

    def __str__(self) -> str:
        more = ", and more, beyond the limit: run it again" if self._has_more else ""
        return (
            f"{self._looked_at} upload(s) looked at: {self._due} {self._done}, "
            f"{self._changed} changed meanwhile, {self._without_profile} without a profile{more}"
        )

    def uploads_since(self, since: datetime) -> list[Original]:
        """The originals that name a profile, from a time on."""
        keys = self._keys_since(since)
        uploads: list[Original] = []
        for key in keys:
            if upload := self._upload(key):
                uploads.append(upload)
            self.progress.detail(f"{self._looked_at} of {len(keys)} looked at")
        return uploads

    def _keys_since(self, since: datetime) -> list[str]:
        keys: list[str] = []
        listed = 0
        pages = self._s3.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=ORIGINAL_PREFIX):
            objects = page.get("Contents", [])
            listed += len(objects)
            recent = (one["Key"] for one in objects if one["LastModified"] >= since)
            keys += filter(is_original, recent)
            self.progress.detail(f"{listed} listed, {len(keys)} since then")
        return keys

    def _upload(self, key: str) -> Original | None:
        """An original with the profile that it names; None where it is gone or names none."""
        self._looked_at += 1
        try:
            head = self._s3.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] not in CHANGED:
                raise
            self._changed += 1
            return None
        try:
            profile_id = profile_id_from_metadata(head["Metadata"])
        except InvalidProfileIdError:
            profile_id = None
        if profile_id is None:
            self._without_profile += 1
            return None
        return Original(
            key=key,
            profile_id=profile_id,
            uploaded_at=head["LastModified"],
            version_id=head.get("VersionId", ""),
            etag=head["ETag"],
            metadata=head["Metadata"],
            content_type=head["ContentType"],
        )

    def copy_due(self, groups: Sequence[Sequence[Original]]) -> None:
        """Copy what is due of each profile's uploads, up to the limit."""
        for number, group in enumerate(groups, start=1):
            self.progress.detail(f"{number} of {len(groups)} profiles, {self._due} {self._done}")
            profile = self._profiles.get_item(str(group[0].profile_id), ATTRIBUTES)
            if profile is None:
                self._without_profile += len(group)
                continue
            due = due_uploads(profile, group)
            if due and self._limit is not None and self._due >= self._limit:
                self._has_more = True
                return
            for upload in due:
                self._copy(upload)

    def _copy(self, upload: Original) -> None:
        """Copy an upload onto itself, unless another has taken its place meanwhile."""
        if not self._is_dry and not self._is_copied(upload):
            self._changed += 1
            return
        self._due += 1
        time = command.utc(upload.uploaded_at)
        self.progress.say(f"  {time}  {shown(upload.key)}  {self._done}")

    def _is_copied(self, upload: Original) -> bool:
        try:
            self._s3.copy_object(
                Bucket=self._bucket,
                Key=upload.key,
                CopySource={"Bucket": self._bucket, "Key": upload.key},
                CopySourceIfMatch=upload.etag,
                # S3 refuses a copy onto itself that changes nothing; "REPLACE" counts as a change.
                MetadataDirective="REPLACE",
                # A copy counts as begun now, when the permission is long over: it was checked here.
                Metadata={
                    name: value
                    for name, value in upload.metadata.items()
                    if name != PERMITTED_AT_METADATA
                },
                ContentType=upload.content_type,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in CHANGED:
                return False
            raise
        return True


def by_profile(uploads: Iterable[Original]) -> list[list[Original]]:
    """Uploads by profile, the oldest first, both the profiles and each one's uploads.

    A copy counts as an upload of now. So those of one profile are copied right after one another:
    a run that ends between two of them would leave the older picture in place.
    """
    ordered = sorted(uploads, key=lambda upload: (upload.profile_id, upload.uploaded_at))
    groups = [list(group) for _, group in groupby(ordered, key=lambda upload: upload.profile_id)]
    return sorted(groups, key=lambda group: group[0].uploaded_at)


def due_uploads(profile: Item, uploads: Sequence[Original]) -> list[Original]:
    """The uploads of a profile that S3 did not report.

    Not one that has set its image, one that is older than what has, or one that SetProfileImage
    would have refused.
    """
    version_id, time = text_of(profile, "imageVersionId"), text_of(profile, "imageEventTime")
    image_time = datetime.fromisoformat(time) if time else None
    return [
        upload
        for upload in uploads
        if upload.version_id != version_id
        and (image_time is None or image_time < upload.uploaded_at)
        and not _is_refused(profile, upload)
    ]


def _is_refused(profile: Item, upload: Original) -> bool:
    """Whether an upload's permission was used up, or closed before the upload began.

    As SetProfileImage decides it; the upload had begun by the end of its second.
    """
    permitted_at = permitted_at_from_metadata(upload.metadata)
    if permitted_at is None:
        return False
    last, closed_at = (
        Decimal(number_of(profile, name) or 0) for name in ("imagePermittedAt", "uploadsClosedAt")
    )
    begun_by = int(upload.uploaded_at.timestamp()) + 1
    return permitted_at <= last or permitted_at <= closed_at <= begun_by


if __name__ == "__main__":
    sys.exit(main())
