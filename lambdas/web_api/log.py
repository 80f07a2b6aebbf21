"""The function's logger, for all of its modules.

Nothing that it is given may hold a token, a password, a mail address, a cookie or a query string.
"""

import logging

from aws_lambda_powertools import Logger

# At DEBUG its event handler logs what each route is called with: tokens, too. Lambda sets the root
# logger's level to the function's, so this must not depend on it.
logging.getLogger("aws_lambda_powertools").setLevel(logging.INFO)

logger = Logger(service="web_api")
