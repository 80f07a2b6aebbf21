from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
import requests

from tests.unit.local_cloud.story.fake_web_api import TOKEN, FakeWebApi
from tooling.errors import ToolingError
from tooling.web_client import ActivationPage, RefusedError, WebClient

PASSWORD = "correct horse battery"


@pytest.fixture
def api() -> Iterator[FakeWebApi]:
    with FakeWebApi() as running:
        yield running


@pytest.fixture
def ada(api: FakeWebApi) -> WebClient:
    """The browser of somebody who has signed up."""
    client = WebClient(api.url)
    client.sign_up("ada", "Ada", "ada@example.com", PASSWORD)
    return client


def link_of(api: FakeWebApi, client: WebClient) -> str:
    return client.find_link(api.mails[-1]["text"])


def sign_in(api: FakeWebApi, client: WebClient) -> None:
    client.activate(link_of(api, client), PASSWORD)
    client.sign_in("ada", PASSWORD)


def test_refusal_tells_the_problem_and_its_code(ada: WebClient) -> None:
    with pytest.raises(RefusedError, match="POST /users was refused: 409") as refused:
        ada.sign_up("ada", "Other", "other@example.com", PASSWORD)

    assert refused.value.code == "username-taken"
    assert refused.value.detail == "It is username-taken."


def test_only_the_mails_link_to_this_api_is_found(api: FakeWebApi, ada: WebClient) -> None:
    assert link_of(api, ada) == f"{api.url}/activate?username=ada&token={TOKEN}"
    with pytest.raises(ToolingError, match="holds no link"):
        ada.find_link("https://shop.example.com/activate?username=ada&token=x")


def test_opened_link_shows_what_the_page_says_and_changes_nothing(
    api: FakeWebApi, ada: WebClient
) -> None:
    link = link_of(api, ada)

    assert ada.open_link(link) == ActivationPage(200, "ready")
    assert ada.open_link(f"{link}x") == ActivationPage(403, "wrong-token")
    assert api.users["ada"]["status"] == "NONE"


@pytest.mark.parametrize("query", ["", "username=ada", "username=a&username=b&token=c"])
def test_link_without_its_parts_is_not_followed(api: FakeWebApi, query: str) -> None:
    with pytest.raises(ToolingError, match="no username and token"):
        WebClient(api.url).activate(f"{api.url}/activate?{query}", PASSWORD)


def test_activation_signs_in(api: FakeWebApi, ada: WebClient) -> None:
    ada.activate(link_of(api, ada), PASSWORD)

    assert ada.profile()["username"] == "ada"


def test_session_is_kept_until_the_sign_out(api: FakeWebApi, ada: WebClient) -> None:
    sign_in(api, ada)

    assert ada.profile()["username"] == "ada"
    ada.sign_out()
    with pytest.raises(RefusedError, match="not-signed-in"):
        ada.profile()


def test_two_people_have_sessions_of_their_own(api: FakeWebApi, ada: WebClient) -> None:
    sign_in(api, ada)

    with pytest.raises(RefusedError, match="not-signed-in"):
        WebClient(api.url).profile()


@pytest.mark.parametrize(
    "attributes", ["Path=/", "Secure; Path=/sign-in", "Secure; Path=/; Domain=example.com"]
)
def test_cookie_that_a_browser_would_not_take_is_refused(
    api: FakeWebApi, ada: WebClient, attributes: str
) -> None:
    api.cookie_attributes = attributes

    with pytest.raises(ToolingError, match="would not accept the cookie"):
        sign_in(api, ada)


def test_picture_is_put_as_the_permission_says(api: FakeWebApi, ada: WebClient) -> None:
    sign_in(api, ada)

    key = ada.upload_picture(b"\xff\xd8picture\r\n", "image/jpeg")

    assert key == "original/users/1/00.jpg"
    ((headers, body),) = api.pictures
    assert body == b"\xff\xd8picture\r\n"
    assert (headers["content-type"], headers["if-none-match"]) == ("image/jpeg", "*")
    assert headers["content-length"] == "11"


