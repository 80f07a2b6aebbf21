"""Every declared AWS service works with its zip: a client is made, and a response is read.

An isolated interpreter runs the functions with nothing but their zips, against
a server in this process that responds like AWS.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import tomllib
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
SERVICES = {
    path.parent.name: tomllib.loads(path.read_text("utf-8")).get("aws_services", [])
    for path in PROJECT.glob("lambdas/*/package.toml")
}
KEY = {"email": {"S": "a@example.com"}}

# By service: operation, its arguments, and the part of the response that must arrive.
CALLS: dict[str, list[tuple[str, dict[str, object], dict[str, object]]]] = {
    "cloudfront": [
        (
            "create_invalidation",
            {
                "DistributionId": "E1",
                "InvalidationBatch": {
                    "Paths": {"Quantity": 1, "Items": ["/thumbnails/a*"]},
                    "CallerReference": "x",
                },
            },
            {"Invalidation": {"Id": "I1"}},
        )
    ],
    "dynamodb": [
        ("get_item", {"TableName": "User", "Key": KEY}, {"Item": KEY}),
        ("update_item", {"TableName": "User", "Key": KEY}, {"Item": KEY}),
    ],
    "s3": [
        ("head_object", {"Bucket": "pictures", "Key": "a"}, {"ContentLength": 7}),
        ("get_object", {"Bucket": "pictures", "Key": "a"}, {"ETag": '"abc"'}),
        ("put_object", {"Bucket": "pictures", "Key": "a", "Body": "x"}, {"ETag": '"abc"'}),
        ("delete_object", {"Bucket": "pictures", "Key": "a"}, {"VersionId": "marker"}),
    ],
    "sesv2": [("send_email", {"Content": {"Raw": {"Data": "x"}}}, {"MessageId": "1"})],
    "ssm": [("get_parameter", {"Name": "key"}, {"Parameter": {"Value": "secret"}})],
    "stepfunctions": [
        (
            "start_execution",
            {"stateMachineArn": "arn:aws:states:eu-central-1:123456789012:stateMachine:x"},
            {"executionArn": "arn:x"},
        )
    ],
}
XML_ANSWER = b"<Invalidation><Id>I1</Id></Invalidation>"
JSON_ANSWER = {
    "Item": KEY,
    "MessageId": "1",
    "Parameter": {"Value": "secret"},
    "executionArn": "arn:x",
}
CALL_FROM_ZIP = """
import json, sys
sys.path.insert(0, sys.argv[1])
from botocore.session import get_session
session = get_session()
for service, operation, arguments in json.load(sys.stdin):
    client = session.create_client(service, endpoint_url=sys.argv[2])
    answer = getattr(client, operation)(**arguments)
    print(json.dumps({k: v for k, v in answer.items() if isinstance(v, (str, int, dict))},
                     default=str))
"""


class Answers(BaseHTTPRequestHandler):
    """Responds to every call of CALLS."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_s3 = self.path.startswith("/pictures")
        data = b"picture" if is_s3 else json.dumps(JSON_ANSWER).encode()
        if self.path.endswith("/invalidation"):
            data = XML_ANSWER
        if self.command in {"DELETE", "PUT"}:
            data = b""
        self.send_response(200)
        self.send_header("ETag", '"abc"')
        self.send_header("x-amz-version-id", "marker")
        self.send_header("Content-Type", "image/jpeg" if is_s3 else "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_DELETE = do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815 - as the base class asks for

    def log_message(self, *_arguments: object) -> None:
        """Log nothing: pytest shows what matters."""


@pytest.fixture(scope="module")
def aws_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_every_service_that_is_declared_is_tried() -> None:
    assert {service for services in SERVICES.values() for service in services} == CALLS.keys()


@pytest.mark.parametrize("function", sorted(SERVICES))
def test_declared_services_answer(
    host_build: Path, tmp_path: Path, aws_url: str, function: str
) -> None:
    with zipfile.ZipFile(host_build / f"{function}.zip") as archive:
        archive.extractall(tmp_path)
    calls = [(service, *call) for service in SERVICES[function] for call in CALLS[service]]
    result = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-I", "-S", "-B", "-c", CALL_FROM_ZIP, str(tmp_path), aws_url],
        input=json.dumps([call[:3] for call in calls]),
        env={
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    for (service, operation, _arguments, expected), answer in zip(calls, answers, strict=True):
        found = {key: answer.get(key) for key in expected}
        if operation != "update_item":  # its response has no item
            assert found == expected, (service, operation)


def test_undeclared_service_is_not_in_the_zip(host_build: Path) -> None:
    with zipfile.ZipFile(host_build / "user_table_trigger.zip") as archive:
        folders = {name.split("/")[2] for name in archive.namelist() if "botocore/data/" in name}
    assert {name for name in folders if "." not in name} == {"stepfunctions"}
