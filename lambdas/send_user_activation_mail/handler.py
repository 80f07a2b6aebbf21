"""Entry point: task SendActivationMail of the state machine."""

import time
from functools import cache
from typing import TYPE_CHECKING, Any

from send_user_activation_mail.claim import Claims
from send_user_activation_mail.config import config
from send_user_activation_mail.delivery import deliver
from send_user_activation_mail.mailer import SesMailer
from send_user_activation_mail.send_rate import RateLimitedMailer
from shared.aws import dynamodb, ses
from shared.init import prepare
from shared.log import logger_of
from shared.rehearsal import requests_of
from shared.tls import trusted_certificates
from shared.user_table import UserTable, username_of

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = logger_of("send_user_activation_mail")


@cache
def mailer() -> SesMailer:
    """The mailer of this execution environment."""
    return SesMailer(ses(), config().from_address, config().configuration_set_name)


@logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, str]:
    """Send the user's activation mail if the status is NONE.

    Returns:
        `result` ("sent", "not_needed", "not_welcome", "withheld" or "no_such_user") and the
        `activationStatus` found or set.

    Raises:
        InvalidEventError: The event has no username, or one that is not a string.
        InvalidUserError: The item lacks what the mail needs. Permanent.
        MailRejectedError: SES will not send it. Permanent.
        ActivationMailInProgressError: Another sender holds the claim. Retry later.
        SendingRateExceededError: The account's rate or quota is used up. Retry later.
        ServiceUnavailableError: DynamoDB or SES can't answer now. Retry later.
    """
    username = username_of(event)
    claims = Claims(
        UserTable(dynamodb(), config().user_table_name),
        sender=context.aws_request_id,
        seconds=config().mail_claim_seconds,
    )
    with RateLimitedMailer(mailer(), seconds=config().seconds_for_each_mail) as limited:
        delivery = deliver(
            username, claims, limited, texts=config().mail_texts, now=int(time.time())
        )
    logger.info(
        "Activation mail sent" if delivery.result == "sent" else "No activation mail sent",
        username=username,
        result=delivery.result,
        activation_status=delivery.activation_status,
        message_id=delivery.message_id,
    )
    return {"result": delivery.result, "activationStatus": delivery.activation_status}


prepare(trusted_certificates, mailer, requests_of(dynamodb, ses), logger=logger)
