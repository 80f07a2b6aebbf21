"""Whatever a request fails with, as a problem."""

import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from botocore.exceptions import ClientError

from shared.environment import ConfigurationError
from shared.errors import ServiceUnavailableError, error_code
from web_api.attempts import TooManyAttemptsError
from web_api.log import logger
from web_api.models import FIELD_RULES, RULES_BY_ROUTE, FieldError
from web_api.problems import (
    INTERNAL,
    TOO_MANY_ATTEMPTS,
    UNAVAILABLE,
    ProblemError,
    invalid,
)

RETRY_AFTER_SECONDS = 5
FIELD_LENGTH_LIMIT = 100  # characters: an unknown field's name is whatever somebody sends


def problem_of(error: Exception, *, route: str = "") -> ProblemError:
    """The problem that an error is to who sent the request. What they can't help is logged.

    Args:
        error: What the request failed with.
        route: The route that it failed at, such as "/activate"; "" before it was routed.
    """
    match error:
        case ProblemError():
            return error
        case RequestValidationError():
            return invalid(*(_field_error(each, route) for each in error.errors()))
        case TooManyAttemptsError():
            return ProblemError(
                TOO_MANY_ATTEMPTS,
                "Wait before you try again.",
                headers={"Retry-After": str(error.retry_after_seconds)},
            )
        case ServiceUnavailableError():
            logger.warning("Service unavailable", reason=str(error))
            return ProblemError(
                UNAVAILABLE,
                "A service that we need can't answer now.",
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            )
    # Not the error's message: it may hold what was sent. The lines of code don't.
    logger.error(
        "Request failed",
        error=type(error).__name__,
        reason=_safe_reason(error),
        trace=traceback.format_tb(error.__traceback__),
    )
    return ProblemError(INTERNAL, "It has been noted. Please try again later.")


def _field_error(error: Mapping[str, Any], route: str) -> FieldError:
    """One of pydantic's errors, less the value that it is about."""
    # The first part says where the field is: in the body, the path or the query.
    location: Sequence[object] = error["loc"][1:] or error["loc"]
    field = ".".join(str(part) for part in location)[:FIELD_LENGTH_LIMIT]
    match error["type"]:
        case "missing":
            detail = "missing"
        case "extra_forbidden":
            detail = "not known here"
        case _ if error["loc"][0] == "query":
            detail = "one value"  # any one will do: what isn't right is told on the page
        case _:
            rules = {**FIELD_RULES, **RULES_BY_ROUTE.get(route, {})}
            detail = rules.get(field, "not valid")
    return FieldError(field=field, detail=detail)


def _safe_reason(error: Exception) -> str:
    if isinstance(error, ConfigurationError):
        return str(error)
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {error_code(error)}"
    return ""
