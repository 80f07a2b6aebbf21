"""Setting the image of a profile that exists, in the order of the uploads."""

from typing import Literal

from set_profile_image.permission import Permission
from set_profile_image.upload import Upload
from shared.dynamodb import Item, Updated, text_of
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

# A permission sets one image, and none after that of a later permission. Those from before the last
# sign-out, which writes `uploadsClosedAt`, are good only for uploads that had begun by then.
PERMITTED = (
    "(attribute_not_exists(imagePermittedAt) OR imagePermittedAt < :permitted)"
    " AND (attribute_not_exists(uploadsClosedAt) OR uploadsClosedAt < :permitted"
    " OR :begun < uploadsClosedAt)"
)

Outcome = Literal["set", "known", "superseded", "refused"]


class ProfileNotFoundError(Exception):
    """No profile has this id. Lambda retries the upload, then sends it to the failure queue."""


def set_image(
    profiles: ProfileTable,
    profile_id: int,
    upload: Upload,
    permission: Permission | None = None,
) -> Outcome:
    """Set a profile's `image` to the key of an upload, unless a later upload has set it.

    Also sets `imageEventTime`, `imageSequencer`, `imageVersionId` and, of an upload with a
    permission, `imagePermittedAt`, and removes what CreateThumbnail recorded about the former
    image. No other attribute changes.

    Returns:
        "set"; "known" where this upload, or a later one to the same key, had set it; "superseded"
        where a later upload to another key had, so that no profile will use this one; "refused"
        where an upload with a permission does not become the image.

    Raises:
        ProfileNotFoundError: There is no such profile; none is created.
    """
    assignments = [
        "image = :key",
        "imageSequencer = :sequencer",
        "imageEventTime = :time",
        "imageVersionId = :version",
    ]
    conditions = ["attribute_exists(id)", f"({NEWER_THAN_THE_LAST_UPLOAD})"]
    values: Item = {
        ":key": {"S": upload.key},
        ":sequencer": {"S": upload.sequencer},
        ":time": {"S": upload.event_time},
        ":version": {"S": upload.version_id or NO_VERSION},
    }
    if permission is not None:
        assignments.append("imagePermittedAt = :permitted")
        conditions.append(PERMITTED)
        values = {
            **values,
            ":permitted": {"N": permission.given_at},
            ":begun": {"N": permission.begun_by},
        }
    result = profiles.update_if(
        str(profile_id),
        # The former image's record is removed in the same write, or it would pass for this one's,
        # also under the same key. A slow CreateThumbnail can't bring it back: the condition of its
        # write names the former image.
        f"SET {', '.join(assignments)} REMOVE {', '.join(THUMBNAIL_ATTRIBUTES)}",
        condition=" AND ".join(conditions),
        values=values,
        found_item=True,
    )
    if isinstance(result, Updated):
        return "set"
    if result.item is None:
        raise ProfileNotFoundError(f"id: no profile {profile_id}")
    return _why_not(result.item, upload, permission)


def _why_not(profile: Item, upload: Upload, permission: Permission | None) -> Outcome:
    """Why an upload did not become the image of a profile."""
    is_same_key = image_of(profile) == upload.key
    if permission is None:
        return "known" if is_same_key else "superseded"
    # The event again, and not the permission: that would be a later event of the key.
    is_known = is_same_key and upload.sequencer <= text_of(profile, "imageSequencer")
    return "known" if is_known else "refused"
