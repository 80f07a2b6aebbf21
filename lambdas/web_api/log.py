"""The function's logger. Never log a token, password, mail address, cookie or query string."""

from shared.log import logger_of

logger = logger_of("web_api")
