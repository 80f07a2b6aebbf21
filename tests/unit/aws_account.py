"""An AWS account for one test: moto's, with clients that all tests of a process share.

moto takes 7 ms to start and stop, and botocore up to 9 ms to make a client: more than many tests.
So moto is only emptied between tests, clients are kept, and tables are made in moto itself.
"""

import os
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from botocore.config import Config
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import RetryQuotaChecker
from botocore.session import Session
from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.models import DEFAULT_ACCOUNT_ID, botocore_stubber

from tests.unit import faster_moto

if TYPE_CHECKING:
    from botocore.client import BaseClient

REGION = "eu-central-1"

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def empty_account() -> Iterator[None]:
    """moto answers every call of botocore, from an empty account."""
    botocore_stubber.enabled = True
    try:
        yield
    finally:
        botocore_stubber.enabled = False
        for accounts in BackendDict._instances:  # type: ignore[misc] # of all services
            for account in accounts.values():
                account.reset()
        reset_model_data()


def service(name: str, region: str = REGION) -> Any:  # noqa: ANN401 - each has its own type
    """A service of the account as moto keeps it: a call needs no client and takes microseconds."""
    return get_backend(name)[DEFAULT_ACCOUNT_ID][region]  # type: ignore[call-overload]


def make_table(name: str, key: str, key_type: str, *, stream: str | None = None) -> None:
    """Make a table with a hash key only; `stream`: what its stream shows."""
    service("dynamodb").create_table(
        name,
        schema=[{"AttributeName": key, "KeyType": "HASH"}],
        attr=[{"AttributeName": key, "AttributeType": key_type}],
        billing_mode="PAY_PER_REQUEST",
        streams={"StreamEnabled": True, "StreamViewType": stream} if stream else None,
        throughput=None,
        global_indexes=[],
        indexes=[],
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )


_hidden = threading.local()


def untraced(function: Callable[P, T]) -> Callable[P, T]:
    """Hide a function of a library from coverage, which would trace each call inside it."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        tracer = sys.gettrace()
        if tracer is None:
            return function(*args, **kwargs)
        outer, _hidden.tracer = getattr(_hidden, "tracer", None), tracer
        sys.settrace(None)
        try:
            return function(*args, **kwargs)
        finally:
            sys.settrace(tracer)
            _hidden.tracer = outer

    return run


def traced(function: Callable[P, T]) -> Callable[P, T]:
    """Show coverage a handler of a test's, which a hidden function calls: it may run our code."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        tracer = getattr(_hidden, "tracer", None)
        if tracer is None or sys.gettrace() is not None:
            return function(*args, **kwargs)
        sys.settrace(tracer)
        try:
            return function(*args, **kwargs)
        finally:
            sys.settrace(None)

    return run


class KeptClient:
    """A client that is put back between tests to how it was made."""

    def __init__(self, client: "BaseClient") -> None:
        self.client = client
        # botocore and moto: without coverage a call takes half of the time.
        client._make_api_call = untraced(client._make_api_call)  # type: ignore[attr-defined]
        self._attributes = dict(vars(client))
        self._registered: list[tuple[str, Any, Any, Any]] = []
        # No accessor leads to the emitter behind the one for services' former names.
        self._emitter: Any = client.meta.events._emitter  # type: ignore[attr-defined]
        self._register, self._emitter._register_section = (
            self._emitter._register_section,
            self._note_and_register,
        )
        self._handlers_by_event = self._emitter._lookup_cache
        service = client.meta.service_model.service_id.hyphenize()
        handlers = self._emitter._handlers.prefix_search(f"after-call.{service}")
        owners = [getattr(handler, "__self__", None) for handler in handlers]
        checkers: list[Any] = [one for one in owners if isinstance(one, RetryQuotaChecker)]
        self._quotas = [checker._quota for checker in checkers]

    def _note_and_register(
        self,
        event: str,
        handler: Callable[..., object],
        unique_id: object,
        counts: object,
        section: object,
    ) -> None:
        handler = traced(handler)
        self._registered.append((event, handler, unique_id, counts))
        self._register(event, handler, unique_id, counts, section=section)

    def restore(self) -> None:
        """Remove what a test has set and registered, and give its retries back."""
        vars(self.client).clear()
        vars(self.client).update(self._attributes)
        for registration in self._registered:
            self._emitter.unregister(*registration)
        self._registered.clear()
        # A registration puts an empty one in its place.
        self._emitter._lookup_cache = self._handlers_by_event
        for quota in self._quotas:
            quota.release(RetryQuota.INITIAL_CAPACITY)


class KeepingSession(Session):
    """A session whose clients are kept from test to test.

    Within a test, each call makes another client, as always: a handler that is registered with one
    says nothing to the other.
    """

    def __init__(self) -> None:
        super().__init__()
        self._idle: defaultdict[object, list[KeptClient]] = defaultdict(list)
        self._in_use: list[tuple[object, KeptClient]] = []

    def create_client(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as botocore's
        key = _key_of(args, kwargs)
        idle = self._idle[key]
        kept = idle.pop() if idle else KeptClient(super().create_client(*args, **kwargs))
        self._in_use.append((key, kept))
        return kept.client

    def take_back(self) -> None:
        """Keep the last test's clients. By now, monkeypatch has undone its changes of them."""
        for key, kept in self._in_use:
            kept.restore()
            self._idle[key].append(kept)
        self._in_use.clear()


def _key_of(args: tuple[object, ...], kwargs: dict[str, object]) -> object:
    """What decides how a client is made: the arguments, a configuration's values, the variables."""
    values = {
        name: sorted(vars(value).items()) if isinstance(value, Config) else value
        for name, value in kwargs.items()
    }
    variables = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    return repr((args, sorted(values.items()), sorted(variables.items())))


# For clients of other sessions.
botocore_stubber.process_request = untraced(botocore_stubber.process_request)  # type: ignore[method-assign]
faster_moto.install()
