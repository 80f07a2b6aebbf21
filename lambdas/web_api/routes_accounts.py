"""Routes to register, and to ask for another activation mail."""

import time
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from shared.aws import step_functions
from web_api.api_router import ApiRouter
from web_api.config import config
from web_api.even_time import lasting
from web_api.log import logger
from web_api.models import (
    FIELD_RULES,
    USERNAME,
    FieldError,
    MailRequested,
    Registered,
    Registration,
)
from web_api.problems import (
    NOT_FOUND,
    ON_POST,
    TOO_MANY_ATTEMPTS,
    USERNAME_TAKEN,
    VALIDATION,
    ProblemError,
    documented,
)
from web_api.registration import SignUpRules, SignUps
from web_api.request_checks import ACTIVATION_PATH
from web_api.resend import ResendRules, Resends
from web_api.responses import documented_json, json_response
from web_api.stores import counts, refusals, users

router = ApiRouter()

# A user who waits for a mail costs up to nine calls to AWS, and anybody else one. Six times the
# longest way through in the local cloud (31 ms, measured), as AWS is farther away.
RESEND_SECONDS = 0.2


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
        ProblemError: The username is taken, or reserved, or the password is easy to guess.
        TooManyAttemptsError: The network has signed up too often: nothing was written.
    """
    sign_ups = SignUps(
        users(),
        counts(),
        refusals(),
        SignUpRules(
            config().sign_ups_per_hour,
            config().reserved_usernames,
            config().unactivated_user_seconds,
            config().product_name,
        ),
    )
    registered = sign_ups.register(
        registration,
        address=router.current_event.request_context.http.source_ip,
        activation_url_base=router.checked_request.origin + ACTIVATION_PATH,
        now=int(time.time()),
    )
    if not registered:
        raise ProblemError(
            USERNAME_TAKEN,
            "Somebody has this username. Choose another one.",
            errors=[FieldError(field="username", code="taken", detail="taken")],
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
    """Send the activation mail again, if the rules allow it; the response takes as long if not."""
    resends = Resends(
        users(),
        step_functions(),
        config().state_machine_arn,
        counts(),
        refusals(),
        ResendRules(
            config().resend_cool_down_seconds,
            config().resend_limit,
            config().unactivated_user_seconds,
        ),
    )
    with lasting(RESEND_SECONDS):
        resends.request_mail(username, now=int(time.time()))
    return json_response(MailRequested(), status=HTTPStatus.ACCEPTED)
