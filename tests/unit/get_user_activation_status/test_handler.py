"""GetUserActivationStatus, from the task's input to its result."""

from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from get_user_activation_status.handler import handler, logger
from shared.aws import dynamodb
from shared.environment import ConfigurationError
from shared.errors import InvalidEventError, ServiceUnavailableError
from tests.unit.builders import Users, event, fail

ReadLog = Callable[[Logger], Callable[[], list[Any]]]


@pytest.mark.parametrize("status", ["NONE", "MAIL_SENT", "DONE", "WHATEVER"])
def test_the_status_is_answered_as_it_stands(
    users: Users, context: LambdaContext, status: str
) -> None:
    users.put("anna", activationStatus=status)
    assert handler(event("state_machine_task"), context) == status


def test_a_missing_user_has_no_status(users: Users, context: LambdaContext) -> None:
    users.put("anna")
    assert handler({"username": "Anna"}, context) == ""


@pytest.mark.usefixtures("users")
def test_an_empty_username_has_no_status(context: LambdaContext) -> None:
    assert handler({"username": ""}, context) == ""


def test_a_user_without_a_status_has_none(users: Users, context: LambdaContext) -> None:
    users.put("anna", activationStatus=None)
    assert handler({"username": "anna"}, context) == ""


def test_a_status_that_is_no_string_is_none(users: Users, context: LambdaContext) -> None:
    users.dynamodb.put_item(
        TableName=users.name, Item={"username": {"S": "anna"}, "activationStatus": {"N": "1"}}
    )
    assert handler({"username": "anna"}, context) == ""


@pytest.mark.parametrize("wrong", [{}, {"username": None}, {"username": 5}, [], "anna", None])
def test_a_username_that_is_no_string_is_an_error(wrong: Any, context: LambdaContext) -> None:  # noqa: ANN401 - anything may arrive
    with pytest.raises(InvalidEventError, match=r"^username: "):
        handler(wrong, context)


@pytest.mark.usefixtures("users")
@pytest.mark.parametrize(
    ("code", "status"), [("ThrottlingException", 400), ("InternalServerError", 500)]
)
def test_a_table_that_cannot_answer_now_is_named_for_the_retry(
    context: LambdaContext, code: str, status: int
) -> None:
    fail(dynamodb(), "GetItem", code, status=status)
    with pytest.raises(ServiceUnavailableError, match=f"table User: {code}"):
        handler({"username": "anna"}, context)


@pytest.mark.usefixtures("aws")
def test_a_missing_variable_is_named(context: LambdaContext) -> None:
    with pytest.raises(ConfigurationError, match=r"^USER_TABLE_NAME: "):
        handler({"username": "anna"}, context)


def test_the_read_sees_the_last_write(users: Users, context: LambdaContext) -> None:
    users.put("anna")
    asked: list[Any] = []
    dynamodb().meta.events.register(
        "before-parameter-build.dynamodb.GetItem", lambda params, **_: asked.append(params)
    )
    handler({"username": "anna"}, context)
    assert [request["ConsistentRead"] for request in asked] == [True]


def test_the_log_line_has_user_and_status(
    users: Users, context: LambdaContext, read_log: ReadLog
) -> None:
    users.put("anna", activationToken="secret-token")
    lines = read_log(logger)
    handler({"username": "anna"}, context)
    (line,) = lines()
    assert (line["username"], line["activation_status"]) == ("anna", "NONE")
    assert line["service"] == "get_user_activation_status"
    assert "secret-token" not in str(line)
    assert "mail.example" not in str(line)


def test_two_spellings_are_two_users(users: Users, context: LambdaContext) -> None:
    """Others' usernames are taken byte by byte: normalising one could find another user's item."""
    spellings = ["ada", "Ada", "\u0430da", "jos\u00e9", "jose\u0301", "\u202eada", "ada ", "a\x00a"]
    for number, username in enumerate(spellings):
        users.put(username, activationStatus=f"STATUS {number}")
    found = [handler({"username": username}, context) for username in spellings]
    assert found == [f"STATUS {number}" for number in range(len(spellings))]


@pytest.mark.usefixtures("users")
@pytest.mark.parametrize("username", ["x" * 3000, "\ud800", "\u00e9" * 1025])
def test_what_can_be_no_username_is_a_missing_user(username: str, context: LambdaContext) -> None:
    assert handler({"username": username}, context) == ""
