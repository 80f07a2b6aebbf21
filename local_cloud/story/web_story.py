"""A person's story at the web API, from the sign-up to the thumbnail, step by step."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.engine.mails import Mail
from local_cloud.story import scenario
from local_cloud.story.scenario import Thumbnail
from tooling.errors import ToolingError
from tooling.polling import wait_until
from tooling.web_client import RefusedError, WebClient

_PASSWORD = "correct horse battery staple"  # noqa: S105 - of people who don't exist


@dataclass(frozen=True)
class Person:
    """A person who signs up, and their picture."""

    username: str
    name: str
    email: str
    file_name: str


PEOPLE = (
    Person("ada", "Ada Lovelace", "ada@example.com", "rocket.jpg"),
    # A name that would break the mail and the page if it were not escaped.
    Person("tom.jerry", 'Tom & "Jerry" <b>Mouse</b>', "tom.jerry@example.com", "coffee.webp"),
)


def sign_up(client: WebClient, person: Person, read_mails: Callable[[], list[Mail]]) -> Mail:
    """Register a person and wait for the mail."""
    client.sign_up(person.username, person.name, person.email, _PASSWORD)
    return scenario.wait_for_mail(read_mails, person.email)


def be_refused(client: WebClient, person: Person, link: str) -> None:
    """Sign in before the activation, and use a wrong link and a wrong password: all are refused.

    Raises:
        ToolingError: one of them was not refused, or for another reason.
    """
    _expect_refusal(
        lambda: client.sign_in(person.username, _PASSWORD),
        "not-activated",
        "a user who is not activated could sign in",
    )
    _expect_refusal(
        lambda: client.activate(link, f"{_PASSWORD}x"),
        "wrong-credentials",
        "a user could activate with a wrong password",
    )
    page = client.open_link(f"{link}x")
    if page.result != "wrong-token":
        raise ToolingError(f"the page behind a wrong link says {page.result}")


def _expect_refusal(action: Callable[[], None], code: str, otherwise: str) -> None:
    try:
        action()
    except RefusedError as refused:
        if refused.code != code:
            raise
    else:
        raise ToolingError(otherwise)


def activate(client: WebClient, person: Person, link: str) -> None:
    """Follow the mail's link, and activate with the password as its page does, which signs in.

    Raises:
        ToolingError: the link doesn't work, or the person isn't signed in by it.
    """
    page = client.open_link(link)
    if page.result != "ready":
        raise ToolingError(f"the page behind the mail's link says {page.result}")
    client.activate(link, _PASSWORD)
    if client.profile()["username"] != person.username:
        raise ToolingError("the activation has signed somebody else in")


def upload_picture(client: WebClient, person: Person, samples: Path) -> dict[int, Thumbnail]:
    """Upload a person's picture and wait for the thumbnails, as the page does.

    Returns:
        The thumbnails, by size.

    Raises:
        ToolingError: no thumbnail was made of it; the message says why.
    """
    content_type = scenario.CONTENT_TYPES[Path(person.file_name).suffix]
    client.upload_picture((samples / person.file_name).read_bytes(), content_type)
    image = wait_until(
        lambda: _finished_image(client),
        f"the thumbnail of {person.username}",
        deadline_seconds=scenario.ARRIVAL_SECONDS,
    )
    if image["state"] == "failed":
        raise ToolingError(f"no thumbnail was made: {image.get('reason')}")
    links = {one["size"]: one["url"] for one in image["thumbnails"]}
    return {size: scenario.read_thumbnail(client.fetch(link)) for size, link in links.items()}


def _finished_image(client: WebClient) -> dict[str, Any] | None:
    image: dict[str, Any] = client.profile()["image"]
    return image if image["state"] in ("ready", "failed") else None
