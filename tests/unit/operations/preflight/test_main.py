"""The command: its lines in order, its exit code, and the rights that it needs."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import TokenRetrievalError

from operations.environments import Environment
from operations.errors import OperationsError
from operations.preflight import __main__ as command
from operations.preflight import account, aws, mail, state, tools, variables
from operations.preflight.__main__ import FAILS, WORKS, made, main
from operations.preflight.aws import Aws
from operations.preflight.context import Context
from operations.preflight.findings import Finding, fail, ok
from operations.preflight.state import Backend, State
from operations.preflight.variables import VariablesError
from tests.unit.operations.preflight.conftest import (
    DOMAIN,
    KEY_ARN,
    SENDING,
    Cloud,
    Make,
    Refusal,
    holding,
    settings,
)
from tooling.paths import REPOSITORY

Wired = tuple[Aws, list[Cloud]]
S3 = Backend("s3", {"bucket": "states", "key": "dev/state", "use_lockfile": True})
# Whatever is checked only with a setting.
EVERYTHING: dict[str, Any] = {
    "encryption": {"kms_key_arn": KEY_ARN},
    "mail": {"sandbox_recipients": ["jane@example.org"], "rate_per_second": 5},
    "web_api": {"domain": DOMAIN},
    "thumbnails": {"engine": "tinypng"},
}


@pytest.fixture(autouse=True)
def deployment(
    wired: Wired, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, source: Path
) -> Callable[..., None]:
    """Lets the command find a configuration: good tools, and a first apply."""
    del cloud, source

    def use(found: State | Exception = holding(), **changes: Any) -> None:  # noqa: ANN401, B008 - see settings; never changed
        def read(_: Environment) -> State:
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr(state, "read", read)
        values = settings(**changes).values
        monkeypatch.setattr(variables, "evaluate", lambda _: values)

    monkeypatch.setattr(account, "connect", lambda _: wired[0])
    monkeypatch.setattr(tools, "check", lambda _: iter([ok("terraform", "1.11.4")]))
    use()
    return use


def subjects(output: str) -> list[str]:
    return [line[6:].split(":")[0] for line in output.splitlines()[:-1]]


def test_a_first_apply(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == WORKS
    output = capsys.readouterr().out
    assert subjects(output) == [
        *("terraform", "account", "state", "lock"),
        *("SES", "SES sandbox", "SES quota", "SES rate", "SES identity"),
        *("Lambda concurrency", "Lambda memory"),
        *("bucket names", "function names", "log group names", "parameter names", "queue names"),
        *("role names", "SES configuration set names", "state machine names", "table names"),
        "topic names",
    ]
    assert output.splitlines()[-1] == "20 ok, 1 warn, 0 fail"


def test_something_that_would_fail(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.answer(aws.SENDING, lambda _: {**SENDING, "SendingEnabled": False})
    assert main([]) == FAILS
    assert capsys.readouterr().out.splitlines()[-1] == "19 ok, 1 warn, 1 fail"


def test_only_the_account(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only-account"]) == WORKS
    assert cloud.asked == [aws.IDENTITY]
    assert [line[:14] for line in capsys.readouterr().out.splitlines()] == [
        "ok    terrafor",
        "ok    account:",
    ]


def test_without_credentials_nothing_else_is_asked(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.answer(aws.IDENTITY, Refusal("ExpiredToken", 403))
    assert main([]) == FAILS
    assert subjects(capsys.readouterr().out) == ["terraform", "credentials"]


def test_without_a_profile(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def connect(_: object) -> None:
        raise OperationsError("The config profile (gone) could not be found")

    monkeypatch.setattr(account, "connect", connect)
    assert main([]) == FAILS
    assert "fail  credentials: The config profile (gone) could" in capsys.readouterr().out


def test_without_terraform(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tools, "check", lambda _: iter([fail("terraform", "none", "install it")]))
    assert main([]) == FAILS
    assert subjects(capsys.readouterr().out) == ["terraform"]
    assert cloud.asked == []


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (
            VariablesError(["no region", "no\x1b[2J sender"]),
            [
                "fail  variables: no region; set it in terraform/terraform.tfvars",
                "fail  variables: no\\x1b[2J sender; set it in terraform/terraform.tfvars",
            ],
        ),
        (
            OperationsError("no answer"),
            ["fail  variables: no answer; correct it, and run it again"],
        ),
    ],
)
def test_variables_that_terraform_refuses(
    cloud: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: OperationsError,
    lines: list[str],
) -> None:
    def evaluate(_: object) -> None:
        raise error

    monkeypatch.setattr(variables, "evaluate", evaluate)
    assert main([]) == FAILS
    assert capsys.readouterr().out.splitlines()[1:-1] == lines
    assert cloud.asked == []


def test_a_state_that_can_not_be_read(
    deployment: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    deployment(OperationsError("no bucket"))
    assert main([]) == FAILS
    output = capsys.readouterr().out
    assert "fail  state: Terraform can't read it: no bucket; " in output
    assert "ok    table names: 3 free" in output


def test_ctrl_c(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object, **__: object) -> Iterator[Finding]:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "findings_of", interrupted)
    assert main([]) == 130
    assert capsys.readouterr().err == "\ninterrupted: nothing was changed\n"


def failing(error: Exception) -> Callable[[Context], Iterator[Finding]]:
    def check(_: Context) -> Iterator[Finding]:
        yield ok("SES", "first")
        raise error

    return check


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            aws.NotAllowedError("ses:GetAccount"),
            "warn  SES: not checked: needs ses:GetAccount; this alone is no failure",
        ),
        (
            aws.UnreachableError("no\x1b[2J answer"),
            (
                "fail  SES: it can't be reached in eu-central-1: no\\x1b[2J answer; choose another "
                "region, or check the network"
            ),
        ),
        (
            aws.OtherAnswerError("Throttling: slow"),
            "warn  SES: not checked: Throttling: slow; run it again",
        ),
    ],
)
def test_a_check_without_an_answer(context: Make, error: Exception, line: str) -> None:
    found = [str(finding) for finding in made("SES", failing(error), context())]
    assert found == ["ok    SES: first", line]


@pytest.mark.parametrize("code", sorted(aws.DENIED - {"403"}))
def test_a_right_that_is_missing_fails_nothing(cloud: Cloud, context: Make, code: str) -> None:
    cloud.answer(aws.SENDING, Refusal(code, 403))
    (line,) = made("SES", mail.check_sending, context())
    assert str(line).startswith("warn  SES: not checked: needs ses:GetAccount; ")


@pytest.mark.parametrize("question", [aws.CONCURRENCY, aws.ROLE])
@pytest.mark.parametrize("code", sorted(aws.REFUSED))
def test_credentials_that_end_half_way_fail_once(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], question: aws.Question, code: str
) -> None:
    cloud.answer(question, Refusal(code, 403))
    assert main([]) == FAILS
    *_, last, summary = capsys.readouterr().out.splitlines()
    assert last.startswith("fail  credentials: AWS refuses them by now, and the other checks")
    assert f": {code}: made to fail; " in last
    assert "`aws sso login --profile NAME`" in last
    assert summary.endswith(" 1 fail")


def test_sso_session_that_ends_half_way_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = TokenRetrievalError(provider="sso", error_msg="Token has expired")
    monkeypatch.setattr(command, "CHECKS", (("SES", failing(error)), ("Lambda", failing(error))))
    assert main([]) == FAILS
    *_, last, summary = capsys.readouterr().out.splitlines()
    assert last.startswith("fail  credentials: ")
    assert last.endswith("; sign in again: `aws sso login`")
    assert summary.endswith(" 1 fail")


def documented() -> set[str]:
    """The actions of the table in the documentation."""
    text = (REPOSITORY / "docs" / "preflight.md").read_text("utf-8")
    section = text.split("\n## Rights\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {action for row in rows for action in re.findall(r"`(\w+:\w+)`", row)}


def test_documented_rights_are_needed_and_enough(
    cloud: Cloud, deployment: Callable[..., None]
) -> None:
    cloud.answer(aws.KEY, lambda _: {"KeyMetadata": {"KeyId": "1", "KeyState": "Enabled"}})
    cloud.answer(aws.KEY_POLICY, lambda _: {"Policy": '{"Statement": []}'})
    deployment(State(S3, {}), **EVERYTHING)
    main([])
    # Everybody may ask who they are.
    asked = {question.action for question in cloud.asked} - {aws.IDENTITY.action}
    assert asked == documented()


def test_an_environment_is_checked_with_its_own_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], source: Path
) -> None:
    (source / "environments").mkdir()
    for name in ("backend.tf", "environments/staging.tfvars", "environments/staging.backend.hcl"):
        (source / name).touch()

    def refused(environment: Environment) -> None:
        assert environment == Environment("staging")
        raise VariablesError(["no region"])

    monkeypatch.setattr(variables, "evaluate", refused)
    assert main(["--environment=staging"]) == FAILS
    assert "set it in terraform/environments/staging.tfvars" in capsys.readouterr().out


def test_an_environment_without_files_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--environment=typo"]) == FAILS
    assert "there is no terraform/environments/typo.tfvars" in capsys.readouterr().err
