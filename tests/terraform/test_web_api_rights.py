"""What the web API's code asks the table User for is what its role may ask: the local cloud allows
everything, so a difference would show on AWS only."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import hcl2
import pytest
from botocore.exceptions import ClientError

from shared.user_table import UserTable
from tests.unit.builders import attributes_read
from tooling.paths import REPOSITORY, TERRAFORM_SOURCE
from web_api import accounts, activation, registration, resend
from web_api.models import Registration

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_stepfunctions import SFNClient

FUNCTION = TERRAFORM_SOURCE / "modules" / "web_api" / "function.tf"
OPTIONS = hcl2.SerializationOptions(strip_string_quotes=True, with_comments=False)

NO_STEP_FUNCTIONS = cast("SFNClient", None)  # nothing is started for a user who is not there
ADA = Registration(
    username="ada", name="Ada", email="ada@example.com", password="correct horse battery"
)
RULES = resend.ResendRules(cool_down_seconds=60, limit=5)
LINK = activation.Link("ada", "token")


class EmptyTable:
    """A table that holds nothing, refuses every condition and remembers what it was asked."""

    def __init__(self) -> None:
        self.reads: list[dict[str, Any]] = []
        self.writes: list[dict[str, Any]] = []

    def get_item(self, **request: object) -> dict[str, Any]:
        self.reads.append(request)
        return {}

    def put_item(self, **request: object) -> NoReturn:
        self._refuse(request)

    def update_item(self, **request: object) -> NoReturn:
        self._refuse(request)

    def _refuse(self, request: dict[str, Any]) -> NoReturn:
        self.writes.append(request)
        raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "a write")


def readable_attributes() -> set[str]:
    """What the role's policy lists."""
    code = hcl2.loads(FUNCTION.read_text(encoding="utf-8"), serialization_options=OPTIONS)
    (attributes,) = [
        block["readable_user_attributes"]
        for block in code["locals"]
        if "readable_user_attributes" in block
    ]
    return set(attributes)


def sign_up(users: UserTable) -> None:
    registration.register(users, ADA, activation_url_base="https://a.example", now=1)


def ask_again(users: UserTable) -> None:
    resend.request_mail(
        users,
        NO_STEP_FUNCTIONS,
        state_machine_arn="",
        username="ada",
        now=1,
        rules=RULES,
    )


# By the module that reads.
READERS: dict[str, Callable[[UserTable], object]] = {
    "accounts": lambda users: accounts.account_with_password_of(users, "ada"),
    "activation": lambda users: activation.state_of(users, LINK, now=1, max_age_seconds=1),
    "registration": sign_up,
    "resend": ask_again,
}
OF_OTHER_TABLES = {"profile", "sessions"}


def modules_that_read(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py") if ".get_item(" in path.read_text("utf-8")}


def test_every_module_that_reads_is_looked_at() -> None:
    assert modules_that_read(REPOSITORY / "lambdas" / "web_api") == set(READERS) | OF_OTHER_TABLES


@pytest.fixture
def asked() -> EmptyTable:
    """What all readers together asked for."""
    table = EmptyTable()
    for read in READERS.values():
        read(UserTable(cast("DynamoDBClient", table), "User"))
    return table


def test_the_role_may_read_what_the_code_reads_and_no_more(asked: EmptyTable) -> None:
    assert len(asked.reads) == len(READERS)
    assert set().union(*map(attributes_read, asked.reads)) == readable_attributes()


def test_no_write_asks_for_what_was_there(asked: EmptyTable) -> None:
    assert len(asked.writes) == 3  # a sign-up, and a resend that tries two counts
    for write in asked.writes:
        assert not [name for name in write if name.startswith("ReturnValues")]
