"""Runs invocations in execution environments: a few for each function, kept warm.

It replaces the engine's own worker processes, which see the engine's packages and variables, have
no memory limit, and don't report the class of an error.
"""

# ruff: noqa: SLF001, PLC0415 - internals of one version, which only the engine has

import json
import os
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local_cloud.engine.hooks import function as functions
from local_cloud.engine.hooks.execution_environment import ExecutionEnvironment, json_or_text
from local_cloud.engine.hooks.function import Files, Function, FunctionNotRunnableError
from local_cloud.engine.hooks.log_filter import kept

# The most environments of each function at once. Each needs about half a second of a core to start,
# and this machine may have few.
ENVIRONMENTS = 4

# The longest wait of a synchronous caller for a free environment. Then it is throttled, which AWS
# does at once when no concurrency is left. An HTTP API itself waits for 30 seconds.
PATIENCE_SECONDS = 10.0
PATIENCE_OF_HTTP_API_SECONDS = 28.0

# The endpoint of AWS for functions. The fault tests set a proxy.
FUNCTIONS_ENDPOINT_VARIABLE = "LOCAL_CLOUD_FUNCTIONS_ENDPOINT_URL"

# Holds one file for each environment, with the id of its process. With a proxy, requests carry the
# file's name in their User-Agent ("app/<name>"), which shows the proxy their environment:
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
ENVIRONMENTS_FOLDER = "environments"


@dataclass
class _Pool:
    """The environments of one version of a function."""

    turns: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(ENVIRONMENTS))
    idle: list[ExecutionEnvironment] = field(default_factory=list)


class Executor:
    """Runs functions.

    Args:
        folder: for unpacked functions, and for the files that name each environment's process.
        endpoint_url: the endpoint of AWS for functions.
        is_proxied: whether each request of a function names its environment.
    """

    def __init__(self, folder: Path, endpoint_url: str, *, is_proxied: bool) -> None:
        self._runtime_dir = functions.runtime_folder(folder / "runtime")
        self._files = Files(folder / "functions")
        self._notes = folder / ENVIRONMENTS_FOLDER
        self._notes.mkdir()
        self._endpoint_url = endpoint_url
        self._is_proxied = is_proxied
        self._lock = threading.Lock()
        self._pools: dict[str, _Pool] = {}
        self._caller = threading.local()

    @contextmanager
    def caller_waits(self, event: object) -> Iterator[None]:
        """Inside the block, an invocation waits a while for an environment, and is then throttled.

        Outside, it waits for as long as necessary: no caller waits for the result of an event.
        """
        is_http = isinstance(event, dict) and "requestContext" in event
        self._caller.patience = PATIENCE_OF_HTTP_API_SECONDS if is_http else PATIENCE_SECONDS
        try:
            yield
        finally:
            self._caller.patience = None

    def execute(  # noqa: PLR0913 - all but these by keyword
        self,
        config: Mapping[str, Any],
        code: bytes,
        layers: list[bytes],
        *,
        event: object,
        request_id: str,
        trace_id: str,
        credentials: Mapping[str, str],
    ) -> dict[str, Any]:
        """Run a function once; return what the engine's own executor would.

        Args:
            config: the function's configuration in the engine.
            code: its zip.
            layers: the zips of its layers, in order.
            event: any JSON value.
            request_id: the invocation's id.
            trace_id: X-Ray's header, or empty.
            credentials: AWS_ACCESS_KEY_ID and the others, of the function's role.
        """
        function = functions.function_of(config)
        pool = self._pool(function)
        if not pool.turns.acquire(timeout=getattr(self._caller, "patience", None)):
            return throttled()
        try:
            environment = self._free(pool, function) or self._made(
                function, code, layers, credentials
            )
            try:
                result = environment.invoke(
                    request_id, json.dumps(event).encode(), trace_id=trace_id
                )
            except BaseException:
                environment.close()  # it is not in the pool
                raise
            if environment.is_alive:
                with self._lock:
                    pool.idle.append(environment)
            else:
                environment.close()
        except FunctionNotRunnableError as error:
            return _failed("Runtime.InvalidRuntime", str(error))
        finally:
            pool.turns.release()
        log = kept(result.log, function.log_level)
        self._show(function, log)
        answer: dict[str, Any] = {"body": json_or_text(result.payload), "log": log}
        return {**answer, "error": True} if result.is_error else answer

    def _pool(self, function: Function) -> _Pool:
        with self._lock:
            return self._pools.setdefault(f"{function.arn}:{function.version}", _Pool())

    def _free(self, pool: _Pool, function: Function) -> ExecutionEnvironment | None:
        """A warm environment of exactly this revision; environments of other ones end here."""
        with self._lock:
            candidates, pool.idle = pool.idle, []
            usable = [
                environment
                for environment in candidates
                if environment.is_alive and environment.function.revision == function.revision
            ]
            chosen = usable.pop() if usable else None
            pool.idle = usable
        for environment in candidates:
            if environment is not chosen and environment not in usable:
                environment.close()
        return chosen

    def _made(
        self,
        function: Function,
        code: bytes,
        layers: list[bytes],
        credentials: Mapping[str, str],
    ) -> ExecutionEnvironment:
        functions.check_runtime(function)
        task_root = self._files.unpacked([code])
        layers_root = self._files.unpacked(layers)
        name = uuid.uuid4().hex
        stream = f"{datetime.now(UTC):%Y/%m/%d}/[{function.version}]{name}"
        proxied = {"AWS_SDK_UA_APP_ID": name} if self._is_proxied else {}

        def variables(runtime_api: str) -> dict[str, str]:
            return functions.environment_variables(
                function,
                runtime_api=runtime_api,
                task_root=task_root,
                layers_root=layers_root,
                runtime_dir=self._runtime_dir,
                log_stream=stream,
                aws={"AWS_ENDPOINT_URL": self._endpoint_url, **credentials, **proxied},
            )

        return ExecutionEnvironment(function, task_root, variables, self._notes / name)

    def _show(self, function: Function, log: str) -> None:
        """Write a function's output into the engine's log."""
        if log:
            time_of_day = datetime.now(UTC).strftime("%H:%M:%S")
            for line in log.splitlines():
                # In one call, as other threads write there too.
                sys.stderr.write(f"{time_of_day} {function.name}: {line}\n")


