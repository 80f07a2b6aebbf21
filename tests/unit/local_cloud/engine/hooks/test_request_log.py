"""Terraform's requests are written, without their signature; all requests are answered."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from local_cloud.engine.hooks.repeated_requests import read_all
from local_cloud.engine.hooks.request_log import Message, Receive, RequestLog, Scope, Send

SIGNATURE = "SignedHeaders=host, Signature=abc"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 terraform-provider-aws/5.100.0"
HEADERS = {
    "authorization": "AWS4-HMAC-SHA256 "
    f"Credential=local/20261130/eu-central-1/dynamodb/aws4_request, {SIGNATURE}",
    "x-amz-target": "DynamoDB_20120810.DescribeTable",
}


async def answer(_scope: Scope, receive: Receive, send: Send) -> None:
    """An application that reads the request and answers."""
    await read_all(receive)
    await send({"type": "http.response.body", "body": b"answered"})


def written(file: Path, *, chunks: tuple[bytes, ...] = (b"",), agent: str = TERRAFORM) -> list[Any]:
    """What is in the file after one request, which was answered."""
    encoded = [
        (name.encode(), text.encode()) for name, text in (HEADERS | {"user-agent": agent}).items()
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/a b",
        "raw_path": b"/a%20b",
        "query_string": b"acl",
        "headers": encoded,
    }
    parts = [{"body": chunk, "more_body": chunk is not chunks[-1]} for chunk in chunks]
    sent: list[Message] = []

    async def receive() -> Message:
        return parts.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(RequestLog(answer, file)(scope, receive, send))
    assert [message["body"] for message in sent] == [b"answered"]
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_request_of_terraform_is_written(tmp_path: Path) -> None:
    assert written(tmp_path / "requests", chunks=(b'{"TableName": ', b'"User"}')) == [
        {
            "service": "dynamodb",
            "method": "POST",
            "path": "/a%20b",
            "query": "acl",
            "target": "DynamoDB_20120810.DescribeTable",
            "body": '{"TableName": "User"}',
        }
    ]


def test_request_of_a_function_is_not_written(tmp_path: Path) -> None:
    assert written(tmp_path / "requests", agent="Boto3/1.40") == []


@pytest.mark.parametrize("chunks", [(b"x" * 100_000,), (b"x" * 60_000, b"x" * 60_000)])
def test_long_body_is_cut(tmp_path: Path, chunks: tuple[bytes, ...]) -> None:
    (entry,) = written(tmp_path / "requests", chunks=chunks)
    assert entry["body"] == "x" * 65_536
