"""Builders for unit tests: events, items, failing clients, a scripted HTTP server."""

import copy
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from aws_lambda_powertools.utilities.typing import LambdaContext

from shared.profile_table import ProfileTable
from shared.user_table import UserTable

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

EVENTS = Path(__file__).parents[1] / "events"
USER_TABLE = "onboarding-User"
USER_PROFILE_TABLE = "onboarding-user-profile"
BUCKET = "onboarding-profile-images-123456789012"

Item = dict[str, "AttributeValueTypeDef"]


@cache
def _event_text(name: str) -> str:
    return (EVENTS / f"{name}.json").read_text("utf-8")


def event(name: str) -> dict[str, Any]:
    """A fresh copy of tests/events/<name>.json."""
    return cast("dict[str, Any]", json.loads(_event_text(name)))


def first_record(name: str) -> dict[str, Any]:
    """The first record of an event file."""
    return cast("dict[str, Any]", event(name)["Records"][0])


def user_insert(
    username: object, *, event_id: str = "e" * 32, number: str = "100"
) -> dict[str, Any]:
    """A stream record of a new user; `username` as text, or as a whole attribute value."""
    record = first_record("user_stream_batch")
    attribute = {"S": username} if isinstance(username, str) else username
    record["eventID"] = event_id
    record["dynamodb"]["SequenceNumber"] = number
    record["dynamodb"]["Keys"] = {"username": attribute}
    record["dynamodb"]["NewImage"]["username"] = attribute
    return record


def profile_record(
    new: Mapping[str, Any] | None, old: Mapping[str, Any] | None = None, *, number: str = "100"
) -> dict[str, Any]:
    """A stream record of the user-profile table, of the kind that fits its images."""
    record = first_record("user_profile_stream_batch")
    record["eventName"] = "REMOVE" if new is None else "INSERT" if old is None else "MODIFY"
    change = record["dynamodb"]
    change["SequenceNumber"] = number
    for name, image in (("NewImage", new), ("OldImage", old)):
        change.pop(name, None)
        if image is not None:
            change[name] = copy.deepcopy(dict(image))
    return record


def profile_image(profile_id: int | str, key: str | None = None, **attributes: str) -> Item:
    """A profile's item as a stream writes it; further attributes are strings."""
    item: Item = {"id": {"N": str(profile_id)}}
    if key is not None:
        item["image"] = {"S": key}
    item.update({name: {"S": value} for name, value in attributes.items()})
    return item


def upload_record(key: str = "original/cat.jpg", **changes: str | None) -> dict[str, Any]:
    """A record of an S3 event; `key` as S3 writes it. Changes: versionId, sequencer, eventTime,
    eventName; None leaves the field out."""
    record = first_record("s3_put")
    s3_object = record["s3"]["object"]
    s3_object["key"] = key
    for name, value in changes.items():
        holder = record if name.startswith("event") else s3_object
        holder[name] = value
        if value is None:
            del holder[name]
    return record


def make_context(request_id: str) -> LambdaContext:
    """A handler's context, its second argument."""
    made = LambdaContext()
    made._function_name = "onboarding-Function"
    made._memory_limit_in_mb = 1024
    made._invoked_function_arn = (
        "arn:aws:lambda:eu-central-1:123456789012:function:onboarding-Function"
    )
    made._aws_request_id = request_id
    return made


@dataclass
class Users:
    """The User table of a test."""

    dynamodb: "DynamoDBClient"
    name: str

    @property
    def table(self) -> UserTable:
        """The same as the functions see it."""
        return UserTable(self.dynamodb, self.name)

    def put(self, username: str = "anna", **attributes: str | None) -> None:
        """Put a user as an application does; None leaves an attribute out."""
        values: dict[str, str | None] = {
            "username": username,
            "name": "Anna Berg",
            "email": "anna@mail.example",
            "activationStatus": "NONE",
            "activationUrlBase": "https://shop.example/activate",
            "locale": "de",
            **attributes,
        }
        item = {name: {"S": value} for name, value in values.items() if value is not None}
        self.dynamodb.put_item(TableName=self.name, Item=item)

    def get(self, username: str = "anna") -> dict[str, str]:
        """A user's attributes as text; empty for a missing user."""
        key: Item = {"username": {"S": username}}
        item = self.dynamodb.get_item(TableName=self.name, Key=key, ConsistentRead=True)
        return {
            name: str(next(iter(value.values()))) for name, value in item.get("Item", {}).items()
        }

    def set(self, username: str = "anna", **attributes: str) -> None:
        """Set attributes of a user."""
        for name, value in attributes.items():
            self.dynamodb.update_item(
                TableName=self.name,
                Key={"username": {"S": username}},
                UpdateExpression="SET #name = :value",
                ExpressionAttributeNames={"#name": name},
                ExpressionAttributeValues={":value": {"S": value}},
            )

    def withhold_mail(self, username: str = "anna", *, withheld: bool = True) -> None:
        """Mark a user as the web API does whose mail is not to be sent."""
        self.dynamodb.update_item(
            TableName=self.name,
            Key={"username": {"S": username}},
            UpdateExpression="SET mailWithheld = :withheld",
            ExpressionAttributeValues={":withheld": {"BOOL": withheld}},
        )

    def delete(self, username: str = "anna") -> None:
        """Delete a user."""
        self.dynamodb.delete_item(TableName=self.name, Key={"username": {"S": username}})


