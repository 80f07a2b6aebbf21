"""Sending one mail through SES."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from send_user_activation_mail.message import Message
from shared.errors import error_code, temporary_errors_named

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import SendEmailRequestTypeDef


class MailRejectedError(Exception):
    """SES refuses this mail, or every mail of the account: trying again at once can't help."""


class Mailer:
    """Sends from one address, through one client.

    The client must not try again by itself: after a lost answer it would send a second mail.
    """

    def __init__(
        self, ses: "SESV2Client", from_address: str, configuration_set_name: str | None = None
    ) -> None:
        self._ses = ses
        self._from_address = from_address
        self._configuration_set_name = configuration_set_name

    def send(self, message: Message) -> str:
        """Hand a mail to SES.

        Returns:
            SES's id of the mail.

        Raises:
            MailRejectedError: SES will not send it.
            ServiceUnavailableError: SES throttles, fails or is out of reach. After a lost answer
                SES may have taken the mail all the same.
        """
        try:
            with temporary_errors_named("SES"):
                return self._ses.send_email(**self._request(message))["MessageId"]
        except ClientError as error:
            # Only the code: SES's own words may hold the mail address, and this error is logged
            # and stored in the execution's history. `from None` keeps them out of the traceback.
            raise MailRejectedError(f"SES: {error_code(error)}") from None

    def _request(self, message: Message) -> "SendEmailRequestTypeDef":
        request: SendEmailRequestTypeDef = {
            "FromEmailAddress": self._from_address,
            "Destination": {"ToAddresses": [message.to]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": message.subject, "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": message.text, "Charset": "UTF-8"},
                        "Html": {"Data": message.html, "Charset": "UTF-8"},
                    },
                }
            },
        }
        if self._configuration_set_name is not None:
            request["ConfigurationSetName"] = self._configuration_set_name
        return request
