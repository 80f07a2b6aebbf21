"""The user's steps: what each one asks for, and what it finds broken."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from operations.smoke import activation
from operations.smoke.run import FailedError, NotApplicableError, Run
from tests.unit.builders import USER_TABLE, Users, event
from tests.unit.operations.forget.conftest import Stack
from tests.unit.operations.smoke.fakes import API_URL, Browser, Client, response, run_of
from tooling.errors import ToolingError
from tooling.web_client import RefusedError
from web_api.activation import Link

NAME = "smoke-run-0123"
SESSION = "__Host-session=s; Secure; Path=/"


def run_with(users: Users, *responses: requests.Response) -> tuple[Run, list[Any]]:
    """A run whose browser gets these responses; and what it has sent."""
    queue, sent = list(responses), []

    def respond(method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401 - those of requests
        sent.append((method, path, options.get("json")))
        return queue.pop(0)

    clients = {"dynamodb": users.dynamodb}
    return run_of(clients, browser=Browser(respond), user_table_name=USER_TABLE), sent


def json_response(status: int, body: object, cookie: str = "") -> requests.Response:
    return response(status, {"Content-Type": "application/json"}, json.dumps(body).encode(), cookie)


def problem(status: int, code: str) -> requests.Response:
    body = {"type": f"/problems/{code}", "detail": "Wait."}
    return response(status, {"Content-Type": "application/problem+json"}, json.dumps(body).encode())


def page(result: str) -> requests.Response:
    return response(200, {}, f'<main data-result="{result}">'.encode())


def test_user_signs_up_with_an_address_of_the_simulator(users: Users) -> None:
    run, sent = run_with(users, json_response(201, {}))
    assert activation.sign_up(run) == NAME
    ((method, path, body),) = sent
    assert (method, path) == ("POST", "/users")
    assert body == {
        "username": NAME,
        "name": "Smoke Run",
        "email": "success+0123@simulator.amazonses.com",
        "password": run.password,
    }


def test_sign_up_beyond_a_limit_says_so(users: Users) -> None:
    run, _ = run_with(users, problem(429, "too-many-attempts"))
    with pytest.raises(RefusedError, match="429 too-many-attempts"):
        activation.sign_up(run)


def with_executions(
    *statuses: tuple[str, str], kind: str = "STANDARD", stack: Stack | None = None
) -> Run:
    """A run after which these executions began: username and status."""
    now = datetime.now(UTC)
    old = {"executionArn": "old", "status": "FAILED", "startDate": now - timedelta(days=1)}
    listed = [
        {"executionArn": username, "status": status, "startDate": now}
        for username, status in statuses
    ]

    def described(*, executionArn: str) -> dict[str, str]:  # noqa: N803 - AWS's name
        assert executionArn != "old"
        return {"input": json.dumps({"username": executionArn})}

    states = Client(
        describe_state_machine={"type": kind},
        list_executions={"executions": [*listed, old]},
        describe_execution=described,
    )
    clients: dict[str, Any] = {"stepfunctions": states}
    outputs: dict[str, Any] = {"state_machine_arn": "arn:machine"}
    if stack is not None:
        clients["sqs"] = stack.client("sqs")
        outputs["failure_queue_urls"] = stack.deployment.output("failure_queue_urls")
    return run_of(clients, **outputs)


def test_execution_of_the_user_succeeds() -> None:
    run = with_executions(("ada", "FAILED"), (NAME, "SUCCEEDED"))
    assert activation.execution(run) == "succeeded"


@pytest.mark.parametrize("given", ["[]", '"ada"', "1", "null", "{", '{"username": 1}', "{}"])
def test_execution_that_somebody_started_by_hand_is_skipped(given: str) -> None:
    run = with_executions(("by hand", "FAILED"), (NAME, "SUCCEEDED"))
    states = run.client("stepfunctions")
    described = states.responses["describe_execution"]
    states.responses["describe_execution"] = lambda *, executionArn: (  # noqa: N803 - AWS's name
        {"input": given} if executionArn == "by hand" else described(executionArn=executionArn)
    )
    assert activation.execution(run) == "succeeded"


def test_execution_that_fails_is_found_with_its_reason(stack: Stack) -> None:
    run = with_executions((NAME, "FAILED"), stack=stack)
    failure = event("failure_execution")
    stack.put_message("activation", "no failure")
    stack.put_message("activation", failure)
    with pytest.raises(FailedError, match=r"the execution has FAILED$"):
        activation.execution(run)

    failure["input"]["username"] = NAME
    stack.put_message("activation", failure)
    with pytest.raises(FailedError, match=r"FAILED: .*SES: TooManyRequestsException"):
        activation.execution(run)


def test_execution_that_never_ends_is_found() -> None:
    for run in (with_executions((NAME, "RUNNING")), with_executions(("ada", "SUCCEEDED"))):
        with pytest.raises(ToolingError, match=f"the end of {NAME}'s execution"):
            activation.execution(run)


def test_express_executions_can_not_be_listed() -> None:
    with pytest.raises(NotApplicableError, match="EXPRESS"):
        activation.execution(with_executions(kind="EXPRESS"))


@pytest.mark.parametrize(
    ("attributes", "wrong"),
    [
        ({"activationStatus": "NONE"}, "activationStatus is NONE"),
        (
            {"activationStatus": "MAIL_SENT", "activationTokenHash": "a", "activationToken": "t"},
            "activationToken is still on the item",
        ),
        ({"activationStatus": "MAIL_SENT"}, "there is no activationTokenHash"),
    ],
)
def test_mail_that_is_not_sent_and_token_that_stays_are_found(
    users: Users, attributes: dict[str, str], wrong: str
) -> None:
    run, _ = run_with(users)
    with pytest.raises(FailedError, match="activationStatus is missing, for 0 s"):
        activation.mail_sent(run)
    users.put(NAME, **attributes)
    with pytest.raises(FailedError, match=wrong):
        activation.mail_sent(run)


def test_sent_mail_is_seen(users: Users) -> None:
    run, _ = run_with(users)
    users.put(NAME, activationStatus="MAIL_SENT", activationTokenHash="a")
    assert activation.mail_sent(run) == "MAIL_SENT, the token is gone"


@pytest.mark.parametrize("feedback", [None, "COMPLAINED"])
def test_bounce_that_is_not_noted_is_found(users: Users, feedback: str | None) -> None:
    run, _ = run_with(users, json_response(201, {}))
    users.put(f"{NAME}-b", mailFeedback=feedback)
    with pytest.raises(FailedError, match=f"mailFeedback is {feedback or 'missing'}"):
        activation.bounce(run)


def test_bounce_is_noted_on_a_user_of_its_own(users: Users) -> None:
    run, sent = run_with(users, json_response(201, {}))
    users.put(f"{NAME}-b", mailFeedback="BOUNCED")
    assert activation.bounce(run) == "BOUNCED is noted"
    assert sent[0][2]["email"] == "bounce+0123@simulator.amazonses.com"


def test_hash_of_a_known_token_is_put_on_a_user_who_waits(users: Users) -> None:
    run, _ = run_with(users)
    for status in ("NONE", "DONE"):
        users.put(NAME, activationStatus=status)
        with pytest.raises(FailedError, match="the user waits for no activation"):
            activation.known_token(run)
    users.put(NAME, activationStatus="MAIL_SENT")
    assert activation.known_token(run) == "put on the user"
    assert users.get(NAME)["activationTokenHash"] == Link(NAME, run.token).token_hash
    assert "activationTokenCreatedAt" in users.get(NAME)


def test_activation_is_what_the_page_does(users: Users) -> None:
    run, sent = run_with(users, page("ready"), json_response(200, {}, SESSION))
    users.put(NAME, activationStatus="DONE")
    users.dynamodb.update_item(
        TableName=USER_TABLE,
        Key={"username": {"S": NAME}},
        UpdateExpression="SET userProfileId = :id",
        ExpressionAttributeValues={":id": {"N": "42"}},
    )
    assert activation.activate(run) == "DONE, with a profile"
    assert run.profile_id == 42
    (_, opened, _), (_, path, body) = sent
    assert f"{API_URL}{opened}" == run.link
    assert (path, body) == (
        "/activate",
        {"username": NAME, "token": run.token, "password": run.password},
    )


def test_activation_that_did_nothing_is_found(users: Users) -> None:
    run, _ = run_with(users, page("ready"), json_response(200, {}, SESSION))
    users.put(NAME, activationStatus="MAIL_SENT")
    with pytest.raises(FailedError, match="activationStatus is MAIL_SENT, userProfileId None"):
        activation.activate(run)


def test_link_that_does_not_work_is_found(users: Users) -> None:
    run, _ = run_with(users, page("wrong-token"))
    with pytest.raises(FailedError, match="the page behind the link says wrong-token"):
        activation.activate(run)


@pytest.mark.parametrize("username", [NAME, "ada"])
def test_sign_in_of_somebody_else_is_found(users: Users, username: str) -> None:
    run, _ = run_with(
        users, json_response(200, {}, SESSION), json_response(200, {"username": username})
    )
    if username == NAME:
        assert activation.sign_in(run) == "signed in"
        return
    with pytest.raises(FailedError, match="somebody else is signed in"):
        activation.sign_in(run)
