"""Routes of the activation link: its page, activating, and refusing the account."""

import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from aws_lambda_powertools.shared.cookies import Cookie

from web_api import models
from web_api.activation import Activated, Link, LinkedUser, LinkState, Validity, activate
from web_api.activation_proof import Proven, look_up_counted, prove
from web_api.activation_refusal import REFUSABLE, refuse
from web_api.api_router import ApiRouter
from web_api.config import config
from web_api.failures import problem_of
from web_api.limits import TooManyAttemptsError
from web_api.log import logger
from web_api.models import ActivationLink, ActivationRequest, Refused
from web_api.pages import (
    ActivationResult,
    Complaint,
    LinkForms,
    activation_page,
    password_text_key,
)
from web_api.problems import (
    ACCOUNT_DISABLED,
    ALREADY_ACTIVATED,
    EVERYWHERE,
    LINK_EXPIRED,
    ON_POST,
    TOO_MANY_ATTEMPTS,
    UNKNOWN_USER,
    VALIDATION,
    WRONG_CREDENTIALS,
    WRONG_TOKEN,
    ProblemError,
    ProblemType,
    documented,
)
from web_api.responses import (
    HTML_CONTENT,
    documented_html,
    documented_json,
    html_response,
    json_response,
)
from web_api.signed_in import SET_COOKIES, signed_in_cookies
from web_api.stores import counts, profiles, refusals, users

router = ApiRouter()

FAILED_STATES: dict[LinkState, tuple[ProblemType, str]] = {
    "unknown-user": (UNKNOWN_USER, "Nobody is registered by this name."),
    "already-activated": (ALREADY_ACTIVATED, "Sign in."),
    "wrong-token": (WRONG_TOKEN, "Use the link in the newest mail, or ask for a new one."),
    "link-expired": (LINK_EXPIRED, "Ask for a new one."),
    "account-disabled": (ACCOUNT_DISABLED, "Ask the operator of this site."),
}
# "Activated already" is good news on a page, also after a second click.
PAGE_STATUS: dict[ActivationResult, HTTPStatus] = {
    **{state: problem_type.status for state, (problem_type, _) in FAILED_STATES.items()},
    "already-activated": HTTPStatus.OK,
}


@router.get(
    "/activate",
    summary="The page that the link in the activation mail leads to",
    operation_id="getActivationPage",
    tags=["accounts"],
    description="Says what the link is good for. Changes nothing, however often it is opened.",
    responses={
        200: documented_html("The link can be used, or the account is activated already"),
        403: documented_html("The link is not valid, or the account is disabled"),
        404: documented_html("There is no such account"),
        410: documented_html("The link has expired"),
        429: documented_html("Short tokens were tried too often"),
        **documented(*EVERYWHERE, VALIDATION),
    },
)
def get_activation_page(
    username: Annotated[str, Query(description="The user")] = "",
    token: Annotated[str, Query(description="The token of the mail")] = "",
) -> Response[str]:
    """The page with the forms that activate and refuse, or why there is none."""
    link = Link(username, token)
    try:
        found = _look_up(link)
    except TooManyAttemptsError as error:
        return _too_many(error)
    return _page(found.state, forms=_forms(link, found, found.state))


def _or_a_page(responses: dict[int, OpenAPIResponse]) -> dict[int, OpenAPIResponse]:
    """Documented problems, each of which a form gets as a page."""
    return {
        status: {**problem, "content": {**HTML_CONTENT, **problem["content"]}}
        for status, problem in responses.items()
    }


@router.post(
    "/activate",
    summary="Activate an account",
    operation_id="activateAccount",
    tags=["accounts"],
    description=(
        "Uses the link of the activation mail. An account with a password needs it, or a new one"
        " that takes its place; the person is then signed in. A form is answered by a page."
    ),
    responses={
        200: {
            "description": "The account is activated; a page says so also where it was before",
            "content": {**HTML_CONTENT, **documented_json(models.Activated, "")["content"]},
            "headers": SET_COOKIES,
        },
        **_or_a_page(
            documented(
                *ON_POST,
                VALIDATION,
                UNKNOWN_USER,
                WRONG_TOKEN,
                ACCOUNT_DISABLED,
                LINK_EXPIRED,
                WRONG_CREDENTIALS,
                TOO_MANY_ATTEMPTS,
            )
        ),
        **documented(ALREADY_ACTIVATED),  # a page says so with status 200
    },
)
def activate_account(request: ActivationRequest) -> Response[str]:
    """Use a link, and sign the person in; a form is answered by a page in each case.

    Raises:
        ProblemError: The link doesn't work, or the password is wrong or not valid.
        TooManyAttemptsError: The token or the password was not checked.
    """
    link, now = Link(request.username, request.token), int(time.time())
    try:
        found = _look_up(link)
    except TooManyAttemptsError as error:
        return _too_many(error)
    if found.state != "ready":
        return _failed(found.state, link, found)
    try:
        proven = prove(
            counts(),
            found,
            request,
            product_name=config().product_name,
            address=_address(),
            now=now,
        )
    except (ProblemError, TooManyAttemptsError) as error:
        return _asked_again(error, link, found)
    return _activated(link, found, proven, now=now)


