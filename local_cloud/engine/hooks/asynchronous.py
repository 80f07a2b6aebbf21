"""Asynchronous invocations, such as S3's, with Lambda's rules for failures.

An error of the function is retried at most twice. An event that was throttled is retried until its
maximum age:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

# ruff: noqa: SLF001, PLC0415 - internals of one version, which only the engine has

import contextvars
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# On AWS a minute before the first retry and two before the second.
PAUSES_SECONDS = (1.0, 2.0)
# On AWS from one second up to five minutes.
LONGEST_WAIT_SECONDS = 5.0
FIRST_WAIT_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class EventRules:
    """A function's settings for asynchronous invocations.

    Attributes:
        retries: the most retries after an error of the function.
        age_seconds: the greatest age of an event.
    """

    retries: int
    age_seconds: int


def event_rules_of(settings: Mapping[str, Any]) -> EventRules:
    """A function's rules, in the form of GetFunctionEventInvokeConfig; by default AWS's."""
    retries = settings.get("MaximumRetryAttempts")
    age = settings.get("MaximumEventAgeInSeconds")
    return EventRules(2 if retries is None else int(retries), 21600 if age is None else int(age))


def deliver(
    invoke: Callable[[], Mapping[str, Any]],
    rules: EventRules,
    *,
    pause: Callable[[float], object] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> Mapping[str, Any] | None:
    """Invoke a function until it succeeds or the event is discarded.

    `invoke` returns the engine's result, with `error` and `throttle`.

    Returns:
        None after success, otherwise the last failure.
    """
    deadline = now() + rules.age_seconds
    failures = throttles = 0
    while True:
        result = invoke()
        if not result.get("error"):
            return None
        if result.get("throttle"):
            wait = min(FIRST_WAIT_SECONDS * 2**throttles, LONGEST_WAIT_SECONDS)
            throttles += 1
        else:
            if failures == rules.retries:
                return result
            wait = PAUSES_SECONDS[min(failures, len(PAUSES_SECONDS) - 1)]
            failures += 1
        if now() + wait > deadline:
            return result
        pause(wait)


def install() -> None:
    """Replace the engine's delivery of asynchronous events."""
    from ministack.services import lambda_svc

    def run(function: dict[str, Any], event: object) -> None:
        config = function.get("config") or function
        by_version = function.get("event_invoke_configs") or {}
        settings = function.get("event_invoke_config") or by_version.get("$LATEST") or {}

        def invoke() -> dict[str, Any]:
            result: dict[str, Any] = lambda_svc._execute_function(function, event)
            return result

        failure = deliver(invoke, event_rules_of(settings))
        destination = (settings.get("DestinationConfig") or {}).get("OnFailure") or {}
        if failure is not None and destination.get("Destination"):
            lambda_svc._route_async_failure(
                destination["Destination"], config["FunctionName"], event, failure
            )

    def start(function: dict[str, Any], event: object) -> None:
        # The engine keeps a call's account and region in it.
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(run, function, event), daemon=True).start()

    lambda_svc.invoke_async_with_retry = start
