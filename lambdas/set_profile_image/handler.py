"""Entry point: S3 notification for objects created under original/."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from set_profile_image.profile import Outcome, set_image
from set_profile_image.upload import Upload, upload_of
from shared import environment
from shared.aws import dynamodb, s3
from shared.errors import InvalidEventError, error_code
from shared.log import logger_of
from shared.profile_images import profile_id_of
from shared.stored_pictures import IS_GONE, NO_VERSION, StoredPictures

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef, HeadObjectRequestTypeDef

logger = logger_of("set_profile_image")

MESSAGES: Mapping[Outcome, str] = {
    "set": "Profile image set",
    "known": "The profile image had been set by this upload, or a later one to its key",
    "superseded": "A later upload had set the profile image",
}


@logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], _context: "LambdaContext") -> None:
    """Set `image` of the profile that each uploaded object names.

    Every record is handled, also behind one that fails. Handling one again changes nothing.

    Raises:
        InvalidEventError: The event is no S3 event.
        Exception: What went wrong with a record; an ExceptionGroup where it was more than one.
            Lambda tries the event again, and keeps it in the failure queue in the end.
    """
    if not isinstance(event, Mapping):
        raise InvalidEventError("event: not an object")
    if event.get("Event") == "s3:TestEvent":  # sent once, when the notification is set up
        logger.info("S3 test event ignored")
        return
    records = event.get("Records")
    if not isinstance(records, list):
        raise InvalidEventError("Records: missing, or not a list")
    errors = [error for record in records if (error := attempt(record)) is not None]
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ExceptionGroup(f"{len(errors)} of {len(records)} records failed", errors)


def attempt(record: Mapping[str, Any]) -> Exception | None:
    """Handle one record; answer what went wrong with it."""
    upload = None
    try:
        upload = upload_of(record)
        if upload is not None:
            set_image_of(upload)
    except Exception as error:
        # Whatever it is, the next record gets its turn, and the caller raises this one.
        logger.exception("Upload failed", key=upload.key if upload else None)
        return error
    return None


def set_image_of(upload: Upload) -> None:
    """Set `image` of the profile that an upload names, if it names one.

    An upload that a later one had overtaken will never be anybody's image: it goes.
    """
    found = head_of(upload)
    profile_id = profile_id_of(found["Metadata"]) if found is not None else None
    if found is None or profile_id is None:
        logger.info("Upload is gone or names no profile", key=upload.key)
        return
    table_name = environment.required("USER_PROFILE_TABLE_NAME")
    outcome = set_image(dynamodb(), table_name, profile_id, upload)
    if outcome == "superseded":
        pictures = StoredPictures(s3(), dynamodb(), upload.bucket, table_name)
        lying = pictures.find(upload.key)
        # The same bytes have the same ETag, and a later upload of them may be somebody's image.
        if lying is not None and lying.version_id == found.get("VersionId", NO_VERSION):
            pictures.hide_original(upload.key, lying.etag)
    logger.info(MESSAGES[outcome], key=upload.key, profile_id=profile_id)


def head_of(upload: Upload) -> "HeadObjectOutputTypeDef | None":
    """The head of exactly the uploaded version; None where it has been deleted."""
    request: HeadObjectRequestTypeDef = {"Bucket": upload.bucket, "Key": upload.key}
    if upload.version_id is not None:
        request["VersionId"] = upload.version_id
    try:
        return s3().head_object(**request)
    except ClientError as error:
        if error_code(error) in IS_GONE:
            return None
        raise
