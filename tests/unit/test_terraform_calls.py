"""Which rights Terraform's requests need, by tests/terraform_calls.py."""

import json
from pathlib import Path

import pytest

from tests.terraform_calls import Place, calls_in, requests_of

PLACE = Place("eu-central-1", "123456789012")
BUCKET = "arn:aws:s3:::acme"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:WebApi"


def rights(tmp_path: Path, **entry: str) -> list[tuple[str, str, dict[str, str]]]:
    """What IAM decides about for one request of the engine's log."""
    empty = dict.fromkeys(("query", "target", "body"), "")
    file = tmp_path / "requests.jsonl"
    file.write_text(json.dumps({**empty, "method": "POST", "path": "/", **entry}) + "\n")
    return [
        (one.action, one.resource, dict(one.context))
        for call in calls_in(file)
        for one in requests_of(call, PLACE)
    ]


@pytest.mark.parametrize(
    ("method", "path", "query", "expected"),
    [
        ("HEAD", "/acme", "", [("s3:ListBucket", BUCKET)]),
        ("GET", "/acme", "lifecycle", [("s3:GetLifecycleConfiguration", BUCKET)]),
        ("PUT", "/acme/a%20b.zip", "x-id=PutObject", [("s3:PutObject", f"{BUCKET}/a b.zip")]),
        ("PUT", "/acme/a", "partNumber=1&uploadId=2", [("s3:PutObject", f"{BUCKET}/a")]),
        ("DELETE", "/acme/a", "x-id=DeleteObject", [("s3:DeleteObject", f"{BUCKET}/a")]),
        ("DELETE", "/acme/a", "uploadId=2", [("s3:AbortMultipartUpload", f"{BUCKET}/a")]),
        (
            "POST",
            "/acme",
            "delete",
            [("s3:DeleteObject", f"{BUCKET}/each"), ("s3:DeleteObjectVersion", f"{BUCKET}/each")],
        ),
    ],
)
def test_requests_to_s3(
    tmp_path: Path, method: str, path: str, query: str, expected: list[tuple[str, str]]
) -> None:
    found = rights(tmp_path, service="s3", method=method, path=path, query=query)
    assert found == [(*right, {}) for right in expected]


def test_requests_by_a_target_name_what_is_in_their_body(tmp_path: Path) -> None:
    body = json.dumps({"TableName": "User"})
    table = "arn:aws:dynamodb:eu-central-1:123456789012:table/User"
    assert rights(
        tmp_path, service="dynamodb", target="DynamoDB_20120810.CreateTable", body=body
    ) == [("dynamodb:CreateTable", table, {})]


def test_role_is_created_with_its_boundary(tmp_path: Path) -> None:
    body = (
        "Action=CreateRole&RoleName=WebApi&PermissionsBoundary=arn%3Aaws%3Aiam%3A%3A1%3Apolicy%2Fb"
    )
    assert rights(tmp_path, service="iam", body=body) == [
        (
            "iam:CreateRole",
            "arn:aws:iam::123456789012:role/WebApi",
            {"iam:PermissionsBoundary": "arn:aws:iam::1:policy/b"},
        )
    ]


def test_permission_of_a_function_names_who_may_call_it(tmp_path: Path) -> None:
    path = "/2015-03-31/functions/WebApi/policy"
    body = json.dumps({"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"})
    assert rights(tmp_path, service="lambda", path=path, body=body) == [
        ("lambda:AddPermission", FUNCTION, {"lambda:Principal": "s3.amazonaws.com"})
    ]


def test_mapping_is_created_for_a_function(tmp_path: Path) -> None:
    path = "/2015-03-31/event-source-mappings/"
    body = json.dumps({"FunctionName": "WebApi"})
    assert rights(tmp_path, service="lambda", path=path, body=body) == [
        ("lambda:CreateEventSourceMapping", "*", {"lambda:FunctionArn": FUNCTION})
    ]


def test_api_gateway_has_http_s_methods_for_actions(tmp_path: Path) -> None:
    assert rights(tmp_path, service="apigateway", method="PATCH", path="/v2/apis/a/stages/b") == [
        ("apigateway:PATCH", "arn:aws:apigateway:eu-central-1::/apis/a/stages/b", {})
    ]


def test_asking_who_one_is_needs_no_right(tmp_path: Path) -> None:
    assert rights(tmp_path, service="sts", body="Action=GetCallerIdentity") == []


def test_unknown_operation_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no operation of lambda"):
        rights(tmp_path, service="lambda", path="/2099-01-01/nothing")
