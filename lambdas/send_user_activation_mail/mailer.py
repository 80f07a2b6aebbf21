"""Sending one mail through SES."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from send_user_activation_mail.message import Message
from shared.errors import error_code, is_temporary, temporary_errors_named
from shared.mail_feedback import USERNAME_TAG, tag_of

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import SendEmailRequestTypeDef


# SES's codes beyond the account's rate a second or its quota a day. The API Reference names the
# first, the Developer Guide the third; the others are those of the older API:
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
# https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
RATE_CODES = frozenset(
    {
        "TooManyRequestsException",
        "LimitExceededException",
        "ThrottlingException",
        "Throttling",
    }
)


class MailRejectedError(Exception):
    """SES refuses this mail, or all mails of the account: an immediate retry can't help."""


class SendingRateExceededError(Exception):
    """The account's mails a second, or a day, are used up: this one has to wait."""


class SesMailer:
    """Sends through SES from one address.

    The client must not retry: after a lost response it would send a second mail.
    """

    def __init__(
        self, ses: "SESV2Client", from_address: str, configuration_set_name: str | None = None
    ) -> None:
        self._ses = ses
        self._from_address = from_address
        self._configuration_set_name = configuration_set_name

    def send(self, message: Message, username: str) -> str:
        """Send a mail, tagged with its user for SES's events; return SES's id of it.

        Raises:
            MailRejectedError: SES will not send it.
            SendingRateExceededError: The account's rate or quota is used up.
            ServiceUnavailableError: SES fails or is unreachable. After a lost response SES may have
                taken the mail.
        """
        with temporary_errors_named("SES"):
            try:
                return self._ses.send_email(**self._request(message, username))["MessageId"]
            except ClientError as error:
                # Only the code: SES's message may hold the mail address, and this error is logged
                # and kept in the execution's history. `from None` keeps it out of the traceback.
                code = error_code(error)
                if code in RATE_CODES:
                    raise SendingRateExceededError(f"SES: {code}") from None
                if is_temporary(error):
                    raise
                raise MailRejectedError(f"SES: {code}") from None

    def _request(self, message: Message, username: str) -> "SendEmailRequestTypeDef":
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
        tag = tag_of(username)
        if tag is not None:
            request["EmailTags"] = [{"Name": USERNAME_TAG, "Value": tag}]
        return request
