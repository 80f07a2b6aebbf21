"""What record_mail_feedback asks the table User for is what its role may ask.

The local cloud allows everything, so a difference would show on AWS only.
"""

import re
from typing import TYPE_CHECKING, Any, cast

import hcl2

from record_mail_feedback.feedback import record
from record_mail_feedback.mail_event import MailEvent
from shared.user_table import UserTable
from tests.unit.builders import attributes_read
from tooling.paths import TERRAFORM_SOURCE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FUNCTION = TERRAFORM_SOURCE / "modules" / "mail_feedback" / "function.tf"
OPTIONS = hcl2.SerializationOptions(strip_string_quotes=True, with_comments=False)
BOUNCE = MailEvent("m1", "ada", "ada@example.com", "BOUNCED", "General", 1)
# The words of expressions that are no attributes: operators, functions and values.
OTHER_WORDS = re.compile(r":\w+|\b(SET|AND|OR|NOT|attribute_not_exists)\b")


class OneUser:
    """A table with one user, that remembers what it was asked."""

    def __init__(self) -> None:
        self.reads: list[dict[str, Any]] = []
        self.writes: list[dict[str, Any]] = []

    def get_item(self, **request: object) -> dict[str, Any]:
        self.reads.append(request)
        return {"Item": {"username": {"S": "ada"}, "email": {"S": "ada@example.com"}}}

    def update_item(self, **request: object) -> dict[str, Any]:
        self.writes.append(request)
        return {}


def feedback_attributes() -> set[str]:
    """What the role's policy lists beside key and address."""
    code = hcl2.loads(FUNCTION.read_text(encoding="utf-8"), serialization_options=OPTIONS)
    (attributes,) = [
        block["feedback_attributes"] for block in code["locals"] if "feedback_attributes" in block
    ]
    return set(attributes)


def test_the_role_may_write_what_the_code_writes_and_no_more() -> None:
    table = OneUser()
    assert record(UserTable(cast("DynamoDBClient", table), "User"), BOUNCE) == "recorded"
    ((read,), (write,)) = (table.reads, table.writes)
    assert set(attributes_read(read)) == {"username", "email"}
    named = write["UpdateExpression"] + " " + write["ConditionExpression"]
    words = set(re.findall(r"\w+", OTHER_WORDS.sub(" ", named))) | set(write["Key"])
    assert words == feedback_attributes() | {"username", "email"}
    assert not [name for name in write if name.startswith("ReturnValues")]
