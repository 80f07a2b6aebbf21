import http.client
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest

from local_cloud.engine.mails import Mail
from local_cloud.inbox import pages
from local_cloud.inbox.server import serving
from tests.unit.local_cloud.test_inbox_pages import make_mail
from tooling import loopback, paths
from tooling.errors import ToolingError
from tooling.polling import wait_until


class Mailbox:
    """The mails; a test changes them while they are served."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.failure: ToolingError | None = None
        self.url = ""

    def read(self) -> list[Mail]:
        if self.failure is not None:
            raise self.failure
        return self.mails

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def ask(
        self, path: str, *, method: str = "GET", hosts: list[str] | None = None
    ) -> tuple[http.client.HTTPResponse, str]:
        connection = http.client.HTTPConnection(self.host, timeout=10)
        connection.putrequest(method, path, skip_host=True)
        for host in [self.host] if hosts is None else hosts:
            connection.putheader("Host", host)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read().decode("utf-8")
        connection.close()
        return answer, body


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    found = Mailbox()
    with serving(found.read) as url:
        found.url = url
        yield found


def test_mail_shows_as_soon_as_it_is_there(mailbox: Mailbox) -> None:
    _, before = mailbox.ask("/")
    mailbox.mails.append(make_mail())
    answer, after = mailbox.ask("/")

    assert "user1@example.com" not in before
    assert "user1@example.com" in after
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"


def test_mail_opens_by_the_link_in_the_list(mailbox: Mailbox) -> None:
    mailbox.mails = [make_mail(1), make_mail(2, message_id="a/b?c&d%<é>")]

    answer, page = mailbox.ask(unescape(pages.path_of(mailbox.mails[1])))

    assert answer.status == 200
    assert "Text 2" in page


def test_html_part_is_served_as_it_is_in_a_sandbox_of_its_own(mailbox: Mailbox) -> None:
    mailbox.mails = [make_mail(html="<p>Grüße</p><script>alert(1)</script>")]

    answer, part = mailbox.ask(f"{pages.path_of(mailbox.mails[0])}/html")

    assert part.endswith(mailbox.mails[0]["html"])
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith(
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';"
    )
    assert "script-src" not in policy
    assert "allow-scripts" not in policy


def test_page_runs_its_own_script_and_nothing_else(mailbox: Mailbox) -> None:
    policy = mailbox.ask("/")[0].headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", ["inbox.js", "style.css", "icon.svg"])
def test_page_names_files_that_are_there(mailbox: Mailbox, name: str) -> None:
    assert f'"/{name}"' in mailbox.ask("/")[1]
    answer, text = mailbox.ask(f"/{name}")

    assert answer.status == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert text


@pytest.mark.parametrize("path", ["/mails/unknown", "/mails/", "/mails/x/text", "/server.py"])
def test_other_paths_are_not_found(mailbox: Mailbox, path: str) -> None:
    mailbox.mails = [make_mail()]

    answer, page = mailbox.ask(path)

    assert answer.status == 404
    assert "There is no such mail" in page


@pytest.mark.parametrize(
    "hosts",
    [[], ["evil.example.com"], ["127.0.0.1"], ["127.0.0.1:1"], ["evil.example.com:{port}"]],
)
def test_page_of_elsewhere_can_not_read_it_by_its_own_name(
    mailbox: Mailbox, hosts: list[str]
) -> None:
    mailbox.mails = [make_mail()]
    port = mailbox.host.split(":")[1]

    answer, text = mailbox.ask("/", hosts=[host.format(port=port) for host in hosts])

    assert answer.status == 421
    assert "user1" not in text


def test_host_that_is_named_twice_is_refused(mailbox: Mailbox) -> None:
    assert mailbox.ask("/", hosts=[mailbox.host, "evil.example.com"])[0].status == 421


def test_localhost_is_this_machine_too(mailbox: Mailbox) -> None:
    host = mailbox.host.replace("127.0.0.1", "LOCALHOST")

    assert mailbox.ask("/", hosts=[host])[0].status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_changed(mailbox: Mailbox, method: str) -> None:
    assert mailbox.ask("/", method=method)[0].status == 501


def test_head_is_answered_without_a_body(mailbox: Mailbox) -> None:
    answer, body = mailbox.ask("/", method="HEAD")

    assert answer.status == 200
    assert int(answer.headers["Content-Length"]) > 0
    assert body == ""


def test_engine_that_does_not_answer_is_told(mailbox: Mailbox) -> None:
    mailbox.failure = ToolingError("connection refused")

    answer, text = mailbox.ask("/")

    assert answer.status == 503
    assert "connection refused" in text


def test_program_serves_until_its_input_closes() -> None:
    """So it ends with the engine, which holds the other end."""
    engine = "http://127.0.0.1:9"
    with subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "local_cloud.inbox", "0", engine],
        cwd=paths.REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        url = program.stdout.readline().rsplit(" ", 1)[1].strip()
        loopback.get(f"{url}/style.css")
        with pytest.raises(ToolingError, match="503"):
            loopback.get(url)

        program.stdin.close()

        wait_until(lambda: program.poll() is not None, "end of the mailbox", deadline_seconds=10)
    assert program.returncode == 0
