"""The function's logger, for all of its modules.

Nothing that it is given may hold a token, a password, a mail address, a cookie or a query string.
"""

from shared.log import logger_of

logger = logger_of("web_api")
