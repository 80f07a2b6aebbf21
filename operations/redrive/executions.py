"""The state machine, started once more for a user whose execution failed."""

import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from operations.redrive.activation_links import ActivationLinks
from operations.redrive.failures import ExecutionFailure, NotUnderstoodError, parse_failure
from shared.user_table import UserTable

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

    from operations.deployment import Deployment
    from operations.redrive.drain import StillWorking
    from operations.redrive.failure_queue import Message


@dataclass(frozen=True, slots=True)
class ExecutionRedrive:
    """Puts back failed executions.

    Attributes:
        step_functions: A client.
        state_machine_arn: The state machine.
        links: The links that end; None where no link does, as far as the deployment knows.
    """

    step_functions: "SFNClient"
    state_machine_arn: str
    links: ActivationLinks | None = None

    def __call__(self, message: "Message", _still_working: "StillWorking") -> str:
        """Start an execution for the user that a message is about; return its name.

        Raises:
            NotUnderstoodError: The message is not about this state machine.
        """
        failure = parse_failure(message.body)
        if not isinstance(failure, ExecutionFailure) or (
            failure.state_machine_name != self.state_machine_arn.rpartition(":")[2]
        ):
            raise NotUnderstoodError(f"it is not about {self.state_machine_arn}")
        link = self._renew_link(failure.username, now=int(time.time()))
        name = execution_name(failure)
        try:
            self._start(failure.username, name=name)
            started = "started"
        except self.step_functions.exceptions.ExecutionAlreadyExists:
            started = "had been started before"
        return f"{failure.username}: {failure.reason}; execution {name} {started}{link}"

    def start_now(self, username: str, *, now: int) -> str:
        """Start an execution for a user whom no message is about.

        Under a name that AWS chooses: an operator may start a user as often as needed, and the
        claim lets one of two executions send.

        Returns:
            What happened to the user's link, in a few words; "" where nothing did.
        """
        link = self._renew_link(username, now=now)
        self._start(username)
        return link

    def _renew_link(self, username: str, *, now: int) -> str:
        """Make sure that the mail's link works for its full time; say whether it had expired."""
        if self.links is None:
            return ""
        self.links.keep_user(username, now)
        is_renewed = self.links.end_expired(username, now)
        return ", its link had expired and is replaced" if is_renewed else ""

    def _start(self, username: str, **name: str) -> None:
        self.step_functions.start_execution(
            stateMachineArn=self.state_machine_arn,
            input=json.dumps({"username": username}),
            **name,
        )


def execution_redrive_of(found: "Deployment") -> ExecutionRedrive:
    """What starts executions of a deployment's state machine."""
    return ExecutionRedrive(
        found.client("stepfunctions"), found.output("state_machine_arn"), _links_of(found)
    )


def _links_of(found: "Deployment") -> ActivationLinks | None:
    hours = found.outputs.get("activation_link_hours")
    if hours is None:
        return None
    # Missing, too, where the deployment was applied before it had this output.
    days = found.outputs.get("unactivated_user_expiration_days")
    return ActivationLinks(
        UserTable(found.client("dynamodb"), found.output("user_table_name")),
        int(hours) * 3600,
        None if days is None else int(days) * 24 * 3600,
    )


def execution_name(failure: ExecutionFailure) -> str:
    """The name of the execution that puts a failed one back: always the same for the same one.

    A STANDARD state machine refuses a name for 90 days, so a message that is delivered twice, or
    that a crash left in the queue, starts one execution. EXPRESS takes it again: then the claim on
    the user settles it (docs/activation-mail-protocol.md).
    """
    return f"redrive-{hashlib.sha256(failure.execution_arn.encode()).hexdigest()}"
