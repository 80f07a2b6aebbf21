"""Routes of the page and the files that it loads."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from web_api.api_router import ApiRouter
from web_api.assets import CONTENT_TYPES, asset
from web_api.config import config
from web_api.pages import index_page
from web_api.problems import EVERYWHERE, NOT_FOUND, VALIDATION, ProblemError, documented
from web_api.responses import documented_html, html_response

router = ApiRouter()

AssetName = Annotated[
    str, Path(description="The file's name", json_schema_extra={"enum": sorted(CONTENT_TYPES)})
]


@router.get(
    "/",
    summary="The page",
    operation_id="getPage",
    tags=["page"],
    responses={200: documented_html("The page"), **documented(*EVERYWHERE)},
)
def get_page() -> Response[str]:
    """The page that people use."""
    page = index_page(
        config().page_language,
        config().product_name,
        cool_down_seconds=config().resend_cool_down_seconds,
        max_upload_bytes=config().max_upload_bytes,
    )
    return html_response(page)


@router.get(
    "/assets/<name>",
    summary="A file that the page loads",
    operation_id="getAsset",
    tags=["page"],
    responses={
        200: {
            "description": "The file",
            "content": {
                content_type.partition(";")[0]: {"schema": {"type": "string"}}
                for content_type in CONTENT_TYPES.values()
            },
        },
        304: {
            "description": "The version that If-None-Match names is the current one",
            "content": {},
        },
        **documented(*EVERYWHERE, NOT_FOUND, VALIDATION),
    },
)
def get_asset(name: AssetName) -> Response[str]:
    """A file by its name; 304 where the browser has it already.

    Raises:
        ProblemError: There is no such file.
    """
    found = asset(name)
    if found is None:
        raise ProblemError(NOT_FOUND, "There is no such file.")
    headers = {"ETag": found.etag, "Cache-Control": found.cache_control}
    if found.is_known_to(router.current_event.headers.get("if-none-match", "")):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers, body="")
    return Response(
        status_code=HTTPStatus.OK,
        content_type=found.content_type,
        headers=headers,
        body=found.content,
    )
