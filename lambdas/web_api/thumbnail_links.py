"""Addresses of thumbnails: public ones, or links that the function signs."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from shared.edge import public_address

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LINK_SECONDS = 300

# Makes the address of a thumbnail, from its key and its version.
ThumbnailLinks = Callable[[str, str], str]


def signed_links(s3: "S3Client", bucket: str) -> ThumbnailLinks:
    """Links that work for five minutes. `s3` is `shared.aws.presigning_s3`."""

    def link(key: str, _version: str) -> str:
        return s3.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=LINK_SECONDS
        )

    return link


def public_links(origin: str) -> ThumbnailLinks:
    """Addresses at CloudFront, for anybody and as long as the thumbnail is there."""
    return partial(public_address, origin)
