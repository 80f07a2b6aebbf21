"""Connects stream_lanes.py to the engine: its mappings, stream records and functions.

It uses internals of the version that engine/host.py checks. Only the engine's environment has
them, so this module can be imported only there.
"""

# ruff: noqa: SLF001 - internals of one version

import os
import threading
import time
from collections.abc import Sequence
from typing import Any

import botocore.session
from ministack.core import lambda_runtime
from ministack.core.responses import (
    _request_account_id,
    _request_region,
)
from ministack.services import dynamodb, lambda_svc
from ministack.services.dynamodb_streams import (
    _DEFAULT_SHARD_ID,
)

from local_cloud.engine.hooks import permissions, stream_lanes, stream_rules
from local_cloud.engine.hooks.stream_lanes import Answer, Lanes
from local_cloud.engine.hooks.stream_rules import Discarded, Record


class Readers:
    """The readers of all event source mappings."""

    def __init__(self) -> None:
        self._readers: dict[str, _Reader] = {}

    def look(self) -> bool:
        """Read new records and changed mappings; return whether there were new records.

        The engine's loop calls it after each write, and every second.
        """
        mappings = {
            mapping["UUID"]: (account, region, mapping)
            for account, region, mapping in lambda_svc._iter_all_esms()
            if ":dynamodb:" in mapping.get("EventSourceArn", "")
        }
        for identifier in [known for known in self._readers if known not in mappings]:
            self._readers.pop(identifier).close()
        found = False
        for identifier, (account, region, mapping) in mappings.items():
            if identifier not in self._readers:
                self._readers[identifier] = _Reader(account, region, mapping)
            found = self._readers[identifier].read() or found
        return found


class _Scope:
    """The account and region that the engine uses for the calls of this thread."""

    def __init__(self, account: str, region: str) -> None:
        self._account = account
        self._region = region

    def enter(self) -> None:
        _request_account_id.set(self._account)
        _request_region.set(self._region)


class _Reader:
    """Reads one mapping's stream from the mapping's starting position."""

    def __init__(self, account: str, region: str, mapping: dict[str, Any]) -> None:
        self._scope = _Scope(account, region)
        self._scope.enter()
        self._mapping = mapping
        self._table = mapping["EventSourceArn"].split("/stream/")[0].rsplit("/", 1)[-1]
        from_start = mapping.get("StartingPosition") == "TRIM_HORIZON"
        start = dynamodb.stream_start_position if from_start else dynamodb.stream_end_position
        self._position: int = start(self._table)
        self._lanes = Lanes(_EngineSource(self._scope, mapping))

    def read(self) -> bool:
        """Put new records into the lanes; return whether there were any."""
        self._scope.enter()
        is_on = self._mapping.get("Enabled", True)
        # The engine changes this mapping in place when its settings change.
        is_ready = self._lanes.follow(stream_rules.rules_of(self._mapping) if is_on else None)
        if not is_ready or not permissions.may_read(self._mapping):
            return False
        position = max(self._position, dynamodb.stream_start_position(self._table))
        records = dynamodb.stream_records_since(self._table, position, stream_lanes.READ_AT_ONCE)
        self._position = position + len(records)
        for record in lambda_svc._apply_filter_criteria(list(records), self._mapping):
            self._lanes.put(record)
        return bool(records)

    def close(self) -> None:
        self._lanes.close()


class _EngineSource:
    """Invokes a mapping's function, and reports to its on-failure destination."""

    def __init__(self, scope: _Scope, mapping: dict[str, Any]) -> None:
        self._scope = scope
        self._mapping = mapping
        self._sqs: Any = None
        self._lock = threading.Lock()

    def invoke(self, records: Sequence[Record]) -> Answer:
        self._scope.enter()
        function = self._function()
        if function is None:
            # Deleted, or not there yet. If the mapping is deleted too, its lanes end.
            return Answer(is_error=False, is_throttled=True, body=None)
        result = lambda_svc._execute_function(function, {"Records": list(records)})
        is_throttled = bool(result.get("throttle"))
        is_error = bool(result.get("error"))
        processed = "FAILED" if is_error else f"OK - {len(records)} records"
        self._mapping["LastProcessingResult"] = processed
        return Answer(is_error=is_error, is_throttled=is_throttled, body=result.get("body"))

    def discard(self, records: Sequence[Record], why: Discarded, invocations: int) -> None:
        destination = (self._mapping.get("DestinationConfig") or {}).get("OnFailure") or {}
        arn = destination.get("Destination")
        if not arn:
            return
        message = stream_rules.failure_message(
            records,
            why=why,
            invocations=invocations,
            function_arn=self._mapping["FunctionArn"],
            stream_arn=self._mapping["EventSourceArn"],
            shard_id=_DEFAULT_SHARD_ID,
            request_id=stream_rules.new_request_id(),
            timestamps=stream_rules.timestamps(records, time.time()),
        )
        _, _, _, _, account, queue = arn.split(":")
        self._client().send_message(
            QueueUrl=f"{_endpoint()}/{account}/{queue}",
            MessageBody=stream_rules.message_body(message),
        )

    def _function(self) -> dict[str, Any] | None:
        record, _ = lambda_svc._get_func_record_for_qualifier(
            self._mapping["FunctionName"], self._mapping.get("Qualifier")
        )
        return dict(record) if record else None

    def _client(self) -> Any:  # noqa: ANN401 - a client made by name
        """SQS with the credentials of the function's role, as Lambda sends it."""
        with self._lock:
            if self._sqs is None:
                function = self._function() or {}
                credentials = lambda_runtime.execution_credentials(
                    function.get("config") or function
                )
                self._sqs = botocore.session.Session().create_client(
                    "sqs",
                    region_name=self._mapping["EventSourceArn"].split(":")[3],
                    endpoint_url=_endpoint(),
                    aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
                    aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
                    aws_session_token=credentials["AWS_SESSION_TOKEN"] or None,
                )
            return self._sqs


def install() -> None:
    """Replace the engine's own reader of streams."""
    lambda_svc._poll_dynamodb_streams = Readers().look


def _endpoint() -> str:
    return f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
