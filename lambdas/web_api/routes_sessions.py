"""Routes to sign in and out."""

import time
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponseHeader
from aws_lambda_powertools.shared.cookies import Cookie

from web_api.accounts import account_of, end_sessions
from web_api.api_router import ApiRouter
from web_api.devices import cookie_that_forgets, device_cookie_of
from web_api.log import logger
from web_api.models import Credentials, SignedIn
from web_api.problems import (
    ACCOUNT_DISABLED,
    NOT_ACTIVATED,
    NOT_SIGNED_IN,
    ON_POST,
    TOO_MANY_ATTEMPTS,
    VALIDATION,
    WRONG_CREDENTIALS,
    ProblemError,
    documented,
)
from web_api.responses import documented_json, json_response
from web_api.sessions import (
    COOKIE_NAME,
    Session,
    cookie_that_ends,
    is_current,
    session_cookie_of,
)
from web_api.sign_in import FailedSignIn, Source, sign_in
from web_api.signed_in import SET_COOKIES, SIGNED_IN, signed_in, signed_in_cookies
from web_api.stores import counts, devices, profiles, sessions, users
from web_api.uploads import close_uploads

router = ApiRouter()

SET_COOKIE: dict[str, OpenAPIResponseHeader] = {
    "Set-Cookie": {"description": COOKIE_NAME, "schema": {"type": "string"}}
}
# What a browser removes at sign-out, so that the next person at it finds nothing. The cookies end
# by themselves. https://www.w3.org/TR/clear-site-data/
KEPT_BY_BROWSERS = '"cache", "storage"'


@router.post(
    "/sign-in",
    summary="Sign in",
    operation_id="signIn",
    tags=["sessions"],
    responses={
        200: {**documented_json(SignedIn, "Signed in"), "headers": SET_COOKIES},
        **documented(
            *ON_POST,
            VALIDATION,
            WRONG_CREDENTIALS,
            NOT_ACTIVATED,
            ACCOUNT_DISABLED,
            TOO_MANY_ATTEMPTS,
        ),
    },
)
def start_session(credentials: Credentials) -> Response[str]:
    """Sign a user in, and end the session that the request came with.

    Raises:
        ProblemError: The credentials are wrong, or the account is not activated or disabled.
        TooManyAttemptsError: The password was not checked.
    """
    now = int(time.time())
    event = router.current_event.raw_event
    address = router.current_event.request_context.http.source_ip
    account = sign_in(
        users(),
        counts(),
        devices(),
        credentials,
        source=Source(address, device_cookie_of(event)),
        now=now,
    )
    if isinstance(account, FailedSignIn):
        # Not the username: people type passwords into the wrong field.
        logger.info("Sign-in refused", reason=account.reason)
        raise _problem_of(account)
    cookies = signed_in_cookies(account.username, account.generation, event=event, now=now)
    logger.info("Signed in", username=account.username)
    return json_response(SignedIn(username=account.username, name=account.name), cookies=cookies)


@router.post(
    "/sign-out",
    summary="Sign out",
    operation_id="signOut",
    tags=["sessions"],
    description="Ends the session, if there is one.",
    responses={
        204: {"description": "Signed out", "headers": SET_COOKIE, "content": {}},
        **documented(*ON_POST, VALIDATION),
    },
)
def end_session() -> Response[str]:
    """End the session of the request's cookie, if there is one."""
    cookie = session_cookie_of(router.current_event.raw_event)
    session = sessions().find(cookie, now=int(time.time()), may_be_idle=True)
    if session is not None:
        # First: where it fails, the session is still there for another try.
        _close_uploads(session)
        sessions().end(session)
        logger.info("Signed out", username=session.username)
    return _signed_out(cookie_that_ends())


@router.post(
    "/sign-out-everywhere",
    summary="Sign out everywhere",
    operation_id="signOutEverywhere",
    tags=["sessions"],
    security=SIGNED_IN,
    description="Ends all sessions of the signed-in user, and forgets the devices.",
    responses={
        204: {"description": "Signed out everywhere", "headers": SET_COOKIES, "content": {}},
        **documented(*ON_POST, VALIDATION, NOT_SIGNED_IN),
    },
)
def end_all_sessions() -> Response[str]:
    """End all sessions of the signed-in user, and forget the devices.

    Raises:
        ProblemError: Nobody is signed in.
    """
    account = signed_in(router.current_event.raw_event, now=int(time.time())).account
    close_uploads(profiles(), account.profile_id, now=time.time())
    end_sessions(users(), account)
    logger.info("Signed out everywhere", username=account.username)
    return _signed_out(cookie_that_ends(), cookie_that_forgets())


def _close_uploads(session: Session) -> None:
    """Close the uploads of a session's user, and not those of a later owner of the username."""
    account = account_of(users(), session.username)
    if account is not None and is_current(session.generation, account.generation):
        close_uploads(profiles(), account.profile_id, now=time.time())


def _signed_out(*cookies: Cookie) -> Response[str]:
    return Response(
        status_code=HTTPStatus.NO_CONTENT,
        body="",
        cookies=list(cookies),
        headers={"Clear-Site-Data": KEPT_BY_BROWSERS},
    )


def _problem_of(failed: FailedSignIn) -> ProblemError:
    if failed.reason == "account-disabled":
        return ProblemError(ACCOUNT_DISABLED, "Ask the operator of this site.")
    if failed.reason == "not-activated":
        return ProblemError(
            NOT_ACTIVATED, "Follow the link in the mail that you were sent, or ask for another one."
        )
    return ProblemError(WRONG_CREDENTIALS, "There is no such account with such a password.")
