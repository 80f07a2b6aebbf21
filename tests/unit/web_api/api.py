"""The API as the tests call it: with API Gateway's whole events, through the handler."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tests.unit.builders import Users, event, make_context

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef
    from mypy_boto3_ssm import SSMClient

HOST = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
ORIGIN = f"https://{HOST}"
OTHER_ORIGIN = "https://accounts.shop.example"
UPLOAD_ORIGIN = "https://onboarding-profile-images.s3.eu-central-1.amazonaws.com"
WEB_STATE_TABLE = "onboarding-web-state"
SESSION_KEY_PARAMETER = "/onboarding/session-key"
FIRST_KEY, SECOND_KEY, THIRD_KEY = "first" * 10, "second" * 10, "third" * 10

PASSWORD = "correct horse battery"
REGISTRATION = {
    "username": "anna",
    "name": "Anna Berg",
    "email": "anna@mail.example",
    "password": PASSWORD,
}
TOKEN = "dGhlIG1haWxlZCB0b2tlbiwgMzIgYnl0ZXMgbG9uZyE"
REQUEST_ID = "11111111-2222-3333-4444-555555555555"

# The routes that API Gateway knows beside $default, and the paths that it takes for them.
GATEWAY_ROUTES = {
    "POST /users": r"/users",
    "POST /sign-in": r"/sign-in",
    "POST /users/{username}/activation-mail": r"/users/[^/]+/activation-mail",
}


@dataclass(frozen=True)
class Reply:
    """What the handler answers; the names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    cookies: Sequence[str]
    body: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON may be anything
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem; fails where this is none."""
        assert self.headers["content-type"] == "application/problem+json"
        assert self.json["status"] == self.status
        return str(self.json["type"]).removeprefix("/problems/")

    @property
    def fields(self) -> list[str]:
        """The fields that a problem names."""
        return [error["field"] for error in self.json["errors"]]

    @property
    def session_cookie(self) -> str:
        """The session's cookie as a browser sends it back."""
        return self._sent_back("__Host-session=")

    @property
    def device_cookie(self) -> str:
        """The device's cookie as a browser sends it back."""
        return self._sent_back("__Host-device=")

    def _sent_back(self, start: str) -> str:
        (cookie,) = (cookie for cookie in self.cookies if cookie.startswith(start))
        return cookie.partition(";")[0]


def send(request: dict[str, Any]) -> Reply:
    """Send an event, whatever it is."""
    # Here, so that collecting the tests does not depend on every module of the function.
    from web_api.handler import handler  # noqa: PLC0415

    answer = handler(request, make_context(REQUEST_ID))
    assert answer["isBase64Encoded"] is False
    # As API Gateway needs it: https://docs.aws.amazon.com/apigateway, "Format of the response".
    json.dumps(answer)
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    assert len(headers) == len(answer["headers"])
    return Reply(answer["statusCode"], headers, answer["cookies"], answer["body"])


def request(
    method: str,
    path: str,
    *,
    query: str = "",
    headers: Mapping[str, str | None] | None = None,
    cookies: Sequence[str] = (),
) -> dict[str, Any]:
    """An event of a request without a body; a header of None is left out."""
    made = event("http_api_get")
    _set(made, method, path, headers, cookies)
    if query:
        made["rawQueryString"] = query
        made["queryStringParameters"] = dict(parse_qsl(query, keep_blank_values=True))
    return made


def post_request(
    path: str,
    body: object = None,
    *,
    headers: Mapping[str, str | None] | None = None,
    cookies: Sequence[str] = (),
) -> dict[str, Any]:
    """An event of a POST from the API's own page; a body that is no text is sent as JSON."""
    made = event("http_api_post_json")
    del made["cookies"]
    _set(made, "POST", path, headers, cookies)
    if body is None:
        del made["body"], made["headers"]["content-type"]
    else:
        made["body"] = body if isinstance(body, str) else json.dumps(body)
    return made


def get(path: str, **details: Any) -> Reply:  # noqa: ANN401 - those of `request`
    return send(request("GET", path, **details))


def post(path: str, body: object = None, **details: Any) -> Reply:  # noqa: ANN401 - the event's parts
    return send(post_request(path, body, **details))


def mailed(users: Users, *, at: datetime, token: str = TOKEN) -> None:
    """Let the mail function send the mail to the registered user, with a link of this time."""
    values: dict[str, AttributeValueTypeDef] = {
        ":status": {"S": "MAIL_SENT"},
        ":hash": {"S": hashlib.sha256(token.encode()).hexdigest()},
        ":created": {"N": str(int(at.timestamp()))},
    }
    users.dynamodb.update_item(
        TableName=users.name,
        Key={"username": {"S": "anna"}},
        UpdateExpression=(
            "SET activationStatus = :status, activationTokenHash = :hash,"
            " activationTokenCreatedAt = :created"
        ),
        ExpressionAttributeValues=values,
    )


def route_key_of(method: str, path: str) -> str:
    """The key of the route that API Gateway takes a request for: both as they are."""
    for key, pattern in GATEWAY_ROUTES.items():
        route_method, _, _ = key.partition(" ")
        if method == route_method and re.fullmatch(pattern, path):
            return key
    return "$default"


def _set(
    made: dict[str, Any],
    method: str,
    path: str,
    headers: Mapping[str, str | None] | None,
    cookies: Sequence[str],
) -> None:
    made["rawPath"] = made["requestContext"]["http"]["path"] = path
    made["requestContext"]["http"]["method"] = method
    made["routeKey"] = made["requestContext"]["routeKey"] = route_key_of(method, path)
    for name, value in (headers or {}).items():
        made["headers"].pop(name, None)
        if value is not None:
            made["headers"][name] = value
    if cookies:
        made["cookies"] = list(cookies)


@dataclass(frozen=True)
class WebState:
    """The table of web state."""

    dynamodb: "DynamoDBClient"
    name: str

    def items(self) -> dict[str, dict[str, str]]:
        """All items, by their id, with the other attributes as text."""
        found = {}
        for item in self.dynamodb.scan(TableName=self.name)["Items"]:
            values = {name: str(next(iter(value.values()))) for name, value in item.items()}
            found[values.pop("id")] = values
        return found


@dataclass(frozen=True)
class SessionKey:
    """The parameter that holds the session key."""

    ssm: "SSMClient"
    name: str

    def rotate(self, value: str) -> None:
        """Put another version of it."""
        self.ssm.put_parameter(Name=self.name, Value=value, Type="SecureString", Overwrite=True)
