"""Requests that a client makes in INIT and never sends.

For its first request botocore compiles patterns, evaluates rules and resolves shapes: 5 to 12 ms of
a whole processor, and so up to 80 ms in a function with 256 MB.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.client import BaseClient

_ITEM = {"TableName": "rehearsal", "Key": {"id": {"S": "rehearsal"}}}
_OBJECT = {"Bucket": "rehearsal", "Key": "rehearsal"}
_ARN = "arn:aws:states:eu-central-1:123456789012:stateMachine:rehearsal"

# Typical requests, by the client's service.
REQUESTS: Mapping[str, Iterable[tuple[str, Mapping[str, Any]]]] = MappingProxyType(
    {
        "dynamodb": (
            ("get_item", _ITEM),
            ("update_item", {**_ITEM, "UpdateExpression": "SET a = :b"}),
        ),
        "s3": (("head_object", _OBJECT), ("put_object", {**_OBJECT, "Body": b"rehearsal"})),
        "sesv2": (("send_email", {"Content": {"Raw": {"Data": b"rehearsal"}}}),),
        "stepfunctions": (("start_execution", {"stateMachineArn": _ARN, "input": "{}"}),),
    }
)


class _NoBody:
    """The body of a response that nobody has sent."""

    def stream(self) -> Iterator[bytes]:
        """Nothing."""
        return iter(())


def requests_of(*accessors: "Callable[[], BaseClient]") -> Callable[[], None]:
    """For `shared.init.prepare`: let the clients of these accessors make their requests."""

    def rehearse() -> None:
        for accessor in accessors:
            _rehearse(accessor())

    return rehearse


def _rehearse(client: "BaseClient") -> None:
    # botocore sends nothing where a handler of this event answers:
    # https://botocore.amazonaws.com/v1/documentation/api/latest/topics/events.html
    events: Any = client.meta.events  # its types know no handler that answers
    events.register_first("before-send", _answer, unique_id="rehearsal")
    try:
        for operation, parameters in REQUESTS[client.meta.service_model.service_name]:
            getattr(client, operation)(**parameters)
    finally:
        events.unregister("before-send", _answer, unique_id="rehearsal")


def _answer(request: "AWSPreparedRequest", **_: object) -> AWSResponse:
    return AWSResponse(request.url, 200, HTTPHeaders(), _NoBody())
