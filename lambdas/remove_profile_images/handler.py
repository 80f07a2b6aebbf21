"""Entry point: DynamoDB stream of the user-profile table."""

from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from remove_profile_images.removal import remove_pictures
from remove_profile_images.replaced_image import replaced_image_of
from shared import environment
from shared.aws import cloudfront, dynamodb, s3
from shared.batch import BatchItemFailures
from shared.dynamodb_stream import handle_each_record
from shared.edge import Edge
from shared.init import prepare
from shared.log import logger_of
from shared.profile_table import ProfileTable
from shared.rehearsal import requests_of
from shared.stored_pictures import StoredPictures
from shared.thumbnail_sizes import ThumbnailSizes, thumbnail_sizes
from shared.tls import trusted_certificates

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = logger_of("remove_profile_images")


@cache
def pictures() -> StoredPictures:
    """The bucket and the table.

    Raises:
        ConfigurationError: A variable is missing.
    """
    return StoredPictures(
        s3(),
        environment.required("PROFILE_IMAGES_BUCKET_NAME"),
        ProfileTable(dynamodb(), environment.required("USER_PROFILE_TABLE_NAME")),
    )


@cache
def sizes() -> ThumbnailSizes:
    """The sizes of thumbnails to look for.

    Raises:
        ConfigurationError: A variable is missing or wrong.
    """
    return thumbnail_sizes()


@cache
def edge() -> Edge | None:
    """CloudFront, where the thumbnails have public addresses and deleted ones are invalidated."""
    distribution_id = environment.optional("DELIVERY_DISTRIBUTION_ID")
    return None if distribution_id is None else Edge(cloudfront(), distribution_id)


@logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], _context: "LambdaContext") -> BatchItemFailures:
    """Remove the pictures of all images that the batch says were replaced."""
    return handle_each_record(event, handle_record, logger)


def handle_record(record: DynamoDBRecord) -> None:
    """Remove original and thumbnails of the image that a record says was replaced."""
    image = replaced_image_of(record)
    if image is None:
        return
    removal = remove_pictures(pictures(), image, sizes(), edge())
    logger.info(
        "Pictures of a replaced image removed",
        profile_id=image.profile_id,
        key=image.key,
        original=removal.original,
        thumbnails=removal.thumbnails,
    )


prepare(trusted_certificates, pictures, sizes, edge, requests_of(s3, dynamodb), logger=logger)
