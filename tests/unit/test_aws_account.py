"""What tests share in one process leaves nothing of one test to the next."""

import os
import sys
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.core.models import botocore_stubber

from shared.aws import RETRYING
from tests.unit.aws_account import KeepingSession, make_table
from tests.unit.builders import fail

NAMED = "onboarding-named"
VALUES = {":one": {"N": "1"}, ":two": {"N": "2"}}


@pytest.fixture
def session(aws: None, aws_session: boto3.Session) -> KeepingSession:
    del aws
    return cast("KeepingSession", aws_session._session)


def test_a_test_gets_a_client_for_each_call() -> None:
    session = KeepingSession()
    one, other = (session.create_client("sqs", config=RETRYING) for _ in range(2))
    assert one is not other
    session.take_back()
    again = {id(session.create_client("sqs", config=RETRYING)) for _ in range(2)}
    assert again == {id(one), id(other)}


def test_a_client_is_made_as_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    session = KeepingSession()
    made = [session.create_client("sqs")]
    session.take_back()
    made.append(session.create_client("sqs", config=RETRYING))
    session.take_back()
    made.append(session.create_client("sqs", region_name="us-east-1"))
    session.take_back()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    made.append(session.create_client("sqs"))
    assert len({id(client) for client in made}) == 4
    assert [client.meta.region_name for client in made] == [
        *("eu-central-1", "eu-central-1"),
        *("us-east-1", "eu-west-1"),
    ]
    assert made[1].meta.config.connect_timeout == RETRYING.connect_timeout  # type: ignore[attr-defined]


def test_nothing_that_a_test_does_to_a_client_stays(session: KeepingSession) -> None:
    client = session.create_client("dynamodb", config=RETRYING)
    client.list_tables()
    fail(client, "ListTables")
    client.describe_table = None
    with pytest.raises(ClientError):
        client.list_tables()
    session.take_back()
    again = session.create_client("dynamodb", config=RETRYING)
    assert again is client
    assert again.list_tables()["TableNames"] == []
    assert callable(again.describe_table)


def test_the_retries_of_a_test_are_not_missing_in_the_next(
    session: KeepingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)

    def calls_of_a_failing_service() -> int:
        client = session.create_client("dynamodb", config=RETRYING)
        sent: list[object] = []

        def no_connection(request: object, **_: object) -> None:
            sent.append(request)
            raise ConnectionError

        client.meta.events.register_first("before-send.dynamodb", no_connection)
        for _ in range(15):
            with pytest.raises(ConnectionError):
                client.list_tables()
        session.take_back()
        return len(sent)

    assert calls_of_a_failing_service() == calls_of_a_failing_service()


def test_the_account_of_the_next_test_is_empty(session: KeepingSession) -> None:
    make_table(NAMED, "id", "S")
    assert session.create_client("dynamodb").list_tables()["TableNames"] == [NAMED]


test_the_account_of_the_test_after_it_too = test_the_account_of_the_next_test_is_empty


def test_without_an_account_nothing_answers_for_aws() -> None:
    assert not botocore_stubber.enabled


def test_a_handler_of_a_test_is_traced_as_the_test_is(session: KeepingSession) -> None:
    client = session.create_client("dynamodb")
    seen: list[Any] = []
    client.meta.events.register("before-call", lambda **_: seen.append(sys.gettrace()))
    traced_before = sys.gettrace()

    def tracer(*_: object) -> None:
        return None

    sys.settrace(tracer)
    try:
        client.list_tables()
        after = sys.gettrace()
    finally:
        sys.settrace(traced_before)
    assert seen == [after] == [tracer]


@pytest.mark.parametrize(
    ("update", "words"),
    [
        ("SET a = :one SET b = :two", 'The "SET" section can only be used once'),
        ("SET a = :one, a = :two", "Two document paths overlap"),
        ("SET b = :one REMOVE a, a", "Two document paths overlap"),
        ("SET #named = :one REMOVE #other", "Two document paths overlap"),
        ("SET id = :one", "This attribute is part of the key"),
        ("SET a = ", "Invalid UpdateExpression"),
    ],
)
def test_updates_that_dynamodb_refuses_are_refused(
    session: KeepingSession, update: str, words: str
) -> None:
    make_table(NAMED, "id", "S")
    request: dict[str, Any] = {"TableName": NAMED, "Key": {"id": {"S": "x"}}}
    if values := {name: value for name, value in VALUES.items() if name in update}:
        request["ExpressionAttributeValues"] = values
    if "#" in update:
        request["ExpressionAttributeNames"] = {"#named": "a", "#other": "a"}
    client = session.create_client("dynamodb")
    with pytest.raises(ClientError, match=words):
        client.update_item(UpdateExpression=update, **request)


def test_an_expression_is_the_same_at_each_use(session: KeepingSession) -> None:
    make_table(NAMED, "id", "S")
    client = session.create_client("dynamodb")
    found = []
    for value in ("1", "2", "2"):
        answer = client.update_item(
            TableName=NAMED,
            Key={"id": {"S": "x"}},
            UpdateExpression="ADD uses :value SET #last = :value REMOVE gone",
            ExpressionAttributeNames={"#last": f"last{value}"},
            ExpressionAttributeValues={":value": {"N": value}},
            ReturnValues="ALL_NEW",
        )
        found.append({name: value for name, value in answer["Attributes"].items() if name != "id"})
    assert found == [
        {"uses": {"N": "1"}, "last1": {"N": "1"}},
        {"uses": {"N": "3"}, "last1": {"N": "1"}, "last2": {"N": "2"}},
        {"uses": {"N": "5"}, "last1": {"N": "1"}, "last2": {"N": "2"}},
    ]


def test_the_fake_credentials_stay(session: KeepingSession) -> None:
    credentials = session.get_credentials()
    assert credentials is not None
    assert credentials.access_key == os.environ["AWS_ACCESS_KEY_ID"] == "testing"
