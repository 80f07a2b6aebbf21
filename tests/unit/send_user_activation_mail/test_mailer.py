"""Sending through SES, and what its refusals become."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from send_user_activation_mail.mailer import (
    MailRejectedError,
    SendingRateExceededError,
    SesMailer,
)
from send_user_activation_mail.message import Message
from shared.aws import SINGLE_ATTEMPT
from shared.errors import ServiceUnavailableError
from tests.unit.builders import Answer, HttpServer, fail, once_before

MESSAGE = Message("anna@mail.example", "Subject ä", "Text ß", "<p>HTML €</p>")
FROM_ADDRESS = "no-reply@shop.example"

Requests = list[dict[str, Any]]


@pytest.mark.parametrize("configuration_set", [None, "onboarding"])
@pytest.mark.usefixtures("sent_mails")
def test_the_mail_is_handed_over_whole(configuration_set: str | None) -> None:
    ses = boto3.client("sesv2")
    requests: Requests = []
    ses.meta.events.register(
        "provide-client-params.sesv2.SendEmail", lambda params, **_: requests.append(params)
    )
    message_id = SesMailer(ses, FROM_ADDRESS, configuration_set).send(MESSAGE, "anna")
    assert message_id
    (request,) = requests
    assert request.pop("ConfigurationSetName", None) == configuration_set
    assert request == {
        "FromEmailAddress": FROM_ADDRESS,
        "Destination": {"ToAddresses": ["anna@mail.example"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Subject ä", "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": "Text ß", "Charset": "UTF-8"},
                    "Html": {"Data": "<p>HTML €</p>", "Charset": "UTF-8"},
                },
            }
        },
        "EmailTags": [{"Name": "username", "Value": "YW5uYQ"}],
    }


@pytest.mark.usefixtures("sent_mails")
def test_a_user_whose_name_fits_no_tag_gets_a_mail_all_the_same() -> None:
    ses = boto3.client("sesv2")
    requests: Requests = []
    ses.meta.events.register(
        "provide-client-params.sesv2.SendEmail", lambda params, **_: requests.append(params)
    )
    assert SesMailer(ses, FROM_ADDRESS).send(MESSAGE, "a" * 193)
    assert "EmailTags" not in requests[0]


def test_ses_takes_it(sent_mails: Callable[[], list[Any]]) -> None:
    SesMailer(boto3.client("sesv2"), FROM_ADDRESS).send(MESSAGE, "anna")
    (mail,) = sent_mails()
    assert mail.source == FROM_ADDRESS
    assert mail.destinations["ToAddresses"] == ["anna@mail.example"]


@pytest.mark.parametrize(
    ("code", "status"),
    [("InternalFailure", 500), ("Whatever", 503)],
)
@pytest.mark.usefixtures("sent_mails")
def test_a_busy_service_may_take_it_later(code: str, status: int) -> None:
    ses = boto3.client("sesv2")
    fail(ses, "SendEmail", code, status=status)
    with pytest.raises(ServiceUnavailableError, match=f"^SES: {code}$"):
        SesMailer(ses, FROM_ADDRESS).send(MESSAGE, "anna")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("TooManyRequestsException", 429),
        ("LimitExceededException", 400),
        ("ThrottlingException", 400),
        ("Throttling", 400),
    ],
)
@pytest.mark.usefixtures("sent_mails")
def test_what_exceeds_the_accounts_rate_has_to_wait(code: str, status: int) -> None:
    ses = boto3.client("sesv2")
    fail(ses, "SendEmail", code, status=status, message="to anna@mail.example")
    with pytest.raises(SendingRateExceededError) as caught:
        SesMailer(ses, FROM_ADDRESS).send(MESSAGE, "anna")
    assert str(caught.value) == f"SES: {code}"
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url="https://email.example"),
        EndpointConnectionError(endpoint_url="https://email.example"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("sent_mails")
def test_a_lost_connection_may_come_back(error: Exception) -> None:
    def lose() -> None:
        raise error

    ses = boto3.client("sesv2")
    once_before(ses, "SendEmail", lose)
    with pytest.raises(ServiceUnavailableError, match=f"^SES: {type(error).__name__}$"):
        SesMailer(ses, FROM_ADDRESS).send(MESSAGE, "anna")


@pytest.mark.parametrize(
    "code",
    ["MessageRejected", "BadRequestException", "AccountSuspendedException", "NotFoundException"],
)
@pytest.mark.usefixtures("sent_mails")
def test_a_refusal_is_named_by_its_code_alone(code: str) -> None:
    ses = boto3.client("sesv2")
    fail(ses, "SendEmail", code, status=400, message="anna@mail.example is on the list")
    with pytest.raises(MailRejectedError) as caught:
        SesMailer(ses, FROM_ADDRESS).send(MESSAGE, "anna")
    assert str(caught.value) == f"SES: {code}"
    # The traceback that is logged must not bring SES's words back.
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None


def test_a_failed_request_is_not_sent_again_by_the_client(
    aws_session: boto3.Session, http_server: HttpServer
) -> None:
    http_server.answers = [Answer(500)]
    ses = aws_session.client("sesv2", config=SINGLE_ATTEMPT, endpoint_url=http_server.url)
    with pytest.raises(ServiceUnavailableError):
        SesMailer(ses, FROM_ADDRESS).send(MESSAGE, "anna")
    assert len(http_server.requests) == 1
