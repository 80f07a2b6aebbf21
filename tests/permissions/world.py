"""The stack with its roles enforced. Waits end soon after a permission was refused."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

import boto3
from botocore.config import Config

from local_cloud.engine.process import Engine
from local_cloud.stack import Stack
from tests.end_to_end.conftest import Cloud
from tests.end_to_end.web import Person, Web
from tests.permissions.decisions import Decisions
from tests.permissions.declared import Permission
from tooling import environment
from tooling.errors import ToolingError

Found = TypeVar("Found")
# Makes a client of a service by its name.
Client = Callable[[str], Any]

# What a test waits for comes within half a second if functions are warm, and within three if one
# must start. After this time something else is wrong.
PATIENCE_SECONDS = 20.0
# How long something may still come after the last request for it was refused: all retries
# happen within this time.
AFTER_REFUSAL_SECONDS = 2.0


class World(Cloud):
    """The stack, and the engine's decisions.

    Attributes:
        decisions: all decisions so far.
        taken: the permission that is removed now.
    """

    def __init__(
        self,
        engine: Engine,
        stack: Stack,
        outputs: dict[str, Any],
        decisions: Decisions,
    ) -> None:
        super().__init__(engine, stack, outputs)
        self.decisions = decisions
        self.taken: Permission | None = None
        self._mark = 0

    @cached_property
    def functions(self) -> Any:  # noqa: ANN401 - a client made by name
        return self.engine.client("lambda")

    @cached_property
    def logs(self) -> Any:  # noqa: ANN401 - a client made by name
        return self.engine.client("logs")

    @cached_property
    def web(self) -> Web:
        return Web(self)

    @cached_property
    def person(self) -> Person:
        """A person with an account for all flows."""
        return self.web.activated()

    def wait_until(
        self,
        probe: Callable[[], Found | None],
        what: str,
        *,
        deadline_seconds: float = PATIENCE_SECONDS,
        interval_seconds: float = 0.05,
    ) -> Found:
        """As polling.wait_until, but not much longer once the removed permission was asked for."""
        started = time.monotonic()
        deadline = started + min(deadline_seconds, PATIENCE_SECONDS)
        is_refused = False
        while True:
            found = probe()
            if found:
                return found
            now = time.monotonic()
            if not is_refused and self.refusals():
                is_refused, deadline = True, min(deadline, now + AFTER_REFUSAL_SECONDS)
            if now >= deadline:
                raise ToolingError(f"{what}: not seen within {now - started:.1f} s")
            time.sleep(interval_seconds)

    def refusals(self) -> int:
        """How often the removed permission was asked for since."""
        taken = self.taken
        if taken is None:
            return 0
        since = self.decisions.since(self._mark)
        return sum(not decision.allowed and taken.covers(decision) for decision in since)

    @contextmanager
    def without(self, permission: Permission) -> Iterator[None]:
        """Remove a permission while the block runs."""
        with permission.taken_away():
            self._mark, self.taken = self.decisions.mark(), permission
            try:
                yield
            finally:
                self.taken = None

    def clients_of(self, role_arn: str) -> Client:
        """A maker of clients with a role's credentials. The role must trust us."""
        session = self.engine.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="probe")[
            "Credentials"
        ]
        return lambda service: boto3.client(
            service,  # type: ignore[call-overload] # the overloads want literal names
            endpoint_url=self.engine.endpoint_url,
            region_name=environment.REGION,
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
            config=Config(proxies={}, s3={"addressing_style": "path"}),
        )

    # Functions

    def invoke(self, folder: str, event: object) -> str | None:
        """Call a function; return its error's class, if it failed."""
        answer = self.functions.invoke(
            FunctionName=self.outputs["function_names"][folder], Payload=json.dumps(event)
        )
        body = json.load(answer["Payload"])
        return str(body.get("errorType")) if "FunctionError" in answer else None

    def renew(self, folder: str) -> None:
        """Restart a function's processes: what they remember of earlier calls is gone."""
        function_name = self.outputs["function_names"][folder]
        variables = self._variables(function_name)
        self._set_variables(function_name, {**variables, "RENEWED": uuid.uuid4().hex})

    @contextmanager
    def variable(self, folder: str, name: str, value: str) -> Iterator[None]:
        """Change one of a function's environment variables while the block runs."""
        function_name = self.outputs["function_names"][folder]
        variables = self._variables(function_name)
        self._set_variables(function_name, {**variables, name: value})
        try:
            yield
        finally:
            self._set_variables(function_name, variables)

    def _variables(self, function_name: str) -> dict[str, str]:
        found = self.functions.get_function_configuration(FunctionName=function_name)
        return dict(found["Environment"]["Variables"])

    def _set_variables(self, function_name: str, variables: dict[str, str]) -> None:
        self.functions.update_function_configuration(
            FunctionName=function_name, Environment={"Variables": variables}
        )
