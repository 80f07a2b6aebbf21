"""The state machine, started once more for a user whose execution failed."""

import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from operations.redrive.activation_links import ActivationLinks
from operations.redrive.failures import ExecutionFailure, NotUnderstoodError, parse_failure

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

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
        """Start an execution for the user that a message tells of; answer its name.

        Raises:
            NotUnderstoodError: The message is none of this state machine's.
        """
        failure = parse_failure(message.body)
        if not isinstance(failure, ExecutionFailure) or (
            failure.state_machine_name != self.state_machine_arn.rpartition(":")[2]
        ):
            raise NotUnderstoodError(f"it tells of no execution of {self.state_machine_arn}")
        is_renewed = self._renew_link(failure.username, now=int(time.time()))
        name = execution_name(failure)
        started = "started" if self._start(name, failure.username) else "had been started before"
        link = ", its link had ended and is made anew" if is_renewed else ""
        return f"{failure.username}: {failure.reason}; execution {name} {started}{link}"

    def _renew_link(self, username: str, *, now: int) -> bool:
        """See to a link that works for its time; answer whether the former one had ended."""
        if self.links is None:
            return False
        self.links.keep_user(username, now)
        return self.links.end_expired(username, now)

    def _start(self, name: str, username: str) -> bool:
        try:
            self.step_functions.start_execution(
                stateMachineArn=self.state_machine_arn,
                name=name,
                input=json.dumps({"username": username}),
            )
        except self.step_functions.exceptions.ExecutionAlreadyExists:
            return False
        return True


def execution_name(failure: ExecutionFailure) -> str:
    """The name of the execution that puts a failed one back: always the same for the same one.

    A STANDARD state machine refuses a name for 90 days, so a message that is delivered twice, or
    that a crash left in the queue, starts one execution. EXPRESS takes it again: then the claim on
    the user settles it (docs/activation-mail-protocol.md).
    """
    return f"redrive-{hashlib.sha256(failure.execution_arn.encode()).hexdigest()}"
