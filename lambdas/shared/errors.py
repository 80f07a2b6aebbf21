"""Errors that callers tell apart by name.

Step Functions matches a function's error by its class name, so the names below stand in the state
machine's Retry rules too.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as AwsConnectionError

# What AWS services answer, beside errors of their own, when the same call may work later.
TRY_LATER_CODES = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",  # another writer's transaction holds the item just now
    }
)


class InvalidEventError(Exception):
    """An event lacks a field or has one of the wrong kind. The message names the field."""


class ServiceUnavailableError(Exception):
    """An AWS service is throttling, failing or out of reach: the same call may work later."""


def error_code(error: ClientError) -> str:
    """The service's code of an error, such as "ConditionalCheckFailedException"."""
    return error.response.get("Error", {}).get("Code", "")


def is_temporary(error: ClientError) -> bool:
    """Whether the same call may work later: throttling, or an error on the service's side."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or error_code(error) in TRY_LATER_CODES


@contextmanager
def temporary_errors_named(service: str) -> Iterator[None]:
    """Turn what may work later into one error class; let every other error pass.

    Args:
        service: What the error's message calls the service, such as "table User".

    Raises:
        ServiceUnavailableError: Throttling, an error on the service's side, or no connection.
    """
    try:
        yield
    except ClientError as error:
        if is_temporary(error):
            raise ServiceUnavailableError(f"{service}: {error_code(error)}") from error
        raise
    except (AwsConnectionError, HTTPClientError) as error:
        raise ServiceUnavailableError(f"{service}: {type(error).__name__}") from error
