"""Entry point: DynamoDB stream of the User table."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from shared import environment
from shared.aws import step_functions
from shared.batch import BatchItemFailures
from shared.dynamodb_stream import handle_each_record
from shared.init import prepare
from shared.log import logger_of
from shared.rehearsal import requests_of
from shared.tls import trusted_certificates
from user_table_trigger.activation import execution_of, start

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = logger_of("user_table_trigger")


@logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], _context: "LambdaContext") -> BatchItemFailures:
    """Start one activation execution for each new user of the batch."""
    return handle_each_record(event, start_activation, logger)


def start_activation(record: DynamoDBRecord) -> None:
    """Start the execution of a record, if it has one."""
    wanted = execution_of(record)
    if wanted is None:
        return
    started = start(step_functions(), environment.required("STATE_MACHINE_ARN"), wanted)
    logger.info(
        "Activation started" if started else "Activation had been started before",
        username=wanted.username,
        execution=wanted.name,
    )


prepare(trusted_certificates, requests_of(step_functions), logger=logger)
