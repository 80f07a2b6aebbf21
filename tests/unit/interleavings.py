"""Runs every order in which concurrent functions can call AWS, with a crash of each anywhere.

The real functions run, against a bucket and a table of plain data. A function stops
before each of its calls, so that another can be next. As a function depends only on
the responses that it got, it continues by running again with the same responses. A state that
is reached in several ways is examined once.
"""

import copy
import io
import pickle
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar, cast

from botocore.exceptions import ClientError

Item = dict[str, Any]
Request = Mapping[str, Any]


# --- the bucket and the table ---


@dataclass
class Version:
    """A version of an object; a delete marker has no data."""

    version_id: str
    put_at: int
    data: bytes | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        return f'"{(self.data or b"").hex()}"'


@dataclass
class World:
    """The bucket and the table, and the events that they have sent so far."""

    objects: dict[str, list[Version]] = field(default_factory=dict)
    profiles: dict[str, Item] = field(default_factory=dict)
    records: list[dict[str, Any]] = field(default_factory=list)
    uploads: list[dict[str, Any]] = field(default_factory=list)
    clock: int = 1_000_000
    # What CloudFront's caches hold of each thumbnail: see Client.is_seen.
    edge: dict[str, set[bytes]] = field(default_factory=dict)
    invalidations: set[str] = field(default_factory=set)

    def look_at_thumbnails(self) -> None:
        """Let the caches take up each thumbnail that can be seen now."""
        for key in self.objects:
            current = self.current(key)
            if key.startswith("thumbnails") and current is not None:
                self.edge.setdefault(key, set()).add(current.data or b"")

    def current(self, key: str) -> Version | None:
        """The current object of a key."""
        versions = self.objects.get(key)
        return versions[-1] if versions and versions[-1].data is not None else None

    def add(self, key: str, data: bytes | None, metadata: dict[str, str]) -> str:
        self.clock += 1
        version = Version(f"v{self.clock}", self.clock, data, metadata)
        self.objects.setdefault(key, []).append(version)
        return version.version_id

    def upload(self, key: str, data: bytes, profile_id: str, **metadata: str) -> None:
        """Put an original, as a browser does; S3 reports it."""
        version_id = self.add(key, data, {"user-profile-id": profile_id, **metadata})
        self.uploads.append({"key": key, "version_id": version_id, "order": self.clock})

    def write(self, profile_id: str, new: Item | None) -> None:
        """Put, change or remove a profile; the stream reports it, if it is another than before."""
        old = self.profiles.pop(profile_id, None)
        if new is not None:
            self.profiles[profile_id] = new
        if old == new:
            return
        self.clock += 1
        change = {"ApproximateCreationDateTime": self.clock, "SequenceNumber": str(self.clock)}
        images = {"OldImage": old, "NewImage": new}
        self.records.append(
            {
                "eventName": "REMOVE" if new is None else "INSERT" if old is None else "MODIFY",
                "dynamodb": {**change, **{name: it for name, it in images.items() if it}},
            }
        )


Operation = Callable[[World, Request], Any]


def refused(code: str, **more: object) -> ClientError:
    response = cast("Any", {"Error": {"Code": code}, **more})
    return ClientError(response, "operation")


def _version(world: World, request: Request, missing: str) -> Version:
    wanted = request.get("VersionId")
    for version in world.objects.get(request["Key"], []):
        if version.version_id == wanted and version.data is not None:
            return version
    current = world.current(request["Key"])
    if wanted is not None or current is None:
        raise refused(missing)
    return current


def _described(version: Version) -> dict[str, Any]:
    return {
        "ETag": version.etag,
        "VersionId": version.version_id,
        "Metadata": dict(version.metadata),
        "LastModified": datetime.fromtimestamp(version.put_at, UTC),
        "ContentLength": len(version.data or b""),
    }


def head_object(world: World, request: Request) -> dict[str, Any]:
    return _described(_version(world, request, "404"))


def get_object(world: World, request: Request) -> dict[str, Any]:
    version = _version(world, request, "NoSuchKey")
    return {**_described(version), "Body": io.BytesIO(version.data or b"")}


def put_object(world: World, request: Request) -> dict[str, Any]:
    return {"VersionId": world.add(request["Key"], request["Body"], dict(request["Metadata"]))}


def delete_object(world: World, request: Request) -> dict[str, Any]:
    versions = world.objects.get(request["Key"], [])
    if "VersionId" in request:
        versions[:] = [one for one in versions if one.version_id != request["VersionId"]]
        return {}
    current = world.current(request["Key"])
    if "IfMatch" in request and current is None:
        raise refused("NoSuchKey")
    if "IfMatch" in request and current is not None and current.etag != request["IfMatch"]:
        raise refused("PreconditionFailed")
    world.add(request["Key"], None, {})
    return {}


def get_item(world: World, request: Request) -> dict[str, Any]:
    item = world.profiles.get(request["Key"]["id"]["N"])
    return {} if item is None else {"Item": copy.deepcopy(item)}


