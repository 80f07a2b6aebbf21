"""The bucket of profile images, as operators see it."""

from typing import Any

from shared.profile_images import is_thumbnail_prefix


def thumbnail_prefixes(s3: Any, bucket: str) -> list[str]:  # noqa: ANN401 - a client made by name
    """The prefixes below which there are thumbnails, also of sizes that no setting names any more.

    Needs `s3:ListBucketVersions`.
    """
    pages = s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket, Prefix="thumbnails", Delimiter="/"
    )
    found = [one["Prefix"] for page in pages for one in page.get("CommonPrefixes", [])]
    return [prefix for prefix in found if is_thumbnail_prefix(prefix)]
