"""Routes of the activation link."""

import time
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from web_api.activation import Link, activate, state_of
from web_api.api_router import ApiRouter
from web_api.config import config
from web_api.log import logger
from web_api.models import Activated, ActivationRequest
from web_api.pages import ActivationResult, activation_page
from web_api.problems import (
    ALREADY_ACTIVATED,
    EVERYWHERE,
    LINK_EXPIRED,
    ON_POST,
    UNKNOWN_USER,
    VALIDATION,
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
from web_api.stores import profiles, users

router = ApiRouter()

FAILED_ACTIVATIONS: dict[ActivationResult, tuple[ProblemType, str]] = {
    "unknown-user": (UNKNOWN_USER, "Nobody is registered by this name."),
    "already-activated": (ALREADY_ACTIVATED, "Sign in."),
    "wrong-token": (WRONG_TOKEN, "Use the link in the newest mail, or ask for a new one."),
    "link-expired": (LINK_EXPIRED, "Ask for a new one."),
}
# "Activated already" is good news on a page, also after a second click.
PAGE_STATUS: dict[ActivationResult, HTTPStatus] = {
    "ready": HTTPStatus.OK,
    "activated": HTTPStatus.OK,
    "already-activated": HTTPStatus.OK,
    "unknown-user": UNKNOWN_USER.status,
    "wrong-token": WRONG_TOKEN.status,
    "link-expired": LINK_EXPIRED.status,
}


@router.get(
    "/activate",
    summary="The page that the link in the activation mail leads to",
    operation_id="getActivationPage",
    tags=["accounts"],
    description="Says what the link is good for. Changes nothing, however often it is opened.",
    responses={
        200: documented_html("The link can be used, or the account is activated already"),
        403: documented_html("The link is not valid"),
        404: documented_html("There is no such account"),
        410: documented_html("The link has expired"),
        **documented(*EVERYWHERE, VALIDATION),
    },
)
def get_activation_page(
    username: Annotated[str, Query(description="The user")] = "",
    token: Annotated[str, Query(description="The token of the mail")] = "",
) -> Response[str]:
    """The page with the button that activates, or why there is none."""
    link = Link(username, token)
    state = state_of(
        users(),
        link,
        now=int(time.time()),
        max_age_seconds=config().activation_link_seconds,
    )
    return _activation_response(state, link if state == "ready" else None)


@router.post(
    "/activate",
    summary="Activate an account",
    operation_id="activateAccount",
    tags=["accounts"],
    description="Uses the link of the activation mail. A form is answered by a page.",
    responses={
        200: {
            "description": "The account is activated; a page says so also where it was before",
            "content": {**HTML_CONTENT, **documented_json(Activated, "")["content"]},
        },
        **{
            status: {**problem, "content": {**HTML_CONTENT, **problem["content"]}}
            for status, problem in documented(
                *ON_POST, VALIDATION, UNKNOWN_USER, WRONG_TOKEN, LINK_EXPIRED
            ).items()
        },
        **documented(ALREADY_ACTIVATED),  # a page says so with status 200
    },
)
def activate_account(request: ActivationRequest) -> Response[str]:
    """Use a link; a form is answered by a page in each case.

    Raises:
        ProblemError: The link doesn't work.
    """
    result = activate(
        users(),
        profiles(),
        Link(request.username, request.token),
        now=int(time.time()),
        max_age_seconds=config().activation_link_seconds,
    )
    if result == "activated":
        logger.info("Account activated", username=request.username)
    if router.checked_request.is_form:
        return _activation_response(result, None)
    if result != "activated":
        problem_type, detail = FAILED_ACTIVATIONS[result]
        raise ProblemError(problem_type, detail)
    return json_response(Activated(result="activated"))


def _activation_response(result: ActivationResult, link: Link | None) -> Response[str]:
    page = activation_page(
        config().page_language,
        config().product_name,
        result,
        username=link.username if link else "",
        token=link.token if link else "",
    )
    return html_response(page, status=PAGE_STATUS[result])
