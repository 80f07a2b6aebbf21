"""The function's logger, for all of its modules.

Nothing that it is given may hold a token, a password, a mail address, a cookie or a query string.
"""

from aws_lambda_powertools import Logger

logger = Logger(service="web_api")
