"""The mailbox beside a real engine: it shows SES's mails, and ends with the engine."""

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local_cloud.engine.process import Engine
from tooling import loopback, processes
from tooling.polling import wait_until


def port_is_free(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) != 0


def stop_as_down_does(engine: Engine) -> None:
    group = engine.process_id
    processes.end_group(group, lambda: processes.lock_holder(engine.lock_file) is None)


def kill_the_engine_alone(engine: Engine) -> None:
    os.kill(engine.process_id, signal.SIGKILL)


def test_mail_that_ses_took_is_shown(tmp_path: Path) -> None:
    with Engine(tmp_path, inbox=True) as engine:
        ses = engine.client("sesv2")
        ses.create_email_identity(EmailIdentity="shop@example.com")
        ses.send_email(
            FromEmailAddress="shop@example.com",
            Destination={"ToAddresses": ["ada@example.com"]},
            Content={
                "Simple": {
                    "Subject": {"Data": "Hello <Ada>"},
                    "Body": {"Text": {"Data": "Hello"}, "Html": {"Data": "<p>Hello</p>"}},
                }
            },
        )

        page = loopback.get(engine.inbox_url).decode("utf-8")

    assert 'data-to="ada@example.com"' in page
    assert "Hello &lt;Ada&gt;" in page


@pytest.mark.parametrize("end", [Engine.stop, stop_as_down_does, kill_the_engine_alone])
def test_mailbox_ends_with_the_engine(tmp_path: Path, end: Callable[[Engine], None]) -> None:
    with Engine(tmp_path, inbox=True) as engine:
        loopback.get(engine.inbox_url)

        end(engine)

        wait_until(
            lambda: port_is_free(engine.inbox_url), "end of the mailbox", deadline_seconds=10
        )
