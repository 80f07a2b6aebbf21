"""Routes of the signed-in user's profile."""

import time

from aws_lambda_powertools.event_handler import Response

from shared.aws import presigning_s3
from web_api.accounts import Account, account_of
from web_api.api_router import ApiRouter
from web_api.config import config
from web_api.models import FieldError, Image, Profile, UploadForm, UploadRequest
from web_api.problems import (
    EVERYWHERE,
    NO_PROFILE,
    NOT_SIGNED_IN,
    ON_POST,
    VALIDATION,
    ProblemError,
    documented,
    invalid,
)
from web_api.profile import ProfileImage, image_of
from web_api.responses import documented_json, json_response
from web_api.sessions import session_cookie_of
from web_api.stores import profiles, sessions, users
from web_api.uploads import permit_one_upload

router = ApiRouter()

SIGNED_IN: list[dict[str, list[str]]] = [{"session": []}]


@router.get(
    "/profile",
    summary="The signed-in user, and the state of the picture",
    operation_id="getProfile",
    tags=["profile"],
    security=SIGNED_IN,
    responses={
        200: documented_json(Profile, "The profile"),
        **documented(*EVERYWHERE, NOT_SIGNED_IN),
    },
)
def get_profile() -> Response[str]:
    """The signed-in user's profile.

    Raises:
        ProblemError: Nobody is signed in.
    """
    account = _signed_in()
    return json_response(
        Profile(username=account.username, name=account.name, image=_image_of(account))
    )


@router.post(
    "/profile/image",
    summary="Permit the upload of a picture",
    operation_id="permitUpload",
    tags=["profile"],
    security=SIGNED_IN,
    description="Returns a form that the browser posts to the bucket with the picture.",
    responses={
        200: documented_json(UploadForm, "The form"),
        **documented(*ON_POST, VALIDATION, NOT_SIGNED_IN, NO_PROFILE),
    },
)
def permit_upload(request: UploadRequest) -> Response[str]:
    """Permit the signed-in user to upload one picture.

    Raises:
        ProblemError: Nobody is signed in, there is no profile, or the picture is too large.
    """
    account = _signed_in()
    if account.profile_id is None:
        raise ProblemError(NO_PROFILE, "It was not activated here.")
    max_bytes = config().max_upload_bytes
    if request.bytes > max_bytes:
        raise invalid(FieldError(field="bytes", detail=f"{max_bytes} at most"))
    upload = permit_one_upload(
        presigning_s3(),
        bucket=config().bucket_name,
        profile_id=account.profile_id,
        content_type=request.content_type,
        max_bytes=max_bytes,
    )
    return json_response(
        UploadForm(
            url=upload.url,
            fields=dict(upload.fields),
            key=upload.key,
            max_bytes=upload.max_bytes,
            expires_in_seconds=upload.expires_in_seconds,
        )
    )


def _signed_in() -> Account:
    """The signed-in user's account.

    A session ends with the account that it began with: a later owner of the username has another
    profile.

    Raises:
        ProblemError: Nobody is signed in.
    """
    cookie = session_cookie_of(router.current_event.raw_event)
    session = sessions().find(cookie, now=int(time.time()))
    if session is not None:
        account = account_of(users(), session.username)
        if (
            account is not None
            and account.is_activated
            and account.profile_id == session.profile_id
        ):
            return account
    raise ProblemError(NOT_SIGNED_IN, "Sign in first.")


def _image_of(account: Account) -> Image:
    if account.profile_id is None:
        image = ProfileImage("none")
    else:
        image = image_of(
            profiles(),
            presigning_s3(),
            bucket=config().bucket_name,
            profile_id=account.profile_id,
        )
    return Image(
        state=image.state, reason=image.reason, thumbnail_url=image.thumbnail_url, key=image.key
    )
