"""How every function logs: one event is one line of JSON, whatever is in it."""

import json
from functools import partial

from aws_lambda_powertools import Logger

# In ASCII: what users choose stands in some lines, such as a username or a key. Escaped are then
# not only line ends and ESC, but also what a terminal takes for a control sequence (U+009B), what a
# viewer takes for a line end (U+0085, U+2028), what turns the direction of the text around it
# (U+202E), and half a surrogate pair, which can't be written at all. CloudWatch Logs Insights shows
# the characters again.
_ONE_LINE = partial(json.dumps, default=str, separators=(",", ":"), ensure_ascii=True)


def logger_of(service: str) -> Logger:
    """The logger of a function.

    Nothing that it is given may hold a token, a password, a mail address or a key of an account.

    Args:
        service: The function's folder name.
    """
    return Logger(service=service, json_serializer=_ONE_LINE)
