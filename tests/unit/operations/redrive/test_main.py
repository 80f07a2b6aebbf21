"""The command: what it prints, what it leaves, and its exit code."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from operations import deployment as deployments
from operations.errors import OperationsError
from operations.redrive import __main__ as command
from operations.redrive import failure_queue
from operations.redrive.dead_letters import DeadLetterRedrive
from operations.redrive.executions import ExecutionRedrive
from operations.redrive.functions import FunctionRedrive
from tests.unit.builders import USER_TABLE, Users, event, fail
from tests.unit.operations.redrive.conftest import (
    SET_PROFILE_IMAGE,
    TRIGGER,
    FakeDeployment,
    FakeLambda,
    answer,
    arn_of,
    bodies,
    queue_of,
    send,
)

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch, deployment: FakeDeployment) -> FakeDeployment:
    monkeypatch.setattr(deployments, "find", lambda _cloud, _environment: deployment)
    return deployment


def lines(capsys: Capture) -> list[str]:
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_empty_queues_are_a_success(capsys: Capture) -> None:
    assert command.main([]) == 0
    printed = lines(capsys)
    assert printed[0] == "Acting on AWS, account 123456789012, region eu-central-1."
    assert printed[-5] == "queue done failed not understood newer"
    assert printed[-4:] == [
        "activation 0 0 0 0",
        "create_thumbnail 0 0 0 0",
        "set_profile_image 0 0 0 0",
        "user_table_trigger 0 0 0 0",
    ]


@pytest.mark.usefixtures("state_machine_arn")
def test_what_is_done_goes_and_the_rest_stays(
    found: FakeDeployment, lambdas: FakeLambda, capsys: Capture
) -> None:
    lambdas.handlers[SET_PROFILE_IMAGE] = lambda _event: None
    send(queue_of(found, "activation"), event("failure_execution"))
    send(queue_of(found, "set_profile_image"), event("failure_invocation"))
    odd = send(queue_of(found, "set_profile_image"), "what is this?")
    assert command.main([]) == 1
    printed = lines(capsys)
    assert "activation 1 0 0 0" in printed
    assert "set_profile_image 1 0 1 0" in printed
    assert f"{odd} not understood, left: body: not JSON" in printed
    assert bodies(queue_of(found, "activation")) == []
    assert bodies(queue_of(found, "set_profile_image")) == ["what is this?"]


@pytest.mark.usefixtures("state_machine_arn")
def test_a_second_run_does_nothing(found: FakeDeployment) -> None:
    send(queue_of(found, "activation"), event("failure_execution"))
    assert command.main([]) == 0
    refused = fail(found.client("stepfunctions"), "StartExecution")
    assert command.main([]) == 0
    assert refused == []


def test_a_list_changes_nothing(found: FakeDeployment, capsys: Capture) -> None:
    queue = queue_of(found, "activation")
    sent = send(queue, event("failure_execution"))
    send(queue, "odd\x1b[2J")
    assert command.main(["--list", "--queue", "activation"]) == 0
    printed = lines(capsys)
    entry = next(line for line in printed if line.startswith(sent))
    assert entry.endswith("UTC anna: ServiceUnavailableError: SES: TooManyRequestsException")
    assert any(line.endswith("not understood: body: not JSON") for line in printed)
    assert "2 message(s)" in printed
    assert len(bodies(queue)) == 2


def test_a_list_names_uploads_and_why_however_long_a_key_is(
    found: FakeDeployment, capsys: Capture
) -> None:
    failure = event("failure_invocation")
    sent = send(queue_of(found, "set_profile_image"), failure)
    failure["requestPayload"]["Records"][0]["s3"]["object"]["key"] = "original/" + "x" * 1000
    send(queue_of(found, "set_profile_image"), failure)
    assert command.main(["--list", "--queue", "set_profile_image"]) == 0
    printed = lines(capsys)
    entry = next(line for line in printed if line.startswith(sent))
    reason = "RetriesExhausted: ProfileNotFoundError: id: no profile 42"
    assert entry.endswith(f"UTC original/cat.jpg: {reason}")
    assert any(line.endswith(f"xxx…: {reason}") for line in printed)


def test_a_list_can_be_cut_short(found: FakeDeployment, capsys: Capture) -> None:
    for _ in range(3):
        send(queue_of(found, "activation"), event("failure_execution"))
    assert command.main(["--list", "--limit", "2"]) == 0
    assert "2 message(s), and more" in lines(capsys)


def test_the_limit_is_said(found: FakeDeployment, capsys: Capture) -> None:
    for _ in range(2):
        send(queue_of(found, "activation"), "odd")
    assert command.main(["--limit", "1"]) == 1
    assert "activation 0 0 1 0 and more, beyond the limit" in lines(capsys)


def test_a_queue_too_large_to_be_seen_whole_is_said(
    found: FakeDeployment, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failure_queue, "HELD_SECONDS", 0)  # each comes round at once
    send(queue_of(found, "activation"), "odd")
    assert command.main(["--list", "--queue", "activation"]) == 0
    assert "1 message(s), and more" in lines(capsys)
    assert command.main(["--queue", "activation"]) == 1
    assert "activation 0 0 1 0 and perhaps more" in lines(capsys)
    assert command.main(["--discard", "no-such-id", "--queue", "activation"]) == 2
    assert "no message no-such-id is in the queues, as far as was seen" in capsys.readouterr().err


def test_one_queue_alone(found: FakeDeployment, capsys: Capture) -> None:
    send(queue_of(found, "set_profile_image"), "odd")
    assert command.main(["--queue", "activation"]) == 0
    assert not any("set_profile_image" in line for line in lines(capsys))


def test_a_message_can_be_discarded(found: FakeDeployment, capsys: Capture) -> None:
    queue = queue_of(found, "activation")
    sent = send(queue, "odd\x1b[2J")
    send(queue, "stays")
    assert command.main(["--discard", sent]) == 0
    assert bodies(queue) == ["stays"]
    assert "'odd\\x1b[2J'" in capsys.readouterr().out


def test_an_unknown_message_is_not_discarded(found: FakeDeployment, capsys: Capture) -> None:
    queue = queue_of(found, "activation")
    send(queue, "stays")
    assert command.main(["--discard", "no-such-id"]) == 2
    assert bodies(queue) == ["stays"]
    assert "no message no-such-id" in capsys.readouterr().err


def test_an_unknown_queue_is_named(capsys: Capture) -> None:
    assert command.main(["--queue", "activations"]) == 2
    assert "no such queue: activations; there are activation, " in capsys.readouterr().err


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_wrong_limit_is_refused(limit: str) -> None:
    with pytest.raises(SystemExit):
        command.main(["--limit", limit])


def test_no_deployment_is_an_error(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def none(_cloud: object, _environment: object) -> FakeDeployment:
        raise OperationsError("there is nothing to act on")

    monkeypatch.setattr(deployments, "find", none)
    assert command.main([]) == 2
    assert capsys.readouterr().err == "error: there is nothing to act on\n"


def test_a_queue_that_cannot_be_read_is_an_error(found: FakeDeployment, capsys: Capture) -> None:
    fail(found.client("sqs"), "ReceiveMessage", "AccessDenied", status=403)
    assert command.main([]) == 2
    assert "AccessDenied" in capsys.readouterr().err


def test_an_interruption_gives_the_message_back(
    found: FakeDeployment, lambdas: FakeLambda, capsys: Capture
) -> None:
    def interrupt(_event: object) -> object:
        raise KeyboardInterrupt

    lambdas.handlers[SET_PROFILE_IMAGE] = interrupt
    queue = queue_of(found, "set_profile_image")
    send(queue, event("failure_invocation"))
    assert command.main([]) == 130
    assert len(bodies(queue)) == 1
    assert "back in its queue" in capsys.readouterr().err


def test_each_queue_is_put_back_by_its_kind(found: FakeDeployment) -> None:
    kinds = {
        name: type(command.redrive_for(found, queue_of(found, name)))
        for name in found.outputs["failure_queue_urls"]
    }
    assert kinds == {
        "activation": ExecutionRedrive,
        "create_thumbnail": FunctionRedrive,
        "set_profile_image": FunctionRedrive,
        "user_table_trigger": FunctionRedrive,
    }


def test_a_queue_of_dead_letters_is_recognized_by_its_policy(found: FakeDeployment) -> None:
    boto3.client("sqs").create_queue(QueueName="source")
    text = json.dumps({"sourceQueueArns": ["arn:aws:sqs:eu-central-1:123456789012:source"]})
    answer(found.client("sqs"), "GetQueueAttributes", {"Attributes": {"RedriveAllowPolicy": text}})
    redrive = command.redrive_for(found, queue_of(found, "set_profile_image"))
    assert isinstance(redrive, DeadLetterRedrive)
    assert redrive.source_url.endswith("/source")


def test_a_queue_of_an_unknown_kind_is_left(found: FakeDeployment, capsys: Capture) -> None:
    urls = found.outputs["failure_queue_urls"]
    urls["new"] = found.client("sqs").create_queue(QueueName="new")["QueueUrl"]
    send(queue_of(found, "new"), event("failure_execution"))
    assert command.main(["--queue", "new"]) == 1
    assert "new 0 0 1 0" in lines(capsys)


def with_outputs(found: FakeDeployment, **outputs: int | None) -> FakeDeployment:
    return FakeDeployment({**found.outputs, **outputs}, found.region)


def test_links_are_known_where_the_web_api_is(found: FakeDeployment) -> None:
    queue = queue_of(found, "activation")
    redrive = command.redrive_for(found, queue)
    assert isinstance(redrive, ExecutionRedrive)
    assert redrive.links is None
    found = with_outputs(found, activation_link_hours=24)
    redrive = command.redrive_for(found, queue)
    assert isinstance(redrive, ExecutionRedrive)
    assert redrive.links is not None
    assert redrive.links.seconds == 86400


@pytest.mark.parametrize(
    ("outputs", "seconds"),
    [
        ({}, None),  # applied before there was this output
        ({"unactivated_user_expiration_days": None}, None),
        ({"unactivated_user_expiration_days": 7}, 604_800),
    ],
)
def test_how_long_users_are_kept_is_known_where_they_expire(
    found: FakeDeployment, outputs: dict[str, int | None], seconds: int | None
) -> None:
    found = with_outputs(found, activation_link_hours=24, **outputs)
    redrive = command.redrive_for(found, queue_of(found, "activation"))
    assert isinstance(redrive, ExecutionRedrive)
    assert redrive.links is not None
    assert redrive.links.user_seconds == seconds


def test_credentials_of_another_account_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def other(_self: object) -> None:
        raise ClientError({"Error": {"Code": "ExpiredToken"}}, "GetCallerIdentity")

    monkeypatch.setattr(FakeDeployment, "prepare", other)
    assert command.main([]) == 2
    assert "ExpiredToken" in capsys.readouterr().err


def test_dead_letters_are_listed_as_what_they_are(found: FakeDeployment, capsys: Capture) -> None:
    boto3.client("sqs").create_queue(QueueName="source")
    text = json.dumps({"sourceQueueArns": ["arn:aws:sqs:eu-central-1:123456789012:source"]})
    answer(found.client("sqs"), "GetQueueAttributes", {"Attributes": {"RedriveAllowPolicy": text}})
    send(queue_of(found, "activation"), {"mail": {}})
    assert command.main(["--list", "--queue", "activation"]) == 0
    assert any(line.endswith("UTC dead letter") for line in lines(capsys))


def test_a_dry_run_of_a_discard_only_shows_the_message(
    found: FakeDeployment, capsys: Capture
) -> None:
    queue = queue_of(found, "activation")
    sent = send(queue, "odd")
    assert command.main(["--discard", sent, "--dry-run"]) == 0
    assert "'odd'" in capsys.readouterr().out
    assert bodies(queue) == ["odd"]


def test_what_is_kept_is_a_new_message_with_the_same_body(
    found: FakeDeployment, lambdas: FakeLambda, capsys: Capture
) -> None:
    queue = queue_of(found, "set_profile_image")
    body = event("failure_invocation")
    sent = send(queue, body)
    assert command.main(["--keep", "--queue", "set_profile_image"]) == 0
    printed = lines(capsys)
    assert f"{sent} done: sent back to onboarding-set_profile_image-failures" in printed
    assert [json.loads(kept) for kept in bodies(queue)] == [body]
    with pytest.raises(SystemExit):
        command.main(["--keep", "--discard", sent])
    assert lambdas.invoked == []


def test_what_cannot_be_kept_is_said(found: FakeDeployment, capsys: Capture) -> None:
    queue = queue_of(found, "activation")
    send(queue, "odd")
    fail(found.client("sqs"), "SendMessage", "AccessDenied", status=403)
    assert command.main(["--keep", "--queue", "activation"]) == 1
    assert "activation 0 1 0 0" in lines(capsys)
    assert bodies(queue) == ["odd"]


@pytest.mark.usefixtures("state_machine_arn")
def test_what_a_function_missed_is_found_without_a_message(
    lambdas: FakeLambda, users: Users, capsys: Capture
) -> None:
    lambdas.connect(TRIGGER, arn_of(USER_TABLE), "INSERT")
    lambdas.handlers[TRIGGER] = lambda _event: None
    users.put("anna")
    users.put("mailed", activationStatus="MAIL_SENT")
    arguments = ["--missed-by", "user_table_trigger"]
    assert command.main([*arguments, "--dry-run"]) == 0
    printed = lines(capsys)
    assert "anna" in printed
    assert "1 item(s) in need, nothing was done" in printed
    assert lambdas.invoked == []

    assert command.main(arguments) == 0
    assert "1 item(s) in need, all delivered" in lines(capsys)
    ((name, delivered),) = lambdas.invoked
    assert name == TRIGGER
    assert delivered["Records"][0]["dynamodb"]["Keys"] == {"username": {"S": "anna"}}


def test_what_fails_again_or_has_no_mapping_is_an_error(
    lambdas: FakeLambda, users: Users, capsys: Capture
) -> None:
    def broken(_event: object) -> object:
        raise ValueError("still broken")

    arguments = ["--missed-by", "user_table_trigger"]
    assert command.main(arguments) == 2
    assert f"{TRIGGER} reads no stream of a table" in capsys.readouterr().err
    lambdas.connect(TRIGGER, arn_of(USER_TABLE), "INSERT")
    lambdas.handlers[TRIGGER] = broken
    users.put("anna")
    assert command.main(arguments) == 2
    assert "1 of 1 record(s) failed again: ValueError: still broken" in capsys.readouterr().err


def test_a_function_that_leaves_no_trace_is_refused() -> None:
    with pytest.raises(SystemExit):
        command.main(["--missed-by", "remove_profile_images"])
