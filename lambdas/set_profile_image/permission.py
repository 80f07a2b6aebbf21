"""The web API's permission that an upload was made with.

docs/adr/0034-a-permission-is-good-for-one-upload.md
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from set_profile_image.upload import Upload
from shared.profile_images import permitted_at_from_metadata


class Permission(NamedTuple):
    """A permission and its use, both in seconds since the epoch, as DynamoDB writes numbers.

    Attributes:
        given_at: When the web API gave it. No two permissions of a profile have the same time.
        begun_by: When the upload had begun at the latest.
    """

    given_at: str
    begun_by: str


def permission_of(
    upload: Upload, metadata: Mapping[str, str], last_modified: datetime
) -> Permission | None:
    """The permission of an upload; None for those of other applications, which need none.

    Args:
        upload: The upload.
        metadata: The object's user metadata. The web API has signed it.
        last_modified: The object's Last-Modified, in whole seconds. By S3's documents it is the
            object's creation date, and of a multipart upload the date of its initiation:
            https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
    """
    given_at = permitted_at_from_metadata(metadata)
    if given_at is None:
        return None
    # The event's time is that of the upload's end.
    ended_at = datetime.fromisoformat(upload.event_time).timestamp()
    begun_by = min(last_modified.timestamp() + 1, ended_at)
    return Permission(f"{given_at:f}", f"{begun_by:.3f}")
