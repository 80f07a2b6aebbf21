"""The API's OpenAPI document, generated from its routes and models."""

import json
from typing import TYPE_CHECKING, Any

from web_api.incoming import FORM_TYPE, JSON_TYPE
from web_api.problems import CONTENT_TYPE, INTERNAL
from web_api.sessions import COOKIE_NAME

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

TITLE = "User onboarding"
VERSION = "1.0.0"
DESCRIPTION = (
    "Sign-up, activation, sign-in and profile pictures. Errors are problem documents (RFC 9457)."
)
DEFAULT_MAX_UPLOAD_BYTES = 10_485_760

# What Powertools documents of its own errors, which no answer has the form of.
POWERTOOLS_SCHEMAS = ("HTTPValidationError", "ValidationError", "ResponseValidationError")


def openapi_document(
    app: "APIGatewayHttpResolver", *, max_upload_bytes: int = DEFAULT_MAX_UPLOAD_BYTES
) -> str:
    """The document as JSON text, one line for each value.

    Args:
        app: The API.
        max_upload_bytes: How large a picture may be, in bytes.
    """
    # Only needed here, and long to load: nearly no cold start is for this document.
    from aws_lambda_powertools.event_handler.openapi.models import APIKey  # noqa: PLC0415

    schema = app.get_openapi_schema(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        security_schemes={
            "session": APIKey.model_validate(
                {
                    "name": COOKIE_NAME,
                    "in": "cookie",
                    "description": "The cookie that /sign-in sets",
                }
            )
        },
    )
    document = schema.model_dump(mode="json", by_alias=True, exclude_none=True)
    schemas, paths = document["components"]["schemas"], document["paths"]
    for operations in paths.values():
        for operation in operations.values():
            operation["responses"] = _with_our_errors(operation["responses"])
    for name in POWERTOOLS_SCHEMAS:
        schemas.pop(name, None)
    _take_forms(paths["/activate"]["post"]["requestBody"]["content"])
    schemas["UploadRequest"]["properties"]["bytes"]["maximum"] = max_upload_bytes
    document["paths"] = dict(sorted(paths.items()))
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _with_our_errors(responses: dict[str, Any]) -> dict[str, Any]:
    """An operation's responses by status, less what Powertools says of its own errors.

    It says for each route that requests may be refused in its own form, and for each that our
    answers may turn out wrong: those are problems like any other.
    """
    ours = {
        status: response
        for status, response in responses.items()
        if not any(name in json.dumps(response) for name in POWERTOOLS_SCHEMAS)
    }
    problem = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    description = f"{INTERNAL.title} (`{INTERNAL.code}`)"
    ours[str(int(INTERNAL.status))] = {"description": description, "content": problem}
    return dict(sorted(ours.items()))


def _take_forms(content: dict[str, Any]) -> None:
    content[FORM_TYPE] = content[JSON_TYPE]
