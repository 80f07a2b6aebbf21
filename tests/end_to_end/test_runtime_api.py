"""The Lambda Runtime API, and the client that replaces AWS's native one."""

import json
import threading
from collections.abc import Iterator

import pytest
import requests

from local_cloud.engine.hooks.portable_runtime import runtime_client
from local_cloud.engine.hooks.runtime_api import Invocation, Outcome, RuntimeApi, outcome_of

INVOCATION = Invocation(
    request_id="one",
    payload=b'{"n":1}',
    deadline_ms=1_800_000_000_000,
    function_arn="arn:aws:lambda:eu-central-1:000000000000:function:f",
    trace_id="Root=1-2-3",
)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[RuntimeApi]:
    with RuntimeApi() as running:
        monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", running.address)
        runtime_client.initialize_client("aws-lambda-python/test")
        yield running


def test_invocation_goes_out_with_its_headers(api: RuntimeApi) -> None:
    api.put(INVOCATION)
    event, headers = runtime_client.next()
    assert event == b'{"n":1}'
    assert headers["Lambda-Runtime-Aws-Request-Id"] == "one"
    assert headers["Lambda-Runtime-Deadline-Ms"] == "1800000000000"
    assert headers["Lambda-Runtime-Invoked-Function-Arn"] == INVOCATION.function_arn
    assert headers["Lambda-Runtime-Trace-Id"] == "Root=1-2-3"


def test_a_runtime_that_asks_for_work_is_ready(api: RuntimeApi) -> None:
    assert not api.is_ready.is_set()
    threading.Thread(target=runtime_client.next, daemon=True).start()
    assert api.is_ready.wait(10)
    api.put(INVOCATION)


def test_result_and_error_come_back(api: RuntimeApi) -> None:
    runtime_client.post_invocation_result("one", b'"done"')
    runtime_client.post_error("two", json.dumps({"errorType": "OwnError"}), "")
    assert api.outcomes.get(timeout=10) == Outcome("one", b'"done"', is_error=False)
    assert api.outcomes.get(timeout=10) == Outcome(
        "two", b'{"errorType": "OwnError"}', is_error=True
    )


def test_a_body_in_chunks_is_read_whole(api: RuntimeApi) -> None:
    url = f"http://{api.address}/2018-06-01/runtime/invocation/one/response"
    answer = requests.post(url, data=iter([b'{"a":', b"1}"]), timeout=10)
    assert answer.status_code == 202
    assert api.outcomes.get(timeout=10).payload == b'{"a":1}'


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/2018-06-01/runtime/invocation/one",
        "/2018-06-01/runtime/invocation//response",
        "/2018-06-01/runtime/invocation/one/other",
        "/x/2018-06-01/runtime/invocation/one/response",
    ],
)
def test_what_the_api_does_not_know_is_refused(api: RuntimeApi, path: str) -> None:
    assert outcome_of(path, b"") is None
    assert requests.post(f"http://{api.address}{path}", timeout=10).status_code == 404


def test_a_client_is_told_what_the_api_refuses(api: RuntimeApi) -> None:
    with pytest.raises(RuntimeError, match="404"):
        runtime_client.post_error("", "{}", "")
    assert api.outcomes.empty()


def test_error_while_the_function_is_loaded_names_no_invocation() -> None:
    outcome = outcome_of("/2018-06-01/runtime/init/error", b"{}")
    assert outcome == Outcome("", b"{}", is_error=True)
