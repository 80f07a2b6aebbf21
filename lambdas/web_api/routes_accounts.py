"""Routes to register and to activate."""

import time
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from shared.aws import step_functions
from web_api.activation import Link, activate, state_of
from web_api.api_router import ApiRouter
from web_api.attempts import SIGN_UP_BY_EMAIL
from web_api.config import config
from web_api.log import logger
from web_api.models import (
    FIELD_RULES,
    USERNAME,
    Activated,
    ActivationRequest,
    FieldError,
    MailRequested,
    Registered,
    Registration,
)
from web_api.pages import ActivationResult, activation_page
from web_api.problems import (
    ALREADY_ACTIVATED,
    EVERYWHERE,
    LINK_EXPIRED,
    NOT_FOUND,
    ON_POST,
    TOO_MANY_ATTEMPTS,
    UNKNOWN_USER,
    USERNAME_TAKEN,
    VALIDATION,
    WRONG_TOKEN,
    ProblemError,
    ProblemType,
    documented,
)
from web_api.registration import register
from web_api.request_checks import FORM_PATH
from web_api.resend import ResendRules, request_mail
from web_api.responses import (
    HTML_CONTENT,
    documented_html,
    documented_json,
    html_response,
    json_response,
)
from web_api.stores import counts, profiles, users

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


@router.post(
    "/users",
    summary="Register",
    operation_id="registerUser",
    tags=["accounts"],
    description="Registers a user. A mail with the activation link follows.",
    responses={
        201: documented_json(Registered, "Registered"),
        **documented(*ON_POST, VALIDATION, USERNAME_TAKEN, TOO_MANY_ATTEMPTS),
    },
)
def register_user(registration: Registration) -> Response[str]:
    """Register a user whose activation link leads to the origin of this request.

    Raises:
        ProblemError: The username is taken.
        TooManyAttemptsError: The mail address has signed up too often: nothing was written.
    """
    now = int(time.time())
    # A taken username counts too, or anybody could ask without limit which ones are taken.
    counts().take(SIGN_UP_BY_EMAIL.of(registration.email.lower()), now=now)
    kept_for = config().unactivated_user_seconds
    registered = register(
        users(),
        registration,
        activation_url_base=router.checked_request.origin + FORM_PATH,
        now=now,
        expires_at=None if kept_for is None else now + kept_for,
    )
    if not registered:
        raise ProblemError(
            USERNAME_TAKEN,
            "Somebody has this username. Choose another one.",
            errors=[FieldError(field="username", detail="taken")],
        )
    logger.info("User registered", username=registration.username)
    return json_response(
        Registered(username=registration.username, activation_status="NONE"),
        status=HTTPStatus.CREATED,
    )


@router.post(
    "/users/<username>/activation-mail",
    summary="Ask for another activation mail",
    operation_id="requestActivationMail",
    tags=["accounts"],
    description=(
        "Sends the activation mail again, with a new link that ends the former one, unless the"
        " account is unknown or activated, or one was sent or asked for too recently or too often."
        " The response is the same in each case."
    ),
    responses={
        202: documented_json(MailRequested, "Accepted"),
        # Not found: a path that no username can have, such as one with a control character.
        **documented(*ON_POST, VALIDATION, NOT_FOUND),
    },
)
def request_activation_mail(
    username: Annotated[str, Path(pattern=USERNAME, description=FIELD_RULES["username"])],
) -> Response[str]:
    """Send the activation mail again, if the rules allow it."""
    request_mail(
        users(),
        step_functions(),
        state_machine_arn=config().state_machine_arn,
        username=username,
        now=int(time.time()),
        rules=ResendRules(
            config().resend_cool_down_seconds,
            config().resend_limit,
            config().unactivated_user_seconds,
        ),
    )
    return json_response(MailRequested(), status=HTTPStatus.ACCEPTED)


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
