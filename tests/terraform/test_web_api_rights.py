"""What the web API's code asks the table User for is what its role may ask: the local cloud allows
everything, so a difference would show on AWS only."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import hcl2
import pytest
from botocore.exceptions import ClientError

from shared.dynamodb import Item
from shared.user_table import UserTable
from tests.unit.builders import attributes_read
from tooling.paths import REPOSITORY, TERRAFORM_SOURCE
from web_api import accounts, activation, registration, resend
from web_api.limits import Counts
from web_api.models import Registration
from web_api.refusals import Refusals
from web_api.web_state_table import WebStateTable

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
WAITING: Item = {
    "username": {"S": "ada"},
    "email": {"S": "ada@example.com"},
    "activationStatus": {"S": "NONE"},
}
LINK = activation.Link("ada", "token")


class RefusingTable:
    """A table with one item at most. It refuses every write and remembers what it was asked."""

    def __init__(self, item: Item | None = None) -> None:
        self.found = {} if item is None else {"Item": item}
        self.reads: list[dict[str, Any]] = []
        self.writes: list[dict[str, Any]] = []

    def get_item(self, **request: object) -> dict[str, Any]:
        self.reads.append(request)
        return self.found

    def put_item(self, **request: object) -> NoReturn:
        self._refuse(request)

    def update_item(self, **request: object) -> NoReturn:
        self._refuse(request)

    def _refuse(self, request: dict[str, Any]) -> NoReturn:
        self.writes.append(request)
        raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "a write")


class FreshWebState:
    """A web-state table in which nothing is counted or remembered."""

    def get_item(self, **_request: object) -> dict[str, Any]:
        return {}

    def update_item(self, **_request: object) -> dict[str, Any]:
        return {"Attributes": {}}


STATE = WebStateTable(cast("DynamoDBClient", FreshWebState()), "web-state")
COUNTS, REFUSALS = Counts(STATE), Refusals(STATE)


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
    sign_ups = registration.SignUps(users, COUNTS, REFUSALS, registration.SignUpRules(per_hour=20))
    sign_ups.register(ADA, address="192.0.2.1", activation_url_base="https://a.example", now=1)


def ask_again(users: UserTable) -> None:
    resend.Resends(users, NO_STEP_FUNCTIONS, "", COUNTS, REFUSALS, RULES).request_mail("ada", now=1)


# By the module that reads, with the item that it finds.
READERS: dict[str, tuple[Item | None, Callable[[UserTable], object]]] = {
    "accounts": (None, lambda users: accounts.account_with_password_of(users, "ada")),
    "activation": (
        None,
        lambda users: activation.look_up(users, LINK, activation.Validity(1, 1)),
    ),
    "registration": (None, sign_up),
    "resend": (WAITING, ask_again),
}
OF_OTHER_TABLES = {"profile", "refusals", "sessions"}


def modules_that_read(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py") if ".get_item(" in path.read_text("utf-8")}


def test_every_module_that_reads_is_looked_at() -> None:
    assert modules_that_read(REPOSITORY / "lambdas" / "web_api") == set(READERS) | OF_OTHER_TABLES


@pytest.fixture
def asked() -> dict[str, RefusingTable]:
    """What each reader asked for."""
    tables = {name: RefusingTable(item) for name, (item, _read) in READERS.items()}
    for name, (_item, read) in READERS.items():
        read(UserTable(cast("DynamoDBClient", tables[name]), "User"))
    return tables


def test_the_role_may_read_what_the_code_reads_and_no_more(
    asked: dict[str, RefusingTable],
) -> None:
    assert all(table.reads for table in asked.values())
    read = [
        name for table in asked.values() for one in table.reads for name in attributes_read(one)
    ]
    assert set(read) == readable_attributes()


def test_no_write_asks_for_what_was_there(asked: dict[str, RefusingTable]) -> None:
    writes = [write for table in asked.values() for write in table.writes]
    assert len(writes) == 3  # a sign-up, and a resend that tries two counts
    for write in writes:
        assert not [name for name in write if name.startswith("ReturnValues")]
