"""The functions' AWS clients."""

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.retries.standard import ExponentialBackoff

from shared.aws import (
    SINGLE_ATTEMPT,
    cloudfront,
    dynamodb,
    presigning_s3,
    s3,
    ses,
    session,
    ssm,
    step_functions,
)

LAMBDAS = Path(__file__).parents[3] / "lambdas"
LATE_IMPORTS = ("boto3", "s3transfer", "requests", "PIL")


@pytest.mark.parametrize(
    ("accessor", "operation", "attempts"),
    [
        (cloudfront, "list_distributions", 4),
        (dynamodb, "list_tables", 4),
        (presigning_s3, "list_buckets", 4),
        (s3, "list_buckets", 4),
        (ses, "list_email_identities", 1),
        (ssm, "describe_parameters", 4),
        (step_functions, "list_activities", 4),
    ],
)
def test_how_often_a_failing_service_is_asked(
    accessor: Callable[[], Any], operation: str, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0)
    asked: list[str] = []

    def fail(**_: object) -> None:
        asked.append("once more")
        raise ReadTimeoutError(endpoint_url="https://aws.example.com")

    client = accessor()
    client.meta.events.register("before-send", fail)
    with pytest.raises(ReadTimeoutError):
        getattr(client, operation)()

    assert len(asked) == attempts


def test_requests_and_answers_are_logged_at_no_level(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("botocore", "urllib3"):  # as they are in a new process
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    item = {"username": {"S": "anna"}, "activationToken": {"S": "t0ken"}}
    with caplog.at_level(logging.DEBUG):
        client: Any = session().create_client("dynamodb", config=SINGLE_ATTEMPT)
        with pytest.raises(EndpointConnectionError):
            client.put_item(TableName="User", Item=item)

    assert "t0ken" not in caplog.text
    assert not [record for record in caplog.records if record.levelno == logging.DEBUG]


def test_clients_are_kept_and_share_one_session() -> None:
    assert dynamodb() is dynamodb()
    assert s3() is not presigning_s3()

    assert session.cache_info().misses == 1


def test_what_is_not_needed_at_once_stays_out_of_a_cold_start() -> None:
    functions = sorted(path.parent.name for path in LAMBDAS.glob("*/handler.py"))
    code = "import sys\n" + "".join(f"import {name}.handler\n" for name in functions)
    code += f"print([name for name in {LATE_IMPORTS} if name in sys.modules])"

    loaded = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(LAMBDAS)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert loaded.stdout.strip() == "[]"
