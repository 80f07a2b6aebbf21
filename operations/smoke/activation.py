"""A user: the sign-up, the mail, the activation with a known token, and the sign-in."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from operations.redrive.failure_queue import FailureQueue
from operations.redrive.failures import ExecutionFailure, NotUnderstoodError, parse_failure
from operations.smoke import application
from operations.smoke.run import SIMULATOR, FailedError, NotApplicableError, Run
from shared.dynamodb import ConditionFailed, Item, number_of, text_of
from shared.user_table import STATUS_DONE, STATUS_MAIL_SENT, status_of

NAME = "Smoke Run"
# Clocks differ.
SLACK = timedelta(minutes=1)
MOST_MESSAGES = 1000  # to look for the reason in


def sign_up(run: Run) -> str:
    """Somebody signs up whose mails arrive."""
    _register(run, run.username, "success")
    return run.username


def _register(run: Run, username: str, mailbox: str) -> None:
    """Sign up at the page; without it, put the user as another application does."""
    email = f"{mailbox}+{run.mark}@{SIMULATOR}"
    if run.has_page:
        run.new_browser().sign_up(username, NAME, email, run.password)
    else:
        application.put_user(run, username, NAME, email)


def execution(run: Run) -> str:
    """The user's execution of the state machine succeeds."""
    states, arn = run.client("stepfunctions"), run.found.output("state_machine_arn")
    if states.describe_state_machine(stateMachineArn=arn)["type"] != "STANDARD":
        raise NotApplicableError("executions of type EXPRESS can't be listed")
    known: dict[str, str] = {}
    ended = run.wait(
        lambda: _ended_execution(states, arn, run, known), f"the end of {run.username}'s execution"
    )
    if ended != "SUCCEEDED":
        raise FailedError(f"the execution has {ended}{_reason(run)}")
    return "succeeded"


def _reason(run: Run) -> str:
    """What the failure queue says of it, as the clean-up deletes that; "" if it says nothing."""
    url = (run.found.outputs.get("failure_queue_urls") or {}).get("activation")
    if url is None:
        return ""
    queue = FailureQueue(run.client("sqs"), "activation", url)
    with closing(queue.messages(MOST_MESSAGES)) as messages:
        for message in messages:
            try:
                failure = parse_failure(message.body)
            except NotUnderstoodError:
                continue
            if isinstance(failure, ExecutionFailure) and failure.username == run.username:
                return f": {failure.reason}"
    return ""


def _ended_execution(states: Any, arn: str, run: Run, known: dict[str, str]) -> str | None:  # noqa: ANN401 - a client made by name
    """The status of the user's execution; None while there is none, or it is running.

    Args:
        states: A client.
        arn: The state machine.
        run: The run.
        known: The usernames of executions that were looked at, by their ARNs.
    """
    for one in _executions(states, arn, run):
        execution_arn = one["executionArn"]
        if execution_arn not in known:
            told = states.describe_execution(executionArn=execution_arn)
            known[execution_arn] = _username_in(told.get("input", ""))
        if known[execution_arn] == run.username:
            return None if one["status"] == "RUNNING" else str(one["status"])
    return None


def _username_in(text: str) -> str:
    """The username in an execution's input; "" for another one, which somebody started by hand."""
    try:
        given = json.loads(text)
    except ValueError:
        return ""
    return str(given.get("username", "")) if isinstance(given, dict) else ""


def _executions(states: Any, arn: str, run: Run) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - a client made by name
    """The executions since the run began, the newest first."""
    since = datetime.fromtimestamp(run.started_at, UTC) - SLACK
    for page in states.get_paginator("list_executions").paginate(stateMachineArn=arn):
        for one in page["executions"]:
            if one["startDate"] < since:
                return
            yield one


def mail_sent(run: Run) -> str:
    """The user's mail is sent, and the item has of the token what the contract says."""

    def wrong() -> str:
        user = _user(run, run.username)
        if status_of(user) != STATUS_MAIL_SENT:
            return f"activationStatus is {status_of(user) or 'missing'}"
        if not run.has_page:
            return application.wrong_token(run, user)
        if "activationToken" in user:
            return "activationToken is still on the item"
        return "" if text_of(user, "activationTokenHash") else "there is no activationTokenHash"

    run.wait_until_right(wrong)
    return f"MAIL_SENT, the token {'is gone' if run.has_page else 'and its hash are there'}"


def bounce(run: Run) -> str:
    """Somebody signs up whose mail bounces, which is noted."""
    username = run.bounced_username
    _register(run, username, "bounce")

    def wrong() -> str:
        feedback = text_of(_user(run, username), "mailFeedback")
        return "" if feedback == "BOUNCED" else f"mailFeedback is {feedback or 'missing'}"

    run.wait_until_right(wrong)
    return "BOUNCED is noted"


def known_token(run: Run) -> str:
    """The operator puts the hash of a known token on the user: nobody can read the mail."""
    written = run.users.update_if(
        run.username,
        "SET activationTokenHash = :hash, activationTokenCreatedAt = :now",
        condition="activationStatus = :sent",
        values={
            ":hash": {"S": run.token_hash},
            ":now": {"N": str(int(time.time()))},
            ":sent": {"S": STATUS_MAIL_SENT},
        },
    )
    if isinstance(written, ConditionFailed):
        raise FailedError("the user waits for no activation")
    return "put on the user"


def activate(run: Run) -> str:
    """The link shows its page, and the password activates the account, as on the page."""
    page = run.web.open_link(run.link)
    if page.result != "ready":
        raise FailedError(f"the page behind the link says {page.result}")
    run.web.activate(run.link, run.password)
    user = _user(run, run.username)
    profile_id = number_of(user, "userProfileId")
    if status_of(user) != STATUS_DONE or profile_id is None:
        raise FailedError(f"activationStatus is {status_of(user)}, userProfileId {profile_id}")
    run.profile_id = int(profile_id)
    return "DONE, with a profile"


def sign_in(run: Run) -> str:
    """The password signs in, in another browser."""
    browser = run.new_browser()
    browser.sign_in(run.username, run.password)
    if browser.profile()["username"] != run.username:
        raise FailedError("somebody else is signed in")
    run.web = browser
    return "signed in"


def _user(run: Run, username: str) -> Item:
    return run.users.get_item(username) or {}
