"""Entry point: the queue of SES's events about our mails."""

from functools import cache
from typing import TYPE_CHECKING, Any

from record_mail_feedback.feedback import record
from record_mail_feedback.mail_event import mail_event_of
from shared import environment
from shared.aws import dynamodb
from shared.batch import BatchItemFailures
from shared.init import prepare
from shared.log import logger_of
from shared.rehearsal import requests_of
from shared.sqs import handle_each_message
from shared.tls import trusted_certificates
from shared.user_table import UserTable

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = logger_of("record_mail_feedback")


@cache
def users() -> UserTable:
    """The User table.

    Raises:
        ConfigurationError: A variable is missing.
    """
    return UserTable(dynamodb(), environment.required("USER_TABLE_NAME"))


@logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], _context: "LambdaContext") -> BatchItemFailures:
    """Record each event of the batch on its user's item."""
    return handle_each_message(event, record_event, logger)


def record_event(body: str) -> None:
    """Record one event, if it has feedback."""
    mail_event = mail_event_of(body)
    if mail_event is None:
        logger.info("SES has validated the topic")
        return
    outcome = record(users(), mail_event)
    logger.info(
        "Mail feedback recorded" if outcome == "recorded" else "No mail feedback recorded",
        username=mail_event.username,
        outcome=outcome,
        feedback=mail_event.feedback,
        reason=mail_event.reason,
        message_id=mail_event.message_id,
    )


prepare(trusted_certificates, users, requests_of(dynamodb), logger=logger)
