"""A person's thumbnails in CloudFront's caches, where they have public addresses."""

from collections.abc import Iterable
from functools import partial
from itertools import product

from operations.bucket import thumbnail_prefixes
from operations.deployment import Deployment
from operations.forget.part import PersonalData
from operations.forget.person import Person, profiles_of
from operations.forget.pictures import Picture
from shared.edge import Edge
from shared.profile_images import (
    ORIGINAL_PREFIX,
    THUMBNAIL_PREFIX,
    is_in_user_folder,
    is_original,
    thumbnail_prefix,
    user_folder,
)
from shared.profile_table import recorded_sizes

# CloudFront's quota of paths with a wildcard that are in progress.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/InvalidationLimits.html
MOST_PATHS = 15
ALL_THUMBNAILS = "thumbnails"


def thumbnails_at_edge(
    deployment: Deployment, person: Person, pictures: Iterable[Picture]
) -> list[PersonalData]:
    """What CloudFront may hold of a person, as long as anything leads to the pictures.

    Also where no picture is left: an earlier run may have been interrupted before this.
    """
    found = list(pictures)
    distribution_id = deployment.outputs.get("delivery_distribution_id")
    is_known = bool(found) or person.has_profile or person.has_user
    if distribution_id is None or person.profile_id is None or not is_known:
        return []
    keys = _keys(deployment, person, found)
    # Each run with something to delete invalidates: a picture may have been uploaded since.
    versions = sorted(version for picture in found for version in picture.version_ids)
    edge = Edge(deployment.client("cloudfront"), distribution_id)
    reason = f"profile {person.profile_id}: forgotten with {versions}"
    return [
        PersonalData(
            f"CloudFront {distribution_id}: caches of {len(keys)} path(s)",
            partial(edge.invalidate, keys, reason=reason),
        )
    ]


def _keys(deployment: Deployment, person: Person, pictures: Iterable[Picture]) -> list[str]:
    """Keys, and folders, of the person's thumbnails."""
    profile_id = person.profile_id or 0
    profile = profiles_of(deployment).get_item(str(profile_id)) or {}
    bucket = deployment.output("profile_images_bucket_name")
    prefixes = {
        THUMBNAIL_PREFIX,
        *map(thumbnail_prefix, recorded_sizes(profile)),
        *thumbnail_prefixes(deployment.client("s3"), bucket),
    }
    originals = filter(is_original, person.picture_keys)
    keys = {
        *(
            prefix + key.removeprefix(ORIGINAL_PREFIX)
            for prefix, key in product(prefixes, list(originals))
        ),
        *(picture.key for picture in pictures if not is_original(picture.key)),
    }
    keys = {key for key in keys if not is_in_user_folder(key, profile_id)}
    keys |= {user_folder(profile_id, prefix) for prefix in prefixes}
    return sorted(keys) if len(keys) <= MOST_PATHS else [ALL_THUMBNAILS]
