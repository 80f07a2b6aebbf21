"""An AWS that gives the answers of a test, and a deployment to check against it."""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import xform_name
from botocore.stub import validate_parameters

from operations.environments import Environment
from operations.preflight import aws
from operations.preflight.account import Account
from operations.preflight.aws import Aws, Question
from operations.preflight.context import Check, Context
from operations.preflight.settings import Settings
from operations.preflight.state import Backend, State
from tooling import paths

ACCOUNT, REGION = "123456789012", "eu-central-1"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
CERTIFICATE_ARN = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1"
DOMAIN = {"name": "accounts.example.com", "certificate_arn": CERTIFICATE_ARN}
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/anna"

# As terraform evaluates variables.tf with from_address alone.
VALUES: Mapping[str, Any] = {
    "alarms": {"enabled": True, "thresholds": None},
    "aws_endpoint_url": None,
    "delivery": None,
    "enable_profile_images": True,
    "enable_user_activation": True,
    "enable_web_api": True,
    "encryption": None,
    "environment": None,
    "former_kms_key_arns": [],
    "from_address": "hello@example.com",
    "mail": {
        "create_configuration_set": True,
        "create_identity": None,
        "identity_kind": None,
        "rate_per_second": None,
        "sandbox_recipients": None,
        "state_machine_type": None,
    },
    "name_prefix": None,
    "permissions_boundary": None,
    "region": REGION,
    "streams": {"user": None, "user_profile": None},
    "thumbnails": {"engine": None, "memory_size": None},
    "web_api": {"domain": None},
}
SENDING: Mapping[str, Any] = {
    "EnforcementStatus": "HEALTHY",
    "ProductionAccessEnabled": True,
    "SendingEnabled": True,
    "SendQuota": {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 7.0},
}


@dataclass(frozen=True)
class Refusal:
    """An error of AWS."""

    code: str
    status: int = 400
    message: str = "made to fail"


NOT_THERE = Refusal("gone")


@dataclass
class Cloud:
    """AWS's answers, by question; a function gets the parameters. It keeps what was asked."""

    answers: dict[Question, Any] = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)

    def answer(self, question: Question, answer: Any) -> None:  # noqa: ANN401 - any answer
        self.answers[question] = answer

    def respond(self, question: Question, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401
        self.asked.append(question)
        found = self.answers.get(question, NOT_THERE)
        if callable(found):
            found = found(parameters)
        if found is NOT_THERE:
            assert question.not_there, f"no answer to {question.action}"
            return Refusal(question.not_there[0])
        return found


QUESTIONS: Mapping[tuple[str, str], Question] = {
    (question.service, question.operation): question
    for question in vars(aws).values()
    if isinstance(question, Question)
}


def _http(status: int) -> object:
    return type("Http", (), {"status_code": status, "headers": {}})()


@pytest.fixture(scope="session")
def wired(aws_session: boto3.Session) -> tuple[Aws, list[Cloud]]:
    """Real clients, whose requests get the answers of the current test's cloud."""
    core = botocore.session.get_session()
    # The descriptions that it has loaded already.
    core.register_component("data_loader", aws_session._session.get_component("data_loader"))
    session = boto3.Session(botocore_session=core)
    current: list[Cloud] = []

    def keep(params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
        context["parameters"] = dict(params)

    def respond(model: Any, context: dict[str, Any], **_: object) -> Any:  # noqa: ANN401 - botocore's
        operation = xform_name(model.name)
        question = QUESTIONS[model.service_model.service_name, operation]
        answer = current[0].respond(question, context["parameters"])
        if isinstance(answer, Refusal):
            error = {"Code": answer.code, "Message": answer.message}
            return _http(answer.status), {"Error": error, "ResponseMetadata": {}}
        body = answer.pop("Body", None)
        validate_parameters(answer, model.output_shape)
        if body is not None:
            answer["Body"] = io.BytesIO(body)
        return _http(200), {**answer, "ResponseMetadata": {}}

    session.events.register("provide-client-params", keep)
    session.events.register("before-call", respond)
    return Aws(session, REGION), current


@pytest.fixture
def cloud(wired: tuple[Aws, list[Cloud]]) -> Iterator[Cloud]:
    """An account with production access, in which nothing is deployed."""
    made = Cloud(
        {
            aws.IDENTITY: lambda _: {"Account": ACCOUNT, "Arn": CALLER, "UserId": "A"},
            aws.SENDING: lambda _: dict(SENDING),
            aws.CONCURRENCY: lambda _: limits(1000),
            aws.LOG_GROUPS: lambda _: {"logGroups": []},
            aws.PARAMETERS: lambda _: {"Parameters": []},
        }
    )
    wired[1][:] = [made]
    yield made
    wired[1].clear()


def limits(most: int, unreserved: int | None = None) -> dict[str, Any]:
    """An account's concurrency, as Lambda answers it."""
    free = most if unreserved is None else unreserved
    return {"AccountLimit": {"ConcurrentExecutions": most, "UnreservedConcurrentExecutions": free}}


def settings(**changes: Any) -> Settings:  # noqa: ANN401 - values of several types
    """Variables' values; an object's changes are added to its other attributes."""
    values = dict(VALUES)
    for name, value in changes.items():
        merge = isinstance(value, dict) and isinstance(values[name], dict)
        values[name] = {**values[name], **value} if merge else value
    return Settings(values)


def holding(*arns: str, **attributes: object) -> State:
    """A local state with resources, each with the attributes."""
    resources = [
        {"mode": "managed", "instances": [{"attributes": {"arn": arn, **attributes}}]}
        for arn in arns
    ]
    return State(Backend("local", {}), {"resources": resources} if arns else {})


Make = Callable[..., Context]
Lines = Callable[..., list[str]]


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder terraform/ of a checkout."""
    monkeypatch.setattr(paths, "REPOSITORY", tmp_path)
    monkeypatch.setattr(paths, "TERRAFORM_SOURCE", tmp_path / "terraform")
    paths.TERRAFORM_SOURCE.mkdir()
    return paths.TERRAFORM_SOURCE


@pytest.fixture
def context(wired: tuple[Aws, list[Cloud]], cloud: Cloud, source: Path) -> Make:
    """Makes what a check is given: before the first apply, if no state is passed."""
    del cloud, source
    first = holding()

    def make(state: State | None = first, **changes: Any) -> Context:  # noqa: ANN401 - see settings
        account = Account(ACCOUNT, "aws", CALLER)
        return Context(Environment(), settings(**changes), wired[0], account, state)

    return make


@pytest.fixture
def lines(context: Make) -> Lines:
    """What a check prints."""

    def run(check: Check, state: State | None = holding(), **changes: Any) -> list[str]:  # noqa: ANN401, B008 - see settings; never changed
        return [str(finding) for finding in check(context(state, **changes))]

    return run
