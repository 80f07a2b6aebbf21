"""Pictures that lack thumbnails of a size: which they are, and how they get them."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations import deployment as deployments
from operations import thumbnails as command
from operations.deployment import Deployment
from tests.unit.builders import USER_PROFILE_TABLE, Item, Profiles
from tests.unit.operations.redrive.conftest import CREATE_THUMBNAIL, FakeLambda

Capture = pytest.CaptureFixture[str]
STREAM = f"arn:aws:dynamodb:eu-central-1:123456789012:table/{USER_PROFILE_TABLE}/stream/2026"
LONGEST_PATH = "x" * (1024 - len("thumbnails/"))


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the command has waited each time, in the seconds of its own clock."""
    waited: list[float] = []
    ticks = iter(range(0, 1000, 3))
    monkeypatch.setattr("operations.thumbnails.time.monotonic", lambda: float(next(ticks)))
    monkeypatch.setattr("operations.thumbnails.time.sleep", waited.append)
    return waited


@pytest.fixture
def function(profiles: Profiles, monkeypatch: pytest.MonkeyPatch) -> FakeLambda:
    """A deployment of sizes 150 and 300, whose function makes all of them."""
    fake = FakeLambda()
    fake.connect(CREATE_THUMBNAIL, STREAM, "INSERT", "MODIFY")
    outputs = {
        "user_profile_table_name": USER_PROFILE_TABLE,
        "thumbnail_sizes": [150, 300],
        "function_names": {"create_thumbnail": CREATE_THUMBNAIL},
        "account_id": "123456789012",
    }
    clients = {"lambda": fake, "dynamodb": profiles.dynamodb}
    monkeypatch.setattr(Deployment, "client", lambda _self, service: clients[service])
    monkeypatch.setattr(Deployment, "prepare", lambda _self: None)
    found = Deployment(outputs, "eu-central-1")
    monkeypatch.setattr(deployments, "find", lambda _cloud, _environment: found)
    fake.handlers[CREATE_THUMBNAIL] = records(profiles, thumbnailSizes={"NS": ["150", "300"]})
    return fake


def records(profiles: Profiles, **attributes: Any) -> Callable[[dict[str, Any]], object]:  # noqa: ANN401 - DynamoDB's values
    """A function that records something on the profile of each record."""

    def handler(event: dict[str, Any]) -> Mapping[str, list[object]]:
        for record in event["Records"]:
            image = record["dynamodb"]["NewImage"]
            profiles.dynamodb.put_item(TableName=profiles.name, Item={**image, **attributes})
        return {"batchItemFailures": []}

    return handler


def put(profiles: Profiles, profile_id: int, path: str, *sizes: int, status: str = "DONE") -> None:
    """A profile whose picture has thumbnails of these sizes; without one, as an old record."""
    item: dict[str, Any] = {
        "id": {"N": str(profile_id)},
        "image": {"S": f"original/{path}"},
        "thumbnail": {"S": f"thumbnails/{path}"},
        "thumbnailStatus": {"S": status},
    }
    if sizes:
        item["thumbnailSizes"] = {"NS": [str(size) for size in sizes]}
    profiles.dynamodb.put_item(TableName=profiles.name, Item=item)


def made_for(function: FakeLambda) -> list[str]:
    """The images that the function was called with, one a call."""
    return [
        record["dynamodb"]["NewImage"]["image"]["S"]
        for _, event in function.invoked
        for record in event["Records"]
    ]


def test_pictures_that_lack_a_size_get_it_and_no_other_is_touched(
    function: FakeLambda, profiles: Profiles, capsys: Capture
) -> None:
    put(profiles, 1, "old.jpg")
    put(profiles, 2, "lacks-300.jpg", 150)
    put(profiles, 3, "whole.jpg", 150, 300)
    put(profiles, 4, "refused.jpg", status="FAILED")
    put(profiles, 5, LONGEST_PATH, 150)
    profiles.put(6, "original/waits.jpg")
    profiles.put(7)

    assert command.main([]) == 0

    assert sorted(made_for(function)) == ["original/lacks-300.jpg", "original/old.jpg"]
    assert all(len(event["Records"]) == 1 for _, event in function.invoked)
    said = capsys.readouterr().out
    assert "original/old.jpg  made" in said
    assert "7 profile(s) looked at, 2 picture(s) found that lacked thumbnails, 0 failed" in said


def test_a_second_run_finds_nothing(function: FakeLambda, profiles: Profiles) -> None:
    put(profiles, 1, "old.jpg")
    command.main([])
    function.invoked.clear()

    assert command.main([]) == 0

    assert function.invoked == []


def test_the_command_waits_as_long_as_the_function_has_worked(
    function: FakeLambda, profiles: Profiles, waits: list[float]
) -> None:
    put(profiles, 1, "old.jpg")
    put(profiles, 2, "older.jpg")

    command.main([])

    assert len(function.invoked) == 2
    assert waits == [3.0, 3.0]


def test_a_dry_run_says_what_is_lacking(
    function: FakeLambda, profiles: Profiles, capsys: Capture
) -> None:
    put(profiles, 1, "old.jpg")

    assert command.main(["--dry-run"]) == 0

    assert function.invoked == []
    assert "original/old.jpg  lacks 300 pixels" in capsys.readouterr().out


def test_a_limit_ends_it_before_the_next_picture(
    function: FakeLambda, profiles: Profiles, capsys: Capture
) -> None:
    put(profiles, 1, "old.jpg")
    put(profiles, 2, "older.jpg")

    assert command.main(["--limit", "1"]) == 0

    assert len(function.invoked) == 1
    assert "beyond the limit: run it again" in capsys.readouterr().out


