"""Problem documents: what they hold, and that each kind is a kind of its own."""

import json

from web_api import problems
from web_api.models import FieldError
from web_api.problems import (
    EVERYWHERE,
    METHOD_NOT_ALLOWED,
    ON_POST,
    USERNAME_TAKEN,
    ProblemError,
    ProblemType,
    documented,
    invalid,
    problem_response,
)

PROBLEM_TYPES = [value for value in vars(problems).values() if isinstance(value, ProblemType)]


def test_a_problem_has_the_members_that_the_rfc_names() -> None:
    answer = problem_response(
        ProblemError(
            USERNAME_TAKEN, "Choose another.", errors=[FieldError(field="username", detail="taken")]
        )
    )
    assert answer.status_code == 409
    assert answer.content_type == "application/problem+json"
    assert json.loads(str(answer.body)) == {
        "type": "/problems/username-taken",
        "title": "The username is taken",
        "status": 409,
        "detail": "Choose another.",
        "errors": [{"field": "username", "detail": "taken"}],
    }


def test_a_problem_that_is_about_no_field_names_none_and_may_have_headers() -> None:
    problem = ProblemError(METHOD_NOT_ALLOWED, "Use POST.", headers={"Allow": "POST"})
    answer = problem_response(problem)
    assert "errors" not in json.loads(str(answer.body))
    assert answer.headers["Allow"] == "POST"


def test_fields_that_are_not_valid_are_all_named() -> None:
    problem = invalid(FieldError(field="a", detail="x"), FieldError(field="b", detail="y"))
    assert (problem.problem_type.status, problem.detail) == (422, "Not valid: a, b")


def test_each_kind_has_a_code_of_its_own_for_an_error() -> None:
    codes = [problem_type.code for problem_type in PROBLEM_TYPES]
    assert len(set(codes)) == len(codes) > 15
    assert all(400 <= problem_type.status < 600 for problem_type in PROBLEM_TYPES)


def test_kinds_of_one_status_are_documented_together() -> None:
    responses = documented(*ON_POST, problems.NOT_ACTIVATED)
    assert list(responses) == [400, 403, 413, 415, 421, 500, 503]
    assert "forbidden-origin" in responses[403]["description"]
    assert "not-activated" in responses[403]["description"]
    assert set(EVERYWHERE) <= set(ON_POST)
