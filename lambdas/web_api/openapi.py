"""The API's OpenAPI document, generated from its routes and models."""

import json
from typing import TYPE_CHECKING, Any

from web_api.problems import CONTENT_TYPE, INTERNAL, PROBLEM_SCHEMA
from web_api.request_checks import FORM_PATHS, FORM_TYPE, JSON_TYPE
from web_api.responses import HTML_CONTENT
from web_api.sessions import COOKIE_NAME
from web_api.version import VERSION

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

TITLE = "User onboarding"
DESCRIPTION = (
    "Sign-up, activation, sign-in and profile pictures. Errors are problem documents (RFC 9457),"
    " but for those of the gateway in front, which have a message alone."
)
DEFAULT_MAX_UPLOAD_BYTES = 10_485_760

# Powertools' schemas of its own errors, which no response uses.
POWERTOOLS_SCHEMAS = ("HTTPValidationError", "ValidationError", "ResponseValidationError")

# API Gateway's own responses: a limit of the stage or the route is reached, a request is too large,
# or the function doesn't respond. The function may respond with the same statuses.
GATEWAY_ANSWERS = {
    413: "The request is too large for the gateway",
    429: "Too many requests of all clients together",
    500: "The gateway got no valid response",
    503: "The gateway got no response in time",
}
GATEWAY_SCHEMA_NAME = "GatewayMessage"
GATEWAY_SCHEMA = {
    "type": "object",
    "title": GATEWAY_SCHEMA_NAME,
    "description": "The gateway's own response, in place of the API's.",
    "required": ["message"],
    "properties": {
        "message": {"type": "string", "title": "Message", "description": "The gateway's message"}
    },
}


def openapi_document(
    app: "APIGatewayHttpResolver", *, max_upload_bytes: int = DEFAULT_MAX_UPLOAD_BYTES
) -> str:
    """The document as JSON text, one line for each value."""
    # Imported here: hardly any cold start is for this document.
    from aws_lambda_powertools.event_handler.openapi import models  # noqa: PLC0415 - 72 ms

    schema = app.get_openapi_schema(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        security_schemes={
            "session": models.APIKey.model_validate(
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
            responses = _with_our_errors(operation["responses"])
            operation["responses"] = _with_those_of_the_gateway(responses)
    for name in POWERTOOLS_SCHEMAS:
        schemas.pop(name, None)
    schemas[GATEWAY_SCHEMA_NAME] = GATEWAY_SCHEMA
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    for path in FORM_PATHS:
        _take_forms(paths[path]["post"])
    schemas["UploadRequest"]["properties"]["bytes"]["maximum"] = max_upload_bytes
    document["paths"] = dict(sorted(paths.items()))
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _with_our_errors(responses: dict[str, Any]) -> dict[str, Any]:
    """An operation's responses by status, with our problems in place of Powertools' errors.

    Powertools documents for each route that it refuses requests, and responses of ours that break
    their schema, in its own form. Here both are problems.
    """
    ours = {
        status: response
        for status, response in responses.items()
        if not any(name in json.dumps(response) for name in POWERTOOLS_SCHEMAS)
    }
    problem = {CONTENT_TYPE: PROBLEM_SCHEMA}
    description = f"{INTERNAL.title} (`{INTERNAL.code}`)"
    ours[str(int(INTERNAL.status))] = {"description": description, "content": problem}
    return ours


def _with_those_of_the_gateway(ours: dict[str, Any]) -> dict[str, Any]:
    """An operation's responses by status, with those of API Gateway."""
    message = {JSON_TYPE: {"schema": {"$ref": f"#/components/schemas/{GATEWAY_SCHEMA_NAME}"}}}
    responses = dict(ours)
    for status, description in GATEWAY_ANSWERS.items():
        own = ours.get(str(status), {})
        responses[str(status)] = {
            "description": "; ".join(filter(None, (own.get("description"), description))),
            "content": {**own.get("content", {}), **message},
        }
    return dict(sorted(responses.items()))


def _take_forms(operation: dict[str, Any]) -> None:
    """Document that an operation takes forms too, and answers them with a page, also a failure."""
    request = operation["requestBody"]["content"]
    request[FORM_TYPE] = request[JSON_TYPE]
    failure = operation["responses"][str(int(INTERNAL.status))]
    failure["content"] = {**HTML_CONTENT, **failure["content"]}
