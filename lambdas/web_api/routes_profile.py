"""Routes of the signed-in user's profile."""

import time

from aws_lambda_powertools.event_handler import Response

from shared.aws import presigning_s3
from web_api.accounts import Account
from web_api.api_router import ApiRouter
from web_api.config import config
from web_api.models import (
    FIELD_RULES,
    FieldError,
    Image,
    PermittedUpload,
    Profile,
    Thumbnail,
    UploadRequest,
)
from web_api.problems import (
    EVERYWHERE,
    NO_PROFILE,
    NOT_SIGNED_IN,
    ON_POST,
    TOO_MANY_ATTEMPTS,
    VALIDATION,
    ProblemError,
    documented,
    invalid,
)
from web_api.profile import ProfileImage, image_of
from web_api.responses import documented_json, json_response
from web_api.signed_in import RENEWED_COOKIE, SIGNED_IN, SignedInUser, signed_in
from web_api.stores import counts, profiles
from web_api.thumbnail_links import ThumbnailLinks, public_links, signed_links
from web_api.uploads import HEIC, permit_one_upload, upload_to

router = ApiRouter()


@router.get(
    "/profile",
    summary="The signed-in user, and the state of the picture",
    operation_id="getProfile",
    tags=["profile"],
    security=SIGNED_IN,
    responses={
        200: {**documented_json(Profile, "The profile"), "headers": RENEWED_COOKIE},
        **documented(*EVERYWHERE, NOT_SIGNED_IN),
    },
)
def get_profile() -> Response[str]:
    """The signed-in user's profile.

    Raises:
        ProblemError: Nobody is signed in.
    """
    person = _signed_in()
    account = person.account
    return json_response(
        Profile(username=account.username, name=account.name, image=_image_of(account)),
        cookies=person.cookies,
    )


@router.post(
    "/profile/image",
    summary="Permit the upload of a picture",
    operation_id="permitUpload",
    tags=["profile"],
    security=SIGNED_IN,
    description=(
        "Returns the request that sends the picture to the bucket. It is good for one upload of"
        " this type and length."
    ),
    responses={
        200: {**documented_json(PermittedUpload, "The request to send"), "headers": RENEWED_COOKIE},
        **documented(*ON_POST, VALIDATION, NOT_SIGNED_IN, NO_PROFILE, TOO_MANY_ATTEMPTS),
    },
)
def permit_upload(request: UploadRequest) -> Response[str]:
    """Permit the signed-in user to upload one picture.

    Raises:
        ProblemError: Nobody is signed in, there is no profile, or no such picture is taken.
        TooManyAttemptsError: The profile has had its uploads of a day.
    """
    # From before the session is looked up: a sign-out meanwhile closes this permission, too.
    now = time.time()
    person = _signed_in()
    account = person.account
    if account.profile_id is None:
        raise ProblemError(NO_PROFILE, "It was not activated here.")
    max_bytes = config().max_upload_bytes
    if request.bytes > max_bytes:
        raise invalid(FieldError(field="bytes", code="too-large", detail=f"{max_bytes} at most"))
    if request.content_type == HEIC and not config().takes_heic:
        raise invalid(FieldError(field="contentType", detail=FIELD_RULES["contentType"]))
    counts().take(upload_to(account.profile_id, most=config().uploads_per_day), now=int(now))
    upload = permit_one_upload(
        presigning_s3(),
        bucket=config().bucket_name,
        profile_id=account.profile_id,
        content_type=request.content_type,
        length=request.bytes,
        now=now,
    )
    return json_response(
        PermittedUpload(
            url=upload.url,
            method="PUT",
            headers=dict(upload.headers),
            key=upload.key,
            expires_in_seconds=upload.expires_in_seconds,
        ),
        cookies=person.cookies,
    )


def _signed_in() -> SignedInUser:
    """Whose request it is.

    Raises:
        ProblemError: Nobody is signed in.
    """
    return signed_in(router.current_event.raw_event, now=int(time.time()))


def _thumbnail_links() -> ThumbnailLinks:
    origin = config().thumbnail_origin
    if origin is not None:
        return public_links(origin)
    return signed_links(presigning_s3(), config().bucket_name)


def _image_of(account: Account) -> Image:
    if account.profile_id is None:
        image = ProfileImage("none")
    else:
        image = image_of(
            profiles(),
            _thumbnail_links(),
            sizes=config().thumbnail_sizes,
            profile_id=account.profile_id,
        )
    thumbnails = [Thumbnail(size=size, url=url) for size, url in image.thumbnail_urls.items()]
    return Image(
        state=image.state,
        reason=image.reason,
        thumbnail_url=image.thumbnail_url,
        thumbnails=thumbnails or None,
        key=image.key,
    )
