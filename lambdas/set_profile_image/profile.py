"""Setting the image of a profile that exists, in the order of the uploads."""

from typing import Literal

from set_profile_image.upload import Upload
from shared.dynamodb import Updated
from shared.profile_table import THUMBNAIL_ATTRIBUTES, ProfileTable, image_of
from shared.stored_pictures import NO_VERSION

# A sequencer orders the events of one key only. Uploads to different keys are ordered by S3's time,
# and by the sequencer within the same millisecond.
NEWER_THAN_THE_LAST_UPLOAD = (
    "attribute_not_exists(imageSequencer)"
    " OR (image = :key AND imageSequencer < :sequencer)"
    " OR ((attribute_not_exists(image) OR image <> :key) AND (imageEventTime < :time"
    " OR (imageEventTime = :time AND imageSequencer < :sequencer)))"
)

Outcome = Literal["set", "known", "superseded"]


class ProfileNotFoundError(Exception):
    """No profile has this id. Lambda retries the upload, then sends it to the failure queue."""


def set_image(profiles: ProfileTable, profile_id: int, upload: Upload) -> Outcome:
    """Set a profile's `image` to the key of an upload, unless a later upload has set it.

    Also sets `imageEventTime`, `imageSequencer` and `imageVersionId`, and removes what
    CreateThumbnail recorded about the former image. No other attribute changes.

    Returns:
        "set"; "known" where this upload, or a later one to the same key, had set it; "superseded"
        where a later upload to another key had, so that no profile will use this one.

    Raises:
        ProfileNotFoundError: There is no such profile; none is created.
    """
    result = profiles.update_if(
        str(profile_id),
        # The former image's record is removed in the same write, or it would pass for this one's,
        # also under the same key. A slow CreateThumbnail can't bring it back: the condition of its
        # write names the former image.
        "SET image = :key, imageSequencer = :sequencer, imageEventTime = :time,"
        f" imageVersionId = :version REMOVE {', '.join(THUMBNAIL_ATTRIBUTES)}",
        condition=f"attribute_exists(id) AND ({NEWER_THAN_THE_LAST_UPLOAD})",
        values={
            ":key": {"S": upload.key},
            ":sequencer": {"S": upload.sequencer},
            ":time": {"S": upload.event_time},
            ":version": {"S": upload.version_id or NO_VERSION},
        },
        found_item=True,
    )
    if isinstance(result, Updated):
        return "set"
    if result.item is None:
        raise ProfileNotFoundError(f"id: no profile {profile_id}")
    return "known" if image_of(result.item) == upload.key else "superseded"