def test_bucket_is_asked_as_a_browser_asks_it(api: FakeWebApi, ada: WebClient) -> None:
    sign_in(api, ada)
    ada.upload_picture(b"picture", "image/jpeg")
    (asked,) = api.preflights
    assert asked["access-control-request-method"] == "PUT"
    assert asked["access-control-request-headers"] == "content-type,if-none-match"


def test_bucket_without_a_rule_for_the_page_is_named(api: FakeWebApi, ada: WebClient) -> None:
    sign_in(api, ada)
    api.cors_origin = "https://elsewhere.example.com"

    with pytest.raises(ToolingError, match="no CORS rule for http://abcd1234"):
        ada.upload_picture(b"picture", "image/jpeg")
    assert api.pictures == []


@pytest.mark.parametrize("url", ["ftp://abc.example.com:1", "http://example.com", "https://", ""])
def test_other_addresses_than_https_and_the_local_clouds_are_refused(url: str) -> None:
    with pytest.raises(ToolingError, match="neither https nor an address of the local cloud"):
        WebClient(url)


def test_nobody_answering_is_reported_without_the_token(api: FakeWebApi) -> None:
    client = WebClient("http://abcd1234.execute-api.localhost:9")

    with pytest.raises(ToolingError, match="GET /activate: ConnectionError") as caught:
        client.open_link("http://abcd1234.execute-api.localhost:9/activate?username=a&token=sEcRet")
    assert "sEcRet" not in str(caught.value)
    assert api.mails == []


def test_api_on_aws_is_asked_by_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, str]] = []

    def request(_: requests.Session, method: str, url: str, **options: Any) -> NoReturn:  # noqa: ANN401 - those of requests
        asked.append((method, url, options["headers"]["Host"]))
        raise requests.ConnectionError

    monkeypatch.setattr(requests.Session, "request", request)
    client = WebClient("https://abc.execute-api.eu-central-1.amazonaws.com")

    for host in ("", "elsewhere.invalid"):
        with pytest.raises(ToolingError, match="GET /: ConnectionError"):
            client.get("/", host=host)
    url = "https://abc.execute-api.eu-central-1.amazonaws.com/"
    assert asked == [("GET", url, client.host), ("GET", url, "elsewhere.invalid")]


@pytest.mark.parametrize(
    ("url", "connects_to", "host"),
    [
        ("https://d1.cloudfront.net/a.jpg?v=1", "https://d1.cloudfront.net/a.jpg?v=1", None),
        (
            # Python can't resolve names below localhost.
            "http://d1.cloudfront.localhost:4566/a.jpg?v=1",
            "http://127.0.0.1:4566/a.jpg?v=1",
            "d1.cloudfront.localhost:4566",
        ),
    ],
)
def test_public_address_is_asked_where_it_is(
    monkeypatch: pytest.MonkeyPatch, url: str, connects_to: str, host: str | None
) -> None:
    asked: list[tuple[str, str | None]] = []

    def request(_: requests.Session, _method: str, url: str, **options: Any) -> NoReturn:  # noqa: ANN401 - those of requests
        asked.append((url, options.get("headers", {}).get("Host")))
        raise requests.ConnectionError

    monkeypatch.setattr(requests.Session, "request", request)
    with pytest.raises(ToolingError, match=r"GET /a\.jpg: ConnectionError"):
        WebClient(url).get_object(url)
    assert asked == [(connects_to, host)]


@pytest.mark.parametrize(
    ("url", "reads_proxies"),
    [("https://abc.example.com", True), ("http://abc.execute-api.localhost:4566", False)],
)
def test_proxies_are_for_aws_and_netrc_is_for_neither(url: str, reads_proxies: bool) -> None:
    session = WebClient(url)._http
    prepared = requests.Request("GET", url).prepare()
    assert session.trust_env is reads_proxies
    assert callable(session.auth)
    assert session.auth(prepared) is prepared
