"""One log line of the run for each function, at the level that the deployment lets through."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from operations.smoke.run import NotApplicableError, Run
from shared.profile_images import user_folder

# From all lines to the fewest, as Lambda and Python name them.
QUIET = ("WARNING", "WARN", "ERROR")
SILENT = ("CRITICAL", "FATAL")
SLACK_MILLISECONDS = 60_000

# Each makes its function write a line at ERROR, and changes nothing. The names are handlers'. The
# tasks of the state machine are missing: they raise, and write no line at ERROR before that.
UNKNOWN_RECORD = {"eventName": "SMOKE", "dynamodb": {"SequenceNumber": "1"}}
PROVOCATIONS: Mapping[str, Mapping[str, Any]] = {
    "create_thumbnail": {"Records": [UNKNOWN_RECORD]},
    "record_mail_feedback": {"Records": [{"messageId": "smoke", "body": "smoke"}]},
    "remove_profile_images": {"Records": [UNKNOWN_RECORD]},
    "set_profile_image": {"Records": [{}]},
    "user_table_trigger": {"Records": [UNKNOWN_RECORD]},
    # Without a route key, which a limited route must have.
    "web_api": {
        "rawPath": "/users",
        "headers": {},
        "requestContext": {"http": {"method": "POST"}},
    },
}


def log_line(run: Run, function: str) -> str:
    """A line of the run is in a function's log."""
    client = run.client("lambda")
    name = run.found.output("function_names")[function]
    settings = client.get_function_configuration(FunctionName=name)
    group, level = _log_group(settings), _level(settings)
    if level in SILENT:
        raise NotApplicableError(f"at level {level} no line is written")
    if level in QUIET:
        request_id = _provoke(client, name, function, level)
        pattern, is_ours = f'"{request_id}"', _is_own_line(function, request_id)
    else:
        pattern, is_ours = _pattern(run, function)
    run.wait(
        lambda: _has_line(run, group, pattern, is_ours),
        f"a line of this run in {group} (level {level})",
    )
    return f"found, at level {level}"


def _provoke(client: Any, name: str, function: str, level: str) -> str:  # noqa: ANN401 - a client made by name
    """Make a function write a line at ERROR; return the request's ID, which is in the line."""
    if function not in PROVOCATIONS:
        raise NotApplicableError(
            f"at level {level} the function writes no line of its own before it raises, and "
            "Lambda's line about the error proves nothing about its logger"
        )
    payload = json.dumps(PROVOCATIONS[function]).encode()
    answer = client.invoke(FunctionName=name, Payload=payload)
    return str(answer["ResponseMetadata"]["RequestId"])


def _log_group(settings: Mapping[str, Any]) -> str:
    group = (settings.get("LoggingConfig") or {}).get("LogGroup")
    return group or f"/aws/lambda/{settings['FunctionName']}"


def _level(settings: Mapping[str, Any]) -> str:
    """The level of the function's own logger; Lambda's filter has the same."""
    return str(settings["Environment"]["Variables"].get("POWERTOOLS_LOG_LEVEL", "INFO")).upper()


def _pattern(run: Run, function: str) -> tuple[str, Callable[[str], bool]]:
    """What the run has left in a function's log: for CloudWatch Logs, and for a line itself.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
    """
    if function in {"create_thumbnail", "remove_profile_images", "set_profile_image"}:
        folder = user_folder(run.profile_id or 0)
        return f'{{ $.key = "{folder}*" }}', _has_start("key", folder)
    return f'{{ $.username = "{run.username}*" }}', _has_start("username", run.username)


def _has_start(field: str, start: str) -> Callable[[str], bool]:
    return lambda line: str(_json(line).get(field, "")).startswith(start)


def _is_own_line(function: str, request_id: str) -> Callable[[str], bool]:
    # Lambda's runtime writes a line at ERROR with the request's ID too: of an error that a function
    # raises. Only our logger names the service: see shared/log.py.
    return lambda line: request_id in line and _json(line).get("service") == function


def _json(line: str) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _has_line(run: Run, group: str, pattern: str, is_ours: Callable[[str], bool]) -> bool:
    pages = run.client("logs").get_paginator("filter_log_events")
    return any(
        is_ours(event["message"])
        for page in pages.paginate(
            logGroupName=group,
            startTime=int(run.started_at * 1000) - SLACK_MILLISECONDS,
            filterPattern=pattern,
        )
        for event in page["events"]
    )
