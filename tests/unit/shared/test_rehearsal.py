"""Requests that a client makes in INIT and never sends."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from shared.aws import dynamodb, s3, ses, step_functions
from shared.rehearsal import REQUESTS, requests_of

ACCESSORS = [dynamodb, s3, ses, step_functions]


@pytest.mark.usefixtures("aws_session")
@pytest.mark.parametrize("accessor", ACCESSORS)
def test_each_request_is_signed_and_none_is_sent(
    accessor: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A request that was sent would fail: nobody listens there.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://127.0.0.1:9")
    client = accessor()
    asked: list[str] = []
    client.meta.events.register(
        "before-sign", lambda operation_name, **_: asked.append(operation_name)
    )
    requests_of(accessor)()
    operations = [client.meta.method_to_api_mapping[name] for name, _ in REQUESTS[_service(client)]]
    assert asked == operations


def test_later_requests_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://127.0.0.1:9")
    requests_of(ses)()
    client: Any = ses()  # it tries once
    with pytest.raises(EndpointConnectionError):
        client.list_email_identities()


def _service(client: Any) -> str:  # noqa: ANN401 - any client
    return str(client.meta.service_model.service_name)
