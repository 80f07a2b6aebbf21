"""Thumbnails at the edge: their public addresses, and removing them from CloudFront's caches.

docs/adr/0044-thumbnails-at-the-edge.md has the reasons.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.exceptions import ClientError

from shared.errors import ServiceUnavailableError, error_code, temporary_errors_named

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

# 64 bits of a SHA-256: enough to tell the pictures of one key apart.
VERSION_LENGTH = 16
# CloudFront's quota is 15 paths with a wildcard in progress; it answers with status 400.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html
TRY_LATER = "TooManyInvalidationsInProgress"

# Characters that an address must or may encode, and of which AWS says neither for an invalidation:
# "URL-encode" non-ASCII and unsafe ones by RFC 1738, and no others.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html
TWO_SPELLINGS = re.compile(r"[!$&'()*+,:;=?@~]")


def version_of(pictures: Iterable[bytes]) -> str:
    """The version in the addresses of thumbnails: another one where their bytes are others."""
    digest = hashlib.sha256()
    for picture in pictures:
        digest.update(hashlib.sha256(picture).digest())
    return digest.hexdigest()[:VERSION_LENGTH]


def public_address(origin: str, key: str, version: str) -> str:
    """The address at which anybody can see a thumbnail.

    Args:
        origin: The distribution's origin, such as "https://pictures.example".
        key: The thumbnail's key.
        version: Its version; "" where none is recorded. It is part of CloudFront's cache key, so
            that a new picture under the same key is another one for caches.
    """
    return f"{origin}/{quote(key)}" + (f"?v={quote(version)}" if version else "")


def path_of(key: str) -> str:
    """The path that invalidates all that begins with a key, whatever query string follows.

    It ends early where the key has a character with two spellings, and then invalidates more.
    """
    return f"/{quote(TWO_SPELLINGS.split(key, maxsplit=1)[0])}*"


@dataclass(frozen=True, slots=True)
class Edge:
    """The CloudFront distribution that serves the thumbnails."""

    cloudfront: "CloudFrontClient"
    distribution_id: str

    def invalidate(self, keys: Iterable[str], *, reason: str) -> None:
        """Remove objects from CloudFront's caches; after they were deleted from the bucket.

        Idempotent: CloudFront makes one invalidation of one CallerReference and the same paths.
        https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_InvalidationBatch.html

        Args:
            keys: The keys of the objects.
            reason: What they were deleted for. The same for a repetition, and for nothing else.

        Raises:
            ServiceUnavailableError: Too many invalidations are in progress, or CloudFront is
                throttling, failing or unreachable: the same call may work later.
        """
        paths = sorted(set(map(path_of, keys)))
        if not paths:
            return
        text = "\n".join([reason, *paths])
        with temporary_errors_named("CloudFront"):
            try:
                self.cloudfront.create_invalidation(
                    DistributionId=self.distribution_id,
                    InvalidationBatch={
                        "Paths": {"Quantity": len(paths), "Items": paths},
                        "CallerReference": hashlib.sha256(text.encode()).hexdigest(),
                    },
                )
            except ClientError as error:
                if error_code(error) == TRY_LATER:
                    raise ServiceUnavailableError(f"CloudFront: {TRY_LATER}") from error
                raise
