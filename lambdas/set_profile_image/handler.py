"""Entry point: S3 notification for objects created under original/."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from set_profile_image.permission import permission_of
from set_profile_image.profile import Outcome, set_image
from set_profile_image.s3_event import handle_each_upload
from set_profile_image.upload import Upload
from shared import environment
from shared.aws import dynamodb, s3
from shared.init import prepare
from shared.log import logger_of
from shared.profile_images import profile_id_from_metadata
from shared.profile_table import ProfileTable
from shared.rehearsal import requests_of
from shared.stored_pictures import NO_VERSION, StoredPictures
from shared.tls import trusted_certificates

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = logger_of("set_profile_image")

MESSAGES: Mapping[Outcome, str] = {
    "set": "Profile image set",
    "known": "The profile image had been set by this upload, or a later one to its key",
    "superseded": "A later upload had set the profile image",
    "refused": "The upload's permission was used up or closed",
}


@cache
def profiles() -> ProfileTable:
    """The user-profile table.

    Raises:
        ConfigurationError: A variable is missing.
    """
    return ProfileTable(dynamodb(), environment.required("USER_PROFILE_TABLE_NAME"))


@logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], _context: "LambdaContext") -> None:
    """Set `image` of the profile that each uploaded object names."""
    handle_each_upload(event, set_image_of, logger)


def set_image_of(upload: Upload) -> None:
    """Set `image` of the profile that an upload names, if it names one.

    An upload that a later one has superseded will never be anybody's image: it is removed. A
    refused one is deleted for good, or one permission could fill the bucket with versions.
    """
    pictures = StoredPictures(s3(), upload.bucket, profiles())
    # Exactly the uploaded version: another upload may have followed under the same key.
    found = pictures.head(upload.key, upload.version_id)
    profile_id = profile_id_from_metadata(found["Metadata"]) if found is not None else None
    if found is None or profile_id is None:
        logger.info("Upload is gone or names no profile", key=upload.key)
        return
    permission = permission_of(upload, found["Metadata"], found["LastModified"])
    outcome = set_image(profiles(), profile_id, upload, permission)
    version_id = found.get("VersionId", NO_VERSION)
    if outcome == "superseded":
        pictures.hide_version(upload.key, version_id)
    elif outcome == "refused":
        pictures.delete_refused(upload.key, version_id)
    logger.info(MESSAGES[outcome], key=upload.key, profile_id=profile_id)


prepare(trusted_certificates, profiles, requests_of(s3, dynamodb), logger=logger)
