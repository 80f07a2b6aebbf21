"""The API: its routes, and the responses to their errors."""

import re
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Route

from web_api import (
    routes_accounts,
    routes_activation,
    routes_page,
    routes_profile,
    routes_sessions,
)
from web_api.config import config
from web_api.failures import problem_of
from web_api.models import Problem
from web_api.openapi import openapi_document
from web_api.problems import (
    EVERYWHERE,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    ProblemError,
    documented,
    problem_response,
)
from web_api.responses import JSON_TYPE

# The routes that API Gateway has beside $default, each with a limit of its own:
# terraform/modules/web_api/api.tf
LIMITED_ROUTE_KEYS = frozenset(
    {"POST /users", "POST /sign-in", "POST /users/{username}/activation-mail"}
)

CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f]")

app = APIGatewayHttpResolver(
    enable_validation=True,
    # By default a bug in a response of ours would be reported as an error in the request.
    response_validation_error_http_code=500,
    # Fixed, so that no environment variable can switch it on: it prints whole events.
    debug=False,
)
for routes in (
    routes_page,
    routes_accounts,
    routes_activation,
    routes_sessions,
    routes_profile,
):
    app.include_router(routes.router)


@app.get(
    "/openapi.json",
    summary="This document",
    operation_id="getOpenApiDocument",
    tags=["page"],
    responses={
        200: {
            "description": "The OpenAPI document",
            "content": {JSON_TYPE: {"schema": {"type": "object"}}},
        },
        **documented(*EVERYWHERE, content={"model": Problem}),
    },
)
def get_openapi_document() -> Response[str]:
    """The OpenAPI document of this API."""
    document = openapi_document(app, max_upload_bytes=config().max_upload_bytes)
    return Response(status_code=200, content_type=JSON_TYPE, body=document)


def route_of(path: str) -> str:
    """The route of a path, such as "/assets/{name}"; "" for none."""
    for route in _routes():
        if route.rule.match(path):
            return route.openapi_path
    return ""


def check_route(event: Mapping[str, Any]) -> None:
    """Refuse a request that would bypass the limit of its route in API Gateway.

    API Gateway compares paths and methods exactly; Powertools ignores a line end behind a path and
    the case of a method. A request that differs in these would go through API Gateway's $default
    route, whose limits are higher than those of the expensive routes.

    Raises:
        ProblemError: There is no such address or method, compared exactly.
    """
    path, method = event["rawPath"], event["requestContext"]["http"]["method"]
    if CONTROL_CHARACTER.search(path):
        raise _nothing_here()
    if method != method.upper():
        raise _no_route(path)
    route_key = f"{method} {route_of(path)}"
    if route_key in LIMITED_ROUTE_KEYS and event["routeKey"] != route_key:
        raise _nothing_here()


def _response_to_failure(error: Exception) -> Response[str]:
    return problem_response(problem_of(error, route=route_of(app.current_event.path)))


def _response_to_no_route(_error: Exception) -> Response[str]:
    return problem_response(_no_route(app.current_event.path))


def _no_route(path: str) -> ProblemError:
    """The problem of a path that no route has, or none with the request's method."""
    methods = {route.method for route in _routes() if route.rule.match(path)}
    if not methods:
        return _nothing_here()
    if "GET" in methods:
        methods.add("HEAD")
    allowed = ", ".join(sorted(methods))
    return ProblemError(METHOD_NOT_ALLOWED, f"Use {allowed}.", headers={"Allow": allowed})


def _nothing_here() -> ProblemError:
    return ProblemError(NOT_FOUND, "There is nothing here.")


def _routes() -> list[Route]:
    # Powertools has no public list of its routes, and reports a wrong method as a wrong path.
    return app._static_routes + app._dynamic_routes  # noqa: SLF001 - see above


app.exception_handler(Exception)(_response_to_failure)
app.not_found(_response_to_no_route)
