"""Small functions run on the local engine as on Lambda."""

import io
import json
import sys
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local_cloud.engine.process import Engine
from packager.targets import host_target
from tooling.polling import wait_until

ROLE = "arn:aws:iam::000000000000:role/function"
RUNTIME = host_target().runtime

HANDLERS = """
import importlib.util, json, os, sys, time

class OwnError(Exception):
    pass

def echo(event, context):
    print("said on the way")
    left = context.get_remaining_time_in_millis()
    return {"event": event, "name": context.function_name, "left": left}

def log(event, context):
    for level in ("INFO", "WARNING"):
        print(json.dumps({"level": level, "timestamp": "2026-11-30T00:00:00Z", "said": event}))
        print(json.dumps({"level": level, "timestamp": "2026-11-30 00:00:00,0", "said": event}))
    print(f"printed {event}")

def variables(event, context):
    return dict(os.environ)

def modules(event, context):
    return {name: importlib.util.find_spec(name) is not None for name in event}

def from_layer(event, context):
    import greeting
    return greeting.TEXT

def fail(event, context):
    raise OwnError("what went wrong")

def leave(event, context):
    os._exit(7)

def request_id(event, context):
    return context.aws_request_id

def process(event, context):
    time.sleep(event)
    return os.getpid()

def fill(event, context):
    return len(b"x" * (event * 2**20))
"""


def zipped(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/") + ".py", content)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("executor")) as running:
        running.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument="{}")
        yield running


class Functions:
    """Creates functions on the engine and invokes them."""

    def __init__(self, engine: Engine) -> None:
        self.client = engine.client("lambda")

    def make(self, handler: str, **settings: Any) -> str:  # noqa: ANN401 - of CreateFunction
        name = f"{handler}-{len(self.client.list_functions()['Functions'])}"
        code = {"ZipFile": zipped(main=HANDLERS)}
        self.client.create_function(
            FunctionName=name,
            Runtime=settings.pop("Runtime", RUNTIME),
            Role=ROLE,
            Handler=f"main.{handler}",
            Code=code,
            **settings,
        )
        return name

    def call(self, name: str, event: object = None) -> tuple[bool, Any]:
        """Whether the function failed, and its response."""
        answer = self.client.invoke(FunctionName=name, Payload=json.dumps(event))
        return "FunctionError" in answer, json.load(answer["Payload"])


@pytest.fixture(scope="module")
def functions(engine: Engine) -> Functions:
    return Functions(engine)


def test_event_goes_in_and_the_answer_comes_out(functions: Functions, engine: Engine) -> None:
    name = functions.make("echo", Timeout=20)

    failed, answer = functions.call(name, {"umlaut": "ä", "n": 1})

    assert not failed
    assert answer["event"] == {"umlaut": "ä", "n": 1}
    assert answer["name"] == name
    assert 15_000 < answer["left"] <= 20_000
    wait_until(
        lambda: f"{name}: said on the way" in engine.log_file.read_text("utf-8"),
        "the function's output in the log",
        deadline_seconds=10,
    )


def test_lines_below_the_level_of_lambda_are_dropped(functions: Functions) -> None:
    warnings = {"LogFormat": "JSON", "ApplicationLogLevel": "WARN"}
    for logging, count in ({"LogFormat": "JSON"}, 5), (warnings, 1), ({"LogFormat": "Text"}, 5):
        name = functions.make("log", LoggingConfig=logging)
        answer = functions.client.invoke(FunctionName=name, Payload=b'"this"', LogType="Tail")
        assert b64decode(answer["LogResult"]).decode().count("this") == count, logging


def test_response_has_the_invocations_id(functions: Functions) -> None:
    name = functions.make("request_id")
    for _ in range(2):
        answer = functions.client.invoke(FunctionName=name)
        assert json.load(answer["Payload"]) == answer["ResponseMetadata"]["RequestId"]


