"""The OpenAPI document: the committed one, and that it tells the truth."""

import json
from pathlib import Path
from typing import Any

import pytest

from web_api.app import app
from web_api.openapi import openapi_document

GATEWAY_STATUSES = {"413", "429", "500", "503"}
# What the function itself refuses after too many attempts.
COUNTED = {
    "POST /activate",
    "POST /activate/refuse",
    "POST /profile/image",
    "POST /sign-in",
    "POST /users",
}
COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    generated: dict[str, Any] = json.loads(openapi_document(app))
    return generated


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_the_committed_document_is_the_one_of_the_code() -> None:
    assert COMMITTED.read_text("utf-8") == openapi_document(app), "call `make openapi`"


def test_every_route_is_in_it(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert list(operations(document)) == [
        "GET /",
        "GET /activate",
        "POST /activate",
        "POST /activate/refuse",
        "GET /assets/{name}",
        "GET /openapi.json",
        "GET /profile",
        "POST /profile/image",
        "POST /sign-in",
        "POST /sign-out",
        "POST /sign-out-everywhere",
        "POST /users",
        "POST /users/{username}/activation-mail",
    ]


def is_of_the_gateway_alone(name: str, status: str) -> bool:
    """Whether the function itself never gives an operation's answer of this status."""
    if status == "429":
        return name not in COUNTED
    return status == "413" and name.startswith("GET")


def test_every_error_is_a_problem_or_comes_from_the_gateway(document: dict[str, Any]) -> None:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    message = {"schema": {"$ref": "#/components/schemas/GatewayMessage"}}
    for name, operation in operations(document).items():
        errors = {s: r for s, r in operation["responses"].items() if int(s) >= 400}
        assert {"413", "421", "429", "500", "503"} <= set(errors), name
        for status, response in errors.items():
            content = {
                media_type: schema
                for media_type, schema in response["content"].items()
                # The pages of an activation that failed
                if not ("/activate" in name and media_type == "text/html")
            }
            if status in GATEWAY_STATUSES:
                assert content.pop("application/json") == message
                assert response["description"]
            is_page = name == "GET /activate" and status in ("403", "404", "410")
            if is_page or is_of_the_gateway_alone(name, status):
                assert content == {}
            else:
                assert content == {"application/problem+json": problem}, (name, status)


def test_what_takes_a_body_says_what_becomes_of_a_bad_one(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        if name.startswith("POST"):
            assert {"400", "403", "413", "415", "422"} <= set(operation["responses"]), name


def test_what_the_gateway_says_by_itself_is_a_message(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["GatewayMessage"]
    assert (schema["required"], schema["properties"]["message"]["type"]) == (["message"], "string")
    statuses = document["paths"]["/sign-in"]["post"]["responses"]
    assert statuses["429"]["description"].startswith("There were too many attempts (`too-many")
    assert "of all clients together" in statuses["429"]["description"]


def test_a_link_is_used_by_json_or_by_a_form(document: dict[str, Any]) -> None:
    forms = ("/activate", "/activate/refuse")
    for path in forms:
        content = document["paths"][path]["post"]["requestBody"]["content"]
        assert set(content) == {"application/json", "application/x-www-form-urlencoded"}
    others = [
        set(operation["requestBody"]["content"])
        for name, operation in operations(document).items()
        if "requestBody" in operation and name.removeprefix("POST ") not in forms
    ]
    assert others == [{"application/json"}] * 3


def test_the_session_is_a_cookie_and_needed_by_whom_it_belongs_to(
    document: dict[str, Any],
) -> None:
    scheme = document["components"]["securitySchemes"]["session"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "cookie", "__Host-session")
    secured = [name for name, operation in operations(document).items() if "security" in operation]
    assert secured == ["GET /profile", "POST /profile/image", "POST /sign-out-everywhere"]


def test_every_schema_is_used_and_every_used_one_is_there(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    text = json.dumps(document)
    for name in schemas:
        assert f'"#/components/schemas/{name}"' in text
    assert text.count("#/components/schemas/") == sum(
        text.count(f'"#/components/schemas/{name}"') for name in schemas
    )


def test_the_limit_of_an_upload_is_the_configured_one() -> None:
    document = json.loads(openapi_document(app, max_upload_bytes=5))
    length = document["components"]["schemas"]["UploadRequest"]["properties"]["bytes"]
    assert (length["minimum"], length["maximum"]) == (1, 5)
