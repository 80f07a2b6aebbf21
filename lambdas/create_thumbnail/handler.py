"""Entry point: DynamoDB stream of the user-profile table."""

from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from create_thumbnail.config import config, thumbnail_engine
from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.image_change import ImageChange, image_change_of
from create_thumbnail.originals import put_thumbnail, read_original, thumbnail_key_of
from create_thumbnail.profile import record_refusal, record_thumbnail
from shared.aws import client
from shared.batch import BatchItemFailures
from shared.dynamodb_stream import handle_each_record

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

logger = Logger(service="create_thumbnail")


@cache
def s3() -> "S3Client":
    """The one client of this execution environment."""
    return client("s3")


@cache
def dynamodb() -> "DynamoDBClient":
    """The one client of this execution environment."""
    return client("dynamodb")


@logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], _context: "LambdaContext") -> BatchItemFailures:
    """Make the thumbnail of each profile of the batch whose image is new."""
    return handle_each_record(event, handle_record, logger)


def handle_record(record: DynamoDBRecord) -> None:
    """Make the thumbnail that a record asks for, or note on the profile why there is none.

    An image that is refused is done with: it is never tried again and blocks no other.
    """
    change = image_change_of(record)
    if change is None:
        return
    table_name = config().user_profile_table_name
    with logger.append_context_keys(profile_id=change.profile_id, key=change.key):
        try:
            thumbnail_key = make_thumbnail(change)
        except ImageRefusedError as refusal:
            is_current = record_refusal(dynamodb(), table_name, change, str(refusal))
            logger.warning("Image refused", reason=str(refusal), current=is_current)
            return
        is_current = record_thumbnail(dynamodb(), table_name, change, thumbnail_key)
        logger.info("Thumbnail made", thumbnail=thumbnail_key, current=is_current)


def make_thumbnail(change: ImageChange) -> str:
    """Put the thumbnail of a profile's image under thumbnails/; answer its key.

    Raises:
        ImageRefusedError: The image can't be made into one. Permanent.
    """
    thumbnail_key = thumbnail_key_of(change.key)
    bucket_name = config().bucket_name
    original = read_original(s3(), bucket_name, change.key, config().max_image_bytes)
    thumbnail = thumbnail_engine().make(original.data)
    put_thumbnail(s3(), bucket_name, thumbnail_key, thumbnail, original.metadata)
    return thumbnail_key
