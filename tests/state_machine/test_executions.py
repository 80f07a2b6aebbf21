"""The state machine's Choice, Retry and Catch, on the local engine."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.state_machine.conftest import Machine

USERNAME = {"username": "ada"}
PASSING_ERRORS = [
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "ServiceUnavailableError",
    "SendingRateExceededError",
]
Script = list[dict[str, object]]
NONE: Script = [{"return": "NONE"}]
SENT: Script = [{"return": {"status": "MAIL_SENT"}}]


def test_new_user_is_sent_a_mail(machine: "Machine") -> None:
    outcome = machine.run(NONE, SENT)

    assert outcome.status == "SUCCEEDED"
    assert outcome.status_calls == [USERNAME]
    assert [call["username"] for call in outcome.mail_calls] == ["ada"]
    assert outcome.output["activationStatus"] == "NONE"
    assert outcome.output["activationMail"] == {"status": "MAIL_SENT"}
    assert outcome.recorded_failures == []


@pytest.mark.parametrize("status", ["MAIL_SENT", "DONE", "", "none", None])
def test_any_other_status_ends_without_a_mail(machine: "Machine", status: str | None) -> None:
    outcome = machine.run([{"return": status}], SENT)

    assert outcome.status == "SUCCEEDED"
    assert outcome.mail_calls == []
    assert outcome.recorded_failures == []


@pytest.mark.parametrize("error", PASSING_ERRORS)
def test_passing_error_of_the_mail_is_tried_again(machine: "Machine", error: str) -> None:
    outcome = machine.run(NONE, [{"raise": error}, *SENT])

    assert outcome.status == "SUCCEEDED"
    assert len(outcome.mail_calls) == 2
    assert outcome.recorded_failures == []


def test_passing_error_of_the_status_is_tried_again(machine: "Machine") -> None:
    outcome = machine.run([{"raise": "ServiceUnavailableError"}, *NONE], SENT)

    assert outcome.status == "SUCCEEDED"
    assert len(outcome.status_calls) == 2
    assert len(outcome.mail_calls) == 1


def test_function_that_ran_out_of_time_is_tried_again(machine: "Machine") -> None:
    outcome = machine.run(NONE, [{"sleep": 20}, *SENT], mail_timeout_seconds=1)

    assert outcome.status == "SUCCEEDED"
    assert len(outcome.mail_calls) == 2


def test_mail_waits_for_another_execution_that_is_sending_it(machine: "Machine") -> None:
    in_progress: Script = [{"raise": "ActivationMailInProgressError"}] * 6
    outcome = machine.run(NONE, [*in_progress, *SENT])

    assert outcome.status == "SUCCEEDED"
    assert len(outcome.mail_calls) == 7


def test_mail_waits_for_its_turn_for_as_long_as_it_takes(machine: "Machine") -> None:
    too_many: Script = [{"raise": "SendingRateExceededError"}] * 20
    outcome = machine.run(NONE, [*too_many, *SENT])

    assert outcome.status == "SUCCEEDED"
    assert len(outcome.mail_calls) == 21
    assert outcome.recorded_failures == []


def test_error_that_does_not_pass_is_recorded_after_the_last_retry(
    machine: "Machine", standard_definition: dict[str, Any]
) -> None:
    retrier = next(
        retrier
        for retrier in standard_definition["States"]["SendActivationMail"]["Retry"]
        if "ServiceUnavailableError" in retrier["ErrorEquals"]
    )
    outcome = machine.run(NONE, [{"raise": "ServiceUnavailableError"}])

    assert outcome.status == "FAILED"
    assert len(outcome.mail_calls) == 1 + retrier["MaxAttempts"]
    (failure,) = outcome.recorded_failures
    assert failure["input"]["error"]["Error"] == "ServiceUnavailableError"


@pytest.mark.parametrize("error", ["InvalidUserError", "MailRejectedError", "KeyError"])
def test_permanent_error_is_recorded_at_once(machine: "Machine", error: str) -> None:
    outcome = machine.run(NONE, [{"raise": error}])

    assert outcome.status == "FAILED"
    assert len(outcome.mail_calls) == 1
    (failure,) = outcome.recorded_failures
    assert failure["executionId"].startswith("arn:aws:states:")
    assert failure["input"]["username"] == "ada"
    assert failure["input"]["activationStatus"] == "NONE"
    assert failure["input"]["error"]["Error"] == error


def test_permanent_error_of_the_status_is_recorded_too(machine: "Machine") -> None:
    outcome = machine.run([{"raise": "InvalidUserError"}], SENT)

    assert outcome.status == "FAILED"
    assert len(outcome.status_calls) == 1
    assert outcome.mail_calls == []
    (failure,) = outcome.recorded_failures
    assert failure["input"]["username"] == "ada"


# --- the definition for EXPRESS: the same states with fewer tries ---


def test_express_tries_an_exceeded_rate_once_more(express_machine: "Machine") -> None:
    outcome = express_machine.run(NONE, [{"raise": "SendingRateExceededError"}, *SENT])

    assert outcome.status == "SUCCEEDED"
    assert len(outcome.mail_calls) == 2
    assert outcome.recorded_failures == []


def test_express_waits_once_for_another_execution(express_machine: "Machine") -> None:
    outcome = express_machine.run(NONE, [{"raise": "ActivationMailInProgressError"}, *SENT])

    assert outcome.status == "SUCCEEDED"
    assert len(outcome.mail_calls) == 2


def test_express_records_what_fails_twice(express_machine: "Machine") -> None:
    outcome = express_machine.run(NONE, [{"raise": "ServiceUnavailableError"}])

    assert outcome.status == "FAILED"
    assert len(outcome.mail_calls) == 2
    (failure,) = outcome.recorded_failures
    assert failure["input"]["error"]["Error"] == "ServiceUnavailableError"
