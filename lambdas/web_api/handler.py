"""Entry point: the HTTP API."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from shared.aws import dynamodb, presigning_s3, step_functions
from shared.environment import ConfigurationError
from shared.init import prepare
from shared.rehearsal import requests_of
from shared.tls import trusted_certificates
from web_api.app import app, check_route, route_of
from web_api.config import config
from web_api.failures import problem_of
from web_api.first_requests import pages, password_check, validators
from web_api.log import logger
from web_api.pages import activation_page
from web_api.problems import CONTENT_TYPE, problem_response
from web_api.request_checks import check_request, headers_of, is_form_of_a_page
from web_api.responses import HTML_TYPE
from web_api.security_headers import security_headers
from web_api.stores import counts, devices, profiles, refusals, sessions, users

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(log_event=False)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answer one request in API Gateway's format 2.0; an error is answered as a problem."""
    response = _response_to(event, context)
    if response["headers"].get("Content-Type") == CONTENT_TYPE and is_form_of_a_page(event):
        response = _as_page(response)
    response["headers"] = {**_security_headers(event), **response["headers"]}
    http = event["requestContext"]["http"]
    if http["method"] == "HEAD":
        response["body"] = ""
    # The route and not the path, which may hold any text.
    logger.info(
        "Request answered",
        method=http["method"],
        route=route_of(event["rawPath"]),
        status=response["statusCode"],
    )
    return response


def _response_to(event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
    try:
        check_route(event)
        request = check_request(event, config().public_origins)
        app.context["checked_request"] = request
        return app.resolve(request.event, context)
    except Exception as error:  # noqa: BLE001 - any error is answered by a problem document
        problem = problem_response(problem_of(error))
        return {
            "statusCode": problem.status_code,
            "headers": problem.headers,
            "body": problem.body,
            "cookies": [],
            "isBase64Encoded": False,
        }


def _as_page(problem: dict[str, Any]) -> dict[str, Any]:
    """A problem document as a page, for somebody who has posted the activation form."""
    is_ours = problem["statusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR
    try:
        page = activation_page(
            config().page_language,
            config().product_name,
            # A form that was refused has no right token.
            "failed" if is_ours else "wrong-token",
        )
    except ConfigurationError:  # logged with the request that failed because of it
        return problem
    headers = {**problem["headers"], "Content-Type": f"{HTML_TYPE}; charset=utf-8"}
    return {**problem, "headers": headers, "body": page}


def _security_headers(event: Mapping[str, Any]) -> Mapping[str, str]:
    host = headers_of(event).get("host", "").lower()
    try:
        upload_origin = config().upload_origin
        thumbnail_origin = config().thumbnail_origin
        is_https = all(origin.startswith("https:") for origin in config().public_origins)
    except ConfigurationError:  # logged with the request that failed because of it
        return security_headers(upload_origin="", is_https=True, host=host)
    return security_headers(
        upload_origin=upload_origin,
        thumbnail_origin=thumbnail_origin,
        is_https=is_https,
        host=host,
    )


prepare(
    trusted_certificates,
    pages,
    validators,
    password_check,
    # The stores, with the clients of DynamoDB and SSM.
    *(users, profiles, counts, refusals, sessions, devices),
    presigning_s3,
    step_functions,
    # The client that nearly every request uses.
    requests_of(dynamodb),
    logger=logger,
)
