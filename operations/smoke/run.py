"""One run: the deployment, the users it makes, and what its steps leave for later ones."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlencode

from operations.deployment import Deployment
from shared.profile_table import ProfileTable
from shared.user_table import UserTable
from tooling.errors import ToolingError
from tooling.polling import wait_until
from tooling.web_client import WebClient
from web_api.activation import Link

# Names and addresses of users that runs made: the next run finds what a killed one left by both.
USERNAME_PREFIX = "smoke-run-"
# It takes mails in SES's sandbox too, and they count for neither quota nor reputation:
# https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
SIMULATOR = "simulator.amazonses.com"

# For what a new deployment begins to do within minutes: SES's event, and a stream's first records.
PATIENCE_SECONDS = 180.0
Found = TypeVar("Found")


class FailedError(ToolingError):
    """What a step checks is not as it must be; the message says what it is."""


class NotApplicableError(Exception):
    """The deployment does not have what a step checks; the message says what."""


@dataclass
class Run:
    """One run of the command.

    Attributes:
        found: The deployment.
        mark: The random part of all names.
        patience_seconds: How long a step waits for something at most.
        started_at: When it began, in seconds since the epoch.
        profile_id: The user's profile, once there is one.
        upload_origin: Where the page may send pictures to, as its headers say.
        first_key: The key of the first picture.
        second_key: The key of the picture that took its place.
        public_url: The public address of the first picture's thumbnail, with delivery.
    """

    found: Deployment
    mark: str = field(default_factory=lambda: secrets.token_hex(6))
    patience_seconds: float = PATIENCE_SECONDS
    started_at: float = field(default_factory=time.time)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    profile_id: int | None = None
    upload_origin: str = ""
    first_key: str = ""
    second_key: str = ""
    public_url: str = ""

    @property
    def username(self) -> str:
        """The user who goes the whole way."""
        return f"{USERNAME_PREFIX}{self.mark}"

    @property
    def bounced_username(self) -> str:
        """The user whose mail bounces."""
        return f"{self.username}-b"

    @property
    def usernames(self) -> tuple[str, str]:
        """All users of the run."""
        return self.username, self.bounced_username

    @cached_property
    def web(self) -> WebClient:
        """The user's browser."""
        return self.new_browser()

    def new_browser(self) -> WebClient:
        """A browser without cookies."""
        return WebClient(self.found.output("web_api_url"))

    @property
    def has_page(self) -> bool:
        """Whether there is the page with its API; without it a run acts as another application."""
        return self.found.outputs.get("web_api_url") is not None

    @property
    def has_users(self) -> bool:
        """Whether the pipeline of the mails is there."""
        return self.found.outputs.get("user_table_name") is not None

    @property
    def has_pictures(self) -> bool:
        """Whether the pipeline of the pictures is there."""
        return self.found.outputs.get("user_profile_table_name") is not None

    @property
    def token_hash(self) -> str:
        """The hash of the known token."""
        return Link(self.username, self.token).token_hash

    @property
    def link(self) -> str:
        """The activation link with the known token."""
        return f"{self.web.origin}/activate?" + urlencode(
            {"username": self.username, "token": self.token}
        )

    @cached_property
    def users(self) -> UserTable:
        """The table User."""
        return UserTable(self.client("dynamodb"), self.found.output("user_table_name"))

    @cached_property
    def profiles(self) -> ProfileTable:
        """The table user-profile."""
        return ProfileTable(self.client("dynamodb"), self.found.output("user_profile_table_name"))

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    def client(self, service: str) -> Any:  # noqa: ANN401 - a client made by name
        """A client, made once."""
        if service not in self._clients:
            self._clients[service] = self.found.client(service)
        return self._clients[service]

    def wait(self, probe: Callable[[], Found | None], what: str) -> Found:
        """Wait until a probe finds something.

        Raises:
            ToolingError: It found nothing within `patience_seconds`.
        """
        return wait_until(probe, what, deadline_seconds=self.patience_seconds, interval_seconds=0.5)

    def wait_until_right(self, probe: Callable[[], str]) -> None:
        """Wait until a probe finds nothing wrong.

        Args:
            probe: Returns what is wrong; "" for nothing.

        Raises:
            FailedError: Something was wrong all the time. The message has the last of it.
        """
        wrong = ""

        def is_right() -> bool:
            nonlocal wrong
            wrong = probe()
            return not wrong

        try:
            self.wait(is_right, "")
        except ToolingError:
            if not wrong:
                raise
            raise FailedError(f"{wrong}, for {self.patience_seconds:g} s") from None
