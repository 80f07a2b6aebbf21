"""Whatever fails: what its sender is told, and what is logged of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from botocore.exceptions import ClientError
from pydantic import ValidationError

from shared.environment import ConfigurationError
from shared.errors import ServiceUnavailableError
from tests.unit.web_api.api import REGISTRATION
from web_api.failures import problem_of
from web_api.limits import TooManyAttemptsError
from web_api.models import FIELD_RULES, Registration
from web_api.problems import NOT_FOUND, ProblemError

LogLines = Callable[[], list[Any]]
SECRET = "hunter2hunter2"


def raised(error: Exception) -> Exception:
    """The error with the lines of code that it came by."""
    with pytest.raises(type(error)) as caught:
        _raise(error)
    return caught.value


def _raise(error: Exception) -> None:
    raise error


def validation_error(*errors: dict[str, Any]) -> RequestValidationError:
    return RequestValidationError([{"msg": SECRET, "input": SECRET, **error} for error in errors])


def test_a_problem_is_itself() -> None:
    problem = ProblemError(NOT_FOUND, "x")
    assert problem_of(problem) is problem


def test_a_rule_is_that_of_the_route() -> None:
    def details(route: str, *errors: dict[str, Any]) -> list[str]:
        return [each.detail for each in problem_of(validation_error(*errors), route=route).errors]

    username = {"loc": ("body", "username"), "type": "string_too_short"}
    password = {"loc": ("body", "password"), "type": "string_too_short"}
    twice = {"loc": ("query", "username"), "type": "string_type"}
    assert details("/users", username, password) == [
        FIELD_RULES["username"],
        FIELD_RULES["password"],
    ]
    assert details("/sign-in", username, password) == [
        FIELD_RULES["username"],
        "1 to 128 characters",
    ]
    (detail,) = details("/activate", username)
    assert detail.startswith("1 to 256 characters")
    assert details("/activate", twice) == ["one value"]


def test_fields_are_named_without_their_values(log_lines: LogLines) -> None:
    problem = problem_of(
        validation_error(
            {"loc": ("body", "password"), "type": "string_too_short"},
            {"loc": ("body", "email"), "type": "missing"},
            {"loc": ("body", SECRET), "type": "extra_forbidden"},
            {"loc": ("body", f"{SECRET}2"), "type": "extra_forbidden"},
            {"loc": ("body", "a", 0, "b"), "type": "int_type"},
            {"loc": ("path", "username"), "type": "string_pattern_mismatch"},
            {"loc": ("body",), "type": "missing"},
        )
    )
    assert problem.problem_type.code == "validation"
    assert [(error.field, error.code, error.detail) for error in problem.errors] == [
        ("password", "too-short", "12 to 128 characters, and hard to guess"),
        ("email", "missing", "missing"),
        ("a.0.b", "form", "not valid"),
        ("username", "form", FIELD_RULES["username"]),
        ("body", "missing", "missing"),
        ("body", "unknown", "only fields that are known here"),
    ]
    assert log_lines() == []


def test_too_many_attempts_say_how_long_to_wait() -> None:
    problem = problem_of(TooManyAttemptsError(321))
    assert problem.problem_type.code == "too-many-attempts"
    assert problem.headers == {"Retry-After": "321"}


def test_what_may_pass_says_so_and_is_logged(log_lines: LogLines) -> None:
    problem = problem_of(ServiceUnavailableError("table User: ThrottlingException"))
    assert (problem.problem_type.code, problem.headers) == ("unavailable", {"Retry-After": "5"})
    assert "table User" not in problem.detail
    (line,) = log_lines()
    assert (line["level"], line["reason"]) == ("WARNING", "table User: ThrottlingException")


def test_anything_else_is_told_to_nobody_and_logged_without_what_was_sent(
    log_lines: LogLines,
) -> None:
    problem = problem_of(raised(ValueError(SECRET)))
    assert problem.problem_type.code == "internal"
    (line,) = log_lines()
    assert (line["level"], line["error"]) == ("ERROR", "ValueError")
    assert "in _raise" in "".join(line["trace"])
    assert SECRET not in json.dumps(line)


def test_an_error_of_pydantic_that_holds_a_value_is_not_logged_with_it(
    log_lines: LogLines,
) -> None:
    with pytest.raises(ValidationError) as error:
        Registration.model_validate({**REGISTRATION, "name": f"http://{SECRET}"})
    problem_of(error.value)
    assert SECRET not in json.dumps(log_lines())


def test_what_helps_to_mend_it_is_logged(log_lines: LogLines) -> None:
    problem_of(raised(ConfigurationError("USER_TABLE_NAME: environment variable is not set")))
    refused = {"Error": {"Code": "AccessDeniedException", "Message": SECRET}}
    problem_of(raised(ClientError(refused, "PutItem")))  # type: ignore[arg-type]  # no metadata
    first, second = log_lines()
    assert first["reason"] == "USER_TABLE_NAME: environment variable is not set"
    assert second["reason"] == "PutItem: AccessDeniedException"
    assert SECRET not in json.dumps(second)