@dataclass
class Profiles:
    """The user-profile table of a test."""

    dynamodb: "DynamoDBClient"
    name: str

    @property
    def table(self) -> ProfileTable:
        """The same as the functions see it."""
        return ProfileTable(self.dynamodb, self.name)

    def put(self, profile_id: int | str, key: str | None = None, **attributes: str) -> Item:
        """Put a profile; return its item."""
        item = profile_image(profile_id, key, **attributes)
        self.dynamodb.put_item(TableName=self.name, Item=item)
        return item

    def get(self, profile_id: int | str) -> dict[str, str]:
        """A profile's attributes as text; empty for a missing profile."""
        key: Item = {"id": {"N": str(profile_id)}}
        item = self.dynamodb.get_item(TableName=self.name, Key=key, ConsistentRead=True)
        return {
            name: str(next(iter(value.values()))) for name, value in item.get("Item", {}).items()
        }

    def count(self) -> int:
        """How many profiles there are."""
        return self.dynamodb.scan(TableName=self.name)["Count"]


def fail(  # noqa: PLR0913 - one answer of a service, described by its parts
    client: "BaseClient",
    operation: str,
    code: str = "InternalServerError",
    *,
    status: int = 500,
    message: str = "made to fail",
    times: int = 1_000_000,
) -> list[dict[str, Any]]:
    """Make an operation of a client fail with an error; return the list of refused requests.

    The error replaces the client's own retries, which would only make the test slow.
    """
    refused: list[dict[str, Any]] = []

    def answer(params: dict[str, Any], **_: object) -> tuple[Any, dict[str, Any]] | None:
        if len(refused) >= times:
            return None
        refused.append(params)
        http = type("Http", (), {"status_code": status, "headers": {}})()
        return http, {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}},
        }

    service = client.meta.service_model.service_id.hyphenize()
    # A handler of this event may return the response, though the types don't say so.
    handler = cast("Callable[..., None]", answer)
    client.meta.events.register_first(f"before-call.{service}.{operation}", handler)
    return refused


@dataclass
class Invalidations:
    """CloudFront's invalidations, by its API reference: one for each CallerReference.

    Attributes:
        made: The paths of each, by its CallerReference.
        requests: How often one was asked for.
    """

    made: dict[str, tuple[str, ...]] = field(default_factory=dict)
    requests: int = 0

    def answer(self, client: "BaseClient") -> Self:
        """Answer a client's requests for invalidations."""
        client.meta.events.register_first(
            "before-call.cloudfront.CreateInvalidation", cast("Callable[..., None]", self._answer)
        )
        return self

    @property
    def paths(self) -> list[str]:
        """All paths, sorted."""
        return sorted(path for paths in self.made.values() for path in paths)

    def _answer(self, params: dict[str, Any], **_: object) -> tuple[Any, dict[str, Any]]:
        texts = re.findall(r"<(Path|CallerReference|Quantity)>([^<]*)<", params["body"].decode())
        paths = tuple(text for tag, text in texts if tag == "Path")
        (reference,) = [text for tag, text in texts if tag == "CallerReference"]
        assert [text for tag, text in texts if tag == "Quantity"] == [str(len(paths))]
        self.requests += 1
        assert self.made.setdefault(reference, paths) == paths, "InvalidationBatchAlreadyExists"
        http = type("Http", (), {"status_code": 201, "headers": {}})()
        return http, {"ResponseMetadata": {"HTTPStatusCode": 201, "HTTPHeaders": {}}}


def attributes_read(request: Mapping[str, Any]) -> list[str]:
    """The attributes of a read's projection. A read without a projection fails here."""
    names = request["ExpressionAttributeNames"]
    return [names[placeholder] for placeholder in request["ProjectionExpression"].split(", ")]


def once_before(client: "BaseClient", operation: str, action: Callable[[], object]) -> None:
    """Run something just before a client's next call of an operation, as a concurrent function."""
    _once(client, "before-call", operation, action)


def once_after(client: "BaseClient", operation: str, action: Callable[[], object]) -> None:
    """Run something just after a client's next call of an operation."""
    _once(client, "after-call", operation, action)


def make_atomic(client: "BaseClient") -> None:
    """Let only one call be under way at a time.

    moto checks a write's condition and writes in two steps, and can't read meanwhile. AWS does both
    at once.
    """
    lock = threading.RLock()

    def enter(**_: object) -> None:
        lock.acquire()

    def leave(**_: object) -> None:
        lock.release()

    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"before-call.{service}", enter)
    client.meta.events.register(f"after-call.{service}", leave)


def _once(client: "BaseClient", moment: str, operation: str, action: Callable[[], object]) -> None:
    pending = [action]

    def act(**_: object) -> None:
        if pending:
            pending.pop()()

    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"{moment}.{service}.{operation}", act)


@dataclass(frozen=True)
class Request:
    """A request that the HTTP server received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """The HTTP server's response to one request."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang: bool = False


class HttpServer:
    """Responds from a list, whose last response repeats; keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[Answer] = []
        self._stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        # The test's end doesn't wait for a hanging response.
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.requests.append(
                    Request(self.command, self.path, dict(self.headers.items()), body)
                )
                self._send(server.answers.pop(0) if len(server.answers) > 1 else server.answers[0])

            def _send(self, answer: Answer) -> None:
                if answer.hang:
                    server._stopped.wait(30)
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value.replace("{url}", server.url))
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        return Handler
