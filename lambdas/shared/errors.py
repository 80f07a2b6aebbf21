"""Errors by name: the state machine's Retry rules match a function's error by its class name."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as AwsConnectionError

# Codes that several AWS services share for a call that may work later.
TRY_LATER_CODES = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",  # another transaction holds the item now
    }
)


class InvalidEventError(Exception):
    """An event lacks a field or has one of the wrong type. The message names the field."""


class ServiceUnavailableError(Exception):
    """An AWS service is throttling, failing or unreachable: the same call may work later."""


def error_code(error: ClientError) -> str:
    """The service's code of an error, such as "ConditionalCheckFailedException"."""
    return error.response.get("Error", {}).get("Code", "")


def is_temporary(error: ClientError) -> bool:
    """Whether the same call may work later: throttling, or an error on the service's side."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or error_code(error) in TRY_LATER_CODES


@contextmanager
def temporary_errors_named(service: str) -> Iterator[None]:
    """Raise ServiceUnavailableError for throttling, a service's own error or a lost connection.

    Args:
        service: What the message calls the service, such as "table User".
    """
    try:
        yield
    except ClientError as error:
        if is_temporary(error):
            raise ServiceUnavailableError(f"{service}: {error_code(error)}") from error
        raise
    except (AwsConnectionError, HTTPClientError) as error:
        raise ServiceUnavailableError(f"{service}: {type(error).__name__}") from error
