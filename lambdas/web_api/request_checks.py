"""The checks of every request before it is routed.

API Gateway's events, format 2.0:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlsplit

from web_api.models import FieldError
from web_api.problems import (
    BODY_TOO_LARGE,
    FORBIDDEN_ORIGIN,
    MALFORMED_BODY,
    UNSUPPORTED_MEDIA_TYPE,
    WRONG_HOST,
    ProblemError,
    invalid,
)

BODY_LIMIT = 16 * 1024  # bytes
FORM_FIELDS_LIMIT = 16
# More than our fields have characters, and less than Python's limit of nesting.
BRACKETS_LIMIT = 600

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
# All types that a form may have. Ours has the first only, but the sender of any form reads no JSON.
FORM_TYPES = frozenset({FORM_TYPE, "multipart/form-data", "text/plain"})

# The page behind the activation link, and the forms on it, which are posted without a script too.
# Browsers send "null" as their origin, since the page forbids referrers. Another site's page can
# send "null" as well, so these forms need a browser that names the site.
ACTIVATION_PATH = "/activate"
FORM_PATHS = frozenset({ACTIVATION_PATH, f"{ACTIVATION_PATH}/refuse"})

# What browsers say of the page that a request comes from. Unlike the origin, "null" can't hide it:
# https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
SAME_ORIGIN = "same-origin"
NO_PAGE = "none"  # the person's own doing, such as loading the answer to a form again


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A request that may be routed.

    Attributes:
        event: The event: HEAD turned into GET, the body into JSON text.
        origin: The one of the API's origins that it was sent to.
        is_form: Whether it is a page's form, so that the response is a page.
    """

    event: Mapping[str, Any]
    origin: str
    is_form: bool


def check_request(event: Mapping[str, Any], public_origins: Sequence[str]) -> CheckedRequest:
    """Check a request to one of the API's public origins; `check_route` has checked its method.

    Raises:
        ProblemError: It is refused.
    """
    headers = headers_of(event)
    origin = _origin_of(headers, public_origins)
    method = event["requestContext"]["http"]["method"]
    event = {**event, "headers": headers}
    if method == "HEAD":
        return CheckedRequest(_with_method(event, "GET"), origin, is_form=False)
    if method != "POST":
        return CheckedRequest(event, origin, is_form=False)
    is_form = event["rawPath"] in FORM_PATHS and _media_type(headers) == FORM_TYPE
    _check_sender(headers, public_origins, may_be_null=is_form)
    return CheckedRequest(_with_json(event, is_form=is_form), origin, is_form)


def headers_of(event: Mapping[str, Any]) -> Mapping[str, str]:
    """A request's headers by their names in lower case."""
    return {name.lower(): value for name, value in event["headers"].items()}


def is_form_of_a_page(event: Mapping[str, Any]) -> bool:
    """Whether a page's form was posted, also one that is refused: a person reads the response."""
    headers = headers_of(event)
    is_post = event["requestContext"]["http"]["method"] == "POST"
    return is_post and event["rawPath"] in FORM_PATHS and _media_type(headers) in FORM_TYPES


def _origin_of(headers: Mapping[str, str], public_origins: Sequence[str]) -> str:
    host = headers.get("host", "").lower()
    for origin in public_origins:
        if urlsplit(origin).netloc == host:
            return origin
    raise ProblemError(WRONG_HOST, "Use the address that the API is published at.")


def _check_sender(
    headers: Mapping[str, str], public_origins: Sequence[str], *, may_be_null: bool
) -> None:
    """Refuse what a browser sends from another origin's page."""
    sender = headers.get("origin")
    # Activating signs in: without the site's name, a stranger's page could sign its visitors in.
    is_nameless = may_be_null and sender == "null" and "sec-fetch-site" in headers
    is_ours = sender is None or sender in public_origins or is_nameless
    if is_ours and headers.get("sec-fetch-site", SAME_ORIGIN) in (SAME_ORIGIN, NO_PAGE):
        return
    raise ProblemError(FORBIDDEN_ORIGIN, "Only the API's own page may send this.")


def _with_method(event: Mapping[str, Any], method: str) -> dict[str, Any]:
    context = event["requestContext"]
    return {**event, "requestContext": {**context, "http": {**context["http"], "method": method}}}


def _with_json(event: Mapping[str, Any], *, is_form: bool) -> dict[str, Any]:
    """The event with its body as the text of a JSON object, or without a body."""
    body = _body(event)
    if not body:
        return {**event, "body": None, "isBase64Encoded": False}
    if not is_form and _media_type(event["headers"]) != JSON_TYPE:
        raise ProblemError(UNSUPPORTED_MEDIA_TYPE, f"Send {JSON_TYPE}.")
    return {
        **event,
        "headers": {**event["headers"], "content-type": JSON_TYPE},
        "body": _form_as_json(body) if is_form else _json_object(body),
        "isBase64Encoded": False,
    }


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    try:
        body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    except ValueError:
        raise _malformed("not in UTF-8, or not in Base64") from None
    if len(body) > BODY_LIMIT:
        raise ProblemError(BODY_TOO_LARGE, f"A body has {BODY_LIMIT} bytes at most.")
    return body


def _json_object(body: bytes) -> str:
    """The text of a JSON object, which can be parsed again without an error."""
    if body.count(b"[") + body.count(b"{") > BRACKETS_LIMIT:
        raise _malformed("nested too deeply")
    try:
        text = body.decode()  # from bytes, json would guess the encoding
        content = json.loads(text, parse_constant=_refuse_constant)
        # JSON may hold lone surrogates, which can't be encoded in a response.
        json.dumps(content, ensure_ascii=False).encode()
    except ValueError:
        raise _malformed("not JSON in UTF-8") from None
    if not isinstance(content, dict):
        raise invalid(FieldError(field="body", code="form", detail="a JSON object"))
    return text


def _refuse_constant(_name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python takes and JSON doesn't have."""
    raise ValueError


def _form_as_json(body: bytes) -> str:
    try:
        fields = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=FORM_FIELDS_LIMIT,
        )
    except ValueError:
        raise _malformed("not a form in UTF-8") from None
    return json.dumps(dict(fields))


def _malformed(what: str) -> ProblemError:
    return ProblemError(MALFORMED_BODY, f"The body is {what}.")
