"""What goes wrong, as problem documents (RFC 9457).

A problem says what its reader can do about it. It names fields, and never repeats what was in them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from web_api.models import FieldError, Problem

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A type of problem, as RFC 9457 defines it.

    Attributes:
        code: What programs tell it by: the end of its `type`, which never changes.
        status: The status of the answer.
        title: What people tell it by, the same for each of its type.
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
    """A request can't be answered as it wishes.

    Attributes:
        problem_type: Which problem it is.
        detail: What it is in this case, for people.
        errors: The fields that are wrong, if it is about fields.
        headers: Further headers of the answer.
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
    """The answer that tells a problem."""
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


def documented(*problem_types: ProblemType) -> dict[int, OpenAPIResponse]:
    """The answers for some kinds of problems, for the OpenAPI document."""
    titles: dict[int, list[str]] = {}
    for problem_type in problem_types:
        titles.setdefault(int(problem_type.status), []).append(
            f"{problem_type.title} (`{problem_type.code}`)"
        )
    return {
        status: {
            "description": "; ".join(of_status),
            "content": {CONTENT_TYPE: {"model": Problem}},
        }
        for status, of_status in sorted(titles.items())
    }


# What every request can meet, and what every POST can beside that.
EVERYWHERE = (WRONG_HOST, INTERNAL, UNAVAILABLE)
ON_POST = (*EVERYWHERE, FORBIDDEN_ORIGIN, MALFORMED_BODY, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE)
