"""Gives the response to an invocation the invocation's own id, as Lambda does.

By `x-amzn-RequestId` a caller finds the lines that the function has logged. The engine gives each
response an id of its own.
"""

# ruff: noqa: SLF001, PLC0415 - internals of one version, which only the engine has

from contextvars import ContextVar
from typing import Any

INVOCATIONS = "/invocations"  # the end of Invoke's path


def install() -> None:
    """Note the id where the function is run, after executor.install()."""
    from ministack import app
    from ministack.services import lambda_svc

    run, dispatch = lambda_svc._execute_function_warm, app._dispatch_service_request
    # A list, since the function is run in a thread with a copy of the call's context.
    of_call: ContextVar[list[str] | None] = ContextVar("of_call", default=None)

    def run_and_note(function: dict[str, Any], event: object, request_id: str) -> dict[str, Any]:
        ids = of_call.get()
        if ids is not None:
            ids.append(request_id)
        result: dict[str, Any] = run(function, event, request_id)
        return result

    async def dispatch_with_id(method: str, path: str, *others: Any) -> Any:  # noqa: ANN401 - the engine's
        if not path.endswith(INVOCATIONS):
            return await dispatch(method, path, *others)
        ids: list[str] = []
        token = of_call.set(ids)
        try:
            status, headers, content = await dispatch(method, path, *others)
        finally:
            of_call.reset(token)
        if ids:
            headers["x-amzn-requestid"] = ids[0]
        return status, headers, content

    lambda_svc._execute_function_warm = run_and_note
    app._dispatch_service_request = dispatch_with_id
