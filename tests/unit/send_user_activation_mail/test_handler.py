"""SendUserActivationMail, from the task's input to the mail."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from send_user_activation_mail.claim import ActivationMailInProgressError
from send_user_activation_mail.handler import handler, logger, mailer
from send_user_activation_mail.mailer import MailRejectedError, SendingRateExceededError
from send_user_activation_mail.recipient import InvalidUserError
from shared.aws import dynamodb
from shared.environment import ConfigurationError
from shared.errors import InvalidEventError, ServiceUnavailableError
from tests.unit.builders import Answer, HttpServer, Users, event, fail, make_context, once_after

ReadLog = Callable[[Logger], Callable[[], list[Any]]]
SentMails = Callable[[], list[Any]]

START = datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_the_mail_is_sent_once_and_the_log_says_so(
    users: Users, sent_mails: SentMails, context: LambdaContext, read_log: ReadLog
) -> None:
    users.put(activationToken="secret-token")
    lines = read_log(logger)
    sent = {"result": "sent", "activationStatus": "MAIL_SENT"}
    assert handler(event("state_machine_task"), context) == sent
    not_needed = {"result": "not_needed", "activationStatus": "MAIL_SENT"}
    assert handler(event("state_machine_task"), context) == not_needed
    (mail,) = sent_mails()
    assert mail.destinations["ToAddresses"] == ["anna@mail.example"]
    first, second = lines()
    assert (first["message"], first["username"], first["result"]) == (
        "Activation mail sent",
        "anna",
        "sent",
    )
    assert first["message_id"] == mail.id
    assert (second["message"], second["activation_status"]) == (
        "No activation mail sent",
        "MAIL_SENT",
    )
    assert "secret-token" not in json.dumps(lines())
    assert "mail.example" not in json.dumps(lines())


@pytest.mark.usefixtures("sent_mails")
def test_a_missing_user_is_told(users: Users, context: LambdaContext) -> None:
    assert handler({"username": "nobody"}, context) == {
        "result": "no_such_user",
        "activationStatus": "",
    }
    assert users.get("nobody") == {}


@pytest.mark.parametrize("wrong", [{}, {"username": 5}])
def test_a_username_that_is_no_string_is_an_error(
    wrong: dict[str, object], context: LambdaContext
) -> None:
    with pytest.raises(InvalidEventError, match=r"^username: "):
        handler(wrong, context)


def test_a_missing_address_is_named(
    users: Users, sent_mails: SentMails, context: LambdaContext
) -> None:
    users.put(email=None)
    with pytest.raises(InvalidUserError, match=r"^email: missing"):
        handler({"username": "anna"}, context)
    assert sent_mails() == []


@pytest.mark.usefixtures("aws")
def test_a_missing_variable_is_named(context: LambdaContext) -> None:
    with pytest.raises(ConfigurationError, match=r"^USER_TABLE_NAME: "):
        handler({"username": "anna"}, context)


def test_an_execution_killed_after_acceptance_is_made_good_after_the_claims_end(
    users: Users, sent_mails: SentMails, context: LambdaContext
) -> None:
    def kill() -> None:
        raise SystemExit

    users.put()
    once_after(mailer()._ses, "SendEmail", kill)
    with time_machine.travel(START, tick=False) as clock:
        with pytest.raises(SystemExit):
            handler({"username": "anna"}, context)
        token = users.get()["activationToken"]
        retry = make_context("another-request")
        clock.shift(60)
        with pytest.raises(ActivationMailInProgressError):
            handler({"username": "anna"}, retry)
        clock.shift(1)
        assert handler({"username": "anna"}, retry)["result"] == "sent"
    assert len(sent_mails()) == 2  # the price of losing none
    assert users.get()["activationStatus"] == "MAIL_SENT"
    assert users.get()["activationToken"] == token


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("TooManyRequestsException", 429, SendingRateExceededError),
        ("InternalFailure", 500, ServiceUnavailableError),
        ("MessageRejected", 400, MailRejectedError),
    ],
)
@pytest.mark.usefixtures("sent_mails")
def test_what_ses_refuses_leaves_the_user_free_for_the_next(
    users: Users, context: LambdaContext, code: str, status: int, expected: type[Exception]
) -> None:
    users.put()
    fail(mailer()._ses, "SendEmail", code, status=status, message="to anna@mail.example")
    with pytest.raises(expected) as caught:
        handler({"username": "anna"}, context)
    assert "anna@mail.example" not in str(caught.value)
    assert users.get()["activationStatus"] == "NONE"
    assert "activationMailClaim" not in users.get()


@pytest.mark.usefixtures("environment")
def test_ses_is_asked_once_for_each_run(
    users: Users,
    context: LambdaContext,
    http_server: HttpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    users.put()
    http_server.answers = [Answer(503)]
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", http_server.url)
    with pytest.raises(ServiceUnavailableError, match=r"^SES: "):
        handler({"username": "anna"}, context)
    assert len(http_server.requests) == 1


def test_an_invocation_that_asked_ses_lasts_as_long_as_the_rate_wants_it(
    users: Users,
    sent_mails: SentMails,
    context: LambdaContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECONDS_FOR_EACH_MAIL", "1")
    users.put()
    marked: list[str] = []

    def sleep(seconds: float) -> None:
        assert 0 < seconds <= 1
        marked.append(users.get()["activationStatus"])

    monkeypatch.setattr(time, "sleep", sleep)
    handler({"username": "anna"}, context)
    assert marked == ["MAIL_SENT"]  # the user doesn't wait
    handler({"username": "anna"}, context)
    assert len(marked) == 1  # SES was not asked
    assert len(sent_mails()) == 1


def test_the_claim_carries_the_request_that_sends(
    users: Users, sent_mails: SentMails, context: LambdaContext
) -> None:
    del sent_mails
    users.put()
    claimed: list[dict[str, str]] = []
    once_after(dynamodb(), "UpdateItem", lambda: claimed.append(users.get()))
    with time_machine.travel(START, tick=False):
        handler({"username": "anna"}, context)
    assert claimed[0]["activationMailClaim"] == context.aws_request_id
    assert claimed[0]["activationMailClaimExpiresAt"] == str(int(START.timestamp()) + 60)


def test_the_configuration_set_is_passed_on(
    users: Users,
    sent_mails: SentMails,
    context: LambdaContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    del sent_mails
    users.put()
    monkeypatch.setenv("SES_CONFIGURATION_SET_NAME", "onboarding")
    asked: list[Any] = []
    mailer()._ses.meta.events.register(
        "provide-client-params.sesv2.SendEmail", lambda params, **_: asked.append(params)
    )
    fail(mailer()._ses, "SendEmail", "NotFoundException", status=400)
    with pytest.raises(MailRejectedError):
        handler({"username": "anna"}, context)
    assert [request["ConfigurationSetName"] for request in asked] == ["onboarding"]
