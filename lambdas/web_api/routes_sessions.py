"""Routes to sign in and out."""

import time
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponseHeader

from web_api.api_router import ApiRouter
from web_api.log import logger
from web_api.models import Credentials, SignedIn
from web_api.problems import (
    NOT_ACTIVATED,
    ON_POST,
    TOO_MANY_ATTEMPTS,
    VALIDATION,
    WRONG_CREDENTIALS,
    ProblemError,
    documented,
)
from web_api.responses import documented_json, json_response
from web_api.sessions import COOKIE_NAME, cookie_that_ends, session_cookie_of
from web_api.sign_in import Refusal, sign_in
from web_api.stores import counts, sessions, users

router = ApiRouter()

SET_COOKIE: dict[str, OpenAPIResponseHeader] = {
    "Set-Cookie": {"description": COOKIE_NAME, "schema": {"type": "string"}}
}
# What a browser removes at sign-out, so that the next person at it finds nothing. The cookie ends
# by itself. https://www.w3.org/TR/clear-site-data/
KEPT_BY_BROWSERS = '"cache", "storage"'


@router.post(
    "/sign-in",
    summary="Sign in",
    operation_id="signIn",
    tags=["sessions"],
    responses={
        200: {**documented_json(SignedIn, "Signed in"), "headers": SET_COOKIE},
        **documented(*ON_POST, VALIDATION, WRONG_CREDENTIALS, NOT_ACTIVATED, TOO_MANY_ATTEMPTS),
    },
)
def start_session(credentials: Credentials) -> Response[str]:
    """Sign a user in.

    Raises:
        ProblemError: The credentials are wrong, or the account is not activated yet.
        TooManyAttemptsError: The password was not checked.
    """
    now = int(time.time())
    account = sign_in(
        users(),
        counts(),
        credentials,
        address=router.current_event.request_context.http.source_ip,
        now=now,
    )
    if isinstance(account, Refusal):
        # Not the username: people type passwords into the wrong field.
        logger.info("Sign-in refused", reason=account.reason)
        raise _problem_of(account)
    cookie = sessions().start(account.username, account.profile_id, now=now)
    logger.info("Signed in", username=account.username)
    return json_response(SignedIn(username=account.username, name=account.name), cookies=[cookie])


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
    session = sessions().find(cookie, now=int(time.time()))
    if session is not None:
        sessions().end(session)
        logger.info("Signed out", username=session.username)
    return Response(
        status_code=HTTPStatus.NO_CONTENT,
        body="",
        cookies=[cookie_that_ends()],
        headers={"Clear-Site-Data": KEPT_BY_BROWSERS},
    )


def _problem_of(refusal: Refusal) -> ProblemError:
    if refusal.reason == "not-activated":
        return ProblemError(
            NOT_ACTIVATED, "Follow the link in the mail that you were sent, or ask for another one."
        )
    return ProblemError(WRONG_CREDENTIALS, "There is no such account with such a password.")
