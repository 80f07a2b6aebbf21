"""Problem documents (RFC 9457).

A problem says what to do about it. It names fields and never repeats their values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.types import (
    OpenAPIResponse,
    OpenAPIResponseContentModel,
    OpenAPIResponseContentSchema,
)

from web_api.models import FieldError, Problem

CONTENT_TYPE = "application/problem+json"
PROBLEM_SCHEMA: OpenAPIResponseContentSchema = {"schema": {"$ref": "#/components/schemas/Problem"}}


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A type of problem, as RFC 9457 defines it.

    Attributes:
        code: The end of the document's `type`, for programs. It never changes.
        status: The status of the response.
        title: For people, the same for all problems of the type.
    """

    code: str
    status: HTTPStatus
    title: str


MALFORMED_BODY = ProblemType("malformed-body", HTTPStatus.BAD_REQUEST, "The body can't be read")
NOT_SIGNED_IN = ProblemType("not-signed-in", HTTPStatus.UNAUTHORIZED, "Nobody is signed in")
WRONG_CREDENTIALS = ProblemType(
    "wrong-credentials", HTTPStatus.UNAUTHORIZED, "Username or password is wrong"
)
FORBIDDEN_ORIGIN = ProblemType(
    "forbidden-origin", HTTPStatus.FORBIDDEN, "Requests of that page are refused"
)
NOT_ACTIVATED = ProblemType(
    "not-activated", HTTPStatus.FORBIDDEN, "The account is not activated yet"
)
ACCOUNT_DISABLED = ProblemType("account-disabled", HTTPStatus.FORBIDDEN, "The account is disabled")
WRONG_TOKEN = ProblemType("wrong-token", HTTPStatus.FORBIDDEN, "The activation link is not valid")
NOT_FOUND = ProblemType("not-found", HTTPStatus.NOT_FOUND, "There is nothing at this address")
UNKNOWN_USER = ProblemType("unknown-user", HTTPStatus.NOT_FOUND, "There is no such account")
METHOD_NOT_ALLOWED = ProblemType(
    "method-not-allowed", HTTPStatus.METHOD_NOT_ALLOWED, "This address doesn't take that method"
)
USERNAME_TAKEN = ProblemType("username-taken", HTTPStatus.CONFLICT, "The username is taken")
ALREADY_ACTIVATED = ProblemType(
    "already-activated", HTTPStatus.CONFLICT, "The account is activated already"
)
NO_PROFILE = ProblemType("no-profile", HTTPStatus.CONFLICT, "The account has no profile")
LINK_EXPIRED = ProblemType("link-expired", HTTPStatus.GONE, "The activation link has expired")
BODY_TOO_LARGE = ProblemType(
    "body-too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large"
)
UNSUPPORTED_MEDIA_TYPE = ProblemType(
    "unsupported-media-type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body's type is not taken"
)
WRONG_HOST = ProblemType(
    "wrong-host", HTTPStatus.MISDIRECTED_REQUEST, "The API doesn't answer at this host"
)
VALIDATION = ProblemType("validation", HTTPStatus.UNPROCESSABLE_ENTITY, "Some fields are not valid")
TOO_MANY_ATTEMPTS = ProblemType(
    "too-many-attempts", HTTPStatus.TOO_MANY_REQUESTS, "There were too many attempts"
)
INTERNAL = ProblemType(
    "internal", HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side"
)
UNAVAILABLE = ProblemType(
    "unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Please try again in a moment"
)


class ProblemError(Exception):
    """A request is answered with a problem.

    Attributes:
        problem_type: The type.
        detail: This case, for people.
        errors: The fields that are wrong, if any.
        headers: Further headers of the response.
    """

    def __init__(
        self,
        problem_type: ProblemType,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(problem_type.code)
        self.problem_type = problem_type
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = headers or {}


def invalid(*errors: FieldError) -> ProblemError:
    """The problem of fields that are not valid."""
    named = ", ".join(error.field for error in errors)
    return ProblemError(VALIDATION, f"Not valid: {named}", errors=errors)


def problem_response(problem: ProblemError) -> Response[str]:
    """The response with a problem's document."""
    document = Problem(
        type=f"/problems/{problem.problem_type.code}",
        title=problem.problem_type.title,
        status=problem.problem_type.status,
        detail=problem.detail,
        errors=list(problem.errors),
    )
    return Response(
        status_code=problem.problem_type.status,
        content_type=CONTENT_TYPE,
        headers=problem.headers,
        body=document.model_dump_json(exclude_defaults=True),
    )


def documented(
    *problem_types: ProblemType,
    content: OpenAPIResponseContentSchema | OpenAPIResponseContentModel = PROBLEM_SCHEMA,
) -> dict[int, OpenAPIResponse]:
    """The responses with some types of problems, in the OpenAPI document.

    Args:
        problem_types: The types.
        content: The schema by its name. One route must give the model, from which Powertools makes
            the schema. For each model it also builds a validator, which takes time in INIT.
    """
    titles: dict[int, list[str]] = {}
    for problem_type in problem_types:
        titles.setdefault(int(problem_type.status), []).append(
            f"{problem_type.title} (`{problem_type.code}`)"
        )
    return {
        status: {
            "description": "; ".join(of_status),
            "content": {CONTENT_TYPE: content},
        }
        for status, of_status in sorted(titles.items())
    }


# The problems of every request, and of every POST.
EVERYWHERE = (WRONG_HOST, INTERNAL, UNAVAILABLE)
ON_POST = (*EVERYWHERE, FORBIDDEN_ORIGIN, MALFORMED_BODY, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE)
