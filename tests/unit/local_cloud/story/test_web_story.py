from collections.abc import Iterator

import pytest

from local_cloud.story import web_story
from tests.unit.local_cloud.story.fake_web_api import FakeWebApi
from tooling import paths
from tooling.errors import ToolingError
from tooling.web_client import WebClient

PERSON = web_story.PEOPLE[1]


@pytest.fixture
def api() -> Iterator[FakeWebApi]:
    with FakeWebApi() as running:
        yield running


@pytest.fixture
def client(api: FakeWebApi) -> WebClient:
    return WebClient(api.url)


@pytest.fixture
def link(api: FakeWebApi, client: WebClient) -> str:
    """The link in the mail to somebody who has signed up."""
    mail = web_story.sign_up(client, PERSON, lambda: api.mails)
    assert PERSON.name in mail["text"]
    return client.find_link(mail["text"])


def test_whole_story_ends_with_a_thumbnail(client: WebClient, link: str, api: FakeWebApi) -> None:
    web_story.be_refused(client, PERSON, link)
    web_story.activate(client, PERSON, link)
    thumbnails = web_story.upload_picture(client, PERSON, paths.SAMPLES)

    sizes = {size: (one.width, one.height) for size, one in thumbnails.items()}
    assert sizes == {150: (150, 100), 300: (150, 100)}  # one picture is behind all links
    ((_, picture),) = api.pictures
    assert picture == (paths.SAMPLES / PERSON.file_name).read_bytes()


def test_sign_in_that_works_too_early_is_noticed(
    client: WebClient, link: str, api: FakeWebApi
) -> None:
    api.users[PERSON.username]["status"] = "DONE"

    with pytest.raises(ToolingError, match="could sign in"):
        web_story.be_refused(client, PERSON, link)


def test_activation_with_a_wrong_password_is_noticed(
    client: WebClient, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "activate", lambda *_: None)

    with pytest.raises(ToolingError, match="could activate with a wrong password"):
        web_story.be_refused(client, PERSON, link)


def test_activation_that_signs_nobody_in_is_noticed(
    client: WebClient, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "activate", lambda *_: None)

    with pytest.raises(ToolingError, match="not-signed-in"):
        web_story.activate(client, PERSON, link)


def test_refusal_for_another_reason_is_noticed(
    client: WebClient, link: str, api: FakeWebApi
) -> None:
    api.users[PERSON.username]["password"] = "another"

    with pytest.raises(ToolingError, match="wrong-credentials"):
        web_story.be_refused(client, PERSON, link)


def test_link_that_is_not_ready_is_noticed(client: WebClient, link: str) -> None:
    with pytest.raises(ToolingError, match="says wrong-token"):
        web_story.activate(client, PERSON, f"{link}x")


def test_wrong_link_that_is_ready_is_noticed(client: WebClient, link: str) -> None:
    with pytest.raises(ToolingError, match="wrong link says ready"):
        web_story.be_refused(client, PERSON, link.removesuffix("n") + "n&x=")


def test_failed_thumbnail_tells_its_reason(client: WebClient, link: str, api: FakeWebApi) -> None:
    api.thumbnail_state = "failed"
    web_story.activate(client, PERSON, link)

    with pytest.raises(ToolingError, match="no thumbnail was made: no image"):
        web_story.upload_picture(client, PERSON, paths.SAMPLES)