def update_item(world: World, request: Request) -> dict[str, Any]:
    profile_id = request["Key"]["id"]["N"]
    found = world.profiles.get(profile_id)
    values = request["ExpressionAttributeValues"]
    if not holds(request["ConditionExpression"], found or {}, values):
        raise refused(
            "ConditionalCheckFailedException", **({} if found is None else {"Item": found})
        )
    new = dict(found or {})
    sets, _, removes = request["UpdateExpression"].removeprefix("SET ").partition(" REMOVE ")
    new.update({name: values[value] for name, value in re.findall(r"(\w+) = (:\w+)", sets)})
    world.write(profile_id, {k: v for k, v in new.items() if k not in removes.split(", ")})
    return {}


def create_invalidation(world: World, request: Request) -> dict[str, Any]:
    batch = request["InvalidationBatch"]
    if batch["CallerReference"] not in world.invalidations:
        world.invalidations.add(batch["CallerReference"])
        starts = tuple(path.removeprefix("/").removesuffix("*") for path in batch["Paths"]["Items"])
        world.edge = {k: v for k, v in world.edge.items() if not k.startswith(starts)}
    return {}


class Missing:
    """A missing attribute: every comparison with it is false."""

    def __eq__(self, _: object) -> bool:
        return False

    def __ne__(self, _: object) -> bool:
        return False

    def __lt__(self, _: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


def holds(condition: str, item: Item, values: Item) -> bool:
    """Whether one of our condition expressions holds."""
    words = {"AND": "and", "OR": "or", "=": "==", "<>": "!="}

    def python_of(token: "re.Match[str]") -> str:
        text = token[0]
        if text in words:
            return words[text]
        if text.startswith("attribute_"):
            return text.replace("(", "('").replace(")", "')")
        if text.startswith(":"):
            return repr(plain(values[text]))
        return f"attribute('{text}')"

    tokens = r"attribute_(?:not_)?exists\(\w+\)|:\w+|<>|=|\w+"
    return bool(
        eval(  # noqa: S307 - the functions' own expressions
            re.sub(tokens, python_of, condition),
            {
                "attribute": lambda name: plain(item.get(name, {"": Missing()})),
                "attribute_exists": item.__contains__,
                "attribute_not_exists": lambda name: name not in item,
            },
        )
    )


def plain(value: Item) -> Any:  # noqa: ANN401 - of any type
    """An attribute's value, to be compared."""
    ((kind, content),) = value.items()
    return float(content) if kind == "N" else content


OPERATIONS: dict[str, Operation] = {
    operation.__name__: operation
    for operation in (
        head_object,
        get_object,
        put_object,
        delete_object,
        get_item,
        update_item,
        create_invalidation,
    )
}


# --- running the functions a call at a time ---


class Paused(BaseException):
    """A function is about to make its next call. Not an Exception, so that nothing catches it."""


class Client:
    """Both clients of a function: they replay responses, then make one call, then pause."""

    def __init__(self) -> None:
        self.world = World()
        self.answers: list[bytes] = []
        self.position = 0
        self.may_call = False
        # Whether somebody asks CloudFront for all thumbnails all the time.
        self.is_seen = False

    def prepare(self, world: World, answers: Sequence[bytes]) -> None:
        """Restart a piece of work with these responses, to make one more call."""
        self.world, self.answers = world, list(answers)
        self.position, self.may_call = 0, True

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = OPERATIONS[name]
        return lambda **request: self._call(operation, request)

    def _call(self, operation: Operation, request: Request) -> Any:  # noqa: ANN401 - as it comes
        if self.position == len(self.answers):
            if not self.may_call:
                raise Paused
            self.may_call = False
            try:
                answer = operation(self.world, request)
            except ClientError as error:
                answer = error
            if self.is_seen:
                self.world.look_at_thumbnails()
            self.answers.append(pickle.dumps(answer))
        answer = pickle.loads(self.answers[self.position])  # noqa: S301 - our own, from above
        self.position += 1
        if isinstance(answer, ClientError):
            raise answer
        return answer


@dataclass(frozen=True)
class Actor:
    """An actor that works through its pieces of work.

    Attributes:
        name: its name in a failure's message.
        work: the work at a position, such as the n-th record; None if there is none (yet).
        gives_up_on: errors that end a piece of work: it goes to the failure queue.
        may_die: whether it may crash, and then restarts its piece of work.
        after_crash: its work once the crash has happened, if it is another.
    """

    name: str
    work: Callable[[World, int], Callable[[], None] | None]
    gives_up_on: tuple[type[Exception], ...] = ()
    may_die: bool = True
    after_crash: Callable[[World, int], Callable[[], None] | None] | None = None


@dataclass(frozen=True)
class State:
    """The state of everything.

    Attributes:
        packed_world: the bucket and the table, pickled, to be copied and compared.
        positions: how many pieces of work each actor has done.
        answers: the responses that each actor has got in its current piece of work.
        deaths_left: how many crashes may still happen.
        story: the steps to this state.
    """

    packed_world: bytes
    positions: tuple[int, ...]
    answers: tuple[tuple[bytes, ...], ...]
    deaths_left: int
    story: tuple[str, ...] = field(default=(), compare=False)

    @cached_property
    def world(self) -> World:
        """To be read, not changed."""
        return cast("World", pickle.loads(self.packed_world))  # noqa: S301 - our own

    def told(self, text: str, **changes: Any) -> "State":  # noqa: ANN401 - attributes of any kind
        """The next state."""
        return replace(self, story=(*self.story, text), **changes)


@dataclass(frozen=True)
class Progress:
    """What one more call of an actor's work leads to.

    Attributes:
        packed_world: the bucket and the table after it.
        answers: the responses that the work has got by then.
        is_done: whether the work has ended.
        is_idle: whether it has ended without any call or change.
    """

    packed_world: bytes
    answers: tuple[bytes, ...]
    is_done: bool
    is_idle: bool


def explore(
    world: World, actors: Sequence[Actor], client: Client, *, deaths: int
) -> Iterator[State]:
    """Every final state, each once."""
    first = State(
        pickle.dumps(world), (0,) * len(actors), tuple(() for _ in actors), deaths_left=deaths
    )
    waiting, seen = [first], {first}
    progress_of = _remembering(actors, client)
    while waiting:
        state = waiting.pop()
        following: list[State] = []
        for number, actor in enumerate(actors):
            progress = progress_of(state, number)
            if progress is not None and progress.is_idle:
                # Work without any call: its order doesn't matter.
                following = list(_steps(state, number, actor, progress))
                break
            following += _steps(state, number, actor, progress)
        if not following:
            yield state
        new = [after for after in following if after not in seen]
        seen.update(new)
        waiting += new


def _remembering(
    actors: Sequence[Actor], client: Client
) -> Callable[[State, int], Progress | None]:
    """Run a piece of work once for all states that look the same to its actor: one in seven."""
    known: dict[object, Progress | None] = {}

    def progress_of(state: State, number: int) -> Progress | None:
        has_crashed = actors[number].after_crash is not None and state.deaths_left == 0
        seen = (state.packed_world, state.positions[number], state.answers[number])
        key = (number, has_crashed, *seen)
        if key not in known:
            known[key] = _progress(state, number, actors[number], client)
        return known[key]

    return progress_of


def _progress(state: State, number: int, actor: Actor, client: Client) -> Progress | None:
    """Let an actor make one more call; None if there is no work for it."""
    work_at = actor.work
    if actor.after_crash is not None and state.deaths_left == 0:
        work_at = actor.after_crash
    work = work_at(state.world, state.positions[number])
    if work is None:
        return None
    client.prepare(pickle.loads(state.packed_world), state.answers[number])  # noqa: S301 - our own
    is_done = _run(work, actor)
    packed_world = pickle.dumps(client.world)
    return Progress(
        packed_world,
        tuple(client.answers),
        is_done,
        is_idle=is_done and not client.answers and packed_world == state.packed_world,
    )


def _steps(state: State, number: int, actor: Actor, progress: Progress | None) -> Iterator[State]:
    """What one actor may do next: make one more call, or crash after those that it has made."""
    if progress is None:
        return
    can_die = actor.may_die and state.deaths_left > 0
    if can_die and state.answers[number]:
        yield _died(state, number, actor)
    if progress.is_idle:
        yield _ended(state, number, f"{actor.name} has nothing to do")
        return
    after = state.told(
        f"{actor.name}: call {len(progress.answers)}",
        packed_world=progress.packed_world,
        answers=_changed(state.answers, number, progress.answers),
    )
    if not progress.is_done:
        yield after
        return
    if can_die and progress.answers:
        # It has made its last call, and crashes before its end is noticed.
        yield _died(after, number, actor)
    yield _ended(after, number, f"{actor.name} is done")


def _ended(state: State, number: int, text: str) -> State:
    """The piece of work is over."""
    return state.told(
        text,
        answers=_changed(state.answers, number, ()),
        positions=_changed(state.positions, number, state.positions[number] + 1),
    )


def _died(state: State, number: int, actor: Actor) -> State:
    return state.told(
        f"{actor.name} dies",
        answers=_changed(state.answers, number, ()),
        deaths_left=state.deaths_left - 1,
    )


def _run(work: Callable[[], None], actor: Actor) -> bool:
    """Continue a piece of work until its next call; return whether it is done."""
    try:
        work()
    except Paused:
        return False
    except actor.gives_up_on:
        return True
    return True


T = TypeVar("T")


def _changed(values: tuple[T, ...], number: int, value: T) -> tuple[T, ...]:
    return (*values[:number], value, *values[number + 1 :])
