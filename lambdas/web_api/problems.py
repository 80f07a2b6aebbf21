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
class Kind:
    """A kind of problem.

    Attributes:
        code: What programs tell it by: the end of its `type`, which never changes.
        status: The status of the answer.
        title: What people tell it by, the same for each of its kind.
    """

    code: str
    status: HTTPStatus
    title: str


MALFORMED_BODY = Kind("malformed-body", HTTPStatus.BAD_REQUEST, "The body can't be read")
NOT_SIGNED_IN = Kind("not-signed-in", HTTPStatus.UNAUTHORIZED, "Nobody is signed in")
WRONG_CREDENTIALS = Kind(
    "wrong-credentials", HTTPStatus.UNAUTHORIZED, "Username or password is wrong"
)
FORBIDDEN_ORIGIN = Kind(
    "forbidden-origin", HTTPStatus.FORBIDDEN, "Requests of that page are refused"
)
NOT_ACTIVATED = Kind("not-activated", HTTPStatus.FORBIDDEN, "The account is not activated yet")
WRONG_TOKEN = Kind("wrong-token", HTTPStatus.FORBIDDEN, "The activation link is not valid")
NOT_FOUND = Kind("not-found", HTTPStatus.NOT_FOUND, "There is nothing at this address")
UNKNOWN_USER = Kind("unknown-user", HTTPStatus.NOT_FOUND, "There is no such account")
METHOD_NOT_ALLOWED = Kind(
    "method-not-allowed", HTTPStatus.METHOD_NOT_ALLOWED, "This address doesn't take that method"
)
USERNAME_TAKEN = Kind("username-taken", HTTPStatus.CONFLICT, "The username is taken")
ALREADY_ACTIVATED = Kind(
    "already-activated", HTTPStatus.CONFLICT, "The account is activated already"
)
NO_PROFILE = Kind("no-profile", HTTPStatus.CONFLICT, "The account has no profile")
LINK_EXPIRED = Kind("link-expired", HTTPStatus.GONE, "The activation link has expired")
BODY_TOO_LARGE = Kind(
    "body-too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large"
)
UNSUPPORTED_MEDIA_TYPE = Kind(
    "unsupported-media-type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body's type is not taken"
)
WRONG_HOST = Kind(
    "wrong-host", HTTPStatus.MISDIRECTED_REQUEST, "The API doesn't answer at this host"
)
VALIDATION = Kind("validation", HTTPStatus.UNPROCESSABLE_ENTITY, "Some fields are not valid")
TOO_MANY_ATTEMPTS = Kind(
    "too-many-attempts", HTTPStatus.TOO_MANY_REQUESTS, "There were too many attempts"
)
INTERNAL = Kind("internal", HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side")
UNAVAILABLE = Kind("unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Please try again in a moment")


class ProblemError(Exception):
    """A request can't be answered as it wishes.

    Attributes:
        kind: The kind of problem.
        detail: What it is in this case, for people.
        errors: The fields that are wrong, if it is about fields.
        headers: Further headers of the answer.
    """

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind.code)
        self.kind = kind
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
        type=f"/problems/{problem.kind.code}",
        title=problem.kind.title,
        status=problem.kind.status,
        detail=problem.detail,
        errors=list(problem.errors),
    )
    return Response(
        status_code=problem.kind.status,
        content_type=CONTENT_TYPE,
        headers=problem.headers,
        body=document.model_dump_json(exclude_defaults=True),
    )


def documented(*kinds: Kind) -> dict[int, OpenAPIResponse]:
    """The answers for some kinds of problems, for the OpenAPI document."""
    titles: dict[int, list[str]] = {}
    for kind in kinds:
        titles.setdefault(int(kind.status), []).append(f"{kind.title} (`{kind.code}`)")
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
