"""The definition for each type: linted, and compared with the contract.

Every plan compares its times with the functions' and the claim's (the preconditions in
state_machine.tf); tests/terraform tests that it does.
"""

from typing import Any

import pytest
from statelint.linter import Linter

TASKS = ("GetActivationStatus", "SendActivationMail")
RETRIED_ERRORS = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    # https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "Runtime.ExitError",
    "States.Timeout",
    "ServiceUnavailableError",
}
PERMANENT_ERRORS = {"InvalidUserError", "MailRejectedError"}

Definition = dict[str, Any]


def test_statelint_finds_nothing(definition: Definition) -> None:
    assert Linter.validate(definition) == []


def test_statelint_would_find_a_state_that_does_not_exist(definition: Definition) -> None:
    broken = {**definition, "StartAt": "NoSuchState"}

    assert Linter.validate(broken) != []


def test_states_and_their_order_are_those_of_the_contract(definition: Definition) -> None:
    states = definition["States"]

    assert definition["StartAt"] == "GetActivationStatus"
    assert {name: state["Type"] for name, state in states.items()} == {
        "GetActivationStatus": "Task",
        "CheckActivationStatus": "Choice",
        "SendActivationMail": "Task",
        "MailSent": "Succeed",
        "RecordActivationFailure": "Task",
        "ActivationFailed": "Fail",
    }
    assert states["GetActivationStatus"]["Next"] == "CheckActivationStatus"
    assert states["GetActivationStatus"]["ResultPath"] == "$.activationStatus"
    assert states["SendActivationMail"]["Next"] == "MailSent"
    assert states["RecordActivationFailure"]["Next"] == "ActivationFailed"


def test_only_status_none_leads_to_a_mail(definition: Definition) -> None:
    choice = definition["States"]["CheckActivationStatus"]

    assert choice["Default"] == "MailSent"
    assert choice["Choices"] == [
        {
            "And": [
                {"Variable": "$.activationStatus", "IsPresent": True},
                {"Variable": "$.activationStatus", "StringEquals": "NONE"},
            ],
            "Next": "SendActivationMail",
        }
    ]


@pytest.mark.parametrize("task", TASKS)
def test_task_calls_its_function_directly_so_that_the_result_is_bare(
    definition: Definition, task: str
) -> None:
    assert definition["States"][task]["Resource"].startswith("arn:aws:lambda:")


@pytest.mark.parametrize("task", TASKS)
def test_task_retries_what_passes_and_nothing_else(definition: Definition, task: str) -> None:
    named = {
        error for retrier in definition["States"][task]["Retry"] for error in retrier["ErrorEquals"]
    }

    assert named >= RETRIED_ERRORS
    assert "States.ALL" not in named
    assert "States.TaskFailed" not in named
    assert not named & PERMANENT_ERRORS


@pytest.mark.parametrize("task", TASKS)
def test_retries_back_off_and_spread(definition: Definition, task: str) -> None:
    retrier = next(
        retrier
        for retrier in definition["States"][task]["Retry"]
        if "ServiceUnavailableError" in retrier["ErrorEquals"]
    )

    assert retrier["BackoffRate"] > 1
    assert retrier["MaxDelaySeconds"] > retrier["IntervalSeconds"]
    assert retrier["JitterStrategy"] == "FULL"


DAY = 24 * 3600  # seconds; the period of SES's quota


@pytest.mark.parametrize(
    ("task", "error"),
    [
        ("GetActivationStatus", "Lambda.TooManyRequestsException"),
        ("SendActivationMail", "Lambda.TooManyRequestsException"),
        ("SendActivationMail", "SendingRateExceededError"),
    ],
)
def test_what_exceeds_a_rate_waits_for_longer_than_a_day(
    standard_definition: Definition, task: str, error: str
) -> None:
    (retrier,) = [
        retrier
        for retrier in standard_definition["States"][task]["Retry"]
        if error in retrier["ErrorEquals"]
    ]
    waits = [
        min(
            retrier["IntervalSeconds"] * retrier["BackoffRate"] ** attempt,
            retrier["MaxDelaySeconds"],
        )
        for attempt in range(retrier["MaxAttempts"])
    ]

    # Each wait is drawn between 0 and its length: its mean is a half of that, its variance a
    # twelfth of the square. The sum of so many is near its mean; ten deviations are the margin.
    assert retrier["JitterStrategy"] == "FULL"
    mean, deviation = sum(waits) / 2, sum(wait**2 / 12 for wait in waits) ** 0.5
    assert mean - 10 * deviation > DAY
    # An execution's history holds 25,000 events, of which each try takes three.
    assert 3 * retrier["MaxAttempts"] < 25_000 / 2


@pytest.mark.parametrize("task", TASKS)
def test_every_failure_of_a_task_is_recorded(definition: Definition, task: str) -> None:
    assert definition["States"][task]["Catch"] == [
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "RecordActivationFailure"}
    ]


def test_failure_record_names_the_execution_and_its_input(definition: Definition) -> None:
    record = definition["States"]["RecordActivationFailure"]

    assert record["Resource"] == "arn:aws:states:::sqs:sendMessage"
    assert record["Parameters"]["MessageBody"] == {
        "executionId.$": "$$.Execution.Id",
        "input.$": "$",
    }


# --- the two types: the same but for retries and time-outs ---

# A comment may explain the retries.
DIFFERING = {"Retry", "TimeoutSeconds", "Comment"}


def without_times(definition: Definition) -> Definition:
    states = {
        name: {key: value for key, value in state.items() if key not in DIFFERING}
        for name, state in definition["States"].items()
    }
    return {**definition, "States": states}


def retried_errors(definition: Definition) -> dict[str, list[str]]:
    return {
        name: sorted(error for rule in state.get("Retry", ()) for error in rule["ErrorEquals"])
        for name, state in definition["States"].items()
    }


def test_both_types_agree_but_for_retries_and_timeouts(
    standard_definition: Definition, express_definition: Definition
) -> None:
    assert without_times(standard_definition) == without_times(express_definition)
    assert standard_definition != express_definition


def test_both_types_retry_the_same_errors(
    standard_definition: Definition, express_definition: Definition
) -> None:
    assert retried_errors(standard_definition) == retried_errors(express_definition)


def test_express_retries_no_error_longer_than_standard(
    standard_definition: Definition, express_definition: Definition
) -> None:
    for name, state in express_definition["States"].items():
        tries = {e: r["MaxAttempts"] for r in state.get("Retry", ()) for e in r["ErrorEquals"]}
        for rule in standard_definition["States"][name].get("Retry", ()):
            for error in rule["ErrorEquals"]:
                assert tries[error] < rule["MaxAttempts"], (name, error)