def test_environment_is_the_functions_own_and_nobody_elses(functions: Functions) -> None:
    name = functions.make("variables", MemorySize=256, Environment={"Variables": {"OWN": "value"}})

    _, found = functions.call(name)

    assert found["OWN"] == "value"
    assert found["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert found["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert found["AWS_REGION"] == "eu-central-1"
    assert found["AWS_EXECUTION_ENV"] == f"AWS_Lambda_{RUNTIME}"
    of_the_engine = {"GATEWAY_PORT", "STATE_DIR", "HOME", "TMPDIR", "VIRTUAL_ENV", "BIND_HOST"}
    assert of_the_engine.isdisjoint(found)


def test_packages_of_the_engines_environment_are_not_there(functions: Functions) -> None:
    name = functions.make("modules")

    _, found = functions.call(
        name, ["json", "awslambdaric", "ministack", "botocore", "yaml", "pip"]
    )

    assert found == {
        "json": True,
        "awslambdaric": True,
        "ministack": False,
        "botocore": False,
        "yaml": False,
        "pip": False,
    }


def test_layer_is_on_the_path(functions: Functions) -> None:
    layer = functions.client.publish_layer_version(
        LayerName="greeting", Content={"ZipFile": zipped(python__greeting="TEXT = 'hello'")}
    )
    name = functions.make("from_layer", Layers=[layer["LayerVersionArn"]])

    assert functions.call(name) == (False, "hello")


def test_an_exception_is_reported_by_its_class(functions: Functions) -> None:
    failed, answer = functions.call(functions.make("fail"))

    assert failed
    assert answer["errorType"] == "OwnError"
    assert answer["errorMessage"] == "what went wrong"


def test_a_process_that_ends_is_an_error_and_the_next_invocation_works(
    functions: Functions,
) -> None:
    name = functions.make("leave")

    for _ in range(2):
        failed, answer = functions.call(name)
        assert failed
        assert answer["errorType"] == "Runtime.ExitError"
        assert "exit status 7" in answer["errorMessage"]


def test_time_out_ends_the_process(functions: Functions) -> None:
    name = functions.make("process", Timeout=1)
    _, first = functions.call(name, 0)

    failed, answer = functions.call(name, 60)
    _, later = functions.call(name, 0)

    assert failed
    assert answer["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert later != first


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process holds")
def test_memory_size_is_a_limit(functions: Functions) -> None:
    small, large = (functions.make("fill", MemorySize=size, Timeout=30) for size in (128, 1024))

    failed, answer = functions.call(small, 200)

    assert failed
    assert answer["errorType"] == "Runtime.OutOfMemory"
    assert functions.call(large, 200) == (False, 200 * 2**20)


def test_one_process_serves_one_invocation_after_another(functions: Functions) -> None:
    name = functions.make("process")
    assert len({functions.call(name, 0)[1] for _ in range(5)}) == 1


def test_invocations_at_once_share_a_few_processes(functions: Functions) -> None:
    name = functions.make("process", Timeout=30)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: functions.call(name, 0.2), range(12)))
    assert not any(failed for failed, _ in answers)
    assert len({process for _, process in answers}) == 4


def test_changed_settings_make_new_processes(functions: Functions) -> None:
    name = functions.make("variables", Environment={"Variables": {"OWN": "old"}})
    _, before = functions.call(name)
    functions.client.update_function_configuration(
        FunctionName=name, Environment={"Variables": {"OWN": "new"}}
    )
    _, after = functions.call(name)
    assert (before["OWN"], after["OWN"]) == ("old", "new")


def test_a_function_for_another_python_is_refused(functions: Functions) -> None:
    name = functions.make("echo", Runtime="python3.10")
    failed, answer = functions.call(name)
    assert failed
    assert answer["errorType"] == "Runtime.InvalidRuntime"
    assert "python3.10" in answer["errorMessage"]


def test_a_handler_that_is_not_there_is_reported(functions: Functions) -> None:
    failed, answer = functions.call(functions.make("nowhere"))
    assert failed
    assert answer["errorType"] == "Runtime.HandlerNotFound"
