"""Logging: each event is one line of JSON, whatever is in it."""

import json
from functools import partial

from aws_lambda_powertools import Logger

# In ASCII, since lines hold text that users choose, such as a username or a key. That escapes line
# ends and ESC, and also control sequences of terminals (U+009B), line ends of viewers (U+0085,
# U+2028), marks that turn the direction of text (U+202E) and lone surrogates, which can't be
# encoded. CloudWatch Logs Insights shows the characters again.
_ONE_LINE = partial(json.dumps, default=str, separators=(",", ":"), ensure_ascii=True)


def logger_of(service: str) -> Logger:
    """The logger of a function, by its folder's name.

    Never log a token, a password, a mail address or an account's key.
    """
    # Lambda takes a line without an RFC 3339 timestamp for INFO, and drops it at a higher level:
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    return Logger(service=service, json_serializer=_ONE_LINE, use_rfc3339=True, utc=True)
