"""Entry point: DynamoDB stream of the user-profile table."""

from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from create_thumbnail.config import config, thumbnail_engine
from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.image_change import ImageChange, image_change_of
from create_thumbnail.originals import put_thumbnail, read_original, required_thumbnail_key
from create_thumbnail.profile import record_refusal, record_thumbnail
from create_thumbnail.stale_thumbnails import StoredThumbnail, delete_refused, delete_superseded
from shared.aws import dynamodb, s3
from shared.batch import BatchItemFailures
from shared.dynamodb_stream import handle_each_record
from shared.init import prepare
from shared.log import logger_of
from shared.profile_table import ProfileTable
from shared.rehearsal import requests_of
from shared.stored_pictures import StoredPictures
from shared.tls import trusted_certificates

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = logger_of("create_thumbnail")


@logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], _context: "LambdaContext") -> BatchItemFailures:
    """Make the thumbnail of each new image in the batch."""
    return handle_each_record(event, handle_record, logger)


def handle_record(record: DynamoDBRecord) -> None:
    """Make the thumbnail of a record's image, or record on the profile why there is none.

    A refused image is final: it is not retried and blocks no other. A thumbnail that the profile no
    longer needs by now is removed.
    """
    change = image_change_of(record)
    if change is None:
        return
    with logger.append_context_keys(profile_id=change.profile_id, key=change.key):
        try:
            made = make_thumbnail(change)
        except ImageRefusedError as refusal:
            refuse(change, str(refusal))
            return
        superseded = record_thumbnail(profiles(), change, made.key)
        if superseded is not None:
            delete_superseded(pictures(), change, made, superseded)
        logger.info("Thumbnail made", thumbnail=made.key, current=superseded is None)


def make_thumbnail(change: ImageChange) -> StoredThumbnail:
    """Put the thumbnail of a profile's image under thumbnails/.

    Raises:
        ImageRefusedError: No thumbnail can be made from it. Permanent.
    """
    key = required_thumbnail_key(change.key)
    bucket_name = config().bucket_name
    original = read_original(s3(), bucket_name, change.key, config().max_image_bytes)
    thumbnail = thumbnail_engine().make(original.data)
    version_id = put_thumbnail(s3(), bucket_name, key, thumbnail, original.metadata)
    return StoredThumbnail(key, version_id, original.version_id)


def refuse(change: ImageChange, reason: str) -> None:
    """Record why an image has no thumbnail, and remove one of its key's former bytes."""
    superseded = record_refusal(profiles(), change, reason)
    delete_refused(pictures(), change)
    logger.warning("Image refused", reason=reason, current=superseded is None)


@cache
def profiles() -> ProfileTable:
    """The user-profile table."""
    return ProfileTable(dynamodb(), config().user_profile_table_name)


@cache
def pictures() -> StoredPictures:
    """The bucket and the table."""
    return StoredPictures(s3(), config().bucket_name, profiles())


prepare(trusted_certificates, pictures, thumbnail_engine, requests_of(s3, dynamodb))
