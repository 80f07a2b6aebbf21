"""Entry point: task GetActivationStatus of the state machine."""

from functools import cache
from typing import TYPE_CHECKING, Any

from shared import environment
from shared.aws import dynamodb
from shared.init import prepare
from shared.log import logger_of
from shared.rehearsal import requests_of
from shared.tls import trusted_certificates
from shared.user_table import UserTable, get_user, status_of, username_of

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = logger_of("get_user_activation_status")


@cache
def users() -> UserTable:
    """The User table.

    Raises:
        ConfigurationError: A variable is missing.
    """
    return UserTable(dynamodb(), environment.required("USER_TABLE_NAME"))


@logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], _context: "LambdaContext") -> str:
    """The user's activationStatus; "" for a missing user or an empty username.

    Raises:
        InvalidEventError: The event has no username, or one that is not a string.
        ServiceUnavailableError: DynamoDB can't answer now.
    """
    username = username_of(event)
    status = status_of(get_user(users(), username))
    logger.info("Activation status read", username=username, activation_status=status)
    return status


prepare(trusted_certificates, users, requests_of(dynamodb), logger=logger)
