"""Which lines of a function Lambda keeps, by its level for application logs.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
"""

import json
import re
from datetime import datetime

_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
# Python's names, which its runtime writes itself.
_ALIASES = {"WARNING": "WARN", "CRITICAL": "FATAL"}
_UNKNOWN = "INFO"

# RFC 3339, section 5.6: ISO 8601 would take a comma, or an offset without a colon, too.
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def kept(log: str, level: str) -> str:
    """A function's output without the lines below a level of Lambda's; all of it without a level.

    A line that is no JSON object, or has no valid level or timestamp, counts as INFO.
    """
    if not level:
        return log
    lowest = _LEVELS.index(_name_of(level))
    lines = log.splitlines()
    return "\n".join(line for line in lines if _LEVELS.index(level_of(line)) >= lowest)


def level_of(line: str) -> str:
    """The level that Lambda takes a line to have."""
    try:
        entry = json.loads(line)
    except ValueError:
        return _UNKNOWN
    if not isinstance(entry, dict) or not _is_timestamp(entry.get("timestamp")):
        return _UNKNOWN
    return _name_of(entry.get("level"))


def _name_of(level: object) -> str:
    name = level.upper() if isinstance(level, str) else ""
    name = _ALIASES.get(name, name)
    return name if name in _LEVELS else _UNKNOWN


def _is_timestamp(value: object) -> bool:
    if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value.upper())
    except ValueError:  # the 31st of February
        return False
    return True
