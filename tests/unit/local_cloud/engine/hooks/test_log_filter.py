"""Which of a function's lines Lambda keeps."""

import json

import pytest

from local_cloud.engine.hooks.log_filter import kept, level_of

VALID = "2026-11-30T02:42:37.698+00:00"


def line(level: object, timestamp: object = VALID) -> str:
    return json.dumps({"level": level, "timestamp": timestamp, "message": "said"})


@pytest.mark.parametrize(
    ("level", "taken"),
    [
        *((name, name) for name in ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")),
        ("error", "ERROR"),
        ("WARNING", "WARN"),
        ("CRITICAL", "FATAL"),
        ("NOTICE", "INFO"),
        (40, "INFO"),
        (None, "INFO"),
    ],
)
def test_level_of_a_line(level: object, taken: str) -> None:
    assert level_of(line(level)) == taken


@pytest.mark.parametrize("timestamp", [VALID, "2026-11-30T02:42:37Z", "2026-11-30t02:42:37.1z"])
def test_a_line_with_a_timestamp_has_its_own_level(timestamp: str) -> None:
    assert level_of(line("ERROR", timestamp)) == "ERROR"


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-11-30 02:42:37,698+0000",  # what Powertools writes by default
        "2026-11-30T02:42:37.698+0000",
        "2026-11-30T02:42:37",
        "2026-11-30",
        "2026-02-31T02:42:37Z",
        1_795_000_000,
        None,
    ],
)
def test_a_line_without_a_valid_timestamp_is_taken_for_info(timestamp: object) -> None:
    assert level_of(line("ERROR", timestamp)) == "INFO"
    assert level_of(line("DEBUG", timestamp)) == "INFO"


@pytest.mark.parametrize("text", ["Traceback", "", "[1]", '"ERROR"', '{"level": "ERROR"}'])
def test_what_is_no_event_is_taken_for_info(text: str) -> None:
    assert level_of(text) == "INFO"


def test_lines_below_the_level_are_dropped() -> None:
    log = "\n".join([line("INFO"), "printed", line("ERROR"), line("DEBUG"), line("WARNING")])
    assert kept(log, "WARN") == "\n".join([line("ERROR"), line("WARNING")])
    assert kept(log, "INFO") == "\n".join([line("INFO"), "printed", line("ERROR"), line("WARNING")])
    assert kept(log, "TRACE") == log
    assert kept(log, "") == log
