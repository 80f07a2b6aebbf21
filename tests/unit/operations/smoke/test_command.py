"""The command: what it says first, what it removes at the end, and how it ends."""

import json

import pytest

from operations import deployment
from operations.smoke import __main__ as command
from operations.smoke.run import FailedError, Run
from operations.smoke.steps import Step
from tests.unit.operations.smoke.fakes import API_URL, Found

Capture = pytest.CaptureFixture[str]
OUTPUTS = {
    "account_id": "123456789012",
    "user_table_name": "User",
    "web_api_url": API_URL,
    "alarm_topic_arn": "arn:topic",
}


@pytest.fixture
def cleaned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The users whom the clean-up was for."""
    usernames: list[str] = []

    def clean(run: Run) -> str:
        usernames.extend(run.usernames)
        return "removed: 2 thing(s)"

    monkeypatch.setattr(command, "CLEAN_UP", Step("clean-up", clean, "docs/smoke.md"))
    return usernames


def good(_run: Run) -> str:
    return "fine"


def broken(_run: Run) -> str:
    raise FailedError("the header \x1b[31m is missing")


def interrupted(_run: Run) -> str:
    raise KeyboardInterrupt


def start(monkeypatch: pytest.MonkeyPatch, *arguments: str, **checks: object) -> int:
    """Run the command with these steps."""
    steps = tuple(
        Step(name, check, f"docs/{name}.md")  # type: ignore[arg-type] # the checks above
        for name, check in checks.items()
    )
    monkeypatch.setattr(command, "STEPS", steps)
    monkeypatch.setattr(
        deployment, "find", lambda _cloud, _environment: Found(OUTPUTS, "eu-central-1")
    )
    monkeypatch.setattr(Found, "prepare", lambda _: None)
    return command.main(list(arguments))


def test_first_it_says_where_it_acts_and_what_it_sends(
    monkeypatch: pytest.MonkeyPatch, cleaned: list[str], capsys: Capture
) -> None:
    assert start(monkeypatch, page=good) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Acting on AWS, account 123456789012, region eu-central-1."
    assert lines[2].startswith(f"The user of this run is {cleaned[0]}.")
    assert lines[3] == "It sends two mails to SES's mailbox simulator, simulator.amazonses.com."
    assert lines[4] == "It sends one message to those who have subscribed to the alarms."


def test_table_says_what_is_not_ok_and_what_to_read(
    monkeypatch: pytest.MonkeyPatch, cleaned: list[str], capsys: Capture
) -> None:
    assert start(monkeypatch, page=good, mail=broken) == 1
    table = capsys.readouterr().out.split("\n\n")[-2:]
    assert [line.split(" s  ")[1] for line in table[0].splitlines()] == [
        "ok: fine",
        "NOT OK: the header \\x1b[31m is missing. Read docs/mail.md",
        "ok: removed: 2 thing(s)",
    ]
    assert table[1] == "2 ok, 1 NOT OK\n"
    assert len(cleaned) == 2


def test_what_is_switched_off_is_said_loudly_and_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, cleaned: list[str], capsys: Capture
) -> None:
    monkeypatch.setitem(OUTPUTS, "web_api_url", None)
    monkeypatch.setitem(OUTPUTS, "user_table_name", None)
    monkeypatch.setitem(OUTPUTS, "alarm_topic_arn", None)
    monkeypatch.setattr(
        deployment, "find", lambda _cloud, _environment: Found(OUTPUTS, "eu-central-1")
    )
    monkeypatch.setattr(Found, "prepare", lambda _: None)
    monkeypatch.setattr(
        command, "STEPS", (Step("page", broken, "docs/a.md", outputs=("web_api_url",)),)
    )
    assert command.main([]) == 0
    printed = capsys.readouterr().out
    assert "not applicable: the deployment has no web_api_url" in printed
    assert printed.endswith("NOT CHECKED, for the reasons above: page\n")
    assert "mails" not in printed
    assert "message" not in printed
    assert cleaned


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_after_ctrl_c_what_was_made_is_removed(
    monkeypatch: pytest.MonkeyPatch, cleaned: list[str], capsys: Capture, arguments: tuple[str, ...]
) -> None:
    assert start(monkeypatch, *arguments, page=good, mail=interrupted, plan=good) == 130
    printed = capsys.readouterr()
    assert len(cleaned) == 2
    assert "the next run removes the rest" in printed.err
    if arguments:
        told = json.loads(printed.out)
        assert told["ok"] is False
        assert [step["name"] for step in told["steps"]] == ["page", "clean-up"]
    else:
        assert printed.out.endswith("2 ok\nINTERRUPTED: the other steps were not done\n")


def test_json_stands_alone_on_standard_output(
    monkeypatch: pytest.MonkeyPatch, cleaned: list[str], capsys: Capture
) -> None:
    assert start(monkeypatch, "--json", page=good, mail=broken) == 1
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert told["deployment"] == "AWS, account 123456789012, region eu-central-1"
    assert (told["ok"], told["user"]) == (False, cleaned[0])
    page, mail, cleaning = told["steps"]
    assert page.pop("seconds") >= 0
    assert page == {"name": "page", "outcome": "ok", "detail": "fine", "read": None}
    assert (mail["outcome"], mail["read"]) == ("not ok", "docs/mail.md")
    assert cleaning["outcome"] == "ok"
    assert "Acting on AWS" in printed.err