def test_a_picture_that_fails_holds_up_no_other(
    function: FakeLambda, profiles: Profiles, waits: list[float], capsys: Capture
) -> None:
    put(profiles, 1, "fails.jpg")
    put(profiles, 2, "kills.jpg")
    put(profiles, 3, "good.jpg")
    make = function.handlers[CREATE_THUMBNAIL]

    def handler(event: dict[str, Any]) -> object:
        (record,) = event["Records"]
        key = record["dynamodb"]["NewImage"]["image"]["S"]
        if key == "original/fails.jpg":
            number = record["dynamodb"]["SequenceNumber"]
            return {"batchItemFailures": [{"itemIdentifier": number}]}
        if key == "original/kills.jpg":
            raise MemoryError("no room")
        return make(event)

    function.handlers[CREATE_THUMBNAIL] = handler

    assert command.main([]) == 1

    said = capsys.readouterr().out
    assert "original/fails.jpg  failed: see the log of CreateThumbnail" in said
    assert "original/kills.jpg  failed: MemoryError: no room" in said
    assert "original/good.jpg  made" in said
    assert "2 failed" in said
    assert waits == [3.0, 3.0, 3.0]


@pytest.fixture
def refuse_unlucky(
    function: FakeLambda, monkeypatch: pytest.MonkeyPatch
) -> Callable[[BaseException], None]:
    """Has an error raised in place of the invocation for one picture, original/unlucky.jpg."""
    invoke = function.invoke

    def refuse_with(error: BaseException) -> None:
        def refuse(**request: Any) -> dict[str, Any]:  # noqa: ANN401 - as Lambda's API
            if b"original/unlucky.jpg" in request["Payload"]:
                raise error
            return invoke(**request)

        monkeypatch.setattr(function, "invoke", refuse)

    return refuse_with


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "refused"}}, "Invoke")


def test_a_throttled_invocation_holds_up_no_other(
    refuse_unlucky: Callable[[BaseException], None],
    profiles: Profiles,
    waits: list[float],
    capsys: Capture,
) -> None:
    put(profiles, 1, "unlucky.jpg")
    put(profiles, 2, "good.jpg")
    refuse_unlucky(client_error("TooManyRequestsException"))

    assert command.main([]) == 1

    said = capsys.readouterr().out
    assert "unlucky.jpg  failed: onboarding-CreateThumbnail: TooManyRequestsException" in said
    assert "original/good.jpg  made" in said
    assert waits == [3.0, 3.0]


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        (client_error("AccessDeniedException"), (2, "error: An error occurred (AccessDenied")),
        (KeyboardInterrupt(), (130, "interrupted: run it again: what was made is not made again")),
    ],
)
def test_a_run_that_ends_early_says_how_far_it_got(
    refuse_unlucky: Callable[[BaseException], None],
    profiles: Profiles,
    capsys: Capture,
    error: BaseException,
    ended: tuple[int, str],
) -> None:
    exit_code, message = ended
    put(profiles, 1, "unlucky.jpg")
    refuse_unlucky(error)

    assert command.main([]) == exit_code

    said = capsys.readouterr()
    assert "1 profile(s) looked at, 1 picture(s) found that lacked thumbnails" in said.out
    assert message in said.err


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (None, "error: onboarding-CreateThumbnail reads no stream of a table"),
        ('{"eventName": ["INSERT"], "other": [1]}', "is of no known kind"),
    ],
)
def test_a_function_whose_stream_is_not_known_is_named(
    function: FakeLambda, capsys: Capture, pattern: str | None, message: str
) -> None:
    (mapping,) = function.mappings.pop(CREATE_THUMBNAIL)
    if pattern is not None:
        filters = {"Filters": [{"Pattern": pattern}]}
        function.mappings[CREATE_THUMBNAIL] = [{**mapping, "FilterCriteria": filters}]

    assert command.main([]) == 2

    assert message in capsys.readouterr().err


def test_a_picture_that_is_refused_now_says_why(
    function: FakeLambda, profiles: Profiles, capsys: Capture
) -> None:
    put(profiles, 1, "old.jpg")
    refuse = {"thumbnailStatus": {"S": "FAILED"}, "thumbnailError": {"S": "too large: …"}}
    function.handlers[CREATE_THUMBNAIL] = records(profiles, **refuse)

    assert command.main([]) == 0

    assert "original/old.jpg  refused: too large: …" in capsys.readouterr().out


def test_a_picture_that_is_replaced_meanwhile_is_left_to_the_stream(
    function: FakeLambda, profiles: Profiles, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    put(profiles, 1, "old.jpg")
    read = command.Run.made_for

    def replaced_before(run: command.Run, profile: Item) -> str:
        profiles.put(1, "original/new.jpg")
        return read(run, profile)

    monkeypatch.setattr(command.Run, "made_for", replaced_before)

    assert command.main([]) == 0

    assert function.invoked == []
    assert "original/old.jpg  has changed meanwhile" in capsys.readouterr().out


@pytest.mark.usefixtures("function")
def test_a_deployment_without_the_output_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    found = Deployment({"account_id": "123456789012"}, "eu-central-1")
    monkeypatch.setattr(deployments, "find", lambda _cloud, _environment: found)

    assert command.main([]) == 2

    assert "`make apply` adds it" in capsys.readouterr().err
