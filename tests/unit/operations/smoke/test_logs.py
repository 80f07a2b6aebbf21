"""One line of each function: found where it came, at whatever level, and missed where it didn't."""

import importlib
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from operations.smoke import logs
from operations.smoke.run import NotApplicableError, Run
from shared.errors import InvalidEventError
from tests.unit.builders import make_context
from tests.unit.conftest import FUNCTIONS
from tests.unit.operations.smoke.fakes import Client, run_of
from tooling.errors import ToolingError

REQUEST_ID = "11111111-2222-3333-4444-555555555555"
ReadLog = Callable[[Logger], Callable[[], list[Any]]]
STATUS = "get_user_activation_status"
NAMES = {STATUS: "onboarding-Status", "create_thumbnail": "onboarding-CreateThumbnail"}


def run_with(level: str, *lines: dict[str, Any] | str) -> tuple[Run, Client, Client]:
    """A run whose functions have a level, and logs with these lines."""
    functions = Client(
        get_function_configuration={
            "FunctionName": "onboarding-Status",
            "Environment": {"Variables": {"POWERTOOLS_LOG_LEVEL": level}},
        },
        invoke={"ResponseMetadata": {"RequestId": REQUEST_ID}},
    )
    told = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    events = Client(filter_log_events={"events": [{"message": line} for line in told]})
    run = run_of({"lambda": functions, "logs": events}, function_names=NAMES)
    run.profile_id = 42
    return run, functions, events


def test_line_of_the_runs_user_is_found() -> None:
    run, functions, events = run_with("INFO", {"username": "smoke-run-0123", "level": "INFO"})
    assert logs.log_line(run, STATUS) == "found, at level INFO"
    assert "invoke" not in [name for name, _ in functions.asked]
    ((_, asked),) = events.asked
    assert asked["logGroupName"] == "/aws/lambda/onboarding-Status"
    assert asked["filterPattern"] == '{ $.username = "smoke-run-0123*" }'
    assert asked["startTime"] <= run.started_at * 1000


def test_line_of_the_runs_picture_is_found() -> None:
    run, _, events = run_with("DEBUG", {"key": "original/users/42/a.jpg"})
    assert logs.log_line(run, "create_thumbnail") == "found, at level DEBUG"
    assert events.asked[0][1]["filterPattern"] == '{ $.key = "original/users/42/*" }'


@pytest.mark.parametrize(
    "line", [{"username": "ada"}, {"message": "smoke-run-0123"}, "smoke-run-0123", "[1]"]
)
def test_filter_that_eats_the_runs_line_is_found(line: dict[str, Any] | str) -> None:
    run, _, _ = run_with("INFO", line)
    with pytest.raises(ToolingError, match=r"a line of this run in /aws/lambda/onboarding-Status"):
        logs.log_line(run, STATUS)


@pytest.mark.parametrize("level", ["WARNING", "ERROR"])
def test_where_no_line_is_due_one_is_provoked(level: str) -> None:
    line = {"function_request_id": REQUEST_ID, "level": "ERROR", "service": "create_thumbnail"}
    run, functions, events = run_with(level, line)
    assert logs.log_line(run, "create_thumbnail") == f"found, at level {level}"
    assert functions.asked[-1] == (
        "invoke",
        {
            "FunctionName": "onboarding-CreateThumbnail",
            "Payload": json.dumps(logs.PROVOCATIONS["create_thumbnail"]).encode(),
        },
    )
    assert events.asked[0][1]["filterPattern"] == f'"{REQUEST_ID}"'


@pytest.mark.parametrize(
    "line",
    [
        {"type": "platform.report", "record": {"requestId": REQUEST_ID}},
        # The runtime's line about an error that the function raises.
        {"requestId": REQUEST_ID, "level": "ERROR", "errorType": "InvalidEventError"},
        {"requestId": REQUEST_ID, "log_level": "ERROR", "errorType": "InvalidEventError"},
        {"function_request_id": "another", "level": "ERROR", "service": "create_thumbnail"},
    ],
)
def test_lambdas_own_line_is_no_line_of_the_function(line: dict[str, Any]) -> None:
    run, _, _ = run_with("ERROR", line)
    with pytest.raises(ToolingError, match="level ERROR"):
        logs.log_line(run, "create_thumbnail")


@pytest.mark.parametrize("level", ["WARNING", "ERROR"])
def test_function_that_writes_no_line_of_its_own_is_not_called(level: str) -> None:
    run, functions, _ = run_with(level)
    with pytest.raises(NotApplicableError, match=f"at level {level} the function writes no line"):
        logs.log_line(run, STATUS)
    assert "invoke" not in [name for name, _ in functions.asked]


def test_without_any_line_there_is_nothing_to_find() -> None:
    run, _, _ = run_with("CRITICAL")
    with pytest.raises(NotApplicableError, match="at level CRITICAL no line is written"):
        logs.log_line(run, STATUS)


def lines_of_an_error(function: str, event: Any, read_log: ReadLog) -> list[Any]:  # noqa: ANN401 - any event
    """What a function's own logger writes, whether it then raises or not."""
    module = importlib.import_module(f"{function}.handler")
    lines_of = read_log(module.logger)
    with suppress(InvalidEventError, ValueError, KeyError):
        module.handler(event, make_context(REQUEST_ID))
    return lines_of()


@pytest.mark.parametrize("function", logs.PROVOCATIONS)
def test_provocation_makes_a_function_write_its_own_line(function: str, read_log: ReadLog) -> None:
    lines = lines_of_an_error(function, logs.PROVOCATIONS[function], read_log)
    own = [line for line in lines if line["level"] == "ERROR"]
    assert own != []
    for line in own:
        assert line["service"] == function
        assert line["function_request_id"] == REQUEST_ID


@pytest.mark.parametrize("function", sorted(FUNCTIONS - logs.PROVOCATIONS.keys()))
def test_task_of_the_state_machine_raises_and_writes_nothing(
    function: str, read_log: ReadLog
) -> None:
    assert lines_of_an_error(function, {}, read_log) == []