@router.post(
    "/activate/refuse",
    summary="Refuse an account",
    operation_id="refuseAccount",
    tags=["accounts"],
    description=(
        "For the owner of a mailbox with whose address somebody else has signed up. Ends the link,"
        " sends no more mails for this account, and frees the username. A form is answered by a"
        " page."
    ),
    responses={
        200: {
            "description": "The account is refused; a page also says that it was activated before",
            "content": {**HTML_CONTENT, **documented_json(Refused, "")["content"]},
        },
        **_or_a_page(
            documented(
                *ON_POST,
                VALIDATION,
                UNKNOWN_USER,
                WRONG_TOKEN,
                ACCOUNT_DISABLED,
                TOO_MANY_ATTEMPTS,
            )
        ),
        **documented(ALREADY_ACTIVATED),  # as above
    },
)
def refuse_account(request: ActivationLink) -> Response[str]:
    """End a link and its account; a form is answered by a page in each case.

    Raises:
        ProblemError: The link doesn't work.
        TooManyAttemptsError: The token was not checked.
    """
    link, now = Link(request.username, request.token), int(time.time())
    try:
        found = _look_up(link)
    except TooManyAttemptsError as error:
        return _too_many(error)
    if found.state not in REFUSABLE:
        return _failed(found.state, link, found)
    result = refuse(users(), refusals(), link, found, now=now)
    if result != "refused":
        return _failed(result, link, found)
    logger.info("Account refused", username=link.username)
    if _wants_page():
        return _page("refused")
    return json_response(Refused(result="refused"))


def _look_up(link: Link) -> LinkedUser:
    return look_up_counted(
        users(),
        counts(),
        link,
        Validity(int(time.time()), config().activation_link_seconds),
        address=_address(),
    )


def _activated(link: Link, found: LinkedUser, proven: Proven, *, now: int) -> Response[str]:
    result = activate(
        users(),
        profiles(),
        link,
        Validity(now, config().activation_link_seconds),
        proof=proven.proof,
    )
    if not isinstance(result, Activated):
        return _failed(result, link, found)
    if proven.taken is not None:
        counts().give_back(proven.taken)
    logger.info("Account activated", username=link.username)
    cookies: list[Cookie] = []
    if result.generation:
        event = router.current_event.raw_event
        cookies = signed_in_cookies(link.username, result.generation, event=event, now=now)
    if _wants_page():
        return _page("signed-in" if cookies else "activated", cookies=cookies)
    return json_response(models.Activated(result="activated"), cookies=cookies)


def _failed(state: LinkState, link: Link, found: LinkedUser) -> Response[str]:
    """The page that says why a link can't be used so; for a script, the problem."""
    if _wants_page():
        return _page(state, forms=_forms(link, found, state))
    problem_type, detail = FAILED_STATES[state]
    raise ProblemError(problem_type, detail)


def _asked_again(
    error: ProblemError | TooManyAttemptsError, link: Link, found: LinkedUser
) -> Response[str]:
    """The page with its forms, and what was wrong with the password; for a script, the error."""
    if not _wants_page():
        raise error
    problem = problem_of(error)
    return _page(
        "ready",
        forms=_forms(link, found, "ready"),
        complaint=_complaint(problem),
        problem=problem,
    )


def _too_many(error: TooManyAttemptsError) -> Response[str]:
    """The page that says so; for a script, the error."""
    if not _wants_page():
        raise error
    return _page("too-many-attempts", problem=problem_of(error))


def _complaint(problem: ProblemError) -> Complaint:
    """What the page says of a problem with a password."""
    if problem.problem_type is WRONG_CREDENTIALS:
        return Complaint("password", "activate_wrong_password")
    if problem.problem_type is TOO_MANY_ATTEMPTS:
        return Complaint("page", "problem_too_many_attempts")
    (error,) = problem.errors[:1]
    if error.field == "newPassword":
        return Complaint("newPassword", password_text_key(error.code))
    return Complaint("password", "password_missing")


def _forms(link: Link, found: LinkedUser, state: LinkState) -> LinkForms | None:
    if state not in REFUSABLE:
        return None
    return LinkForms(
        link.username,
        link.token,
        can_activate=state == "ready",
        has_password=found.has_password,
    )


def _page(
    result: ActivationResult,
    *,
    forms: LinkForms | None = None,
    complaint: Complaint | None = None,
    problem: ProblemError | None = None,
    cookies: Sequence[Cookie] = (),
) -> Response[str]:
    """A page, with the status and the headers of a problem where it is about one."""
    page = activation_page(
        config().page_language,
        config().product_name,
        result,
        forms=forms,
        complaint=complaint,
    )
    status = (
        PAGE_STATUS.get(result, HTTPStatus.OK) if problem is None else problem.problem_type.status
    )
    headers = None if problem is None else problem.headers
    return html_response(page, status=status, cookies=cookies, headers=headers)


def _wants_page() -> bool:
    """Whether a person reads the response: the link was opened, or a form sent without a script."""
    is_get = router.current_event.request_context.http.method == "GET"
    return is_get or router.checked_request.is_form


def _address() -> str:
    return router.current_event.request_context.http.source_ip
