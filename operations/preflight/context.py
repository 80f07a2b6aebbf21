"""What every check is given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from operations.environments import Environment
from operations.preflight.account import Account
from operations.preflight.aws import Aws
from operations.preflight.findings import Finding
from operations.preflight.settings import Settings
from operations.preflight.state import State


@dataclass(frozen=True)
class Context:
    """What every check is given.

    Attributes:
        environment: Which environment is checked.
        settings: What is to be deployed.
        aws: AWS, to ask.
        account: Whose credentials there are.
        state: What is deployed already; None if it could not be read.
    """

    environment: Environment
    settings: Settings
    aws: Aws
    account: Account
    state: State | None

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """The ARN of a resource of this account and region."""
        region = self.settings.region if regional else ""
        return f"arn:{self.account.partition}:{service}:{region}:{self.account.id}:{resource}"

    def is_ours(self, arn: str) -> bool:
        """Whether this deployment has made a resource."""
        return self.state is not None and arn in self.state.resources


Check: TypeAlias = Callable[[Context], Iterator[Finding]]
