"""HTTP responses, and their descriptions in the OpenAPI document."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from aws_lambda_powertools.shared.cookies import Cookie
from pydantic import BaseModel

JSON_TYPE = "application/json"
HTML_TYPE = "text/html"

# A page in the OpenAPI document.
HTML_CONTENT: dict[str, Any] = {HTML_TYPE: {"schema": {"type": "string"}}}


def json_response(
    content: BaseModel, *, status: HTTPStatus = HTTPStatus.OK, cookies: Sequence[Cookie] = ()
) -> Response[str]:
    """A response in JSON, without the fields that are None."""
    return Response(
        status_code=status,
        content_type=JSON_TYPE,
        body=content.model_dump_json(by_alias=True, exclude_none=True),
        cookies=list(cookies),
    )


def html_response(
    page: str,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    cookies: Sequence[Cookie] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """A response for people."""
    return Response(
        status_code=status,
        content_type=f"{HTML_TYPE}; charset=utf-8",
        headers=headers or {},
        body=page,
        cookies=list(cookies),
    )


def documented_json(model: type[BaseModel], description: str) -> OpenAPIResponse:
    """A JSON response in the OpenAPI document."""
    return {"description": description, "content": {JSON_TYPE: {"model": model}}}


def documented_html(description: str) -> OpenAPIResponse:
    """A page in the OpenAPI document."""
    return {"description": description, "content": HTML_CONTENT}
