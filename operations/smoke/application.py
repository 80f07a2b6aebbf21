"""Without the web API: what another application does by the contract, with your own rights."""

import secrets
import time
from typing import Any

from operations.smoke.run import FailedError, Run
from shared.dynamodb import Item, text_of
from shared.profile_images import (
    PROFILE_ID_METADATA,
    thumbnail_key_from_original,
    user_folder,
)
from shared.profile_table import THUMBNAIL_DONE, THUMBNAIL_FAILED, image_of
from shared.user_table import STATUS_NONE
from web_api.activation import PROFILE_IDS

# Nobody opens the link: the mail goes to SES's simulator.
URL_BASE = "https://example.com/activate"
THUMBNAIL_TAG = {"Key": "Thumbnail", "Value": "true"}
# On a profile without a user: by it the next run finds what a killed one left.
MADE_AT = "smokeRunAt"


def put_user(run: Run, username: str, name: str, email: str) -> None:
    """Put a user into the table User, whose mail is due."""
    has_profile = run.has_pictures and username == run.username
    item: Item = {
        **run.users.key(username),
        "name": {"S": name},
        "email": {"S": email},
        "activationStatus": {"S": STATUS_NONE},
        "activationToken": {"S": run.token},
        "activationUrlBase": {"S": URL_BASE},
        "registeredAt": {"N": str(int(time.time()))},
        **({"userProfileId": {"N": str(_profile_id(run))}} if has_profile else {}),
    }
    if not run.users.put_new(item):
        raise FailedError(f"there is a user {username} already")


def wrong_token(run: Run, user: Item) -> str:
    """What is wrong with the token of a user whose mail is sent; "" for nothing.

    It stays, as nothing on the item says otherwise (docs/activation-mail-protocol.md).
    """
    if text_of(user, "activationToken") != run.token:
        return "activationToken is not the one that was put there"
    if text_of(user, "activationTokenHash") != run.token_hash:
        return "activationTokenHash is not the hash of activationToken"
    return ""


def upload(run: Run, picture: bytes, content_type: str) -> str:
    """Put a picture into the bucket for the run's profile, and return its key."""
    if not run.first_key:
        own = run.profiles.key(str(_profile_id(run)))
        if not run.profiles.put_new({**own, MADE_AT: {"N": str(int(time.time()))}}):
            raise FailedError(f"there is a profile {run.profile_id} already")
    key = f"{user_folder(_profile_id(run))}{secrets.token_hex(8)}.jpg"
    run.client("s3").put_object(
        Bucket=run.found.output("profile_images_bucket_name"),
        Key=key,
        Body=picture,
        ContentType=content_type,
        Metadata={PROFILE_ID_METADATA: str(run.profile_id)},
    )
    return key


def thumbnail_of(run: Run, key: str) -> bytes:
    """The thumbnail of a picture, with the metadata and the tag of the contract."""
    profile = run.wait(lambda: _finished_profile(run, key), f"the thumbnail of {key}")
    if text_of(profile, "thumbnailStatus") == THUMBNAIL_FAILED:
        raise FailedError(f"no thumbnail was made: {text_of(profile, 'thumbnailError')}")
    s3 = run.client("s3")
    found = {
        "Bucket": run.found.output("profile_images_bucket_name"),
        "Key": thumbnail_key_from_original(key),
    }
    answer: dict[str, Any] = s3.get_object(**found)
    if answer["Metadata"].get(PROFILE_ID_METADATA) != str(run.profile_id):
        raise FailedError(f"the thumbnail has no metadata {PROFILE_ID_METADATA} of the profile")
    if THUMBNAIL_TAG not in s3.get_object_tagging(**found)["TagSet"]:
        raise FailedError("the thumbnail does not have the tag Thumbnail=true")
    data: bytes = answer["Body"].read()
    return data


def _finished_profile(run: Run, key: str) -> Item | None:
    profile = run.profiles.get_item(str(run.profile_id)) or {}
    status = text_of(profile, "thumbnailStatus")
    is_finished = image_of(profile) == key and status in (THUMBNAIL_DONE, THUMBNAIL_FAILED)
    return profile if is_finished else None


def _profile_id(run: Run) -> int:
    """The id of the run's profile, chosen when it is first needed."""
    if run.profile_id is None:
        run.profile_id = secrets.randbelow(PROFILE_IDS)
    return run.profile_id