def throttled(reason: str = "ConcurrentInvocationLimitExceeded") -> dict[str, Any]:
    """Lambda's response when no concurrency is left, in the engine's form."""
    body = {
        "__type": "TooManyRequestsException",
        "message": "Rate Exceeded.",
        "Reason": reason,
        "retryAfterSeconds": "1",
        # Step Functions' name of the error.
        "errorType": "Lambda.TooManyRequestsException",
        "errorMessage": "Rate Exceeded.",
    }
    return {"throttle": True, "error": True, "log": "", "body": body}


def _failed(error_type: str, message: str) -> dict[str, Any]:
    body = {"errorType": error_type, "errorMessage": message}
    return {"body": body, "error": True, "log": message}


def install() -> None:
    """Make the engine run Python functions with an Executor."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    proxy = os.environ.get(FUNCTIONS_ENDPOINT_VARIABLE)
    folder = Path(tempfile.gettempdir(), "lambda")
    folder.mkdir()
    executor = Executor(
        folder,
        proxy or f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        is_proxied=proxy is not None,
    )

    def execute(function: dict[str, Any], event: object, request_id: str) -> dict[str, Any]:
        config = function.get("config") or function
        layers = [lambda_svc._resolve_layer_zip(layer) for layer in config.get("Layers") or []]
        return executor.execute(
            config,
            function["code_zip"],
            [data for data in layers if data],
            event=event,
            request_id=request_id,
            trace_id=lambda_svc._xray_trace_id_for_invocation(config) or "",
            credentials=lambda_runtime.execution_credentials(config),
        )

    within_scope = lambda_svc._execute_function_with_config_scope

    def execute_while_caller_waits(function: dict[str, Any], event: object) -> dict[str, Any]:
        with executor.caller_waits(event):
            answer: dict[str, Any] = within_scope(function, event)
        return answer

    def throttle(reason_code: str, **_: object) -> dict[str, Any]:
        return throttled(reason_code)

    lambda_svc._execute_function_warm = execute
    # The engine counts reserved concurrency itself, but reports it without the error's name.
    lambda_svc._throttle_response = throttle
    lambda_svc._execute_function_with_config_scope = execute_while_caller_waits
