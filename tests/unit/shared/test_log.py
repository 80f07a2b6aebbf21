"""One event is one line of JSON, whatever somebody has put into it."""

import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from hypothesis import given

from local_cloud.engine.hooks.log_filter import level_of
from shared.log import logger_of
from tests.unit.hostile import ANY_JSON, ANY_TEXT, INJECTIONS

LAMBDAS = Path(__file__).parents[3] / "lambdas"


def logged(value: Any, *, error: Exception | None = None) -> str:  # noqa: ANN401 - anything at all
    """What a logger writes of an event with a value."""
    logger = logger_of("test_log")
    stream = io.StringIO()
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    handler.stream = stream
    if error is None:
        logger.info("Something happened", username=value, item={"id": {"S": value}})
    else:
        try:
            raise error
        except type(error):
            logger.exception("Something failed", username=value)
    return stream.getvalue()


def check_one_line(written: str) -> dict[str, Any]:
    """The event of what was written: one line, all of it visible ASCII."""
    assert written.endswith("\n")
    line = written[:-1]
    assert line.splitlines() == [line]
    assert line.isascii()
    assert line.isprintable()
    event: dict[str, Any] = json.loads(line)
    assert (event["level"], event["service"]) in (("INFO", "test_log"), ("ERROR", "test_log"))
    return event


@pytest.mark.parametrize("value", INJECTIONS)
def test_what_breaks_out_of_a_line_is_a_value_in_it(value: str) -> None:
    event = check_one_line(logged(value))
    assert event["username"] == value
    assert event["item"] == {"id": {"S": value}}
    assert event["message"] == "Something happened"


@given(ANY_TEXT)
def test_any_text_is_one_value_of_one_line(value: str) -> None:
    event = check_one_line(logged(value))
    assert event["username"] == json.loads(json.dumps(value))  # two halves of a pair become one
    assert set(event) == set(json.loads(logged("anna")))


@given(ANY_TEXT)
def test_an_errors_words_stay_in_their_line(value: str) -> None:
    event = check_one_line(logged("anna", error=ValueError(value)))
    assert event["message"] == "Something failed"
    assert event["exception_name"] == "ValueError"


@given(ANY_JSON)
def test_any_value_is_logged(value: object) -> None:
    check_one_line(logged(value))


def test_lambda_takes_a_line_for_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    # In another zone, as a TZ variable may set one: the time is UTC there, too.
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    assert level_of(logged("anna", error=ValueError("at fault"))) == "ERROR"
    assert check_one_line(logged("anna"))["timestamp"].endswith("+00:00")


def test_every_function_logs_this_way() -> None:
    others = [
        path.relative_to(LAMBDAS).as_posix()
        for path in LAMBDAS.rglob("*.py")
        if "Logger(" in path.read_text("utf-8") or "getLogger(" in path.read_text("utf-8")
    ]
    assert sorted(others) == ["shared/aws.py", "shared/log.py"]
    assert isinstance(logger_of("test_log"), Logger)
