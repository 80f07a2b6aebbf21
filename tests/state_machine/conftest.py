"""The real ASL files on the local engine, with functions that follow a script."""

import io
import json
import re
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local_cloud.engine.process import Engine
from packager.targets import host_target
from tooling.polling import wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
ACTIVATION = REPOSITORY / "terraform" / "modules" / "user_activation"
# By the type of state machine that state_machine.tf takes each for.
ASL_FILES = {
    "STANDARD": ACTIVATION / "send_user_activation_mail.asl.json",
    "EXPRESS": ACTIVATION / "send_user_activation_mail_express.asl.json",
}
ROLE = "arn:aws:iam::000000000000:role/example"
# Short, as test_definition.py checks the waits.
WAIT_SCALE = "0.001"

# A function that notes each event and follows the script for that call; the script's last
# line is for all further calls. It runs on this machine, so it writes its notes into a file.
SCRIPTED_FUNCTION = """
import json, os, time

def handler(event, _context):
    path = os.environ["NOTES_FILE"]
    with open(path, "a") as notes:
        notes.write(json.dumps(event) + "\\n")
    with open(path) as notes:
        call = len(notes.readlines())
    script = json.loads(os.environ["SCRIPT"])
    step = script[min(call, len(script)) - 1]
    if "sleep" in step:
        time.sleep(step["sleep"])
    if "raise" in step:
        raise type(step["raise"], (Exception,), {})("as told")
    return step.get("return")
"""


@dataclass(frozen=True)
class Outcome:
    """An execution's end, and each function's events."""

    status: str
    output: Any
    status_calls: list[Any]
    mail_calls: list[Any]
    recorded_failures: list[Any]


def render(asl_text: str, values: dict[str, str]) -> dict[str, Any]:
    """The file with its placeholders filled in; an unknown or an unused placeholder is an error."""
    found = set(re.findall(r"\$\{(\w+)\}", asl_text))
    assert found == set(values)
    for name, value in values.items():
        asl_text = asl_text.replace(f"${{{name}}}", value)
    rendered: dict[str, Any] = json.loads(asl_text)
    return rendered


def definition_of(machine_type: str) -> dict[str, Any]:
    """The state machine with ARNs as AWS would have them."""
    function = "arn:aws:lambda:eu-central-1:123456789012:function:example"
    return render(
        ASL_FILES[machine_type].read_text(encoding="utf-8"),
        {
            "get_user_activation_status_arn": f"{function}-GetUserActivationStatus",
            "send_user_activation_mail_arn": f"{function}-SendUserActivationMail",
            "failure_queue_url": "https://sqs.eu-central-1.amazonaws.com/123456789012/example",
            "partition": "aws",
        },
    )


@pytest.fixture(scope="session", params=ASL_FILES)
def definition(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The definition of each type in turn."""
    return definition_of(request.param)


@pytest.fixture(scope="session")
def standard_definition() -> dict[str, Any]:
    """The definition of the default type."""
    return definition_of("STANDARD")


@pytest.fixture(scope="session")
def express_definition() -> dict[str, Any]:
    """The definition of the type that ends an execution after 5 minutes."""
    return definition_of("EXPRESS")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    state_dir = tmp_path_factory.mktemp("state-machine-engine")
    with Engine(state_dir, {"SFN_WAIT_SCALE": WAIT_SCALE}) as engine:
        yield engine


class Machine:
    """The state machine of this repository with functions of the test's own."""

    def __init__(self, engine: Engine, asl_text: str, folder: Path) -> None:
        self._engine = engine
        self._asl_text = asl_text
        self._folder = folder
        self._lambda = engine.client("lambda")
        self._states = engine.client("stepfunctions")
        self._sqs = engine.client("sqs")

    def run(
        self,
        status: list[dict[str, object]],
        mail: list[dict[str, object]],
        *,
        mail_timeout_seconds: int = 30,
    ) -> Outcome:
        """Run one execution to its end with functions that follow these scripts."""
        name = f"test-{uuid.uuid4().hex[:8]}"
        queue = self._sqs.create_queue(QueueName=f"{name}-failures")["QueueUrl"]
        definition = render(
            self._asl_text,
            {
                "get_user_activation_status_arn": self._function(f"{name}-status", status, 30),
                "send_user_activation_mail_arn": self._function(
                    f"{name}-mail", mail, mail_timeout_seconds
                ),
                "failure_queue_url": queue,
                "partition": "aws",
            },
        )
        machine = self._states.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=ROLE
        )
        execution = self._states.start_execution(
            stateMachineArn=machine["stateMachineArn"], input=json.dumps({"username": "ada"})
        )["executionArn"]
        ended = wait_until(
            lambda: self._ended(execution), f"the end of {execution}", deadline_seconds=60
        )
        return Outcome(
            status=ended["status"],
            output=json.loads(ended.get("output") or "null"),
            status_calls=self._calls(f"{name}-status"),
            mail_calls=self._calls(f"{name}-mail"),
            recorded_failures=self._messages(queue),
        )

    def _ended(self, execution: str) -> dict[str, Any] | None:
        found: dict[str, Any] = self._states.describe_execution(executionArn=execution)
        return None if found["status"] == "RUNNING" else found

    def _function(self, name: str, script: list[dict[str, object]], timeout_seconds: int) -> str:
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as file:
            file.writestr("scripted.py", SCRIPTED_FUNCTION)
        created = self._lambda.create_function(
            FunctionName=name,
            Runtime=host_target().runtime,
            Role=ROLE,
            Handler="scripted.handler",
            Timeout=timeout_seconds,
            Code={"ZipFile": package.getvalue()},
            Environment={
                "Variables": {
                    "NOTES_FILE": str(self._folder / name),
                    "SCRIPT": json.dumps(script),
                }
            },
        )
        return str(created["FunctionArn"])

    def _calls(self, name: str) -> list[Any]:
        notes = self._folder / name
        if not notes.exists():
            return []
        return [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]

    def _messages(self, queue: str) -> list[Any]:
        answer = self._sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture
def machine(engine: Engine, tmp_path: Path) -> Machine:
    """Runs the definition of the default type."""
    return Machine(engine, ASL_FILES["STANDARD"].read_text(encoding="utf-8"), tmp_path)


@pytest.fixture
def express_machine(engine: Engine, tmp_path: Path) -> Machine:
    """Runs the definition of the type that ends an execution after 5 minutes."""
    return Machine(engine, ASL_FILES["EXPRESS"].read_text(encoding="utf-8"), tmp_path)
