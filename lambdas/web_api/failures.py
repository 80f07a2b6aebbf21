"""Errors as problems."""

import traceback
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from botocore.exceptions import ClientError

from shared.environment import ConfigurationError
from shared.errors import ServiceUnavailableError, error_code
from web_api.limits import TooManyAttemptsError
from web_api.log import logger
from web_api.models import FIELD_RULES, RULES_BY_ROUTE, FieldCode, FieldError
from web_api.problems import (
    INTERNAL,
    TOO_MANY_ATTEMPTS,
    UNAVAILABLE,
    ProblemError,
    invalid,
)

RETRY_AFTER_SECONDS = 5
UNKNOWN_FIELD = "extra_forbidden"  # pydantic's type of error

# By pydantic's types of errors, and those of web_api.models. Each other one is "form".
CODES: Mapping[str, FieldCode] = MappingProxyType(
    {
        "blank": "missing",
        "missing": "missing",
        "string_too_long": "too-long",
        "string_too_short": "too-short",
        "unprintable": "unprintable",
        "web_address": "web-address",
    }
)


def problem_of(error: Exception, *, route: str = "") -> ProblemError:
    """The problem to answer an error with. An error on our side is also logged.

    Args:
        error: The error.
        route: The request's route, such as "/activate"; "" before it was routed.
    """
    match error:
        case ProblemError():
            return error
        case RequestValidationError():
            return invalid(*_field_errors(error.errors(), route))
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
    # Not the error's message, which may hold what was sent. The traceback has lines of code only.
    logger.error(
        "Request failed",
        error=type(error).__name__,
        reason=_safe_reason(error),
        trace=traceback.format_tb(error.__traceback__),
    )
    return ProblemError(INTERNAL, "It has been noted. Please try again later.")


def _field_errors(errors: Sequence[Mapping[str, Any]], route: str) -> list[FieldError]:
    """Pydantic's errors, with one for all unknown fields: their names may be any text."""
    known = [error for error in errors if error["type"] != UNKNOWN_FIELD]
    found = [_field_error(error, route) for error in known]
    if len(known) < len(errors):
        detail = "only fields that are known here"
        found.append(FieldError(field="body", code="unknown", detail=detail))
    return found


def _field_error(error: Mapping[str, Any], route: str) -> FieldError:
    """One of pydantic's errors, without the value."""
    # The first part is the field's place: body, path or query.
    location: Sequence[object] = error["loc"][1:] or error["loc"]
    field = ".".join(str(part) for part in location)
    match error["type"]:
        case "missing":
            detail = "missing"
        case _ if error["loc"][0] == "query":
            detail = "one value"  # of any content: the page says what is wrong with it
        case _:
            rules = {**FIELD_RULES, **RULES_BY_ROUTE.get(route, {})}
            detail = rules.get(field, "not valid")
    return FieldError(field=field, code=code_of(error), detail=detail)


def code_of(error: Mapping[str, Any]) -> FieldCode:
    """The code of one of pydantic's errors."""
    if error["input"] == "":
        return "missing"
    return CODES.get(error["type"], "form")


def _safe_reason(error: Exception) -> str:
    if isinstance(error, ConfigurationError):
        return str(error)
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {error_code(error)}"
    return ""
