"""Entry point: DynamoDB stream of the user-profile table."""

from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from create_thumbnail.config import config, thumbnail_engine
from create_thumbnail.engine import ImageRefusedError
from create_thumbnail.image_change import ImageChange, image_change_of
from create_thumbnail.originals import put_thumbnail, read_original, required_thumbnail_keys
from create_thumbnail.profile import record_refusal, record_thumbnails
from create_thumbnail.stale_thumbnails import StoredThumbnails, delete_refused, delete_superseded
from shared import environment
from shared.aws import cloudfront, dynamodb, s3
from shared.batch import BatchItemFailures
from shared.dynamodb_stream import handle_each_record
from shared.edge import Edge, version_of
from shared.init import prepare
from shared.log import logger_of
from shared.profile_images import CONTRACT_SIZE, thumbnail_keys_from_original
from shared.profile_table import ProfileTable
from shared.rehearsal import requests_of
from shared.stored_pictures import StoredPictures
from shared.tls import trusted_certificates

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = logger_of("create_thumbnail")


@logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], _context: "LambdaContext") -> BatchItemFailures:
    """Make the thumbnails of each new image in the batch."""
    return handle_each_record(event, handle_record, logger)


def handle_record(record: DynamoDBRecord) -> None:
    """Make the thumbnails of a record's image, or record on the profile why there is none.

    A refused image is final: it is not retried and blocks no other. Thumbnails that the profile
    no longer needs by now are removed.
    """
    change = image_change_of(record)
    if change is None:
        return
    with logger.append_context_keys(profile_id=change.profile_id, key=change.key):
        try:
            made = make_thumbnails(change)
        except ImageRefusedError as refusal:
            refuse(change, str(refusal))
            return
        superseded = record_thumbnails(profiles(), change, made.keys, made.version)
        if superseded is not None:
            delete_superseded(pictures(), change, made, superseded, config().sizes)
        if superseded is not None or change.has_key_again:
            # With the versions: a repetition puts others.
            remove_at_edge(change, f"put {sorted(made.version_ids.items())}")
        logger.info(
            "Thumbnail made",
            thumbnail=made.keys[CONTRACT_SIZE],
            sizes=sorted(made.keys),
            current=superseded is None,
        )


def make_thumbnails(change: ImageChange) -> StoredThumbnails:
    """Put the thumbnails of a profile's image, the contract's as the last one.

    So an application that sees that one finds the others, too.

    Raises:
        ImageRefusedError: No thumbnail can be made from it. Permanent.
    """
    keys = required_thumbnail_keys(change.key, config().sizes.made)
    bucket_name = config().bucket_name
    original = read_original(s3(), bucket_name, change.key, config().max_image_bytes)
    thumbnails = thumbnail_engine().make_sizes(original.data, keys)
    version_ids = {
        size: put_thumbnail(s3(), bucket_name, keys[size], thumbnails[size], original.metadata)
        for size in sorted(keys, key=lambda size: size == CONTRACT_SIZE)
    }
    version = version_of(thumbnails[size].data for size in sorted(keys))
    return StoredThumbnails(keys, version_ids, original.version_id, version)


def refuse(change: ImageChange, reason: str) -> None:
    """Record why an image has no thumbnail, and remove those of its key's former bytes."""
    superseded = record_refusal(profiles(), change, reason)
    deleted = delete_refused(pictures(), change, config().sizes)
    # Not for each refused picture, as paths cost money: under a new key there was none to see.
    if deleted or change.has_key_again or superseded is not None:
        remove_at_edge(change, f"refused {change.position}")
    logger.warning("Image refused", reason=reason, current=superseded is None)


def remove_at_edge(change: ImageChange, reason: str) -> None:
    """Remove the thumbnails under an image's keys from CloudFront's caches."""
    cloudfront_edge = edge()
    if cloudfront_edge is not None:
        keys = thumbnail_keys_from_original(change.key, config().sizes.known)
        cloudfront_edge.invalidate(keys.values(), reason=f"profile {change.profile_id}: {reason}")


@cache
def profiles() -> ProfileTable:
    """The user-profile table."""
    return ProfileTable(dynamodb(), config().user_profile_table_name)


@cache
def pictures() -> StoredPictures:
    """The bucket and the table."""
    return StoredPictures(s3(), config().bucket_name, profiles())


@cache
def edge() -> Edge | None:
    """CloudFront, where the thumbnails have public addresses and deleted ones are invalidated."""
    distribution_id = environment.optional("DELIVERY_DISTRIBUTION_ID")
    return None if distribution_id is None else Edge(cloudfront(), distribution_id)


prepare(
    trusted_certificates, pictures, thumbnail_engine, edge, requests_of(s3, dynamodb), logger=logger
)
